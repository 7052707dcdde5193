// Conv1D and Conv2D: convolutions of signals and images.
#pragma once

#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/convolution_gradient.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/convolution_options.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The convolution S with an activation, from and to values of these shapes. Parameters: W as
/// [in / groups][kernel rows][kernel columns][out], then b.
template <class In, class Out, class S, class A, bool Bias> struct Convolution {
    using InputShape = In;
    using OutputShape = Out;
    using OutputActivation = A;
    template <class B> using with_activation = Convolution<In, Out, S, B, Bias>;

    static constexpr std::size_t parameter_count = S::weights + (Bias ? S::out : 0);
    static constexpr std::size_t multiply_adds = S::weights * S::out_positions;
    static constexpr std::size_t trace = keeps_z<A> ? Out::size : 0;
    static constexpr std::size_t scratch = 0;
    static constexpr auto tensors = [] {
        constexpr std::size_t rows = S::Rows::kernel, columns = S::Columns::kernel;
        Tensor weight{.name = "weight", .fan_in = S::in_of_group * S::taps, .fan_out = S::out * S::taps};
        if constexpr (Out::rank == 2)
            weight.rank = 3, weight.shape = {S::out, S::in_of_group, columns},
            weight.strides = {1, S::taps * S::out, S::out};
        else
            weight.rank = 4, weight.shape = {S::out, S::in_of_group, rows, columns},
            weight.strides = {1, S::taps * S::out, columns * S::out, S::out};
        const Tensor bias{.name = "bias", .offset = S::weights, .rank = 1, .shape = {S::out}, .strides = {1}};
        if constexpr (Bias) return std::array{weight, bias};
        else return std::array{weight};
    }();

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        constexpr bool stores_z = keeps_z<A> && Context::keeps_trace;
        if constexpr (Elementwise<A> && !stores_z && fused<A, Y>)
            convolve<ForwardOrder<S>, Bias>(parameters, x, y, [](auto v) { return A::apply(v); });
        else {
            const auto sums = [&] {
                if constexpr (stores_z) return context.trace;
                else return y;
            }();
            convolve<ForwardOrder<S>, Bias>(parameters, x, sums, [](auto v) { return v; });
            activate<A, Out::size>(sums.read_only(), y);
        }
    }

    /// dz = dy A'(z); dW = the sum over positions and samples of dz x; db = the sum of dz; dx = W^T * dz
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, Context context, Dy dy, Dx dx,
                                   [[maybe_unused]] Scratch scratch_view, Gradient gradient,
                                   bool add) noexcept {
        activation_gradient<A, Out::size>(context.trace, y, dy);
        const auto dz = dy.read_only();
        if constexpr (!std::is_same_v<Gradient, NoView>) {
            plain::convolution_weight_gradient<S>(x, dz, gradient, add);
            if constexpr (Bias)
                plain::convolution_bias_gradient<S::out, S::out_positions>(dz, gradient + S::weights, add);
        }
        if constexpr (!std::is_same_v<Dx, NoView>)
            convolve<AdjointOrder<S>, false>(parameters, dz, dx, [](auto v) { return v; });
    }
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
    // Of an option, by its index; asked only if there is one.
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
        using Plan = ConvolutionPlan<Values, Out, Size, Options...>;
        if constexpr (!Plan::Rows::fits || !Plan::Columns::fits)
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

} // namespace tenon

#include <tenon/config/epilogue.hpp>
