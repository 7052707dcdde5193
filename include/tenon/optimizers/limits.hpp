// What an optimizer says of its step, so that one look at the gradient rules out overflow.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Numbers are small if they are at most 2^40 (double: 2^200).
template <class T> inline constexpr T small = sizeof(T) == sizeof(float) ? T(0x1p40) : T(0x1p100 * 0x1p100);

/// What must be small so that no result of a step overflows. Moments may be taken for small: if a step
/// leaves large ones, the next one is checked result by result.
enum class SafeWith { nothing, small_gradient, small_gradient_and_parameters };

/// Whether low <= value <= high, where 0 <= low. Compares the bits, for NaN is in no interval, under any
/// flags.
constexpr bool is_between(double low, double value, double high) noexcept {
    const auto bits = math::opaque(math::to_bits(value));
    return bits >= math::to_bits(low) && bits <= math::to_bits(high);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
