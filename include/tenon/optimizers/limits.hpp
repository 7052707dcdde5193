// What an optimizer declares about its step, so that one pass over the gradient excludes overflow.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Numbers are small if they are at most 2^40 (double: 2^200).
template <class T> inline constexpr T small = sizeof(T) == sizeof(float) ? T(0x1p40) : T(0x1p100 * 0x1p100);

/// What must be small so that no result of a step overflows. An optimizer may assume that its moments are
/// small: after a step that leaves large ones, the results of the next are checked one by one.
enum class SafeWith { nothing, small_gradient, small_gradient_and_parameters };

/// Whether low <= value <= high, for 0 <= low. Compares the bits, so that NaN is in no interval with any
/// compiler flags.
constexpr bool is_between(double low, double value, double high) noexcept {
    const auto bits = math::opaque(math::to_bits(value));
    return bits >= math::to_bits(low) && bits <= math::to_bits(high);
}

/// Whether an optimizer's settings have a meaning: what its optional member valid() returns.
template <class O> constexpr bool has_valid_settings(const O& optimizer) noexcept {
    if constexpr (requires { optimizer.valid(); }) return optimizer.valid();
    else return true;
}

/// A constant expression that calls it does not compile, and the message shows its name.
inline void settings_of_the_optimizer_are_out_of_range() noexcept {}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
