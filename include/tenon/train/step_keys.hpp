// StepKeys: random bits for each training step, for layers that use the step.
#pragma once

#include <tenon/random.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Counts a trainer's steps. The key of a step depends on the seed and its number alone.
template <bool Used> class StepKeys {
public:
    constexpr std::uint64_t next() noexcept {
        ++steps_;
        return last();
    }
    /// The key of the last step.
    constexpr std::uint64_t last() const noexcept {
        return Random::mix(seed_ + steps_ * Random::golden_gamma);
    }
    constexpr void seed(std::uint64_t value) noexcept {
        seed_ = value;
        steps_ = 0;
    }
    /// Begins with the first step again.
    constexpr void restart() noexcept { steps_ = 0; }

    /// Seed and number of steps, for a checkpoint.
    constexpr std::array<std::uint64_t, 2> state() const noexcept { return {seed_, steps_}; }
    constexpr void restore(const std::array<std::uint64_t, 2>& state) noexcept {
        seed_ = state[0];
        steps_ = state[1];
    }

private:
    std::uint64_t seed_ = 0, steps_ = 0;
};
template <> class StepKeys<false> {
public:
    constexpr NoView next() noexcept { return {}; }
    constexpr NoView last() const noexcept { return {}; }
    constexpr void seed(std::uint64_t) noexcept {}
    constexpr std::array<std::uint64_t, 2> state() const noexcept { return {}; }
    constexpr void restore(const std::array<std::uint64_t, 2>&) noexcept {}
    constexpr void restart() noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
