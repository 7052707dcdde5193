// The number formats of safetensors: their names and sizes, and how numbers are read and written. All are
// little-endian, on every CPU.
#pragma once

#include <tenon/simd/strict.hpp>
#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

enum class NumberFormat { f32, f64, f16, bf16, other };

struct NamedFormat {
    std::string_view name;
    std::size_t size = 0; ///< bytes of a number
    NumberFormat format = NumberFormat::other;
};
/// Those of safetensors 0.8, except F4 and F6, whose numbers share bytes.
inline constexpr std::array<NamedFormat, 19> number_formats{{{"F32", 4, NumberFormat::f32},
                                                             {"F64", 8, NumberFormat::f64},
                                                             {"F16", 2, NumberFormat::f16},
                                                             {"BF16", 2, NumberFormat::bf16},
                                                             {"I64", 8},
                                                             {"I32", 4},
                                                             {"I16", 2},
                                                             {"I8", 1},
                                                             {"U64", 8},
                                                             {"U32", 4},
                                                             {"U16", 2},
                                                             {"U8", 1},
                                                             {"BOOL", 1},
                                                             {"F8_E4M3", 1},
                                                             {"F8_E5M2", 1},
                                                             {"F8_E8M0", 1},
                                                             {"F8_E4M3FNUZ", 1},
                                                             {"F8_E5M2FNUZ", 1},
                                                             {"C64", 8}}};

template <class Bits, class B> constexpr Bits read_bits(const B* bytes) noexcept {
    Bits bits = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i)
        bits = static_cast<Bits>(
            bits | static_cast<Bits>(static_cast<Bits>(static_cast<unsigned char>(bytes[i])) << (8 * i)));
    return bits;
}
template <class B, class Bits> constexpr void write_bits(B* bytes, Bits bits) noexcept {
    for (std::size_t i = 0; i < sizeof(Bits); ++i)
        bytes[i] = static_cast<B>(static_cast<unsigned char>(bits >> (8 * i)));
}

/// IEEE 754 binary16 as a float: exact.
constexpr float from_half(std::uint16_t half) noexcept {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    std::uint32_t exponent = (half >> 10) & 0x1f, mantissa = static_cast<std::uint32_t>(half & 0x3ff) << 13;
    if (exponent == 0x1f) exponent = 0xff;
    else if (exponent > 0) exponent += 127 - 15;
    else if (mantissa > 0) { // subnormal: a normal float
        exponent = 127 - 14;
        while (!(mantissa & 0x800000)) {
            mantissa <<= 1;
            --exponent;
        }
        mantissa &= 0x7fffff;
    }
    return math::from_bits<float>(sign | exponent << 23 | mantissa);
}

/// The number of format F at `bytes`, as a T; of F64 as a float, the nearest, or infinite beyond the largest.
template <NumberFormat F, class T, class B> constexpr T read_number(const B* bytes) noexcept {
    if constexpr (F == NumberFormat::f64)
        return static_cast<T>(math::from_bits<double>(read_bits<std::uint64_t>(bytes)));
    else if constexpr (F == NumberFormat::f32)
        return static_cast<T>(math::from_bits<float>(read_bits<std::uint32_t>(bytes)));
    else if constexpr (F == NumberFormat::f16)
        return static_cast<T>(from_half(read_bits<std::uint16_t>(bytes)));
    else
        return static_cast<T>(
            math::from_bits<float>(static_cast<std::uint32_t>(read_bits<std::uint16_t>(bytes)) << 16));
}

/// Calls f<F>() for the format, which is one of numbers that tenon reads.
template <class F> constexpr auto with_format(NumberFormat format, F f) noexcept {
    if (format == NumberFormat::f64) return f.template operator()<NumberFormat::f64>();
    if (format == NumberFormat::f16) return f.template operator()<NumberFormat::f16>();
    if (format == NumberFormat::bf16) return f.template operator()<NumberFormat::bf16>();
    return f.template operator()<NumberFormat::f32>();
}

/// Whether the number of a file is finite, but out of the range of T: F64 for floats.
template <NumberFormat F, class T, class B> constexpr bool is_out_of_range(const B* bytes) noexcept {
    if constexpr (F != NumberFormat::f64 || sizeof(T) == sizeof(double)) return false;
    else {
        const double value = math::from_bits<double>(read_bits<std::uint64_t>(bytes));
        // from half a unit beyond the largest float on, which would be rounded to infinity
        return math::is_finite(value) && (value >= 0x1.ffffffp127 || value <= -0x1.ffffffp127);
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
