// Stack: layers after one another as one layer; the forward and backward pass of every net.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/tensor.hpp>

#include <tenon/config/prologue.hpp>
//
#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/integral_constant.hpp>
//
#include <tenon/config/epilogue.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Where the layers of a stack find their parameters and their part of the trace.
template <class... Layers> struct StackPlan {
    static constexpr std::size_t count = sizeof...(Layers);
    /// Offset of layer i's parameters among those of the stack. Element `count` is their number.
    std::array<std::size_t, count + 1> parameters{};
    /// Offsets in the stack's trace: of layer i's own trace, and of its output. Element `count` of `trace` is
    /// the size of the stack's trace, which does not contain the last output.
    std::array<std::size_t, count + 1> trace{}, output{};
    /// The largest scratch of a layer.
    std::size_t scratch = 0;
    /// The widest output of the even and of the odd layers, without the last layer, and their sum.
    std::array<std::size_t, 2> widest{};
    std::size_t both_widest = 0;

    consteval StackPlan() {
        constexpr std::array<std::size_t, count> sizes{Layers::parameter_count...}, traces{Layers::trace...},
            outputs{Layers::OutputShape::size...}, scratches{Layers::scratch...};
        for (std::size_t i = 0; i < count; ++i) {
            parameters[i + 1] = parameters[i] + sizes[i];
            output[i] = trace[i] + padded(traces[i]);
            const bool last = i + 1 == count;
            trace[i + 1] = output[i] + (last ? 0 : padded(outputs[i]));
            if (!last && padded(outputs[i]) > widest[i % 2]) widest[i % 2] = padded(outputs[i]);
            if (padded(scratches[i]) > scratch) scratch = padded(scratches[i]);
        }
        both_widest = widest[0] + widest[1];
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

/// I, if a net of Count layers has a layer I; refuses other I with a sentence.
template <std::size_t I, std::size_t Count> consteval std::size_t layer_index() {
    static_assert(misfit::no_such_layer<misfit::layers<Count>, misfit::but_asked_for<I>>::passes());
    return I < Count ? I : 0;
}

/// The layers of a net as one layer. Each step of a fold passes a view to the next: of its output, or in the
/// backward pass, of its input's gradient. The trace contains what each layer stores and the outputs of all
/// layers but the last; the gradients of the outputs of even and odd layers have a buffer each at the
/// beginning of scratch.
template <class... Layers> struct Stack {
    static constexpr std::size_t count = sizeof...(Layers), layer_count = count;
    static constexpr StackPlan<Layers...> plan{};
    template <std::size_t I> using Layer = typename At<I, Layers...>::type;

    using Last = Layer<count - 1>;

    using InputShape = typename Layer<0>::InputShape;
    using OutputShape = typename Last::OutputShape;
    static constexpr std::size_t parameter_count = plan.parameters[count];
    static constexpr std::size_t trace = plan.trace[count];
    static constexpr std::size_t scratch = plan.both_widest + plan.scratch;
    /// Values per sample that inference keeps on the stack: outputs between these layers, and those within
    /// nested nets.
    static constexpr std::size_t activations = [] {
        std::size_t within = 0;
        const auto count_layer = [&]<class L>() {
            if constexpr (IsNet<L>)
                if (L::activations > within) within = L::activations;
        };
        (count_layer.template operator()<Layers>(), ...);
        return plan.both_widest + within;
    }();
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
    static constexpr auto indices = []<std::size_t... I>(std::index_sequence<I...>) {
        return boost::hana::make_basic_tuple(boost::hana::size_c<I>...);
    }(std::index_sequence_for<Layers...>{});

    /// The parameters of layer I, if there is such a layer.
    template <std::size_t I, class T> static constexpr auto parameters_of(T* data) noexcept {
        constexpr std::size_t i = layer_index<I, count>();
        return Parameters<Layer<i>, T>{data + plan.parameters[i]};
    }

    template <class T, class X, class Y, class Trace>
    static constexpr void forward(const T* parameters, X x, Y y, Trace trace_view) noexcept {
        alignas(64) T buffer[buffer_size<Y, Trace, 0> + buffer_size<Y, Trace, 1> + 1];
        boost::hana::fold_left(indices, x, [&](auto layer_x, auto index) {
            constexpr std::size_t i = decltype(index)::value, first = plan.parameters[i];
            [[maybe_unused]] constexpr std::size_t output = plan.output[i];
            const auto layer_y = [&] {
                if constexpr (i + 1 == count) return y;
                else if constexpr (!std::is_same_v<Trace, NoView>) return trace_view.subview(output);
                else return y.rebind(buffer + i % 2 * buffer_size<Y, Trace, 0>);
            }();
            Layer<i>::forward(parameters + first, layer_x, layer_y, trace_of<i>(trace_view));
            return layer_y.read_only();
        });
    }

    template <class T, class X, class Y, class Trace, class Dy, class Dx, class Scratch>
    static constexpr void backward(const T* parameters, X x, Y y, Trace trace_view, Dy dy, Dx dx,
                                   Scratch scratch_view, T* gradient, bool add) noexcept {
        const auto layer_scratch = scratch_view.subview(plan.both_widest);
        boost::hana::fold_left(indices, dy, [&](auto layer_dy, auto index) {
            constexpr std::size_t i = count - 1 - decltype(index)::value, first = plan.parameters[i];
            [[maybe_unused]] constexpr std::size_t input = i == 0 ? 0 : plan.output[i - 1];
            [[maybe_unused]] constexpr std::size_t output = plan.output[i],
                                                   dx_buffer = i % 2 == 0 ? plan.widest[0] : 0;
            const auto backward_layer = [&](auto layer_y) {
                if constexpr (i == 0) {
                    Layer<i>::backward(parameters + first, x, layer_y, trace_of<i>(trace_view), layer_dy, dx,
                                       layer_scratch, gradient + first, add);
                    // Hana's fold over 6, 12 or 13 layers passes the result on, so it must not be void. Of
                    // smaller nets it is void, which saves operations of constant evaluation.
                    if constexpr (count >= 6) return dx;
                } else {
                    const auto layer_dx = scratch_view.subview(dx_buffer);
                    Layer<i>::backward(parameters + first, trace_view.subview(input).read_only(), layer_y,
                                       trace_of<i>(trace_view), layer_dy, layer_dx, layer_scratch,
                                       gradient + first, add);
                    return layer_dx;
                }
            };
            if constexpr (i + 1 == count) return backward_layer(y);
            else return backward_layer(trace_view.subview(output).read_only());
        });
    }

private:
    /// Values that forward needs for the outputs of the even (0) or odd (1) layers: none if there is a trace,
    /// which contains them. Not local constants of forward, which count as operations of constant evaluation:
    /// XOR's training by the compiler is near g++'s limit of them.
    template <class Y, class Trace, std::size_t Odd>
    static constexpr std::size_t buffer_size =
        std::is_same_v<Trace, NoView> ? Y::buffer_size(plan.widest[Odd]) : 0;

    template <std::size_t I, class Trace> static constexpr auto trace_of(Trace trace_view) noexcept {
        if constexpr (Layer<I>::trace == 0) return NoView{};
        else return trace_view.subview(plan.trace[I]);
    }
};

/// Calls f<Layer>(offset of its parameters) for each layer of a net.
template <class Net, class F> constexpr void for_each_layer(F f) noexcept {
    using S = StackOf<Net>;
    boost::hana::for_each(S::indices, [&](auto index) {
        f.template operator()<typename S::template Layer<index()>>(S::plan.parameters[index()]);
    });
}

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
template <IsNet L> struct Ending<L> : Ending<typename StackOf<L>::Last> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
