// The gates of recurrent cells, whose sigmoids and hyperbolic tangents share divisions. For inference with
// floats. OfBlock: the version for throughput, for a block of samples; else that for low latency, for one
// sample.
#pragma once

#include <tenon/math/exp2.hpp>
#include <tenon/math/math.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether the functions below are for V: registers of floats. Of others, reset_gate and gru_hidden_state use
/// math::sigmoid and math::tanh.
template <class V>
inline constexpr bool has_gate_math = std::is_same_v<math::Scalar<V>, float> && lane_count<V> != 1;

/// e^(-Factor z), for |Factor z| > 27 that of +-27, so that products of three (1 + e) are finite. Relative
/// error 3e-7 max(1, |Factor z|), so that gates have an absolute error of 1e-7. NaN for NaN.
template <bool OfBlock, int Factor, class V> TENON_INLINE V exp_of_minus(V z) noexcept {
    const V limited = math::max(V(-27.f / Factor), math::min(V(27.f / Factor), z));
    return math::exp2_of_eighths<OfBlock>(limited, V(-8 * Factor * 1.44269504f)); // log2(e)
}

/// tanh(any) / d, by the fraction of polynomials with the smallest error up to 8.7, 1.3e-8. Fewer operations
/// depend on one another than with an exponential, and more of them multiply.
template <class V> TENON_INLINE V tanh_divided_by(V d, V any) noexcept {
    const V z = math::max(V(-8.7f), math::min(V(8.7f), any)), z2 = z * z, z4 = z2 * z2;
    const V p_low = math::fma(z2, V(0.133931175f), V(0.99999994f)),
            q_low = math::fma(z2, V(0.467264235f), V(1.f)),
            p_high = math::fma(z4, V(1.3727389e-08f), math::fma(z2, V(2.08612255e-05f), V(0.00351022137f))),
            q_high = math::fma(z4, V(7.92403682e-07f), math::fma(z2, V(0.000331004587f), V(0.0259319488f)));
    return math::fma(z * z4, p_high, z * p_low) / math::fma(d * z4, q_high, d * q_low);
}

/// sigmoid(o) tanh(c).
template <bool OfBlock, class V> TENON_INLINE V sigmoid_tanh(V o, V c) noexcept {
    const V one(1.f), d = one + exp_of_minus<OfBlock, 1>(o);
    if constexpr (OfBlock) {
        const V e_c = exp_of_minus<OfBlock, 2>(c);
        return (one - e_c) / (d * (one + e_c));
    } else return tanh_divided_by(d, c);
}

/// sigmoid(f) c + sigmoid(i) tanh(g).
template <bool OfBlock, class V> TENON_INLINE V lstm_cell_state(V i, V f, V g, V c) noexcept {
    const V one(1.f), e_g = exp_of_minus<OfBlock, 2>(g);
    const V a = (one + exp_of_minus<OfBlock, 1>(i)) * (one + e_g), b = one + exp_of_minus<OfBlock, 1>(f);
    return math::fma(c, a, (one - e_g) * b) / (a * b);
}

/// sigmoid(r).
template <bool OfBlock, class V> TENON_INLINE constexpr V reset_gate(V r) noexcept {
    if constexpr (has_gate_math<V>) return V(1.f) / (V(1.f) + exp_of_minus<OfBlock, 1>(r));
    else return math::sigmoid(r);
}
/// (1 - sigmoid(z)) tanh(n) + sigmoid(z) h.
template <bool OfBlock, class V> TENON_INLINE constexpr V gru_hidden_state(V z, V n, V h) noexcept {
    if constexpr (has_gate_math<V>) {
        const V one(1.f), e_z = exp_of_minus<OfBlock, 1>(z), e_n = exp_of_minus<OfBlock, 2>(n), b = one + e_n;
        return math::fma(e_z, one - e_n, h * b) / ((one + e_z) * b);
    } else {
        const V tanh_n = math::tanh(n);
        return math::fma(math::sigmoid(z), h - tanh_n, tanh_n);
    }
}
/// sigmoid(r) h.
template <bool OfBlock, class V> TENON_INLINE V reset_hidden_state(V r, V h) noexcept {
    return h / (V(1.f) + exp_of_minus<OfBlock, 1>(r));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
