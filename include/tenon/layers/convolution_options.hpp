// The options of convolutions, in any order after the kernel.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/convolution_axis.hpp>
#include <tenon/layers/window.hpp>
#include <tenon/misfit/convolutions.hpp>
#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// As much padding as makes the output ceil(input / stride): along each axis
/// total = max((output - 1) * stride + span - input, 0), of which half, rounded down, comes first.
/// PyTorch's padding='same', which permits no stride; with strides TensorFlow's. span is the length of the
/// dilated kernel.
struct Same {};
/// No padding, the default.
struct Valid {};
/// The distance on the image of neighbouring elements of the kernel: Dilation<rows, columns>, or
/// Dilation<positions>.
template <std::size_t... Distances> struct Dilation {};
/// Divides the channels of input and output into N groups; an output reads the input channels of its group.
/// As many groups as channels make a depthwise convolution.
template <std::size_t N> struct Groups {};
/// No bias.
struct NoBias {};
/// Of transposed convolutions: rows and columns that are added behind the output, because a stride makes
/// convolutions of images of several sizes give the same size. PyTorch's output_padding.
template <std::size_t... Sizes> struct OutputPadding {};

namespace detail {

enum class OptionKind { none, kernel, stride, padding, dilation, groups, bias, output_padding };

/// An option's kind and its numbers.
struct Option {
    OptionKind kind = OptionKind::none;
    std::size_t count = 0;
    std::array<std::size_t, 2> numbers{};
    bool has_zero = false, same = false;
};
template <std::size_t... N> consteval Option numbered(OptionKind kind) {
    return {kind,
            sizeof...(N),
            {PerAxis<N...>::at(0, 0), PerAxis<N...>::at(1, PerAxis<N...>::at(0, 0))},
            kind != OptionKind::padding && kind != OptionKind::output_padding && ((N == 0) || ...),
            false};
}
template <class> inline constexpr Option option_of{};
template <std::size_t... N>
inline constexpr Option option_of<Kernel<N...>> = numbered<N...>(OptionKind::kernel);
template <std::size_t... N>
inline constexpr Option option_of<Stride<N...>> = numbered<N...>(OptionKind::stride);
template <std::size_t... N>
inline constexpr Option option_of<Padding<N...>> = numbered<N...>(OptionKind::padding);
template <std::size_t... N>
inline constexpr Option option_of<Dilation<N...>> = numbered<N...>(OptionKind::dilation);
template <std::size_t N> inline constexpr Option option_of<Groups<N>> = numbered<N>(OptionKind::groups);
template <std::size_t... N>
inline constexpr Option option_of<OutputPadding<N...>> = numbered<N...>(OptionKind::output_padding);
template <> inline constexpr Option option_of<Same>{OptionKind::padding, 0, {}, false, true};
template <> inline constexpr Option option_of<Valid>{OptionKind::padding, 0, {}, false, false};
template <> inline constexpr Option option_of<NoBias>{OptionKind::bias, 0, {}, false, false};

/// The options of a convolution; those that are not given have their defaults.
struct ConvolutionOptions {
    std::array<std::size_t, 2> stride{1, 1}, padding{}, dilation{1, 1}, output_padding{};
    std::size_t groups = 1;
    bool same = false, bias = true;

    constexpr void add(const Option& option) noexcept {
        if (option.has_zero) return; // refused by the layer
        if (option.kind == OptionKind::stride) stride = option.numbers;
        if (option.kind == OptionKind::padding) {
            padding = option.numbers;
            same = option.same;
        }
        if (option.kind == OptionKind::dilation) dilation = option.numbers;
        if (option.kind == OptionKind::output_padding) output_padding = option.numbers;
        if (option.kind == OptionKind::groups) groups = option.numbers[0];
        if (option.kind == OptionKind::bias) bias = false;
    }
    /// The padding of axis `i`, of `in` positions, for a kernel of this span.
    constexpr std::size_t padding_of(std::size_t i, std::size_t in, std::size_t span,
                                     bool behind) const noexcept {
        if (!same) return padding[i];
        const std::size_t needed = (in + stride[i] - 1) / stride[i] * stride[i] - stride[i] + span,
                          total = needed > in ? needed - in : 0;
        return behind ? total - total / 2 : total / 2;
    }
};
template <class... Options>
inline constexpr ConvolutionOptions options_in = [] {
    ConvolutionOptions all;
    (all.add(option_of<Options>), ...);
    return all;
}();

/// The first of Options that is none of a convolution, which is its activation; else Default.
template <class Default, class... Options> struct ActivationIn {
    using type = Default;
};
template <class Default, class First, class... Rest>
struct ActivationIn<Default, First, Rest...>
    : std::conditional_t<option_of<First>.kind == OptionKind::none, std::type_identity<First>,
                         ActivationIn<Default, Rest...>> {};

/// The index of the first option of the kind of an earlier one; the number of options if there is none.
template <class... Options> consteval std::size_t first_repeated() {
    const std::array<OptionKind, sizeof...(Options) + 1> kinds{option_of<Options>.kind...};
    for (std::size_t i = 0; i < sizeof...(Options); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (kinds[i] == kinds[j]) return i;
    return sizeof...(Options);
}
/// Whether an option has a number for each axis, or needs none.
constexpr bool fits_axes(const Option& option, std::size_t axes) noexcept {
    return option.count == axes || option.count == 0 || option.kind == OptionKind::groups;
}

/// Axis I of an image, of In positions.
template <std::size_t I, std::size_t In, class Size, class... Options> struct AxisOf {
    static constexpr ConvolutionOptions options = options_in<Options...>;
    static constexpr std::size_t kernel = option_of<Size>.numbers[I] > 0 ? option_of<Size>.numbers[I] : 1,
                                 span = (kernel - 1) * options.dilation[I] + 1;
    using type = Axis<In, kernel, options.stride[I], options.padding_of(I, In, span, false),
                      options.padding_of(I, In, span, true), options.dilation[I]>;
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
