// The gates of recurrent cells, whose sigmoids and hyperbolic tangents share divisions. For inference with
// floats.
#pragma once

#include <tenon/math/math.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether the functions below are for V: registers of floats. Others use math::sigmoid and math::tanh.
template <class V>
inline constexpr bool has_gate_math = std::is_same_v<math::Scalar<V>, float> && lane_count<V> != 1;

/// e^(-Factor z), for |Factor z| > 27 that of +-27, so that products of three (1 + e) are finite; relative
/// error 2e-7. NaN for NaN.
template <int Factor, class V> TENON_INLINE V exp_of_minus(V z) noexcept {
    constexpr float log2_e = 1.44269504f, rounder = 12582912.f; // 1.5 * 2^23
    const V limited = math::max(V(-27.f / Factor), math::min(V(27.f / Factor), z)), scale(-Factor * log2_e);
    const V t = math::rounded(math::fma(limited, scale, V(rounder)));
    const V r = math::fma(limited, scale, math::rounded(V(rounder) - t)), r2 = r * r;
    // 2^r by Estrin's scheme: a step waits for this
    const V low = math::fma(r, V(6.93146978e-01f), V(1.f)),
            middle = math::fma(r, V(5.55073375e-02f), V(2.40222421e-01f)),
            high = math::fma(r, V(1.32647269e-03f), V(9.67151291e-03f));
    const V p = math::fma(math::fma(high, r2, middle), r2, low);
    return math::from_bits<V>(math::to_bits(p) + math::shift_left(math::to_bits(t), 23));
}

/// sigmoid(o) tanh(c).
template <class V> TENON_INLINE V sigmoid_tanh(V o, V c) noexcept {
    const V one(1.f), e_o = exp_of_minus<1>(o), e_c = exp_of_minus<2>(c);
    return (one - e_c) / ((one + e_o) * (one + e_c));
}

/// sigmoid(f) c + sigmoid(i) tanh(g).
template <class V> TENON_INLINE V lstm_memory(V i, V f, V g, V c) noexcept {
    const V one(1.f), e_g = exp_of_minus<2>(g);
    const V a = (one + exp_of_minus<1>(i)) * (one + e_g), b = one + exp_of_minus<1>(f);
    return math::fma(c, a, (one - e_g) * b) / (a * b);
}

/// sigmoid(r).
template <class V> TENON_INLINE constexpr V reset_gate(V r) noexcept {
    if constexpr (has_gate_math<V>) return V(1.f) / (V(1.f) + exp_of_minus<1>(r));
    else return math::sigmoid(r);
}
/// (1 - sigmoid(z)) tanh(n) + sigmoid(z) h.
template <class V> TENON_INLINE constexpr V gru_memory(V z, V n, V h) noexcept {
    if constexpr (has_gate_math<V>) {
        const V one(1.f), e_z = exp_of_minus<1>(z), e_n = exp_of_minus<2>(n), b = one + e_n;
        return math::fma(e_z, one - e_n, h * b) / ((one + e_z) * b);
    } else {
        const V tanh_n = math::tanh(n);
        return math::fma(math::sigmoid(z), h - tanh_n, tanh_n);
    }
}
/// sigmoid(r) h.
template <class V> TENON_INLINE V reset_memory(V r, V h) noexcept {
    return h / (V(1.f) + exp_of_minus<1>(r));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
