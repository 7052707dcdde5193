// What fit knows of threads: how many it may use. The threads themselves are in tenon/threads.hpp.
#pragma once

#include <tenon/misfit.hpp>
#include <tenon/random.hpp>
#include <tenon/views.hpp>

#include <concepts>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The samples of a minibatch in an epoch: from number `first` on, as they lie or shuffled.
struct Order {
    std::size_t first = 0;
    const Permutation* shuffled = nullptr;
    constexpr std::size_t operator()(std::size_t i) const noexcept {
        return shuffled ? (*shuffled)(first + i) : first + i;
    }
    constexpr bool in_order() const noexcept { return !shuffled; }
};

/// Class indices of a type that is known no longer.
struct Classes {
    const void* data = nullptr;
    std::size_t (*at)(const void*, std::size_t) noexcept = nullptr;

    std::size_t operator[](std::size_t i) const noexcept { return at(data, i); }
};

/// Outputs or classes, whichever fit was given.
template <class Output> struct AnyTargets {
    std::span<const Output> outputs{};
    Classes classes{};

    constexpr AnyTargets(std::span<const Output> ts) noexcept : outputs(ts) {}
    template <std::integral Class>
    constexpr AnyTargets(std::span<const Class> ts) noexcept
        : classes{ts.data(), [](const void* data, std::size_t i) noexcept {
                      return static_cast<std::size_t>(static_cast<const Class*>(data)[i]);
                  }} {}
};

/// How much a fit will be.
struct FitSize {
    std::size_t batch, samples, epochs;
};

/// Threads at work for one fit of a trainer.
template <class Trainer> struct ParallelFit {
    using Input = typename Trainer::Input;
    using Output = typename Trainer::Output;

    /// One minibatch and its update, as the trainer alone would do it.
    typename Trainer::Scalar (*step)(ParallelFit&, std::span<const Input>, const AnyTargets<Output>&,
                                     std::size_t samples, Order) noexcept;
    void (*destroy)(ParallelFit*) noexcept;
};

/// Holds a team for as long as fit runs; most often there is none.
template <class Trainer> class ParallelFitOrNone {
public:
    constexpr explicit ParallelFitOrNone(ParallelFit<Trainer>* team) noexcept : team_(team) {}
    ParallelFitOrNone(const ParallelFitOrNone&) = delete;
    ParallelFitOrNone& operator=(const ParallelFitOrNone&) = delete;
    constexpr ~ParallelFitOrNone() {
        if (team_) team_->destroy(team_);
    }
    constexpr ParallelFit<Trainer>* get() const noexcept { return team_; }

private:
    ParallelFit<Trainer>* team_;
};

/// A team with real threads: defined in tenon/threads.hpp.
template <class Trainer> class Threaded;

} // namespace detail

/// A number of threads for fit; one, unless tenon/threads.hpp is included.
template <class Trainer> class Threads {
    using Begin = detail::ParallelFit<Trainer>* (*)(Trainer&, std::size_t, detail::FitSize) noexcept;

public:
    constexpr Threads() noexcept = default;
    /// Less than two are one.
    template <std::integral Count>
    constexpr Threads(Count count) noexcept
        : begin_(count > Count(1) ? beginning<Count>() : nullptr),
          count_(count > Count(1) ? static_cast<std::size_t>(count) : 1) {}

    /// Null where the trainer is better off, or can only be, alone.
    constexpr detail::ParallelFit<Trainer>* begin(Trainer& trainer, detail::FitSize amount) const noexcept {
        // In this order: g++ 12's UBSan takes a function's address for no constant.
        return !detail::in_compiler() && begin_ ? begin_(trainer, count_, amount) : nullptr;
    }

private:
    template <class Count> static constexpr Begin beginning() noexcept {
        if constexpr (requires { sizeof(detail::Threaded<Trainer>); })
            return &detail::Threaded<Trainer>::begin;
        else static_assert(misfit::threads_missing<Count>::passes());
        return nullptr;
    }

    Begin begin_ = nullptr;
    std::size_t count_ = 1;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
