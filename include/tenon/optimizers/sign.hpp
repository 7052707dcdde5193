// The sign of a gradient as the direction of a step.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// `size` with the sign of `direction`; 0 if that is 0 or NaN.
template <class V> constexpr V in_direction(V size, V direction) noexcept {
    return math::select(direction > V(0), size, math::select(direction < V(0), V(0) - size, V(0)));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
