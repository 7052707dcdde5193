// Concat and Split: layers side by side.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/stack.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class A, class B> inline constexpr bool can_join = false;
template <std::size_t A, std::size_t B, std::size_t... Sizes>
inline constexpr bool can_join<Shape<A, Sizes...>, Shape<B, Sizes...>> = true;

/// The shape of tensors joined along their first dimension. `matches` is the number of shapes before the
/// first that does not match the first one.
template <class First, class... Others> struct JoinedShape;
template <std::size_t Count, std::size_t... Sizes, class... Others>
struct JoinedShape<Shape<Count, Sizes...>, Others...> {
    static constexpr std::size_t first_mismatch =
        1 + first_true(std::array{!can_join<Shape<Count, Sizes...>, Others>..., true});
    using type = Shape<Count + (ChannelsOf<Others>::count + ... + 0), Sizes...>;
};

/// Offsets of consecutive parts of these sizes; the last element is the end.
template <std::size_t Count>
consteval std::array<std::size_t, Count + 1> offsets_of(const std::array<std::size_t, Count>& sizes) {
    std::array<std::size_t, Count + 1> result{};
    for (std::size_t i = 0; i < Count; ++i) result[i + 1] = result[i] + sizes[i];
    return result;
}

/// Writes N values, and nothing after them.
template <std::size_t N, class To, class From> constexpr void copy_exactly(To to, From from) noexcept {
    map_channels<ChannelsOf<Shape<N>>>(to, [](auto, auto v) { return v; }, from);
}

/// Layers side by side. The output is the outputs of the branches, one after another. If IsSplit, the input
/// is divided among the branches; else each gets all of it.
template <bool IsSplit, class... Branches> struct BranchesOf : LayerList<Branches...> {
    using List = LayerList<Branches...>;
    using List::indices, List::offsets;
    static constexpr std::size_t count = sizeof...(Branches);
    template <std::size_t I> using Branch = typename List::template Layer<I>;

    using OutputShape = typename JoinedShape<typename Branches::OutputShape...>::type;
    using InputShape =
        std::conditional_t<IsSplit, typename JoinedShape<typename Branches::InputShape...>::type,
                           typename Branch<0>::InputShape>;
    template <class L>
    using InferenceOfBranch = std::conditional_t<std::is_same_v<typename InferenceOf<L>::type, NoLayer>, L,
                                                 typename InferenceOf<L>::type>;
    using Inference = BranchesOf<IsSplit, InferenceOfBranch<Branches>...>;

    static constexpr auto outputs = offsets_of(std::array{Branches::OutputShape::size...});
    static constexpr auto inputs =
        offsets_of(std::array{(IsSplit ? Branches::InputShape::size : std::size_t{0})...});
    static constexpr auto traces = offsets_of(std::array{padded(Branches::trace)...});
    static constexpr std::size_t widest_input = padded(std::max({Branches::InputShape::size...}));
    /// Whether the registers of branch i's output may end after the buffer of all outputs. One sample of such
    /// a branch gets memory of its own for its output.
    static constexpr bool exceeds(std::size_t i) noexcept {
        return outputs[i] + padded(outputs[i + 1] - outputs[i]) > padded(outputs[count]);
    }
    static constexpr std::size_t widest_own = [] {
        std::size_t widest = 0;
        for (std::size_t i = 0; i < count; ++i)
            if (exceeds(i)) widest = std::max(widest, padded(outputs[i + 1] - outputs[i]));
        return widest;
    }();
    static constexpr std::size_t trace = traces[count],
                                 scratch = widest_input + 2 * widest_own + std::max({Branches::scratch...});
    /// Values per sample that inference keeps on the stack within a branch.
    static constexpr std::size_t activations = [] {
        std::size_t most = 0;
        const auto count_branch = [&]<class L>() {
            if constexpr (HasLayers<L>) most = std::max(most, L::activations);
        };
        (count_branch.template operator()<Branches>(), ...);
        return most + widest_own;
    }();

    /// In ascending order: a branch may write past its output, where the next one then writes its own.
    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value, n = Branch<i>::OutputShape::size;
            const auto branch_forward = [&](auto branch_y) {
                Branch<i>::forward(parameters + offsets[i], input_of<i>(x), branch_y,
                                   List::template context_of<i, traces[i]>(context));
            };
            if constexpr (exceeds(i) && is_sample<Y>) {
                alignas(64) T own[padded(n)];
                const auto own_y = y.rebind(own + 0);
                branch_forward(own_y);
                copy_exactly<n>(y.subview(outputs[i]), own_y.read_only());
            } else branch_forward(y.subview(outputs[i]));
        });
    }

    /// In descending order: a branch may overwrite its dy and what follows. Each writes its dx to working
    /// memory first.
    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = count - 1 - decltype(index)::value, n = Branch<i>::InputShape::size,
                                  n_out = Branch<i>::OutputShape::size;
            const auto backward_of = [&](auto branch_y, auto branch_dy, auto branch_dx) {
                Branch<i>::backward(parameters + offsets[i], input_of<i>(x), branch_y,
                                    List::template context_of<i, traces[i]>(context), branch_dy, branch_dx,
                                    scratch_view.subview(widest_input + 2 * widest_own),
                                    advanced(gradient, offsets[i]), add);
            };
            const auto branch_backward = [&](auto branch_dx) {
                const auto branch_y = y.subview(outputs[i]);
                const auto branch_dy = dy.subview(outputs[i]);
                if constexpr (exceeds(i) && is_sample<Dy>) {
                    const auto own_y = scratch_view.subview(widest_input), own_dy = own_y.subview(widest_own);
                    copy_exactly<n_out>(own_y, branch_y);
                    copy_exactly<n_out>(own_dy, branch_dy.read_only());
                    backward_of(own_y.read_only(), own_dy, branch_dx);
                } else backward_of(branch_y, branch_dy, branch_dx);
            };
            if constexpr (std::is_same_v<Dx, NoView>) {
                if constexpr (has_gradient<Branch<i>>) branch_backward(NoView{});
            } else {
                branch_backward(scratch_view);
                if constexpr (IsSplit || i + 1 == count)
                    copy_exactly<n>(dx.subview(inputs[i]), scratch_view.read_only());
                else map<n>(dx, [](auto a, auto b) { return a + b; }, dx, scratch_view);
            }
        });
    }

private:
    template <class View> static constexpr bool is_sample = requires { View::padded; };

    /// The input of branch I. A part of a sample is not padded.
    template <std::size_t I, class X> static constexpr auto input_of(X x) noexcept {
        if constexpr (IsSplit && is_sample<X>)
            return Sample<std::remove_pointer_t<decltype(x.data)>, false>{x.data + inputs[I]};
        else return x.subview(inputs[I]);
    }
};

template <bool IsSplit>
struct BranchesOf<IsSplit> : BranchesOf<IsSplit, PlaceholderLayer> {}; // after the sentence

/// Whether branches match; a sentence names the first that does not.
template <bool IsSplit, class... Branches> consteval bool branches_fit() {
    constexpr std::size_t first_non_layer = first_true(std::array{!Layer<Branches>..., true});
    if constexpr (sizeof...(Branches) == 0) return misfit::no_layers<Branches...>::passes();
    else if constexpr (first_non_layer < sizeof...(Branches))
        return LayerSentence<misfit::branch<first_non_layer + 1>,
                             typename At<first_non_layer, Branches...>::type>::passes();
    else {
        using First = typename At<0, Branches...>::type;
        constexpr std::size_t other_input = first_true(
            std::array{!std::is_same_v<typename First::InputShape, typename Branches::InputShape>..., true});
        constexpr std::size_t joint = JoinedShape<typename Branches::OutputShape...>::first_mismatch;
        if constexpr (!IsSplit && other_input < sizeof...(Branches)) {
            using Other = typename At<other_input, Branches...>::type;
            return misfit::branch_mismatch<
                misfit::branch<1>, typename First::InputShape::template rebind_to<misfit::takes>,
                misfit::but_branch<other_input + 1>,
                typename Other::InputShape::template rebind_to<misfit::takes>>::passes();
        } else if constexpr (joint < sizeof...(Branches)) {
            using Other = typename At<joint, Branches...>::type;
            return misfit::joint_mismatch<
                misfit::branch<1>, typename First::OutputShape::template rebind_to<misfit::takes>,
                misfit::but_branch<joint + 1>,
                typename Other::OutputShape::template rebind_to<misfit::gives>>::passes();
        } else if constexpr (IsSplit) {
            constexpr std::size_t part = JoinedShape<typename Branches::InputShape...>::first_mismatch;
            if constexpr (part < sizeof...(Branches)) {
                using Other = typename At<part, Branches...>::type;
                return misfit::joint_mismatch<
                    misfit::branch<1>, typename First::InputShape::template rebind_to<misfit::takes>,
                    misfit::but_branch<part + 1>,
                    typename Other::InputShape::template rebind_to<misfit::gives>>::passes();
            } else return true;
        } else return true;
    }
}

} // namespace detail

/// The same input to each branch, a layer or a net; their outputs one after another, along the channels:
/// Concat<Dense<64, 16, Tanh>, Net<Dense<64, 8>, Dense<8, 8>>> takes 64 and gives 24 values. PyTorch's cat.
template <class... Branches>
    requires(detail::branches_fit<false, Branches...>())
struct Concat : detail::BranchesOf<false, detail::LayerOrPlaceholder<Branches>...> {};

/// Consecutive parts of the input, along the channels, each to its branch; their outputs one after another.
/// PyTorch's split and cat.
template <class... Branches>
    requires(detail::branches_fit<true, Branches...>())
struct Split : detail::BranchesOf<true, detail::LayerOrPlaceholder<Branches>...> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
