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

/// The shape of tensors joined along their first dimension. `first_mismatch` is the index of the first shape
/// that cannot be joined to the first one, or the number of shapes if there is none.
template <class First, class... Others> struct JoinedShape;
template <std::size_t Count, std::size_t... Sizes, class... Others>
struct JoinedShape<Shape<Count, Sizes...>, Others...> {
    static constexpr std::size_t first_mismatch =
        1 + first_true(std::array{!can_join<Shape<Count, Sizes...>, Others>..., true});
    using type = Shape<Count + (ChannelsOf<Others>::count + ... + 0), Sizes...>;
};

/// Layers side by side, whose outputs follow one another. If IsSplit, each takes a part of the input, else
/// all of it.
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
    static constexpr std::size_t widest_input = padded(std::max({Branches::InputShape::size...})),
                                 widest_output = padded(std::max({Branches::OutputShape::size...}));
    static constexpr std::size_t trace = traces[count], scratch = 2 * (widest_input + widest_output) +
                                                                  padded(std::max({Branches::scratch...}));
    /// Values per sample that inference keeps on the stack: copies, and what a branch keeps.
    static constexpr std::size_t activations = widest_input + widest_output + List::nested_activations;

    // A branch reads and writes whole registers. Within one sample, a part may begin or end inside a
    // register, so it is copied. In a block, each value has a row of registers, so it is not.

    template <class T, class X, class Y, class Outer>
    static constexpr void forward(const T* parameters, X x, Y y, const Outer& context) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value;
            const auto branch_context = List::template context_of<i, traces[i]>(context);
            if constexpr (is_block_view<Y>)
                Branch<i>::forward(parameters + offsets[i], x.subview(inputs[i]), y.subview(outputs[i]),
                                   branch_context);
            else {
                alignas(64) T input[widest_input], output[widest_output];
                const Sample<T> branch_y{output};
                Branch<i>::forward(parameters + offsets[i], input_of<i>(x, Sample<T>{input}), branch_y,
                                   branch_context);
                copy_exactly<outputs[i + 1] - outputs[i]>(y.subview(outputs[i]), branch_y.read_only());
            }
        });
    }

    template <class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        boost::hana::for_each(indices, [&](auto index) {
            constexpr std::size_t i = decltype(index)::value, n = Branch<i>::InputShape::size;
            const auto input_copy = scratch_view.subview(widest_input),
                       y_copy = scratch_view.subview(2 * widest_input),
                       dy_copy = scratch_view.subview(2 * widest_input + widest_output),
                       branch_scratch = scratch_view.subview(2 * (widest_input + widest_output));
            const auto branch_backward = [&](auto branch_dx) {
                Branch<i>::backward(
                    parameters + offsets[i], input_of<i>(x, input_copy), output_of<i>(y, y_copy).read_only(),
                    List::template context_of<i, traces[i]>(context), output_of<i>(dy, dy_copy), branch_dx,
                    branch_scratch, advanced(gradient, offsets[i]), add);
            };
            if constexpr (std::is_same_v<Dx, NoView>) {
                if constexpr (has_gradient<Branch<i>>) branch_backward(NoView{});
            } else {
                branch_backward(scratch_view);
                if constexpr (IsSplit || i == 0)
                    copy_exactly<n>(dx.subview(inputs[i]), scratch_view.read_only());
                else map<n>(dx, [](auto a, auto b) { return a + b; }, dx, scratch_view);
            }
        });
    }

private:
    /// The input of branch I; of one sample in Split, a copy.
    template <std::size_t I, class X, class Copy> static constexpr auto input_of(X x, Copy copy) noexcept {
        if constexpr (!IsSplit || is_block_view<X>) return x.subview(inputs[I]);
        else {
            copy_exactly<Branch<I>::InputShape::size>(copy, x.subview(inputs[I]));
            return copy.read_only();
        }
    }
    /// The output of branch I, or its gradient; of one sample, a copy.
    template <std::size_t I, class Y, class Copy> static constexpr auto output_of(Y y, Copy copy) noexcept {
        if constexpr (is_block_view<Y>) return y.subview(outputs[I]);
        else {
            copy_exactly<outputs[I + 1] - outputs[I]>(copy, y.subview(outputs[I]));
            return copy;
        }
    }
};

/// Without branches, which a message has said.
template <bool IsSplit> struct BranchesOf<IsSplit> : BranchesOf<IsSplit, PlaceholderLayer> {};

/// Whether branches match; a sentence names the first that does not.
template <bool IsSplit, class... Branches> consteval bool branches_fit() {
    constexpr std::size_t first_non_layer = first_true(std::array{!Layer<Branches>..., true});
    if constexpr (sizeof...(Branches) == 0) return misfit::no_layers<Branches...>::passes();
    else if constexpr (first_non_layer < sizeof...(Branches))
        return LayerSentence<misfit::branch<first_non_layer + 1>,
                             typename At<first_non_layer, Branches...>::type>::passes();
    else if constexpr (!(inference_fits<typename LayerOf<Branches>::type> && ...)) {
        constexpr std::size_t other =
            first_true(std::array{!inference_fits<typename LayerOf<Branches>::type>...});
        return misfit::inference_mismatch<misfit::branch<other + 1>,
                                          misfit::but_found<typename At<other, Branches...>::type>>::passes();
    } else {
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
                misfit::branch<1>, typename First::OutputShape::template rebind_to<misfit::gives>,
                misfit::but_branch<joint + 1>,
                typename Other::OutputShape::template rebind_to<misfit::gives>>::passes();
        } else if constexpr (IsSplit) {
            constexpr std::size_t part = JoinedShape<typename Branches::InputShape...>::first_mismatch;
            if constexpr (part < sizeof...(Branches)) {
                using Other = typename At<part, Branches...>::type;
                return misfit::joint_mismatch<
                    misfit::branch<1>, typename First::InputShape::template rebind_to<misfit::takes_part>,
                    misfit::but_branch<part + 1>,
                    typename Other::InputShape::template rebind_to<misfit::takes_part>>::passes();
            } else return true;
        } else return true;
    }
}

} // namespace detail

/// Each branch, a layer or a net, takes the whole input; their outputs follow one another, along the
/// channels: Concat<Dense<64, 16, Tanh>, Net<Dense<64, 8>, Dense<8, 8>>> takes 64 and gives 24 values. All
/// branches take the same shape, and the outputs are equal in the other dimensions. PyTorch's cat.
template <class... Branches>
    requires(detail::branches_fit<false, Branches...>())
struct Concat : detail::BranchesOf<false, detail::LayerOrPlaceholder<Branches>...> {};

/// Each branch takes a part of the input, in their order, along the channels: Split<Dense<20, 8>, Dense<4,
/// 4>> takes 24 and gives 12 values. Inputs, and outputs, are equal in the other dimensions. PyTorch's split
/// and cat.
template <class... Branches>
    requires(detail::branches_fit<true, Branches...>())
struct Split : detail::BranchesOf<true, detail::LayerOrPlaceholder<Branches>...> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
