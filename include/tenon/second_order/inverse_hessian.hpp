// InverseHessian: what the last steps of a minimisation show of the inverse of its Hessian.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/math/math.hpp>
#include <tenon/second_order/vectors.hpp>

#include <array>
#include <cstddef>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The limited-memory BFGS matrix H of N parameters from the last History steps, and its products by the
/// two-loop recursion (Nocedal, 1980). Before the first step it is the identity.
template <class Scalar, std::size_t N, std::size_t History> class InverseHessian {
    using Vector = Flat<Scalar, N>;

public:
    constexpr bool is_identity() const noexcept { return remembered_ == 0; }
    constexpr void forget() noexcept { remembered_ = 0; }

    /// d = H d
    constexpr void multiply(Vector& direction) const noexcept {
        if (is_identity()) return;
        Scalar* const d = direction.data;
        const std::size_t count = remembered_ < History ? remembered_ : History;
        std::array<Scalar, History> alpha{};
        for (std::size_t k = 1; k <= count; ++k) {
            const Pair& pair = pairs_[(remembered_ - k) % pairs];
            alpha[k - 1] = dot(pair.s.data, d, N) * pair.rho;
            add_scaled(d, -alpha[k - 1], pair.y.data, N, d);
        }
        const Pair& last = pairs_[(remembered_ - 1) % pairs];
        scale(d, 1 / (last.rho * dot(last.y.data, last.y.data, N)), N);
        for (std::size_t k = count; k >= 1; --k) {
            const Pair& pair = pairs_[(remembered_ - k) % pairs];
            const Scalar beta = dot(pair.y.data, d, N) * pair.rho;
            add_scaled(d, alpha[k - 1] - beta, pair.s.data, N, d);
        }
    }

    /// Remembers the step t direction and the change of the gradient, if its curvature is more than rounding.
    constexpr void remember(Scalar t, const Vector& direction, const Vector& gradient_before,
                            const Vector& gradient) noexcept {
        Pair& pair = pairs_[remembered_ % pairs];
        for (std::size_t i = 0; i < N; ++i) {
            pair.y.data[i] = gradient.data[i] - gradient_before.data[i];
            pair.s.data[i] = t * direction.data[i];
        }
        const Scalar curvature = dot(pair.y.data, pair.s.data, N),
                     rounding = std::numeric_limits<Scalar>::epsilon() * dot(pair.y.data, pair.y.data, N) * t;
        if (!(curvature > rounding) || !math::is_finite(1 / curvature)) return;
        pair.rho = 1 / curvature;
        ++remembered_;
    }

private:
    /// One more than are used, for a step whose curvature proves too small.
    static constexpr std::size_t pairs = History + 1;
    struct Pair {
        Vector s, y;    ///< of the parameters and of the gradient: their change in a step
        Scalar rho = 0; ///< 1 / (y s)
    };

    std::array<Pair, pairs> pairs_{};
    std::size_t remembered_ = 0; ///< pairs so far; the last History are used
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
