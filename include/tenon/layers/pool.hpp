// MaxPool, AveragePool: maxima and means of windows of an image.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/pool.hpp>
#include <tenon/layers/window.hpp>
#include <tenon/misfit/windows.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Option of pools: the last windows may end after the image and its padding, so that no value is unused;
/// PyTorch's ceil_mode=True.
struct CeilMode {};
/// Option of AveragePool: means are divided by the number of values within the image, without the padding;
/// PyTorch's count_include_pad=False.
struct ExcludePadding {};

namespace detail {

/// The numbers and the windows of a pool.
template <class Values, class Size, class... Options> struct PoolPlan {
    using Image = ImageOf<Values>;
    using KernelSize = typename OptionOf<Kernel, PerAxis<>, Size>::type;
    using Steps = OptionOf<Stride, KernelSize, Options...>;
    using StrideSize = typename Steps::type;
    using PaddingSize = typename OptionOf<Padding, PerAxis<>, Options...>::type;
    static constexpr bool ceil = has_option<CeilMode, Options...>;

    // one number for two axes is refused; after that sentence the pool has it for both
    template <std::size_t Length, std::size_t Axis>
    using AxisOf = WindowAxis<Length, KernelSize::at(Axis, KernelSize::at(0, 1)),
                              StrideSize::at(Axis, StrideSize::at(0, 1)), PaddingSize::at(Axis, 0), ceil>;
    using Columns = AxisOf<Image::width, Image::axes == 2 ? 1 : 0>;
    using Rows =
        std::conditional_t<Image::axes == 2, AxisOf<Image::height, 0>, WindowAxis<1, 1, 1, 0, false>>;
    using Of = Windows<Image::channels, Rows, Columns>;
    using OutputShape = typename Image::template Like<Image::channels, Rows::outputs, Columns::outputs>;

    /// A word of a sentence with a number for each axis.
    template <template <std::size_t...> class Word, std::size_t OfRows, std::size_t OfColumns>
    using Axes = std::conditional_t<Image::axes == 2, Word<OfRows, OfColumns>, Word<OfColumns>>;

    static constexpr bool has_count(std::size_t numbers, bool given) noexcept {
        return numbers == Image::axes || !given;
    }
    static constexpr bool has_numbers =
        Image::axes > 0 &&
        KernelSize::count == Image::axes&& StrideSize::count ==
            Image::axes&& has_count(PaddingSize::count, OptionOf<Padding, PerAxis<>, Options...>::is_given);
};

template <class> inline constexpr bool is_pool_option = false;
template <std::size_t... N> inline constexpr bool is_pool_option<Stride<N...>> = true;
template <std::size_t... N> inline constexpr bool is_pool_option<Padding<N...>> = true;
template <> inline constexpr bool is_pool_option<CeilMode> = true;
template <template <std::size_t...> class, class> inline constexpr std::size_t is_instance = 0;
template <template <std::size_t...> class Option, std::size_t... N>
inline constexpr std::size_t is_instance<Option, Option<N...>> = 1;
/// Whether there is at most one Stride and one Padding.
template <class... Options>
inline constexpr bool are_single = (std::size_t{0} + ... + is_instance<Stride, Options>) < 2 &&
                                   (std::size_t{0} + ... + is_instance<Padding, Options>) < 2;

/// Whether the numbers and options of a pool make sense; a sentence names the first that does not.
template <bool IsAverage, class Values, class Size, class... Options> consteval bool pool_fits() {
    using Plan = PoolPlan<Values, Size, Options...>;
    using R = typename Plan::Rows;
    using C = typename Plan::Columns;
    using Kernels = typename Plan::template Axes<misfit::kernel, R::kernel, C::kernel>;
    if constexpr (!((is_pool_option<Options> || (IsAverage && std::is_same_v<Options, ExcludePadding>)) &&
                    ...))
        return misfit::unknown_pool_option<misfit::but_found<Options...>>::passes();
    else if constexpr (!are_single<Options...>)
        return misfit::repeated_pool_option<misfit::but_found<Options...>>::passes();
    else if constexpr (!Plan::has_numbers)
        return misfit::numbers_for_axes<typename Values::template rebind_to<misfit::takes>,
                                        misfit::but_found<Size, Options...>>::passes();
    else if constexpr (R::kernel == 0 || C::kernel == 0)
        return misfit::window_without_values<Kernels>::passes();
    else if constexpr (R::stride == 0 || C::stride == 0)
        return misfit::window_without_values<
            typename Plan::template Axes<misfit::stride, R::stride, C::stride>>::passes();
    else if constexpr (R::kernel > R::padded || C::kernel > C::padded)
        return misfit::kernel_exceeds_input<
            Kernels, typename Plan::template Axes<misfit::but_padded_input, R::padded, C::padded>>::passes();
    else if constexpr (2 * R::padding > R::kernel || 2 * C::padding > C::kernel)
        return misfit::padding_exceeds_kernel<
            typename Plan::template Axes<misfit::padding, R::padding, C::padding>,
            typename Plan::template Axes<misfit::but_kernel, R::kernel, C::kernel>>::passes();
    else if constexpr (!Plan::Steps::is_given && !Plan::ceil)
        return misfit::unused_values<
            typename Plan::template Axes<misfit::takes, R::padded, C::padded>,
            typename Plan::template Axes<misfit::but_windows_end_at, R::outputs * R::stride,
                                         C::outputs * C::stride>>::passes();
    else return true;
}

} // namespace detail

/// y = the maximum of each window (PyTorch's MaxPool2d, and MaxPool1d of Shape<channels, length>). Windows
/// are Size apart unless there is a Stride. The padding is no value: no maximum is in it. Of equal values the
/// first in row-major order is the maximum, and a NaN is larger than all values. Options: Stride, Padding,
/// CeilMode.
///     MaxPool<Shape<8, 24, 24>, Kernel<2, 2>>                             gives Shape<8, 12, 12>
///     MaxPool<Shape<64, 112, 112>, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>>   gives Shape<64, 56, 56>
template <class Values, class Size, class... Options>
    requires(detail::pool_fits<false, Values, Size, Options...>())
struct MaxPool {
    using Plan = detail::PoolPlan<Values, Size, Options...>;
    using Windows = typename Plan::Of;
    using InputShape = Values;
    using OutputShape = typename Plan::OutputShape;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0, trace = OutputShape::size,
                                 scratch = 0;

    /// The trace is the offset of each maximum in its window.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context context) noexcept {
        detail::max_pool<Windows>(x, y, context.trace);
    }
    /// dx = the sum of dy over the windows whose maximum x is
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context context, Dy dy, Dx dx, Scratch, Gradient,
                                   bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) detail::max_pool_gradient<Windows>(context.trace, dy, dx);
    }
};

/// y = the mean of each window (PyTorch's AvgPool2d, and AvgPool1d of Shape<channels, length>). Windows are
/// Size apart unless there is a Stride. The padding counts as zeros, unless there is ExcludePadding. Options:
/// Stride, Padding, CeilMode, ExcludePadding.
template <class Values, class Size, class... Options>
    requires(detail::pool_fits<true, Values, Size, Options...>())
struct AveragePool : LayerDefaults {
    using Plan = detail::PoolPlan<Values, Size, Options...>;
    using Windows = typename Plan::Of;
    using InputShape = Values;
    using OutputShape = typename Plan::OutputShape;
    static constexpr bool counts_padding = !detail::has_option<ExcludePadding, Options...>;
    static constexpr std::size_t parameter_count = 0, multiply_adds = OutputShape::size * Windows::elements;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::average_pool<Windows, counts_padding>(x, y);
    }
    /// dx = the sum of dy / n over the windows that x is in, of n values
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::average_pool_gradient<Windows, counts_padding>(dy, dx);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
