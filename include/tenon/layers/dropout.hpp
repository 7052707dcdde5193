// Dropout: sets random values to zero during training.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/random.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// lowbias32 by Chris Wellons, 2018: a bijection of 32 bits.
constexpr std::uint32_t mix32(std::uint32_t bits) noexcept {
    bits = (bits ^ bits >> 16) * 0x7feb352du;
    bits = (bits ^ bits >> 15) * 0x846ca68bu;
    return bits ^ bits >> 16;
}

} // namespace detail

/// An argument of Dropout: in a Sequence, each step has a mask of its own (the default), or all steps have
/// the same.
struct MaskPerStep {};
struct MaskPerSequence {};

/// y = x / (1 - Percent / 100), or 0 with a probability of Percent / 100, during training; y = x otherwise.
/// Inverted dropout (Srivastava et al., 2014); PyTorch's Dropout. Outside training no code remains of it.
///
/// Whether a value is dropped depends on the trainer's seed, the training step, the layer, the position of
/// the sample in its minibatch and the value's index alone: not on blocks, threads, compiler or CPU. In a
/// Sequence, each step of the sequence has a mask of its own, as in PyTorch's LSTM(dropout=...); with
/// MaskPerSequence it is the same for all steps of a sample (Gal and Ghahramani, "A theoretically grounded
/// application of dropout in recurrent neural networks", 2016), as in Keras' LSTM(dropout=...):
///     Sequence<28, Dropout<Shape<28>, 20, MaskPerSequence>, LSTM<28, 64>>
template <class Values, std::size_t Percent, class Mask = MaskPerStep>
    requires(
        misfit::percentage<misfit::percent<Percent>>::passes() &&
        misfit::dropout_mask<
            std::bool_constant<std::is_same_v<Mask, MaskPerStep> || std::is_same_v<Mask, MaskPerSequence>>,
            misfit::but_found<Mask>>::passes())
struct Dropout : LayerDefaults {
    using InputShape = Values;
    using OutputShape = Values;
    using Inference = NoLayer;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0;
    static constexpr bool uses_step = true;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context context) noexcept {
        write(x, y, context);
    }

    /// dx = dy times the factors of forward, which are computed again
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) write(dy, dx, context);
    }

private:
    static constexpr std::uint32_t threshold =
        static_cast<std::uint32_t>((std::uint64_t{Percent} << 32) / 100);

    template <class From, class To, class Context>
    static constexpr void write(From from, To to, [[maybe_unused]] Context context) noexcept {
        using T = typename To::Scalar;
        constexpr T scale = T(100) / T(100 - Percent);
        for (std::size_t s = 0; s < to.samples; ++s) {
            [[maybe_unused]] std::uint32_t key = 0;
            if constexpr (Context::is_training) {
                const std::uint64_t mask_key =
                    std::is_same_v<Mask, MaskPerSequence> ? context.step.sequence_key : context.step.key;
                key = static_cast<std::uint32_t>(Random::mix(mask_key + context.step.first_sample + s) >> 32);
            }
            for (std::size_t i = 0; i < Values::size; ++i) {
                const T value = from.data[i * From::stride + s];
                T& result = to.data[i * To::stride + s];
                if constexpr (!Context::is_training) result = value;
                else {
                    const auto unit = static_cast<std::uint32_t>(i + 1) * 0x9e3779b9u;
                    result = detail::mix32(key + unit) < threshold ? T(0) : value * scale;
                }
            }
        }
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
