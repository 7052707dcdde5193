// Stack: layers after one another as one layer; the forward and backward pass of every net.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/layers/layer_list.hpp>

#include <tenon/config/prologue.hpp>
//
#include <boost/hana/fold_left.hpp>
//
#include <tenon/config/epilogue.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Where the layers of a stack find their part of the trace.
template <class... Layers> struct StackPlan {
    static constexpr std::size_t count = sizeof...(Layers);
    /// Offsets in the stack's trace: of layer i's own trace, and of its output. Element `count` of `trace` is
    /// the size of the stack's trace, which does not contain the last output.
    std::array<std::size_t, count + 1> trace{}, output{};
    /// The largest scratch of a layer.
    std::size_t scratch = 0;
    /// Working memory in which only neighbouring layers' outputs, without that of the last layer, exist at
    /// the same time: its size, that of the two largest neighbours, and where each output begins. The outputs
    /// of even layers are at its beginning, those of odd layers at its end.
    std::size_t neighbours = 0;
    std::array<std::size_t, count> place{};

    consteval StackPlan() {
        constexpr std::array<std::size_t, count> traces{Layers::trace...},
            outputs{Layers::OutputShape::size...}, scratches{Layers::scratch...};
        for (std::size_t i = 0; i < count; ++i) {
            output[i] = trace[i] + padded(traces[i]);
            const bool last = i + 1 == count;
            trace[i + 1] = output[i] + (last ? 0 : padded(outputs[i]));
            const std::size_t pair = (last ? 0 : padded(outputs[i])) + (i > 0 ? padded(outputs[i - 1]) : 0);
            if (pair > neighbours) neighbours = pair;
            if (padded(scratches[i]) > scratch) scratch = padded(scratches[i]);
        }
        for (std::size_t i = 1; i + 1 < count; i += 2) place[i] = neighbours - padded(outputs[i]);
    }
};

/// Layer L with activation A in place of its own: its with_activation<A>, or L itself if it has none.
template <class L, class A> struct WithActivation {
    using type = L;
};
template <class L, class A>
    requires requires { typename L::template with_activation<A>; }
struct WithActivation<L, A> {
    using type = typename L::template with_activation<A>;
};

template <class... Layers> struct Stack;

/// Stack<Layers...> outside training: each layer's Inference, without those that have no effect. If none is
/// left, the first of all.
template <class Used, class... Layers> struct InferenceStack;
template <class... Used, class First, class... Rest>
struct InferenceStack<Stack<Used...>, First, Rest...>
    : InferenceStack<std::conditional_t<std::is_same_v<typename InferenceOf<First>::type, NoLayer>,
                                        Stack<Used...>, Stack<Used..., typename InferenceOf<First>::type>>,
                     Rest...> {};
template <class... Used> struct InferenceStack<Stack<Used...>> {
    using type = Stack<Used...>;
};

/// The layers of a net as one layer. Each step of a fold passes a view to the next: of its output, or in the
/// backward pass, of its input's gradient. The trace contains what each layer stores and the outputs of all
/// layers but the last; the gradients of the outputs are at the beginning of scratch, where those of
/// neighbouring layers have room.
template <class... Layers> struct Stack : LayerList<Layers...> {
    using List = LayerList<Layers...>;
    using List::indices, List::offsets;
    static constexpr std::size_t count = sizeof...(Layers);
    static constexpr StackPlan<Layers...> plan{};
    template <std::size_t I> using Layer = typename List::template Layer<I>;

    using Last = Layer<count - 1>;
    using InputShape = typename Layer<0>::InputShape;
    using OutputShape = typename Last::OutputShape;
    using Inference = std::conditional_t<(std::is_same_v<typename InferenceOf<Layers>::type, NoLayer> && ...),
                                         NoLayer, typename InferenceStack<Stack<>, Layers...>::type>;

    static constexpr std::size_t trace = plan.trace[count];
    static constexpr std::size_t scratch = plan.neighbours + plan.scratch;
    /// Values per sample that inference keeps on the stack: outputs between these layers, and those within
    /// nested containers.
    static constexpr std::size_t activations = plan.neighbours + List::nested_activations;
    template <class T>
    static constexpr bool reads_rows = [] {
        if constexpr (requires { Layer<0>::template reads_rows<T>; }) return Layer<0>::template reads_rows<T>;
        else return false;
    }();
    /// The same layers with the last activation replaced by A, for fused losses.
    template <class A, std::size_t... I>
    static std::type_identity<Stack<Layer<I>..., typename WithActivation<Last, A>::type>> ending_in(
        std::index_sequence<I...>);
    template <class A>
    using with_activation = typename decltype(ending_in<A>(std::make_index_sequence<count - 1>{}))::type;

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        alignas(64) T buffer[buffer_size<Y, Outer>];
        boost::hana::fold_left(indices, x, [&](auto layer_x, auto index) {
            constexpr std::size_t i = decltype(index)::value, first = offsets[i];
            [[maybe_unused]] constexpr std::size_t output = plan.output[i];
            const auto layer_y = [&] {
                if constexpr (i + 1 == count) return y;
                else if constexpr (Outer::keeps_trace) return context.trace.subview(output);
                else return y.rebind(buffer + place_in_buffer<Y, i>);
            }();
            Layer<i>::forward(parameters + first, layer_x, layer_y,
                              List::template context_of<i, plan.trace[i]>(context));
            return layer_y.read_only();
        });
    }

    /// Layers below the first with trained parameters or statistics have no backward pass, unless dx is
    /// wanted.
    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        constexpr std::size_t lowest = std::is_same_v<Dx, NoView> ? first_trained : 0;
        const auto layer_scratch = scratch_view.subview(plan.neighbours);
        boost::hana::fold_left(indices, dy, [&](auto layer_dy, auto index) {
            constexpr std::size_t i = count - 1 - decltype(index)::value, first = offsets[i];
            if constexpr (i < lowest) return layer_dy;
            else {
                constexpr bool is_lowest = i == lowest;
                const auto layer_dx = dx_of<i, is_lowest>(dx, scratch_view);
                Layer<i>::backward(parameters + first, input_of<i>(x, context), output_of<i>(y, context),
                                   List::template context_of<i, plan.trace[i]>(context), layer_dy, layer_dx,
                                   layer_scratch, advanced(gradient, first), add);
                return layer_dx;
            }
        });
    }

private:
    template <std::size_t I, class X, class Outer>
    static constexpr auto input_of(X x, const Outer& context) noexcept {
        if constexpr (I == 0) return x;
        else {
            constexpr std::size_t first = plan.output[I - 1];
            return context.trace.subview(first).read_only();
        }
    }
    template <std::size_t I, class Y, class Outer>
    static constexpr auto output_of(Y y, const Outer& context) noexcept {
        if constexpr (I + 1 == count) return y;
        else {
            constexpr std::size_t first = plan.output[I];
            return context.trace.subview(first).read_only();
        }
    }
    /// Where layer I writes the gradient of its input: for the lowest layer with a backward pass, dx.
    template <std::size_t I, bool Lowest, class Dx, class Scratch>
    static constexpr auto dx_of(Dx dx, Scratch scratch_view) noexcept {
        if constexpr (Lowest) return dx;
        else {
            constexpr std::size_t first = plan.place[I - 1];
            return scratch_view.subview(first);
        }
    }

    /// The first layer with trained parameters or statistics; `count` if there is none.
    static constexpr std::size_t first_trained = [] {
        constexpr std::array<bool, count> trained{has_gradient<Layers>...};
        std::size_t i = 0;
        while (i < count && !trained[i]) ++i;
        return i;
    }();

    /// Values that forward needs for the outputs between layers, and where that of layer I begins: none, an
    /// array of one, if there is a trace, which contains them. Not local constants of forward, which count as
    /// operations of constant evaluation: XOR's training by the compiler is near g++'s limit of them.
    template <class Y, class Outer>
    static constexpr std::size_t buffer_size =
        Outer::keeps_trace || plan.neighbours == 0 ? 1 : Y::buffer_size(plan.neighbours);
    template <class Y, std::size_t I>
    static constexpr std::size_t place_in_buffer = Y::buffer_size(plan.place[I]);
};

/// Stack<Layers...>; after the message that there are no layers, a stack that compiles.
template <class... Layers> struct StackOrPlaceholderOf {
    using type = Stack<LayerOrPlaceholder<Layers>...>;
};
template <> struct StackOrPlaceholderOf<> {
    using type = Stack<PlaceholderLayer>;
};
template <class... Layers> using StackOrPlaceholder = typename StackOrPlaceholderOf<Layers...>::type;

/// The stack that runs in place of S outside training.
template <class S>
using EvaluatedStack =
    std::conditional_t<std::is_same_v<typename S::Inference, NoLayer>, S, typename S::Inference>;

/// The activation that a layer, or the last layer of a net, ends in, and that a loss may be fused with; the
/// layer itself if it lacks `OutputActivation` or `with_activation`.
template <class L> struct Ending {
    using type = L;
};
template <class L>
    requires requires { typename L::template with_activation<typename L::OutputActivation>; }
struct Ending<L> {
    using type = typename L::OutputActivation;
};
template <class L>
    requires requires { typename StackOf<L>::Last; }
struct Ending<L> : Ending<typename StackOf<L>::Last> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
