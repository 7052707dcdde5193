// LayerList: what containers have in common. The parameters of their layers lie one after another.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/tensor.hpp>

#include <tenon/config/prologue.hpp>

#include <boost/hana/basic_tuple.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/integral_constant.hpp>

#include <tenon/config/epilogue.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

// The optional members of a layer, or their defaults.
template <class L>
inline constexpr std::size_t trainable = [] {
    if constexpr (requires { L::trainable; }) return L::trainable;
    else return L::parameter_count;
}();
template <class L> inline constexpr bool uses_step = requires { requires L::uses_step; };
template <class L>
inline constexpr bool uses_batch_statistics = requires { requires L::uses_batch_statistics; };
template <class L> inline constexpr bool shares_weights = requires { requires L::shares_weights; };
template <class L>
inline constexpr bool has_statistics = requires(float* parameters, const float* statistics) {
    L::settle(parameters, statistics, std::size_t{});
};

template <class L>
inline constexpr std::size_t state_count = [] {
    if constexpr (requires { L::state_count; }) return L::state_count;
    else return std::size_t{0};
}();
template <class L>
inline constexpr std::size_t state_size = [] {
    if constexpr (requires { L::state_size; }) return L::state_size;
    else return std::size_t{0};
}();

/// Parameters from `first` to `end` - 1.
struct Range {
    std::size_t first, end;
};

/// The ranges of a layer's parameters that are trained, in ascending order; neighbours are joined. The first
/// `count` of `ranges` are valid.
template <std::size_t Max> struct Ranges {
    std::array<Range, Max> ranges{};
    std::size_t count = 0;

    constexpr void add(Range range) noexcept {
        if (range.first == range.end) return;
        if (count > 0 && ranges[count - 1].end == range.first) ranges[count - 1].end = range.end;
        else ranges[count++] = range;
    }
};
template <class L>
inline constexpr auto trainable_ranges = [] {
    if constexpr (requires { L::trainable_ranges; }) return L::trainable_ranges;
    else {
        Ranges<1> result;
        result.add({0, trainable<L>});
        return result;
    }
}();

/// Whether L needs a backward pass if its dx is not wanted: for the gradient of its parameters, or for its
/// statistics.
template <class L> inline constexpr bool has_gradient = trainable_ranges<L>.count > 0 || has_statistics<L>;

/// I, if a container of Count layers has a layer I; refuses other I with a sentence.
template <std::size_t I, std::size_t Count> consteval std::size_t layer_index() {
    static_assert(misfit::no_such_layer<misfit::layers<Count>, misfit::but_asked_for<I>>::passes());
    return I < Count ? I : 0;
}

/// Offsets of consecutive parts of these sizes; the last element is the end.
template <std::size_t Count>
consteval std::array<std::size_t, Count + 1> offsets_of(const std::array<std::size_t, Count>& sizes) {
    std::array<std::size_t, Count + 1> result{};
    for (std::size_t i = 0; i < Count; ++i) result[i + 1] = result[i] + sizes[i];
    return result;
}

/// The layers of a container: a stack, a residual connection, branches.
template <class... Layers> struct LayerList {
    static constexpr std::size_t layer_count = sizeof...(Layers);
    template <std::size_t I> using Layer = typename At<I, Layers...>::type;

    /// Where each layer's parameters begin; the last element is the number of all parameters.
    static constexpr auto offsets =
        offsets_of(std::array<std::size_t, layer_count>{Layers::parameter_count...});
    static constexpr std::size_t parameter_count = offsets[layer_count];
    static constexpr auto indices = []<std::size_t... I>(std::index_sequence<I...>) {
        return boost::hana::make_basic_tuple(boost::hana::size_c<I>...);
    }(std::index_sequence_for<Layers...>{});

    /// The maximum number of values per sample that inference keeps on the stack within one of these layers.
    static constexpr std::size_t nested_activations = [] {
        std::size_t largest = 0;
        const auto visit = [&]<class L>() {
            if constexpr (requires { L::activations; })
                if (L::activations > largest) largest = L::activations;
        };
        (visit.template operator()<Layers>(), ...);
        return largest;
    }();
    /// Where each layer's part of a stream's state begins; how many values of it are used.
    static constexpr auto state_offsets =
        offsets_of(std::array<std::size_t, layer_count>{detail::state_size<Layers>...});
    static constexpr std::size_t state_size = state_offsets[layer_count],
                                 state_count = (detail::state_count<Layers> + ... + 0);
    static constexpr bool uses_step = (detail::uses_step<Layers> || ...);
    static constexpr bool uses_batch_statistics = (detail::uses_batch_statistics<Layers> || ...);
    static constexpr bool shares_weights = (detail::shares_weights<Layers> || ...);
    static constexpr bool any_statistics = (detail::has_statistics<Layers> || ...);
    static constexpr auto trainable_ranges = [] {
        Ranges<(detail::trainable_ranges<Layers>.ranges.size() + ...)> result;
        std::size_t i = 0;
        const auto add = [&](const auto& of_layer) {
            for (std::size_t r = 0; r < of_layer.count; ++r)
                result.add({offsets[i] + of_layer.ranges[r].first, offsets[i] + of_layer.ranges[r].end});
            ++i;
        };
        (add(detail::trainable_ranges<Layers>), ...);
        return result;
    }();

    /// The parameters of layer I, if there is such a layer.
    template <std::size_t I, class T> static constexpr auto parameters_of(T* data) noexcept {
        constexpr std::size_t i = layer_index<I, layer_count>();
        return Parameters<Layer<i>, T>{data + offsets[i]};
    }

    /// Calls settle of each layer that has it.
    template <class T>
    static constexpr void settle(T* parameters, const T* statistics, std::size_t samples) noexcept
        requires any_statistics
    {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value;
            if constexpr (has_statistics<Layer<i>>)
                Layer<i>::settle(parameters + offsets[i], statistics + offsets[i], samples);
        });
    }

    /// The context of layer I of a container with this context. The layer's trace begins at TraceFirst.
    template <std::size_t I, std::size_t TraceFirst, class Outer>
    static constexpr auto context_of(const Outer& context) noexcept {
        constexpr bool keeps_trace = Layer<I>::trace > 0 && Outer::keeps_trace,
                       gets_step = detail::uses_step<Layer<I>> && Outer::is_training;
        if constexpr (OfStream<Outer> && detail::state_size<Layer<I>> > 0) {
            constexpr std::size_t first = state_offsets[I];
            const auto trace = [&] {
                if constexpr (keeps_trace) return context.trace.subview(TraceFirst);
                else return NoView{};
            }();
            const auto step = [&] {
                if constexpr (gets_step) return context.step.of_layer(I);
                else return NoView{};
            }();
            return Context<std::remove_const_t<decltype(trace)>, std::remove_const_t<decltype(step)>,
                           decltype(context.state)>{trace, step, context.state.subview(first)};
        } else if constexpr (!keeps_trace && !gets_step) return Context<>{};
        else if constexpr (!gets_step)
            return Context<decltype(context.trace)>{context.trace.subview(TraceFirst)};
        else if constexpr (!keeps_trace) return Context<NoView, TrainingStep>{context.step.of_layer(I)};
        else
            return Context<decltype(context.trace), TrainingStep>{context.trace.subview(TraceFirst),
                                                                  context.step.of_layer(I)};
    }
};

/// The gradient of a container's layer whose parameters begin at `first`. NoView if none is wanted.
template <class T> constexpr T* advanced(T* gradient, std::size_t first) noexcept { return gradient + first; }
constexpr NoView advanced(NoView, std::size_t) noexcept { return {}; }

/// Calls f<Layer>(offset of its parameters) for each layer of a net or another container.
template <class Container, class F> constexpr void for_each_layer(F f) noexcept {
    using S = StackOf<Container>;
    boost::hana::for_each(S::indices, [&](auto index) {
        f.template operator()<typename S::template Layer<index()>>(S::offsets[index()]);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
