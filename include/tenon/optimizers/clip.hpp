// ClipNorm and ClipValue: gradient clipping around an optimizer.
#pragma once

#include <tenon/optimizers/wrapper.hpp>

#include <cstddef>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct ScaledBy {
    T factor;
    template <class V> constexpr V operator()(V, V g) const noexcept { return V(factor) * g; }
};
template <class T> struct ClampedTo {
    T limit;
    template <class V> constexpr V operator()(V, V g) const noexcept { // NaN stays NaN
        return math::max(V(-limit), math::min(V(limit), g));
    }
};

/// min(1, max_norm / (norm + 1e-6)). If the squares overflow, all numbers are scaled down first.
template <std::size_t N, class U, class T>
constexpr double clip_factor(double max_norm, const U& update, const T* parameters,
                             const T* gradient) noexcept {
    double squares = static_cast<double>(gradient_squares<N>(update, parameters, gradient)), scale = 1;
    if (!math::is_finite(squares)) {
        scale = sizeof(T) == sizeof(float) ? 0x1p-80 : 0x1p-280 * 0x1p-280;
        squares = 0;
        for (std::size_t i = 0; i < N; ++i) {
            const double g = scale * static_cast<double>(gradient_in(update, parameters, gradient, i));
            squares += g * g;
        }
    }
    const double factor = max_norm * scale / (math::sqrt(squares) + 1e-6 * scale);
    return factor < 1 ? factor : 1;
}

} // namespace detail

/// Scales the gradient so that its Euclidean norm is at most max_norm, then steps with `optimizer`:
/// g = g min(1, max_norm / (norm(g) + 1e-6)), as PyTorch's clip_grad_norm_. The norm is that of all
/// parameters together. `ClipNorm{AdamW{.learning_rate = 1e-3}, 1.0}`.
template <class O> struct ClipNorm : detail::Wrapper<O> {
    static_assert(detail::can_be_wrapped<O>());
    static constexpr bool reads_gradient = true;

    O optimizer{};
    double max_norm = 1;

    constexpr ClipNorm() noexcept = default;
    constexpr ClipNorm(O wrapped, double norm) noexcept : optimizer(wrapped), max_norm(norm) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const double factor = detail::clip_factor<N>(max_norm, update, parameters, gradient);
        this->step_inner(optimizer, parameters, gradient, state.inner,
                         detail::MappedUpdate<Update, detail::ScaledBy<T>>{update, {static_cast<T>(factor)}});
    }

    constexpr bool valid() const noexcept { return max_norm >= 0 && detail::has_valid_settings(optimizer); }

    /// A gradient does not become larger.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::is_between(0, max_norm, std::numeric_limits<double>::max())
                   ? detail::safe_with(optimizer, state.inner)
                   : detail::SafeWith::nothing;
    }
};

/// Limits each number of the gradient to [-limit, limit], then steps with `optimizer`: PyTorch's
/// clip_grad_value_. `ClipValue{Sgd{.learning_rate = 0.1}, 0.5}`.
template <class O> struct ClipValue : detail::Wrapper<O> {
    static_assert(detail::can_be_wrapped<O>());

    O optimizer{};
    double limit = 1;

    constexpr ClipValue() noexcept = default;
    constexpr ClipValue(O wrapped, double bound) noexcept : optimizer(wrapped), limit(bound) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        this->step_inner(optimizer, parameters, gradient, state.inner,
                         detail::MappedUpdate<Update, detail::ClampedTo<T>>{update, {static_cast<T>(limit)}});
    }

    constexpr bool valid() const noexcept { return limit >= 0 && detail::has_valid_settings(optimizer); }

    /// A gradient does not become larger.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::is_between(0, limit, std::numeric_limits<double>::max())
                   ? detail::safe_with(optimizer, state.inner)
                   : detail::SafeWith::nothing;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
