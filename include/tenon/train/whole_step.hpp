// The update of a step: of everything, or of nothing if a number would not be finite.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>
#include <tenon/simd/across.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class T, std::size_t N>
using UpdatedAtOnce = Value<T, N <= max_scalar_update ? 1 : lanes_for<T>(N)>; ///< as Update does it

/// An upper bound of |x| for all x of N numbers and slack: the root of their sum of squares. One instruction
/// for a register, and NaN and infinity do not get lost.
template <std::size_t N, class T> [[gnu::always_inline]] inline T sum_of_squares(const T* values) noexcept {
    using V = UpdatedAtOnce<T, N>;
    constexpr std::size_t at_once = N / width<V> < 4 ? 1 : 4; // sums, which do not wait for one another
    V sums[at_once];
    for (V& sum : sums) sum = V(0);
    constexpr std::size_t step = at_once * width<V>, whole = N / step * step;
    for (std::size_t i = 0; i < whole; i += step)
        for (std::size_t k = 0; k < at_once; ++k) {
            const V x = load<V>(values + i + k * width<V>);
            sums[k] = math::fma(x, x, sums[k]);
        }
    if constexpr (whole < N) // else g++ warns of a loop that is never entered
        for (std::size_t i = whole; i < N; i += width<V>) {
            const V x = load<V>(values + i);
            sums[0] = math::fma(x, x, sums[0]);
        }
    for (std::size_t k = 1; k < at_once; ++k) sums[0] = sums[0] + sums[k];
    return math::first_lane(math::sum(sums[0]));
}

/// Whether numbers of this sum of squares are small. False of NaN, under all flags.
template <class T> bool is_small(T squares) noexcept {
    return math::opaque(math::to_bits(squares)) <= math::to_bits(small<T> * small<T>);
}

/// Whether all lanes are finite, under all flags: the compiler knows nothing of what it loads again.
template <class V> bool all_finite(V value) noexcept {
    alignas(64) math::Scalar<V> lanes[width<V>];
    store(lanes, value);
    asm("" : "+m"(lanes));
    const V x = load<V>(lanes);
    const auto infinity = decltype(math::to_bits(x))(math::infinity_bits<math::Scalar<V>>);
    return !math::any((math::to_bits(x) & infinity) == infinity);
}
template <std::size_t N, class T> bool all_finite(const T* values) noexcept {
    using V = Value<T, lanes_for<T>(N)>;
    bool finite = true;
    for (std::size_t i = 0; i < N; i += width<V>) finite = finite && all_finite(load<V>(values + i));
    return finite;
}

/// In place of Update: computes all results before it stores the first one.
template <std::size_t N> struct CheckedUpdate {
    bool& done;          ///< whether the results are finite, and stored
    bool& large_moments; ///< whether moments are no longer small

    template <class F, class T, class... Moments>
    bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        using V = UpdatedAtOnce<T, N>;
        done = true;
        large_moments = false;
        for (std::size_t i = 0; done && i < N; i += width<V>)
            [&](auto... m) {
                const V g = load<V>(gradient + i), p = f(load<V>(parameters + i), g, m...);
                done = all_finite(g) && all_finite(p) && (all_finite(m) && ...);
                large_moments = large_moments || (math::any(math::abs(m) > V(small<T>)) || ...);
            }(load<V>(moments + i)...);
        return done && Update<N>{}(f, parameters, gradient, moments...);
    }
};

/// Whether an optimizer's step goes over the arrays through an update that it is given.
template <class Optimizer, class State, class T, class Update>
concept TakesUpdate = requires(Optimizer& optimizer, State& state, T* parameters, const T* gradient,
                               Update update) {
    optimizer.step(parameters, gradient, state, update);
};

/// An optimizer's state for N parameters, and its steps. What is not finite changes nothing. Most steps cost
/// one look at the gradient, if the optimizer says when they are safe. Otherwise all results are computed
/// twice, the first time only to look at them, if the optimizer takes an update; if it takes none, parameters
/// and state are copied before each step.
template <class Optimizer, class T, std::size_t N> class WholeStep {
    using State = typename Optimizer::template State<T, N>;
    static constexpr bool checked = TakesUpdate<Optimizer, State, T, CheckedUpdate<N>>;

public:
    /// Whether it was done.
    bool operator()(Optimizer& optimizer, T* parameters, const T* gradient) noexcept {
        if constexpr (checked) {
            if (!is_safe(optimizer, parameters, [=] { return sum_of_squares<N>(gradient); }))
                return careful(optimizer, parameters, gradient);
            optimizer.step(parameters, gradient, state);
            return true;
        } else return kept(optimizer, parameters, gradient);
    }

    /// Whether no result of a step can overflow. gradient_squares() is a sum of squares of the gradient, or
    /// more.
    template <class Squares>
    bool is_safe(const Optimizer& optimizer, const T* parameters, Squares gradient_squares) const noexcept {
        if constexpr (requires { optimizer.safe_with(state); }) {
            const SafeWith with = optimizer.safe_with(state);
            return with != SafeWith::nothing && !large_moments_ && is_small(gradient_squares()) &&
                   (with == SafeWith::small_gradient || is_small(sum_of_squares<N>(parameters)));
        } else return false;
    }

    State state{};

private:
    [[gnu::cold, gnu::noinline]] bool careful(Optimizer& optimizer, T* parameters,
                                              const T* gradient) noexcept {
        bool done = true;
        optimizer.step(parameters, gradient, state, CheckedUpdate<N>{done, large_moments_});
        return done;
    }

    bool kept(Optimizer& optimizer, T* parameters, const T* gradient) noexcept {
        if (!all_finite<N>(gradient)) return false;
        for (std::size_t i = 0; i < N; ++i) before_.parameters[i] = parameters[i];
        before_.state = state;
        optimizer.step(parameters, gradient, state);
        if (all_finite<N>(parameters)) return true;
        for (std::size_t i = 0; i < N; ++i) parameters[i] = before_.parameters[i];
        state = before_.state;
        return false;
    }

    struct Before {
        T parameters[N] = {};
        State state{};
    };
    [[no_unique_address]] std::conditional_t<checked, NoView, Before> before_{};
    bool large_moments_ = false;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
