// The layers that run in training, and how many samples are trained in one block.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/net.hpp>
#include <tenon/train/loss_of.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <class Loss, class A> inline constexpr bool fits<Loss, ends_in<A>> = detail::suits<Loss, A>();

}

namespace tenon::inline TENON_ABI::detail {

/// The word of a message for a net's last activation.
template <class Net> using EndsIn = misfit::ends_in<typename Ending<Net>::type>;

/// In place of a loss: outputs are differentiated for a given dLoss/dy.
struct WithoutLoss {};

/// The layers that are trained: those of the net, without the last activation if the loss includes it
/// (fused).
template <class Net, class Loss> struct Trained {
    using type = StackOf<Net>;
};
template <class Net, class Loss>
    requires fused_loss<Loss>
struct Trained<Net, Loss> {
    using type = typename StackOf<Net>::template with_activation<Identity>;
};

/// The number of values of each layer's output.
template <class Layers> inline constexpr std::array<std::size_t, 0> output_sizes{};
template <class... L>
inline constexpr std::array<std::size_t, sizeof...(L)> output_sizes<Stack<L...>>{L::OutputShape::size...};

/// Samples in the order in which they are stored.
struct InOrder {
    constexpr std::size_t operator()(std::size_t i) const noexcept { return i; }
    static constexpr bool in_order() noexcept { return true; }
};

/// The samples at these indices.
template <class Index> struct AtIndices {
    std::span<const Index> indices;
    constexpr std::size_t operator()(std::size_t i) const noexcept {
        return static_cast<std::size_t>(indices[i]);
    }
    static constexpr bool in_order() noexcept { return false; }
};

/// Whether gradients are those of training or of inference, in which Dropout, for example, has no effect.
enum class Mode { training, inference };

/// The layers of a stack that run in a mode.
template <class Stack, Mode M>
using LayersIn = std::conditional_t<M == Mode::training, Stack, EvaluatedStack<Stack>>;

/// The maximum memory of a block in training, in bytes, for what is kept between the passes: half of a
/// second-level cache of 512 kB.
inline constexpr std::size_t max_trace_bytes = 256 * 1024;

/// How many samples are trained in one block: Batch, at most block_samples, or the largest half, quarter,
/// ... of it that keeps within max_trace_bytes, but at least 8; at least 32 if layers share weights, because
/// these compute much more than they read: LeNet at 80% of the FMA peak, with 8 samples at 66% (Zen 3). A net
/// with batch statistics is trained in blocks of exactly Batch samples. The same on every CPU.
template <class Layers, class T, std::size_t Batch> consteval std::size_t training_block() {
    if constexpr (uses_batch_statistics<Layers>) return Batch;
    constexpr std::size_t least = shares_weights<Layers> ? 32 : 8;
    std::size_t samples = block_samples<T>;
    while (samples > least && (Layers::trace + Layers::scratch) * samples * sizeof(T) > max_trace_bytes)
        samples /= 2;
    return Batch < samples ? Batch : samples;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
