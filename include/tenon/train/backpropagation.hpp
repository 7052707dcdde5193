// Loss and gradient of a net, for one sample or a minibatch of any size.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/train/block_passes.hpp>
#include <tenon/train/step_keys.hpp>
#include <tenon/train/weights.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Memory and passes for the gradient of a minibatch of any size, in blocks of up to Batch samples. The
/// gradient of each block is accumulated from zero, then added.
template <class Net, class Loss, std::size_t Batch, Mode M = Mode::training> class Backpropagation {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;

public:
    using Passes = BlockPasses<Net, Loss, Batch, M>;
    Loss loss;
    [[no_unique_address]] StepKeys<Passes::has_step> keys{};

    constexpr explicit Backpropagation(Loss l) noexcept : loss(l) {}

    constexpr std::span<const T, Net::parameter_count> gradient() const noexcept {
        return std::span<const T, Net::parameter_count>(gradient_.data, Net::parameter_count);
    }
    constexpr const T* gradient_data() const noexcept { return gradient_.data; }
    constexpr T* gradient_data() noexcept { return gradient_.data; }
    constexpr Passes& passes() noexcept { return passes_; }

    /// Returns the loss of one sample; its gradient is then in gradient().
    template <class Target>
    constexpr T one(const T* parameters, const Input& x, const Target& target) noexcept {
        if constexpr (Passes::has_step) passes_.begin_step(keys.next());
        return passes_.one(loss, parameters, x, target, gradient_.data);
    }

    /// Returns the mean loss of `count` samples xs[order(i)], ts[order(i)]; its gradient is then in
    /// gradient().
    template <class Targets, class Order>
    constexpr T many(const T* parameters, std::span<const Input> xs, Targets ts, std::size_t count,
                     Order order) noexcept {
        if (count == 1 && !has_weights(order)) return one(parameters, xs[order(0)], ts[order(0)]);
        if constexpr (Passes::has_step) passes_.begin_step(keys.next());
        const T scale = T(1) / static_cast<T>(count);
        T sum = 0;
        for (std::size_t first = 0; first < count; first += Passes::max_block_samples) {
            const std::size_t samples =
                count - first < Passes::max_block_samples ? count - first : Passes::max_block_samples;
            sum = math::rounded(sum + passes_.block(loss, parameters, xs, ts, first, samples, order, scale,
                                                    gradient_.data, first > 0));
        }
        return sum * scale;
    }

private:
    Passes passes_;
    Flat<T, Net::parameter_count> gradient_;
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
