// Frozen: a layer that is not trained.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/layers/stack.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether backward of L accepts NoView for the gradient, and then computes none.
template <class L>
inline constexpr bool backward_without_gradient =
    requires(const float* parameters, Sample<const float> x, Sample<float> y) {
        L::backward(parameters, x, x, Context<Sample<float>>{y}, y, y, y, NoView{}, false);
    };
template <class L>
    requires requires { typename L::List; }
inline constexpr bool backward_without_gradient<L> = []<class... Layers>(LayerList<Layers...>*) {
    return (backward_without_gradient<Layers> && ...);
}(static_cast<typename L::List*>(nullptr));

template <class L> struct FrozenOf : L {
    static constexpr std::size_t trainable = 0;
    static constexpr Ranges<1> trainable_ranges{};
    static constexpr bool uses_step = false, uses_batch_statistics = false, any_statistics = false;
    static constexpr void settle() noexcept = delete;
    template <class A> using with_activation = FrozenOf<typename WithActivation<L, A>::type>;
    using Evaluated = typename InferenceOf<L>::type;
    using Inference =
        std::conditional_t<std::is_same_v<Evaluated, NoLayer>, NoLayer,
                           std::conditional_t<std::is_same_v<Evaluated, L>, FrozenOf, FrozenOf<Evaluated>>>;
    using Run = std::conditional_t<std::is_same_v<Evaluated, NoLayer>, L, Evaluated>;
    // Those of L may be smaller: without a Dropout, other layers of a stack share a buffer.
    static constexpr std::size_t trace = Run::trace, scratch = Run::scratch;

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        Run::forward(parameters, x, y, without_step(context));
    }

    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
        requires(backward_without_gradient<Run> || !std::is_same_v<Gradient, NoView>)
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool) noexcept {
        if constexpr (std::is_same_v<Dx, NoView>) return;
        else if constexpr (backward_without_gradient<Run>)
            Run::backward(parameters, x, y, without_step(context), dy, dx, scratch_view, NoView{}, false);
        else {
            Run::backward(parameters, x, y, without_step(context), dy, dx, scratch_view, gradient, false);
            for (std::size_t p = 0; p < L::parameter_count; ++p) gradient[p] = 0;
        }
    }

private:
    template <class Outer> static constexpr auto without_step(const Outer& context) noexcept {
        if constexpr (OfStream<Outer>) return context;
        else if constexpr (Outer::keeps_trace) return Context<decltype(context.trace)>{context.trace};
        else return Context<>{};
    }
};

} // namespace detail

/// L with parameters that are not trained: no optimizer changes them, their gradient is zero and is not
/// computed, and layers below are left out of the backward pass if none of them is trained. L runs as outside
/// training: Dropout has no effect, BatchNorm uses its running mean and variance. PyTorch's requires_grad =
/// False with eval().
template <class L>
    requires(detail::layers_fit<L>())
struct Frozen : detail::FrozenOf<detail::LayerOrPlaceholder<L>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
