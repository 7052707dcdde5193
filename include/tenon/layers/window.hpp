// The options of layers that move a window over an image: its size, its steps, and what surrounds the image.
#pragma once

#include <tenon/shape.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The size of a window: Kernel<height, width>, or Kernel<length>.
template <std::size_t... Sizes> struct Kernel {};
/// The step from a window to the next: Stride<rows, columns>, or Stride<positions>.
template <std::size_t... Steps> struct Stride {};
/// The rows and columns that are added on each side of an image: Padding<rows, columns>, or
/// Padding<positions>.
template <std::size_t... Sizes> struct Padding {};

namespace detail {

/// The numbers of an option with one for each axis. Of a single axis the first is `first`.
template <std::size_t... Numbers> struct PerAxis {
    static constexpr std::size_t count = sizeof...(Numbers);
    template <template <std::size_t...> class Word> using rebind_to = Word<Numbers...>;
    /// Number `i`, or `otherwise` if there is none.
    static constexpr std::size_t at(std::size_t i, std::size_t otherwise) noexcept {
        constexpr std::array<std::size_t, count + 1> numbers{Numbers...};
        return i < count ? numbers[i] : otherwise;
    }
};

/// The numbers of the first of Options that is an Option<...>, as PerAxis; those of Default if there is none.
template <template <std::size_t...> class Option, class Default, class... Options> struct OptionOf {
    using type = Default;
    static constexpr bool is_given = false;
};
template <template <std::size_t...> class Option, class Default, std::size_t... Numbers, class... Rest>
struct OptionOf<Option, Default, Option<Numbers...>, Rest...> {
    using type = PerAxis<Numbers...>;
    static constexpr bool is_given = true;
};
template <template <std::size_t...> class Option, class Default, class First, class... Rest>
struct OptionOf<Option, Default, First, Rest...> : OptionOf<Option, Default, Rest...> {};

template <class Option, class... Options>
inline constexpr bool has_option = (std::is_same_v<Option, Options> || ...);

/// Shape<channels, length>, or Shape<channels, height, width>, as an image of rows and columns. A shape of
/// another rank has `axes` 0.
template <class Values> struct ImageOf {
    static constexpr std::size_t axes = 0, channels = 1, height = 1, width = 1;
    template <std::size_t, std::size_t, std::size_t> using Like = Values;
};
template <std::size_t Channels, std::size_t Length> struct ImageOf<Shape<Channels, Length>> {
    static constexpr std::size_t axes = 1, channels = Channels, height = 1, width = Length;
    /// The shape of an image of the same rank.
    template <std::size_t C, std::size_t, std::size_t W> using Like = Shape<C, W>;
};
template <std::size_t Channels, std::size_t Height, std::size_t Width>
struct ImageOf<Shape<Channels, Height, Width>> {
    static constexpr std::size_t axes = 2, channels = Channels, height = Height, width = Width;
    template <std::size_t C, std::size_t H, std::size_t W> using Like = Shape<C, H, W>;
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
