// OverTime: a layer, a cell or a container at each step of a sequence.
#pragma once

#include <tenon/cells/causal_conv.hpp>
#include <tenon/cells/gates.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/stack.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <std::size_t Steps, class S> struct ShapeOverTime;
template <std::size_t Steps, std::size_t... Sizes> struct ShapeOverTime<Steps, Shape<Sizes...>> {
    using type = Shape<Steps, Sizes...>;
};

/// The layers of a Concat or Split over time; nothing for other layers.
template <class L> struct BranchesOverTime {};
template <HasLayers L> struct BranchesOverTime<L> : L::List {
    template <std::size_t I> using Branch = typename L::List::template Layer<I>;
    static constexpr std::size_t activations = L::activations;
};

/// The cost of a layer over time, if that of the layer is known.
template <std::size_t Steps, class L> struct CostOverTime {};
template <std::size_t Steps, class L>
    requires requires { L::multiply_adds; }
struct CostOverTime<Steps, L> {
    static constexpr std::size_t multiply_adds = Steps * L::multiply_adds;
};

/// The activation of the layer, by which initialize chooses its scheme.
template <class L> struct ActivationOverTime {};
template <class L>
    requires requires { typename L::OutputActivation; }
struct ActivationOverTime<L> {
    using OutputActivation = typename L::OutputActivation;
};

/// What a layer over time has of the layer.
template <std::size_t Steps, class L>
struct OverTimeBase : BranchesOverTime<L>, CostOverTime<Steps, L>, ActivationOverTime<L> {
    using Step = L;
    using InputShape = typename ShapeOverTime<Steps, typename L::InputShape>::type;
    using OutputShape = typename ShapeOverTime<Steps, typename L::OutputShape>::type;
    static constexpr std::size_t parameter_count = L::parameter_count, trace = Steps * padded(L::trace),
                                 trainable = detail::trainable<L>;
    static constexpr auto trainable_ranges = detail::trainable_ranges<L>;
    static constexpr std::size_t in = L::InputShape::size, out = L::OutputShape::size;
    static constexpr auto tensors = tensors_of<L>;

    /// Views of step t, for a view of all steps.
    template <std::size_t N, class View> static constexpr auto steps_of(View all) noexcept {
        if constexpr (std::is_same_v<View, NoView>) return all;
        else return [all](std::size_t t) { return all.subview(t * N); };
    }
};

/// A cell at each of Steps steps: from a state of zero, or if it continues a longer sequence, from that of
/// the context, which it updates.
template <std::size_t Steps, class OneCell, bool Continues = false>
struct CellOverTime : OverTimeBase<Steps, OneCell> {
    using Cell = OneCell;
    using Base = OverTimeBase<Steps, Cell>;
    using Base::in, Base::out;
    /// Without a state of the context, there is one in working memory.
    static constexpr std::size_t scratch = Cell::scratch, activations = Cell::activations + [] {
        if constexpr (!Continues) return Cell::state_size;
        else if constexpr (requires { Cell::template fits_window<Steps>; })
            return Cell::template fits_window<Steps> ? Cell::template window_values<Steps> : 0;
        else return std::size_t{0};
    }();
    static constexpr std::size_t state_count = Continues ? Cell::state_count : 0,
                                 state_size = Continues ? Cell::state_size : 0;
    static constexpr bool shares_weights = true;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, const Context& context) noexcept {
        Cell::template forward_steps<Steps>(parameters, Base::template steps_of<in>(x),
                                            Base::template steps_of<out>(y), context);
    }
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        Cell::template backward_steps<Steps>(parameters, Base::template steps_of<in>(x),
                                             Base::template steps_of<out>(y), context,
                                             Base::template steps_of<out>(dy.read_only()),
                                             Base::template steps_of<in>(dx), scratch_view, gradient, add);
    }
};

/// Dense at each step: a CausalConv of one step, whose gradient is one sum over all steps.
template <std::size_t Steps, class L, class Conv> struct DenseOverTime : CellOverTime<Steps, Conv> {
    using Step = L;
    static constexpr auto tensors = L::tensors;
};

/// Another layer, without state, at each of Steps steps.
template <std::size_t Steps, class L> struct LayerOverTime : OverTimeBase<Steps, L> {
    using Base = OverTimeBase<Steps, L>;
    using Base::in, Base::out;
    /// Of one sample, copies of the values of a step, which L reads and writes in whole registers.
    static constexpr std::size_t activations = padded(in) + padded(out) + LayerList<L>::nested_activations,
                                 scratch = padded(in) + 2 * padded(out) + L::scratch;
    static constexpr bool shares_weights = true;
    static constexpr bool uses_step = detail::uses_step<L>;

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        alignas(64) T input[padded(in)];
        for (std::size_t t = 0; t < Steps; ++t)
            write_exactly<out>(y.subview(t * out), [&](auto to) {
                L::forward(parameters, in_whole_registers<in>(x.subview(t * in), input).read_only(), to,
                           context_of_step(context, t));
            });
    }
    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const auto y_copy = scratch_view.subview(padded(in)), dy_copy = y_copy.subview(padded(out)),
                   layer_scratch = dy_copy.subview(padded(out));
        const auto step = [&](std::size_t t, auto to, bool added) {
            const auto layer_backward = [&](auto layer_dx) {
                L::backward(
                    parameters, in_whole_registers<in>(x.subview(t * in), scratch_view.data).read_only(),
                    in_whole_registers<out>(y.subview(t * out), y_copy.data).read_only(),
                    context_of_step(context, t), in_whole_registers<out>(dy.subview(t * out), dy_copy.data),
                    layer_dx, layer_scratch, to, added);
            };
            if constexpr (std::is_same_v<Dx, NoView>) layer_backward(dx);
            else write_exactly<in>(dx.subview(t * in), layer_backward);
        };
        if constexpr (std::is_same_v<Gradient, NoView> || L::parameter_count == 0)
            for (std::size_t t = 0; t < Steps; ++t) step(t, gradient, add);
        else { // the steps are summed in a buffer first, as the rule of `add` in concepts.hpp wants
            static_assert(
                L::parameter_count * sizeof(T) <= max_stack_bytes / 4,
                "a layer in a Sequence, other than Dense with a bias and cells, has at most 64 kB of "
                "parameters");
            alignas(64) T sum[padded(L::parameter_count) + padded(1)] = {}; // frozen layers write nothing
            for (std::size_t t = 0; t < Steps; ++t) step(t, sum + 0, t > 0);
            for (std::size_t p = 0; p < L::parameter_count; ++p)
                gradient[p] = sum[p] + (add ? gradient[p] : T(0));
        }
    }

private:
    template <class Outer>
    static constexpr auto context_of_step(const Outer& context, std::size_t t) noexcept {
        constexpr bool keeps_trace = L::trace > 0 && Outer::keeps_trace;
        if constexpr (!keeps_trace && !Outer::is_training) return Context<>{};
        else if constexpr (!Outer::is_training)
            return Context<decltype(context.trace)>{context.trace.subview(t * padded(L::trace))};
        else if constexpr (!keeps_trace) return Context<NoView, TrainingStep>{context.step.of_step(t)};
        else
            return Context<decltype(context.trace), TrainingStep>{context.trace.subview(t * padded(L::trace)),
                                                                  context.step.of_step(t)};
    }
};

/// A layer, a cell or a container over time.
template <std::size_t Steps, class L, bool Continues> struct OverTimeOf {
    using type = LayerOverTime<Steps, L>;
};
template <std::size_t Steps, class L, bool Continues = false>
using OverTime = typename OverTimeOf<Steps, StackOf<L>, Continues>::type;
template <std::size_t Steps, class L, bool Continues>
    requires(std::is_base_of_v<CellDefaults, L>)
struct OverTimeOf<Steps, L, Continues> {
    using type = CellOverTime<Steps, L, Continues>;
};
template <std::size_t Steps, std::size_t In, std::size_t Out, class A, bool Continues>
struct OverTimeOf<Steps, Dense<In, Out, A, true>, Continues> {
    using type = DenseOverTime<Steps, Dense<In, Out, A>, CausalConv<In, Out, Kernel<1>, A>>;
};
template <std::size_t Steps, class... Layers, bool Continues>
struct OverTimeOf<Steps, Stack<Layers...>, Continues> {
    using type = Stack<OverTime<Steps, Layers, Continues>...>;
};
template <std::size_t Steps, class... Layers, bool Continues>
struct OverTimeOf<Steps, Residual<Layers...>, Continues> {
    using type = ResidualOf<Stack<OverTime<Steps, Layers, Continues>...>>;
};
template <std::size_t Steps, class... Layers, bool Continues>
struct OverTimeOf<Steps, ResidualOf<Stack<Layers...>>, Continues> {
    using type = ResidualOf<Stack<OverTime<Steps, Layers, Continues>...>>;
};
template <std::size_t Steps, class L, bool Continues> struct OverTimeOf<Steps, Frozen<L>, Continues> {
    using type = FrozenOf<OverTime<Steps, L, Continues>>;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
