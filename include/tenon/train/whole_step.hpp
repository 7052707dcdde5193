// WholeStep: an update that changes all parameters, or nothing if a number would not be finite.
#pragma once

#include <tenon/kernels/sum_of_squares.hpp>
#include <tenon/optimizers/limits.hpp>
#include <tenon/optimizers/wrapper.hpp>
#include <tenon/train/spared_ranges.hpp>
#include <tenon/train/trained_ranges.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether numbers with this sum of squares are small. False if it is NaN, under all compiler flags.
template <class T> bool is_small(T squares) noexcept {
    return math::opaque(math::to_bits(squares)) <= math::to_bits(small<T> * small<T>);
}

/// Whether all lanes are finite, under all compiler flags: after the asm, the compiler assumes nothing about
/// the values that it loads.
template <class V> bool all_finite(V value) noexcept {
    alignas(64) math::Scalar<V> lanes[lane_count<V>];
    store(lanes, value);
    asm("" : "+m"(lanes));
    const V x = load<V>(lanes);
    const auto infinity = decltype(math::to_bits(x))(math::infinity_bits<math::Scalar<V>>);
    return !math::any((math::to_bits(x) & infinity) == infinity);
}
template <std::size_t N, class T> bool all_finite(const T* values) noexcept {
    using V = Value<T, lanes_for<T>(N)>;
    bool finite = true;
    for (std::size_t i = 0; i < N; i += lane_count<V>) finite = finite && all_finite(load<V>(values + i));
    return finite;
}

/// Replaces Store, an update: computes all results before it stores the first one.
template <std::size_t N, class Store> struct CheckedUpdate {
    bool& done;          ///< whether all results are finite and were stored
    bool& large_moments; ///< whether a moment is no longer small

    template <class F, class T, class... Moments>
    bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        using V = UpdateValue<T, N>;
        F checked = f;
        done = true;
        large_moments = false;
        for (std::size_t i = 0; done && i < N; i += lane_count<V>)
            [&](auto... m) {
                const V g = load<V>(gradient + i);
                V p = load<V>(parameters + i);
                if constexpr (IndexedFormula<F>) p = checked(i, p, g, m...);
                else p = checked(p, g, m...);
                done = all_finite(g) && all_finite(p) && (all_finite(m) && ...);
                large_moments = large_moments || (math::any(math::abs(m) > V(small<T>)) || ...);
            }(load<V>(moments + i)...);
        return done && Store{}(f, parameters, gradient, moments...);
    }
    static constexpr bool trains(std::size_t i) noexcept { return detail::trains<Store>(i); }
};

/// An optimizer's state for N parameters, and its steps. A step changes nothing if a number is not finite. If
/// the optimizer declares when its steps are safe (safe_with), most steps only read the gradient once more.
/// If a step is not safe, or that is not declared, all results are computed twice, the first time only to
/// check them. If the optimizer accepts no update, parameters and state are copied before each step.
///
/// Only the trained parameters of Layers change. The gradient of the others is zero.
template <class Optimizer, class T, class Layers> class WholeStep {
    static constexpr std::size_t N = Layers::parameter_count;
    using State = typename Optimizer::template State<T, N>;
    using Store = UpdateOf<Layers>;
    static constexpr bool checked = TakesUpdate<Optimizer, State, T, CheckedUpdate<N, Store>>;
    static_assert(checked || !spares_biases<Optimizer>);

public:
    /// Returns whether the step was done.
#ifdef __clang__
    // Inlined, it makes the trainer's step too large for clang to inline all passes of a small net where the
    // step is called: xor's steps of four samples took 1.7 times as long (clang 19, Zen 3).
    [[gnu::noinline]]
#endif
    bool operator()(Optimizer& optimizer, T* parameters, const T* gradient) noexcept {
        if constexpr (checked) {
            if constexpr (reads_gradient<Optimizer>) {
                const T squares = sum_of_squares<N>(gradient);
                if (!is_safe(optimizer, parameters, [=] { return squares; }))
                    return checked_step(optimizer, parameters, gradient);
                safe_step(optimizer, parameters, gradient, UpdateWithSquares<Store, T>{{}, squares});
            } else {
                if (!is_safe(optimizer, parameters, [=] { return sum_of_squares<N>(gradient); }))
                    return checked_step(optimizer, parameters, gradient);
                safe_step(optimizer, parameters, gradient, Store{});
            }
            return true;
        } else return step_with_copy(optimizer, parameters, gradient);
    }

    /// Whether no result of a step can overflow. gradient_squares() returns the sum of squares of the
    /// gradient, or an upper bound of it.
    template <class Squares>
    bool is_safe(const Optimizer& optimizer, const T* parameters, Squares gradient_squares) const noexcept {
        if constexpr (requires { optimizer.safe_with(state); }) {
            const SafeWith with = optimizer.safe_with(state);
            return with != SafeWith::nothing && !large_moments_ && is_small(gradient_squares()) &&
                   (with == SafeWith::small_gradient || is_small(sum_of_squares<N>(parameters)));
        } else return false;
    }

    /// A step that is_safe, with an update of all parameters.
    template <class Update>
    TENON_INLINE constexpr void safe_step(const Optimizer& optimizer, T* parameters, const T* gradient,
                                          Update update) noexcept {
        optimizer.step(parameters, gradient, state, update_for<Optimizer, Layers>(update));
    }

    /// The same in constant expressions, without checks: overflow is an error there.
    constexpr void in_compiler(const Optimizer& optimizer, T* parameters, const T* gradient) noexcept {
        if constexpr (checked) safe_step(optimizer, parameters, gradient, Store{});
        else {
            T before[N] = {};
            for (std::size_t i = 0; i < N; ++i) before[i] = parameters[i];
            optimizer.step(parameters, gradient, state);
            for_each_untrained<Layers>([&](std::size_t i) { parameters[i] = before[i]; });
        }
    }

    /// To be called if `state` is replaced: its moments may be large, so the next step is checked.
    constexpr void state_was_replaced() noexcept { large_moments_ = true; }

    State state{};

private:
    [[gnu::cold, gnu::noinline]] bool checked_step(Optimizer& optimizer, T* parameters,
                                                   const T* gradient) noexcept {
        if (!has_valid_settings(optimizer)) return false;
        bool done = true;
        optimizer.step(parameters, gradient, state,
                       update_for<Optimizer, Layers>(CheckedUpdate<N, Store>{done, large_moments_}));
        return done;
    }

    bool step_with_copy(Optimizer& optimizer, T* parameters, const T* gradient) noexcept {
        if (!all_finite<N>(gradient) || !has_valid_settings(optimizer)) return false;
        for (std::size_t i = 0; i < N; ++i) before_.parameters[i] = parameters[i];
        before_.state = state;
        optimizer.step(parameters, gradient, state);
        if (all_finite<N>(parameters)) {
            for_each_untrained<Layers>([&](std::size_t i) { parameters[i] = before_.parameters[i]; });
            return true;
        }
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
