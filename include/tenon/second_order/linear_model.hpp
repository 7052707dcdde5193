// LinearModel: the residuals of all samples as linear functions of a step, and the damped steps.
#pragma once

#include <tenon/second_order/cholesky.hpp>
#include <tenon/second_order/demands.hpp>
#include <tenon/second_order/secular.hpp>
#include <tenon/second_order/vectors.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// r + J D^-1 q at a net's parameters, where r are the residuals, J their derivatives, D the largest norms so
/// far of J's columns, and q = D p a scaled step p. With B = J D^-1,
///
///     q = -(B^T B + lambda I)^-1 B^T r = -B^T (B B^T + lambda I)^-1 r:
///
/// the smaller matrix of the two is factorised. B B^T needs all of B in memory, which is as large as both
/// triangles of B^T B; B^T B is summed over blocks of rows.
template <class Net> class LinearModel {
    using T = typename Net::Scalar;
    static constexpr std::size_t N = trained_count<Net>;
    using Matrix = GramMatrix<T, N>;
    static constexpr std::size_t pitch = Matrix::pitch, block = Jacobian<Net>::block,
                                 memory_rows = N + 1 > 2 * block ? N + 1 : 2 * block,
                                 chunk = memory_rows < Matrix::max_depth ? memory_rows : Matrix::max_depth;

public:
    constexpr void forget_scales() noexcept {
        for (T& d : scale_) d = 0;
    }

    /// Returns the largest |J^T r|, or NaN if a number is not finite.
    constexpr T linearise(const T* parameters, std::span<const typename Net::Input> xs,
                          std::span<const typename Net::Output> ts) noexcept {
        const std::size_t residuals = xs.size() * Net::outputs;
        wide_ = residuals < N;
        size_ = wide_ ? residuals : N;
        return wide_ ? linearise_wide(parameters, xs, ts) : linearise_tall(parameters, xs, ts);
    }

    constexpr T squares() const noexcept { return squares_; } ///< r^T r
    /// The largest |cosine| of the angles between r and the columns of J; at a minimum, 0.
    constexpr T cosine() const noexcept { return cosine_; }
    constexpr const T* scale() const noexcept { return scale_; }              ///< D
    constexpr const T* step() const noexcept { return step_; }                ///< q
    constexpr T step_norm() const noexcept { return step_norm_; }             ///< |q|
    constexpr T slope() const noexcept { return dot(gradient_, step_, N); }   ///< r^T B q
    constexpr T gradient_norm() const noexcept { return norm(gradient_, N); } ///< |B^T r|

    /// Computes q for this lambda. Returns whether that was possible.
    constexpr bool solve(T lambda) noexcept {
        lambda_ = lambda;
        if (!factor_.factor(matrix_, lambda, size_)) return false;
        factor_.solve(dual_);
        if (wide_)
            for (std::size_t c = 0; c < N; ++c) step_[c] = -dot(memory_ + c * pitch, dual_, size_);
        else
            for (std::size_t c = 0; c < N; ++c) step_[c] = -dual_[c];
        step_norm_ = norm(step_, N);
        return math::is_finite(step_norm_);
    }

    /// After solve.
    constexpr SecularModel<T> secular_model() noexcept {
        const T squared = step_norm_ * step_norm_;
        for (std::size_t i = 0; i < size_; ++i) work_[i] = dual_[i];
        factor_.solve_transposed(work_);
        const T half = dot(work_, work_, size_); // z (K + lambda)^-1 z for K = B^T B or B B^T and z = dual_
        factor_.solve_upper(work_);              // v = (K + lambda)^-1 z
        const T zz = dot(dual_, dual_, size_), vz = dot(work_, dual_, size_), vv = dot(work_, work_, size_);
        factor_.solve_transposed(work_);
        const T vhv = dot(work_, work_, size_);
        if (!wide_) return {lambda_, step_norm_, half / squared, vv / squared, vhv / squared};
        // q = -B^T z, and K (K + lambda)^-1 = I - lambda (K + lambda)^-1
        return {lambda_, step_norm_, (zz - lambda_ * half) / squared, (vz - lambda_ * vv) / squared,
                (vv - lambda_ * vhv) / squared};
    }

private:
    /// Takes note of a column's norm, and of J^T r there. Returns whether both are finite.
    constexpr bool see_column(std::size_t c, T squared, T derivative, T& largest) noexcept {
        if (!math::is_finite(squared) || !math::is_finite(derivative)) return false;
        const T length = math::sqrt(squared);
        if (length > scale_[c]) scale_[c] = length;
        if (scale_[c] == 0) scale_[c] = 1;
        inverse_[c] = 1 / scale_[c];
        gradient_[c] = derivative * inverse_[c];
        if (math::abs(derivative) > largest) largest = math::abs(derivative);
        if (length > 0) cosine_ = math::max(cosine_, math::abs(derivative) / length / math::sqrt(squares_));
        return true;
    }

    template <class Inputs, class Targets>
    constexpr T linearise_tall(const T* parameters, Inputs xs, Targets ts) noexcept {
        bool add = false;
        jacobian_.run(parameters, xs, ts, JacobianRows<T, pitch, false>{memory_}, chunk,
                      [&](std::size_t count) {
                          matrix_.accumulate(memory_, count, N + 1, add);
                          add = true;
                      });
        squares_ = matrix_.at(N, N);
        T largest = 0;
        cosine_ = 0;
        for (std::size_t c = 0; c < N; ++c)
            if (!see_column(c, matrix_.at(c, c), matrix_.at(c, N), largest)) return math::not_a_number<T>();
        inverse_[N] = 1;
        matrix_.scale(inverse_, N + 1);
        return largest;
    }

    template <class Inputs, class Targets>
    constexpr T linearise_wide(const T* parameters, Inputs xs, Targets ts) noexcept {
        jacobian_.run(parameters, xs, ts, JacobianRows<T, pitch, true>{memory_}, size_ + block,
                      [](std::size_t) {});
        const T* const r = memory_ + N * pitch;
        squares_ = dot(r, r, size_);
        T largest = 0;
        cosine_ = 0;
        for (std::size_t c = 0; c < N; ++c) {
            T* const column = memory_ + c * pitch;
            if (!see_column(c, dot(column, column, size_), dot(column, r, size_), largest))
                return math::not_a_number<T>();
            detail::scale(column, inverse_[c], size_);
        }
        for (std::size_t first = 0; first < N; first += Matrix::max_depth)
            matrix_.accumulate(memory_ + first * pitch,
                               N - first < Matrix::max_depth ? N - first : Matrix::max_depth, size_,
                               first > 0);
        for (std::size_t i = 0; i < size_; ++i) matrix_.at(i, size_) = r[i];
        return largest;
    }

    static constexpr std::size_t padded = pitch;
    bool wide_ = false;    ///< fewer residuals than parameters
    std::size_t size_ = 0; ///< of the matrix
    T lambda_ = 0, squares_ = 0, cosine_ = 0, step_norm_ = 0;
    alignas(64) T scale_[N] = {}, gradient_[N] = {}, step_[N] = {};
    alignas(64) T inverse_[padded] = {}; ///< of D
    alignas(64) T dual_[padded] = {};    ///< (K + lambda)^-1 of the right side
    alignas(64) T work_[padded] = {};
    Matrix matrix_;
    CholeskyFactor<T, N> factor_;
    Jacobian<Net> jacobian_;
    alignas(64) T memory_[memory_rows * pitch] = {}; ///< rows of J; or B^T, and r
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
