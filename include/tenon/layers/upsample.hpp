// Upsample: an image with more rows and columns.
#pragma once

#include <tenon/kernels/resample.hpp>
#include <tenon/layers/resampling.hpp>
#include <tenon/layers/window.hpp>
#include <tenon/misfit/windows.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// How many times as many rows and columns Upsample gives: ScaleFactor<rows, columns>, or
/// ScaleFactor<positions>.
template <std::size_t... Factors> struct ScaleFactor {};

/// Option of Upsample: each value is repeated; PyTorch's mode "nearest".
struct Nearest {};
/// Option of Upsample: means of up to four neighbouring values, weighted by their distance; PyTorch's mode
/// "bilinear", and "linear" for Shape<channels, length>.
struct Bilinear {};
/// Option of Upsample with Bilinear: the corners of input and output are the same points, and not those of
/// their outer pixels; PyTorch's align_corners=True.
struct AlignCorners {};

namespace detail {

template <class Values, class Factor, class... Options> struct UpsamplePlan {
    using Image = ImageOf<Values>;
    using Numbers = typename OptionOf<ScaleFactor, PerAxis<>, Factor>::type;
    static constexpr bool has_numbers = Image::axes > 0 && Numbers::count == Image::axes,
                          interpolates = has_option<Bilinear, Options...>,
                          aligns = has_option<AlignCorners, Options...>;
    static constexpr std::size_t down = Image::axes == 2 ? Numbers::at(0, 1) : 1,
                                 across = Numbers::at(Image::axes == 2 ? 1 : 0, Numbers::at(0, 1));
    using InputShape = Values;
    using OutputShape =
        typename Image::template Like<Image::channels, down * Image::height, across * Image::width>;
};

/// Value o along an axis of Size values that becomes Factor times as long.
template <std::size_t Size, std::size_t Factor, bool Interpolates, bool Aligns>
constexpr AxisSource upsampled(std::size_t o) noexcept {
    if (!Interpolates) return AxisSource::copy(o / Factor);
    // Its place in the input is over / under.
    std::size_t over = 0, under = 1;
    if (Aligns && Size * Factor > 1) {
        over = o * (Size - 1);
        under = Size * Factor - 1;
    } else if (!Aligns) { // centres of pixels: (o + 1/2) / Factor - 1/2, at least 0
        over = 2 * o + 1 > Factor ? 2 * o + 1 - Factor : 0;
        under = 2 * Factor;
    }
    const std::size_t first = over / under;
    if (over % under == 0 || first + 1 >= Size) return AxisSource::copy(first);
    return {first, first + 1, static_cast<double>(over % under) / static_cast<double>(under), false};
}
template <std::size_t Size, std::size_t Factor, bool Interpolates, bool Aligns>
inline constexpr AxisMap<Size, Size * Factor> upsampled_axis{upsampled<Size, Factor, Interpolates, Aligns>};

template <class Plan> struct UpsampleMap {
    static constexpr auto& rows =
        upsampled_axis<Plan::Image::height, Plan::down, Plan::interpolates, Plan::aligns>;
    static constexpr auto& columns =
        upsampled_axis<Plan::Image::width, Plan::across, Plan::interpolates, Plan::aligns>;
};
template <class Plan>
using Upsampled = Resampling<typename Plan::InputShape, typename Plan::OutputShape, Plan::Image::channels,
                             UpsampleMap<Plan>>;

template <class Values, class Factor, class... Options> consteval bool upsample_fits() {
    using Plan = UpsamplePlan<Values, Factor, Options...>;
    constexpr bool known = ((std::is_same_v<Options, Nearest> || std::is_same_v<Options, Bilinear> ||
                             std::is_same_v<Options, AlignCorners>) &&
                            ...);
    if constexpr (!Plan::has_numbers)
        return misfit::numbers_for_axes<typename Values::template rebind_to<misfit::takes>,
                                        misfit::but_found<Factor>>::passes();
    else if constexpr (Plan::down == 0 || Plan::across == 0)
        return misfit::window_without_values<
            typename Plan::Numbers::template rebind_to<misfit::factor>>::passes();
    else if constexpr (!known || (Plan::aligns && !Plan::interpolates) ||
                       (has_option<Nearest, Options...> && Plan::interpolates))
        return misfit::unknown_upsampling<misfit::but_found<Options...>>::passes();
    else return true;
}

} // namespace detail

/// y = x with Factor, a ScaleFactor, times as many rows and columns. Options: Nearest (the default), or
/// Bilinear, with or without AlignCorners. PyTorch's Upsample.
///     Upsample<Shape<8, 12, 12>, ScaleFactor<2, 2>, Bilinear>       gives Shape<8, 24, 24>
template <class Values, class Factor, class... Options>
    requires(detail::upsample_fits<Values, Factor, Options...>())
struct Upsample : detail::Upsampled<detail::UpsamplePlan<Values, Factor, Options...>> {
    using Plan = detail::UpsamplePlan<Values, Factor, Options...>;
    static constexpr std::size_t multiply_adds = Plan::interpolates ? 3 * Plan::OutputShape::size : 0;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
