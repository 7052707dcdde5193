// SecularModel: how long the step is for another damping, known from one factorisation.
#pragma once

#include <tenon/math/math.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// For a step q(lambda) = -(A + lambda I)^-1 g: |q(l)|^2 is a sum of weights / (1 + (l - lambda) u)^2 over
/// the eigenvalues u of (A + lambda I)^-1. Two of them, chosen such that the moments |q|^2, q u q, q u^2 q
/// and q u^3 q are right (a Gauss quadrature), give it for lambdas over some powers of ten. Newton's method
/// for 1 / |q| (Hebden, 1973), which knows the first two moments, is the model with one.
template <class T> class SecularModel {
public:
    /// From the step's length and the moments divided by |q|^2.
    constexpr SecularModel(T lambda, T length, T m1, T m2, T m3) noexcept
        : lambda_(lambda), norm_(length), u1_(m1) {
        const T determinant = m2 - m1 * m1;
        if (!(determinant > T(1e-6) * m2)) return; // there is only one, or rounding
        const T half_sum = (m3 - m1 * m2) / (2 * determinant), product = (m1 * m3 - m2 * m2) / determinant,
                squared = half_sum * half_sum - product;
        if (!(half_sum > 0) || !(product >= 0) || !(squared > 0)) return;
        u1_ = half_sum + math::sqrt(squared);
        u2_ = product / u1_;
        weight_ = (m1 - u2_) / (u1_ - u2_);
    }

    /// The lambda between `low` and `high` for which |q| is `length` within a hundredth, or the nearer of the
    /// two if there is none.
    constexpr T lambda_for(T length, T low, T high) const noexcept {
        T l = lambda_ < low ? low : lambda_ > high ? high : lambda_;
        for (int i = 0; i < 60; ++i) {
            const T a = 1 + (l - lambda_) * u1_, b = 1 + (l - lambda_) * u2_;
            T next = 0;
            if (a > 0 && b > 0) {
                const T squared = weight_ / (a * a) + (1 - weight_) / (b * b),
                        current = norm_ * math::sqrt(squared),
                        slope = u1_ * weight_ / (a * a * a) + u2_ * (1 - weight_) / (b * b * b);
                if (math::abs(current - length) <= length / 100) return l;
                (current > length ? low : high) = l;
                next = l + (current - length) / length * squared / slope;
            } else low = l;
            if (!(high > low * T(1.001))) return low;
            l = next > low && next < high ? next : math::sqrt(low * high);
        }
        return l;
    }

private:
    T lambda_, norm_, u1_, u2_ = 0, weight_ = 1;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
