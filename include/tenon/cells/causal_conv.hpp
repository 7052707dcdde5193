// CausalConv: a convolution over time that reads no later inputs.
#pragma once

#include <tenon/cells/causal_conv_2d.hpp>
#include <tenon/cells/full_causal_conv.hpp>
#include <tenon/cells/held_conv.hpp>
#include <tenon/layers/convolution_options.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/shape.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether the options of a CausalConv are those that it takes; a sentence says if not.
template <std::size_t In, std::size_t Out, class Size, class... Options> consteval bool causal_conv_fits() {
    [[maybe_unused]] constexpr auto is_option = [](const Option& option) {
        using enum OptionKind;
        if (option.kind == none || option.kind == bias) return true;
        return (option.kind == dilation || option.kind == stride || option.kind == groups) &&
               option.count == 1 && !option.has_zero;
    };
    constexpr Option size = option_of<Size>;
    constexpr bool fits = size.kind == OptionKind::kernel && size.count == 1 && !size.has_zero &&
                          (is_option(option_of<Options>) && ...) &&
                          first_repeated<Options...>() == sizeof...(Options);
    constexpr std::size_t groups = options_in<Options...>.groups;
    if constexpr (!misfit::causal_conv_options<std::bool_constant<fits>,
                                               misfit::but_found<Size, Options...>>::passes())
        return false;
    else if constexpr (In % groups != 0 || Out % groups != 0)
        return misfit::groups_do_not_divide<misfit::groups<groups>, misfit::takes_channels<In>,
                                            misfit::gives_channels<Out>>::passes();
    else return activation_fits<typename ActivationIn<Identity, Options...>::type>();
}

/// With groups, or without a bias: a convolution of frames with one feature.
template <std::size_t In, std::size_t Out, class Size, class... Options>
using FrameConv =
    CausalConv2D<Shape<In, 1>, Out, Kernel<option_of<Size>.numbers[0], 1>,
                 Dilation<options_in<Options...>.dilation[0], 1>, Groups<options_in<Options...>.groups>,
                 std::conditional_t<options_in<Options...>.bias, Valid, NoBias>,
                 typename ActivationIn<Identity, Options...>::type>;
template <std::size_t In, std::size_t Out, class Size, class... Options>
struct GroupedCausalConv : FrameConv<In, Out, Size, Options...> {
    using Base = FrameConv<In, Out, Size, Options...>;
    using InputShape = Shape<In>;
    using OutputShape = Shape<Out>;
    static constexpr auto tensors = [] { // the weight without the axis of the features
        auto table = Base::tensors;
        table[0].rank = 3;
        return table;
    }();
};

/// The stride of a causal convolution over time.
template <class L>
inline constexpr std::size_t stride_over_time = [] {
    if constexpr (requires { L::stride; }) return L::stride;
    else return std::size_t{1};
}();

template <std::size_t In, std::size_t Out, class Size, class... Options> struct CausalConvOf {
    static constexpr ConvolutionOptions options = options_in<Options...>;
    using EachStep =
        std::conditional_t<options.groups == 1 && options.bias, FullCausalConv<In, Out, Size, Options...>,
                           GroupedCausalConv<In, Out, Size, Options...>>;
    using type = std::conditional_t<options.stride[0] == 1, EachStep, HeldConv<EachStep, options.stride[0]>>;
};

} // namespace detail

/// y_t = A(b + the sum over k of W_k x_s), s = t - (K - 1 - k) D, where inputs before the first are zero: a
/// PyTorch Conv1d of In to Out channels with (K - 1) D zeros before the signal, step by step. Options in any
/// order: an activation, Dilation<D>, Groups<G>, NoBias, and Stride<S>: outputs are computed in the steps 0,
/// S, 2 S, ..., and held in between, as RTNeural does. Parameters: `weight`, [Out, In / G, K], stored as
/// [K][In][Out], with Groups or NoBias as of Conv1D, and `bias`, [Out].
///     CausalConv<1, 8, Kernel<3>, Tanh, Dilation<4>>
template <std::size_t In, std::size_t Out, class Size, class... Options>
    requires(detail::causal_conv_fits<In, Out, Size, Options...>())
struct CausalConv : detail::CausalConvOf<In, Out, Size, Options...>::type {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
