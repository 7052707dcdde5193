// Sequence: layers and cells over the steps of a sequence, as one layer.
#pragma once

#include <tenon/cells/over_time.hpp>
#include <tenon/cells/over_time_fit.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/net.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Layers and cells, one after another, at each of Steps steps from a state of zero: a layer from
/// Shape<Steps, inputs> to Shape<Steps, outputs>, step after step. Its parameters are those of the layers, in
/// their order, so a net that was trained in windows runs step by step, and the other way round.
template <std::size_t Steps, class... Layers>
    requires(detail::layers_fit<Layers...>() && detail::OverTimeSentence<Layers...>::passes())
struct Sequence
    : detail::Stack<
          detail::OverTime<Steps, detail::LayerInSequence<Layers, detail::over_time_fit<Layers...>>>...> {};

/// The last step of a sequence: Shape<Steps, Sizes...> to Shape<Sizes...>.
template <class Steps> struct LastStep;
template <std::size_t Steps, std::size_t... Sizes> struct LastStep<Shape<Steps, Sizes...>> : LayerDefaults {
    using InputShape = Shape<Steps, Sizes...>;
    using OutputShape = Shape<Sizes...>;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0;
    static constexpr std::size_t size = OutputShape::size, first = (Steps - 1) * size;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::copy_exactly<size>(y, x.subview(first));
    }
    /// dx = dy at the last step, else 0
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) {
            if constexpr (first > 0) detail::fill_zero<first>(dx);
            detail::copy_exactly<size>(dx.subview(first), dy);
        }
    }
};

namespace detail {
template <std::size_t Steps, class Net> struct UnrolledOf;
template <std::size_t Steps, class T, class... Layers> struct UnrolledOf<Steps, NetOf<T, Layers...>> {
    using type = NetOf<T, Sequence<Steps, Layers...>>;
};
} // namespace detail

/// The trainable form of a net with cells: the same layers over sequences of Steps steps, with the same
/// parameters in the same order.
template <class Net, std::size_t Steps> using Unrolled = typename detail::UnrolledOf<Steps, Net>::type;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
