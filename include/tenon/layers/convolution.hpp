// Conv1D and Conv2D: convolutions of signals and images.
#pragma once

#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/convolution_gradient.hpp>
#include <tenon/kernels/convolution_of_one.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/convolution_options.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The convolution S with an activation, or the transposed one, from and to values of these shapes.
/// Parameters: W of S, then b.
template <class In, class Out, class S, class A, bool Bias, bool Transposed = false> struct Convolution {
    using InputShape = In;
    using OutputShape = Out;
    using OutputActivation = A;
    using Sizes = S;
    static constexpr bool shares_weights = true;
    template <class B> using with_activation = Convolution<In, Out, S, B, Bias, Transposed>;

    static constexpr std::size_t biases = !Bias        ? 0
                                          : Transposed ? S::in
                                                       : S::out,
                                 parameter_count = S::weights + biases,
                                 multiply_adds = S::weights * S::out_positions,
                                 trace = keeps_z<A> ? Out::size : 0, scratch = 0;
    /// PyTorch's weight is [out, in / groups, ...] of S, also if S is transposed.
    static constexpr auto tensors = [] {
        constexpr std::size_t columns = S::Columns::kernel, channel = S::taps * S::out;
        Tensor weight{.name = "weight", .fan_in = S::in_of_group * S::taps, .fan_out = S::out * S::taps};
        if constexpr (Out::rank == 2) {
            weight.rank = 3;
            weight.shape = {S::out, S::in_of_group, columns};
            weight.strides = {1, channel, S::out};
        } else {
            weight.rank = 4;
            weight.shape = {S::out, S::in_of_group, S::Rows::kernel, columns};
            weight.strides = {1, channel, columns * S::out, S::out};
        }
        const Tensor bias{.name = "bias", .offset = S::weights, .shape = {biases}, .strides = {1}};
        if constexpr (Bias) return std::array{weight, bias};
        else return std::array{weight};
    }();

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        constexpr bool stores_z = keeps_z<A> && Context::keeps_trace;
        if constexpr (Elementwise<A> && !stores_z && fused<A, Y>)
            convolve<Order, Bias>(parameters, x, y, [](auto v) { return A::apply(v); });
        else {
            const auto sums = [&] {
                if constexpr (stores_z) return context.trace;
                else return y;
            }();
            convolve<Order, Bias>(parameters, x, sums, [](auto v) { return v; });
            activate<A, Out::size>(sums.read_only(), y);
        }
    }

    /// dz = dy A'(z); dW = the sum over positions and samples of dz x; db = the sum of dz; dx = W^T * dz
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, Context context, Dy dy, Dx dx, Scratch,
                                   Gradient gradient, bool add) noexcept {
        activation_gradient<A, Out::size>(context.trace, y, dy);
        const auto dz = dy.read_only();
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            if constexpr (Transposed) convolution_weight_gradient<S>(dz, x, gradient, add);
            else convolution_weight_gradient<S>(x, dz, gradient, add);
            if constexpr (Bias)
                convolution_bias_gradient<biases, Out::size / biases>(dz, gradient + S::weights, add);
        }
        if constexpr (!std::is_same_v<Dx, NoView>)
            convolve<Adjoint, false>(parameters, dz, dx, [](auto v) { return v; });
    }

private:
    using Order = std::conditional_t<Transposed, AdjointOrder<S>, ForwardOrder<S>>;
    using Adjoint = std::conditional_t<Transposed, ForwardOrder<S>, AdjointOrder<S>>;
};

/// The Convolution that a shape, a kernel and options describe.
template <class Values, std::size_t Out, class Size, class... Options> struct ConvolutionPlan {
    using Image = ImageOf<Values>;
    static constexpr ConvolutionOptions options = options_in<Options...>;
    static constexpr bool has_rows = Image::axes == 2;
    using Columns = typename AxisOf<has_rows ? 1 : 0, Image::width, Size, Options...>::type;
    using Rows = typename std::conditional_t<has_rows, AxisOf<0, Image::height, Size, Options...>,
                                             std::type_identity<Axis<1, 1>>>::type;
    using type = Convolution<Values, typename Image::template Like<Out, Rows::out, Columns::out>,
                             ConvolutionShape<Image::channels, Out, options.groups, Rows, Columns>,
                             typename ActivationIn<Identity, Options...>::type, options.bias>;

    /// A word of a sentence with a number for each axis.
    template <template <std::size_t...> class Word, std::size_t OfRows, std::size_t OfColumns>
    using Axes = std::conditional_t<has_rows, Word<OfRows, OfColumns>, Word<OfColumns>>;
    using Spans = Axes<misfit::kernel_spans, Rows::span, Columns::span>;
    using PaddedInput = Axes<misfit::but_padded_input, Rows::padded_in, Columns::padded_in>;
    using Groups = misfit::groups<options.groups>;
    using Takes = misfit::takes_channels<Image::channels>;
    using Gives = misfit::gives_channels<Out>;
    static constexpr bool groups_divide = Image::channels % options.groups == 0 && Out % options.groups == 0;
};

/// An axis of the convolution whose adjoint a transposed convolution is: from the output's positions to the
/// input's.
template <std::size_t I, std::size_t In, class Size, class... Options> struct TransposedAxisOf {
    using Plain = AxisOf<I, In, Size, Options...>;
    static constexpr ConvolutionOptions options = Plain::options;
    static constexpr std::size_t padding = options.padding[I],
                                 whole =
                                     (In - 1) * options.stride[I] + Plain::span + options.output_padding[I];
    static constexpr bool has_output = whole > 2 * padding,
                          fits = options.output_padding[I] < options.stride[I] ||
                                 options.output_padding[I] < options.dilation[I];
    static constexpr std::size_t out = has_output ? whole - 2 * padding : 1;
    using type = Axis<out, Plain::kernel, options.stride[I], padding, padding, options.dilation[I], In>;
};

/// The transposed Convolution that a shape, a kernel and options describe.
template <class Values, std::size_t Out, class Size, class... Options>
struct TransposedPlan : ConvolutionPlan<Values, Out, Size, Options...> {
    using Plain = ConvolutionPlan<Values, Out, Size, Options...>;
    using Image = typename Plain::Image;
    using OfColumns = TransposedAxisOf<Plain::has_rows ? 1 : 0, Image::width, Size, Options...>;
    struct OneRow {
        static constexpr std::size_t out = 1;
        static constexpr bool has_output = true, fits = true;
        using type = Axis<1, 1>;
    };
    using OfRows =
        std::conditional_t<Plain::has_rows, TransposedAxisOf<0, Image::height, Size, Options...>, OneRow>;
    using type = Convolution<Values, typename Image::template Like<Out, OfRows::out, OfColumns::out>,
                             ConvolutionShape<Out, Image::channels, Plain::options.groups,
                                              typename OfRows::type, typename OfColumns::type>,
                             typename ActivationIn<Identity, Options...>::type, Plain::options.bias, true>;
};

/// Whether Values, Size and Options describe a convolution of images of `Axes` axes, 2 or 1; a sentence names
/// the first misfit. Call it directly in the requires clause.
template <std::size_t Axes, bool Transposed, class Values, std::size_t Out, class Size, class... Options>
consteval bool convolution_fits() {
    using Found = misfit::but_found<Size>;
    constexpr std::size_t count = sizeof...(Options);
    constexpr std::size_t other_axes = first_true(std::array{!fits_axes(option_of<Options>, Axes)..., true}),
                          zero = first_true(std::array{option_of<Options>.has_zero..., true}),
                          other_kind = first_true(std::array{
                              (option_of<Options>.kind == OptionKind::none && !Activation<Options>) ||
                                  option_of<Options>.kind == OptionKind::kernel ||
                                  (Transposed ? option_of<Options>.same
                                              : option_of<Options>.kind == OptionKind::output_padding)...,
                              true});
    // Of the option with this index; evaluated only if there is one.
    constexpr std::size_t repeated = first_repeated<Options...>();
    if constexpr (ImageOf<Values>::axes != Axes)
        return misfit::not_an_image<misfit::but_found<Values>>::passes();
    else if constexpr (option_of<Size>.kind != OptionKind::kernel)
        return misfit::not_a_kernel<Found>::passes();
    else if constexpr (option_of<Size>.count != Axes)
        return misfit::option_without_axes<typename Values::template rebind_to<misfit::takes>,
                                           Found>::passes();
    else if constexpr (option_of<Size>.has_zero) return misfit::zero_option<Found>::passes();
    else if constexpr (other_kind < count) {
        using Other = misfit::but_found<typename At<other_kind, Options..., void>::type>;
        if constexpr (Transposed) return misfit::not_a_transposed_option<Other>::passes();
        else return misfit::not_a_convolution_option<Other>::passes();
    } else if constexpr (repeated < count)
        return misfit::repeated_option<
            misfit::but_found<typename At<repeated, Options..., void>::type>>::passes();
    else if constexpr (other_axes < count)
        return misfit::option_without_axes<
            typename Values::template rebind_to<misfit::takes>,
            misfit::but_found<typename At<other_axes, Options..., void>::type>>::passes();
    else if constexpr (zero < count)
        return misfit::zero_option<misfit::but_found<typename At<zero, Options..., void>::type>>::passes();
    else {
        using Plan = std::conditional_t<Transposed, TransposedPlan<Values, Out, Size, Options...>,
                                        ConvolutionPlan<Values, Out, Size, Options...>>;
        using Described = misfit::but_found<Size, Options...>;
        if constexpr (Transposed) {
            if constexpr (!Plan::OfRows::has_output || !Plan::OfColumns::has_output)
                return misfit::padding_leaves_nothing<typename Values::template rebind_to<misfit::takes>,
                                                      Described>::passes();
            else if constexpr (!Plan::OfRows::fits || !Plan::OfColumns::fits)
                return misfit::large_output_padding<Described>::passes();
        }
        if constexpr (!Transposed && (!Plan::Rows::fits || !Plan::Columns::fits))
            return misfit::convolution_exceeds_input<typename Plan::Spans,
                                                     typename Plan::PaddedInput>::passes();
        else if constexpr (!Plan::groups_divide)
            return misfit::groups_do_not_divide<typename Plan::Groups, typename Plan::Takes,
                                                typename Plan::Gives>::passes();
        else return true;
    }
}

} // namespace detail

/// y = A(W * x + b): each of Out channels is the sum over the input channels of a kernel's products with the
/// image at each position (a cross-correlation, as in all frameworks); PyTorch's Conv2d with an activation.
/// Options in any order: an activation, Stride, Padding, Same or Valid, Dilation, Groups, NoBias. Along each
/// axis the output has floor((input + 2 padding - dilation (kernel - 1) - 1) / stride) + 1 values; positions
/// behind the last step are not used. Parameters: `weight`, [Out, channels / groups, kernel height, kernel
/// width], and `bias`, [Out]; W is stored as [channels / groups][height][width][Out].
///     Conv2D<Shape<1, 28, 28>, 8, Kernel<5, 5>, Relu>                            gives Shape<8, 24, 24>
///     Conv2D<Shape<8, 24, 24>, 16, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>>    gives Shape<16, 12, 12>
template <class Values, std::size_t Out, class Size, class... Options>
    requires(detail::convolution_fits<2, false, Values, Out, Size, Options...>())
struct Conv2D : detail::ConvolutionPlan<Values, Out, Size, Options...>::type {};

/// The same of signals, Shape<channels, length>; PyTorch's Conv1d.
///     Conv1D<Shape<2, 100>, 8, Kernel<5>, Tanh, Same>                            gives Shape<8, 100>
template <class Values, std::size_t Out, class Size, class... Options>
    requires(detail::convolution_fits<1, false, Values, Out, Size, Options...>())
struct Conv1D : detail::ConvolutionPlan<Values, Out, Size, Options...>::type {};

/// The transpose of a Conv2D, which makes images larger: each value of x is multiplied by the kernel, and the
/// products are added where they overlap; PyTorch's ConvTranspose2d with an activation. Along each axis the
/// output has (input - 1) stride - 2 padding + dilation (kernel - 1) + output padding + 1 values. Options in
/// any order: an activation, Stride, Padding, OutputPadding, Dilation, Groups, NoBias. Parameters: `weight`,
/// [channels, Out / groups, kernel height, kernel width], and `bias`, [Out]; W is stored as
/// [Out / groups][height][width][channels].
///     ConvTranspose2D<Shape<16, 7, 7>, 8, Kernel<2, 2>, Relu, Stride<2, 2>>      gives Shape<8, 14, 14>
template <class Values, std::size_t Out, class Size, class... Options>
    requires(detail::convolution_fits<2, true, Values, Out, Size, Options...>())
struct ConvTranspose2D : detail::TransposedPlan<Values, Out, Size, Options...>::type {};

/// The same of signals, Shape<channels, length>; PyTorch's ConvTranspose1d.
template <class Values, std::size_t Out, class Size, class... Options>
    requires(detail::convolution_fits<1, true, Values, Out, Size, Options...>())
struct ConvTranspose1D : detail::TransposedPlan<Values, Out, Size, Options...>::type {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
