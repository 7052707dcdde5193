// A line search for the strong Wolfe conditions.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A point x + t d of a line: the loss there, and its derivative with respect to t.
template <class T> struct LinePoint {
    T t, loss, slope;
    bool finite; ///< whether loss and derivatives are
};

/// The minimum, between `low` and `high`, of the cubic polynomial with the values and slopes of a and b.
template <class T>
constexpr T cubic_minimum(const LinePoint<T>& a, const LinePoint<T>& b, T low, T high) noexcept {
    const bool ordered = a.t <= b.t;
    const LinePoint<T>&left = ordered ? a : b, &right = ordered ? b : a;
    const T d1 = left.slope + right.slope - 3 * (left.loss - right.loss) / (left.t - right.t),
            d2_square = d1 * d1 - left.slope * right.slope;
    if (!left.finite || !right.finite || !(d2_square >= 0)) return (low + high) / 2;
    const T d2 = math::sqrt(d2_square), denominator = right.slope - left.slope + 2 * d2;
    if (denominator == 0) return (low + high) / 2;
    const T t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / denominator);
    return t < low ? low : t > high ? high : t;
}

/// Returns a point with loss <= start.loss + 1e-4 t start.slope and |slope| <= 0.9 |start.slope|, for
/// start.t = 0 and start.slope < 0; if none is found in 25 evaluations, or the interval that must contain one
/// is shorter than `resolution`, the lowest point that was found, which may be `start`.
///
/// Algorithms 3.5 and 3.6 of Nocedal and Wright, Numerical Optimization (2006), with the interpolation and
/// the constants of PyTorch's LBFGS(line_search_fn="strong_wolfe"). Points that are not finite count as high.
///
/// evaluate(t) returns the point at t. keep() is called if the point of the last evaluation is the lowest.
template <class T, class Evaluate, class Keep>
constexpr LinePoint<T> strong_wolfe(const LinePoint<T>& start, T first_t, T resolution, Evaluate evaluate,
                                    Keep keep) noexcept {
    constexpr int max_evaluations = 25;
    const auto too_high = [&](const LinePoint<T>& p) {
        return !p.finite || p.loss > start.loss + T(1e-4) * p.t * start.slope;
    };
    const auto is_flat = [&](const LinePoint<T>& p) { return math::abs(p.slope) <= T(-0.9) * start.slope; };

    LinePoint<T> low = start, high = evaluate(first_t);
    int i = 0;
    for (; i < max_evaluations; ++i) { // until low and high enclose a minimum
        if (too_high(high) || (i > 1 && high.loss >= low.loss)) break;
        if (is_flat(high)) {
            keep();
            return high;
        }
        if (high.slope >= 0) break;
        const T t = cubic_minimum(low, high, high.t + T(0.01) * (high.t - low.t), high.t * 10);
        keep();
        low = high;
        high = evaluate(t);
    }
    const auto order = [&] {
        if (!high.finite || low.loss <= high.loss) return;
        keep();
        const LinePoint<T> other = low;
        low = high;
        high = other;
    };
    order();

    bool slow = false;
    for (; i < max_evaluations && math::abs(high.t - low.t) >= resolution; ++i) {
        const T left = math::min(low.t, high.t), right = math::max(low.t, high.t),
                margin = T(0.1) * (right - left);
        T t = cubic_minimum(low, high, left, right);
        const bool is_near_end = math::min(right - t, t - left) < margin;
        if (is_near_end && (slow || t >= right || t <= left)) {
            t = right - t < t - left ? right - margin : left + margin;
            slow = false;
        } else slow = is_near_end;

        const LinePoint<T> next = evaluate(t);
        if (too_high(next) || next.loss >= low.loss) {
            high = next;
            order();
            continue;
        }
        keep();
        if (is_flat(next)) return next;
        if (next.slope * (high.t - low.t) >= 0) high = low;
        low = next;
    }
    return low;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
