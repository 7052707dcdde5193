// Pad: adds rows and columns around an image.
#pragma once

#include <tenon/kernels/resample.hpp>
#include <tenon/layers/resampling.hpp>
#include <tenon/layers/window.hpp>
#include <tenon/misfit/windows.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

// Modes of Pad: what is added. Value i of an axis with Size values is, if i < 0 or i >= Size, that of
// source<Size>(i).

/// Zeros. PyTorch's ZeroPad2d.
struct Zeros {
    static constexpr bool fits(std::size_t, std::size_t) noexcept { return true; }
    template <std::size_t> static constexpr detail::AxisSource source(std::ptrdiff_t) noexcept {
        return detail::AxisSource::zero();
    }
};
/// The image reflected at its first and last values, which are not repeated. PyTorch's ReflectionPad2d.
struct Reflect {
    static constexpr bool fits(std::size_t padding, std::size_t size) noexcept { return padding < size; }
    template <std::size_t Size> static constexpr detail::AxisSource source(std::ptrdiff_t i) noexcept {
        return detail::AxisSource::copy(i < 0 ? static_cast<std::size_t>(-i)
                                              : 2 * (Size - 1) - static_cast<std::size_t>(i));
    }
};
/// The nearest value of the image. PyTorch's ReplicationPad2d.
struct Replicate {
    static constexpr bool fits(std::size_t, std::size_t) noexcept { return true; }
    template <std::size_t Size> static constexpr detail::AxisSource source(std::ptrdiff_t i) noexcept {
        return detail::AxisSource::copy(i < 0 ? 0 : Size - 1);
    }
};
/// The image again, from its other side. PyTorch's padding mode "circular".
struct Circular {
    static constexpr bool fits(std::size_t padding, std::size_t size) noexcept { return padding <= size; }
    template <std::size_t Size> static constexpr detail::AxisSource source(std::ptrdiff_t i) noexcept {
        return detail::AxisSource::copy(i < 0 ? Size - static_cast<std::size_t>(-i)
                                              : static_cast<std::size_t>(i) - Size);
    }
};

namespace detail {

template <class Mode>
inline constexpr bool is_padding_mode = std::is_same_v<Mode, Zeros> || std::is_same_v<Mode, Reflect> ||
                                        std::is_same_v<Mode, Replicate> || std::is_same_v<Mode, Circular>;

/// Before and after an axis of Size values.
template <class Mode, std::size_t Size, std::size_t Before, std::size_t After>
inline constexpr AxisMap<Size, Before + Size + After> padded_axis{[](std::size_t o) {
    const bool inside = o >= Before && o < Before + Size;
    if (inside) return AxisSource::copy(o - Before);
    return Mode::template source<Size>(static_cast<std::ptrdiff_t>(o) - static_cast<std::ptrdiff_t>(Before));
}};

/// The rows and columns that Amount, a Padding, adds.
template <class Values, class Amount> struct PadPlan {
    using Image = ImageOf<Values>;
    using Numbers = typename OptionOf<Padding, PerAxis<>, Amount>::type;
    static constexpr bool is_image = Image::axes == 2,
                          has_numbers = Image::axes > 0 &&
                                        (Numbers::count == Image::axes || Numbers::count == 2 * Image::axes),
                          has_sides = Numbers::count == 2 * Image::axes;
    static constexpr std::size_t top = is_image ? Numbers::at(0, 0) : 0,
                                 bottom = is_image ? Numbers::at(has_sides ? 1 : 0, 0) : 0,
                                 left = Numbers::at(is_image ? (has_sides ? 2 : 1) : 0, 0),
                                 right = Numbers::at(
                                     (is_image ? 1 : 0) + (has_sides ? (is_image ? 2 : 1) : 0), 0);
    using OutputShape = typename Image::template Like<Image::channels, top + Image::height + bottom,
                                                      left + Image::width + right>;
    static constexpr std::size_t max_rows = top > bottom ? top : bottom,
                                 max_columns = left > right ? left : right;
};

template <class Plan, class Mode>
inline constexpr bool has_enough = (Plan::max_rows == 0 || Mode::fits(Plan::max_rows, Plan::Image::height)) &&
                                   Mode::fits(Plan::max_columns, Plan::Image::width);

template <class Values, class Amount, class Mode> consteval bool pad_fits() {
    using Plan = PadPlan<Values, Amount>;
    if constexpr (!Plan::has_numbers)
        return misfit::padding_numbers<typename Values::template rebind_to<misfit::takes>,
                                       misfit::but_found<Amount>>::passes();
    else if constexpr (!is_padding_mode<Mode>)
        return misfit::unknown_padding_mode<misfit::but_found<Mode>>::passes();
    else if constexpr (!has_enough<Plan, Mode>)
        return misfit::padding_exceeds_input<
            typename Plan::Numbers::template rebind_to<misfit::padding>,
            typename Values::template rebind_to<misfit::but_input>>::passes();
    else return true;
}

/// Mode; after a message about it, one that compiles.
template <class Values, class Amount, class Mode> consteval auto used_mode() {
    if constexpr (is_padding_mode<Mode>) {
        if constexpr (has_enough<PadPlan<Values, Amount>, Mode>) return Mode{};
        else return Zeros{};
    } else return Zeros{};
}
template <class Values, class Amount, class Mode> struct PadMap {
    using Plan = PadPlan<Values, Amount>;
    using Used = decltype(used_mode<Values, Amount, Mode>());
    static constexpr auto& rows = padded_axis<Used, Plan::Image::height, Plan::top, Plan::bottom>;
    static constexpr auto& columns = padded_axis<Used, Plan::Image::width, Plan::left, Plan::right>;
};
template <class Values, class Amount, class Mode>
using Padded = Resampling<Values, typename PadPlan<Values, Amount>::OutputShape,
                          PadPlan<Values, Amount>::Image::channels, PadMap<Values, Amount, Mode>>;

} // namespace detail

/// y = x with rows and columns around it. Amount is Padding<rows, columns>, which are added on each side, or
/// Padding<top, bottom, left, right>; of Shape<channels, length>, Padding<positions> or Padding<left, right>.
/// Mode is Zeros, Reflect, Replicate or Circular.
///     Pad<Shape<8, 12, 12>, Padding<1, 1>>               gives Shape<8, 14, 14>
///     Pad<Shape<2, 100>, Padding<3, 0>, Replicate>       gives Shape<2, 103>
template <class Values, class Amount, class Mode = Zeros>
    requires(detail::pad_fits<Values, Amount, Mode>())
struct Pad : detail::Padded<Values, Amount, Mode> {
    using Plan = detail::PadPlan<Values, Amount>;
    static constexpr std::size_t multiply_adds = 0;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
