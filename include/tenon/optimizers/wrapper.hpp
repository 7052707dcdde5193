// What optimizers that wrap another one have in common.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/kernels/sum_of_squares.hpp>
#include <tenon/optimizers/limits.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// An optimizer whose step accepts an update as argument, and processes the arrays with it.
template <class Optimizer, class State, class T, class Update>
concept TakesUpdate = requires(const Optimizer& optimizer, State& state, T* parameters, const T* gradient,
                               Update update) { optimizer.step(parameters, gradient, state, update); };

/// Whether step needs the whole gradient before it updates the first parameter.
template <class O> inline constexpr bool reads_gradient = requires { requires O::reads_gradient; };
/// Whether biases and normalisation are to get no weight decay.
template <class O> inline constexpr bool spares_biases = requires { requires O::spares_biases; };

/// Whether O is an optimizer whose step takes an update; a sentence names what is missing.
template <class O> consteval bool can_be_wrapped() {
    if constexpr (!Optimizer<O>) return OptimizerSentence<O>::passes();
    else if constexpr (!TakesUpdate<O, typename O::template State<float, 1>, float, Update<1>>)
        return misfit::wrapped_without_update<misfit::but_found<O>>::passes();
    else return true;
}

/// Base of a wrapper. Its State has the wrapped optimizer's as member `inner`.
template <class O> struct Wrapper {
    static constexpr bool reads_gradient = detail::reads_gradient<O>;
    static constexpr bool spares_biases = detail::spares_biases<O>;

protected:
    /// A step of the wrapped optimizer; nothing if it was refused, so that one mistake makes one message.
    template <class T, class State, class Update>
    static constexpr void step_inner(const O& optimizer, T* parameters, const T* gradient, State& state,
                                     Update update) noexcept {
        if constexpr (TakesUpdate<O, State, T, Update>) optimizer.step(parameters, gradient, state, update);
    }
};

/// The optimizer within all wrappers.
template <class O> constexpr auto& innermost(O& optimizer) noexcept {
    if constexpr (requires { optimizer.optimizer; }) return innermost(optimizer.optimizer);
    else return optimizer;
}
template <class State> constexpr auto& innermost_state(State& state) noexcept {
    if constexpr (requires { state.inner; }) return innermost_state(state.inner);
    else return state;
}

/// Whether an optimizer, or the one within it, has a learning rate.
template <class O>
concept HasLearningRate = requires(O& optimizer) {
    { innermost(optimizer).learning_rate } -> std::convertible_to<double>;
};

/// safe_with of a wrapped optimizer, if it has one.
template <class O, class State>
constexpr SafeWith safe_with(const O& optimizer, const State& state) noexcept {
    if constexpr (requires { optimizer.safe_with(state); }) return optimizer.safe_with(state);
    else return SafeWith::nothing;
}

/// An update's formula after a function of the gradient: f(p, map(p, g), m...).
template <class F, class Map> struct MappedFormula {
    F inner;
    Map map;

    template <class V, class... Moments> constexpr V operator()(V p, V g, Moments&... m) const noexcept {
        return inner(p, map(p, g), m...);
    }
};

/// An update that changes the gradient of each parameter first.
template <class Update, class Map> struct MappedUpdate {
    Update update;
    Map map;

    template <class F, class T, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        return update(MappedFormula<F, Map>{f, map}, parameters, gradient, moments...);
    }
};

/// An update, and the sum of squares of the gradient, which the trainer has computed already.
template <class Update, class T> struct UpdateWithSquares {
    Update update;
    T squares;

    template <class F, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        return update(f, parameters, gradient, moments...);
    }
};

/// An update that also stores whether it was done.
template <class Update> struct ReportedUpdate {
    Update update;
    bool& done;

    template <class F, class T, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        return done = update(f, parameters, gradient, moments...);
    }
};

/// Whether an update, or one within it, changes the gradient.
template <class U> consteval bool changes_gradient() {
    if constexpr (requires { &U::map; }) return true;
    else if constexpr (requires { &U::update; }) return changes_gradient<decltype(U::update)>();
    else return false;
}

/// Sets `decay` in an update's formula, and in the formulas and functions within it, to 0.
template <class F> constexpr void remove_decay(F& f) noexcept {
    if constexpr (requires { f.decay; }) f.decay = 0;
    if constexpr (requires { f.map; }) remove_decay(f.map);
    if constexpr (requires { f.inner; }) remove_decay(f.inner);
}
template <class F> constexpr F without_decay(F f) noexcept {
    remove_decay(f);
    return f;
}

/// Whether this update, or one within it, changes parameter i, and without weight decay: what the updates
/// that know the layers tell by their members trains(i) and spares(i).
template <class U> constexpr bool trains([[maybe_unused]] std::size_t i) noexcept {
    if constexpr (requires { U::trains(i); }) return U::trains(i);
    else if constexpr (requires { &U::update; }) return trains<decltype(U::update)>(i);
    else return true;
}
template <class U> constexpr bool spares([[maybe_unused]] std::size_t i) noexcept {
    if constexpr (requires { U::spares(i); }) return U::spares(i);
    else if constexpr (requires { &U::update; }) return spares<decltype(U::update)>(i);
    else return false;
}

/// A parameter's gradient as this update passes it on. The update that was given first is innermost, and
/// changes the gradient first.
template <class U, class V> constexpr V mapped_gradient(const U& update, V p, V g, bool is_spared) noexcept {
    if constexpr (requires { &U::map; }) {
        const V inner = mapped_gradient(update.update, p, g, is_spared);
        return is_spared ? without_decay(update.map)(p, inner) : update.map(p, inner);
    } else if constexpr (requires { &U::update; }) return mapped_gradient(update.update, p, g, is_spared);
    else return g;
}
/// The same of parameter i; 0 if it is not trained.
template <class U, class T>
constexpr T gradient_in(const U& update, const T* parameters, const T* gradient, std::size_t i) noexcept {
    return trains<U>(i) ? mapped_gradient(update, parameters[i], gradient[i], spares<U>(i)) : T(0);
}

/// The sum of squares of the gradient of N parameters as this update passes it on.
template <std::size_t N, class U, class T>
constexpr T gradient_squares(const U& update, const T* parameters, const T* gradient) noexcept {
    if constexpr (!changes_gradient<U>() && requires { update.squares; }) return update.squares;
    else if constexpr (!changes_gradient<U>() && requires { &U::update; })
        return gradient_squares<N>(update.update, parameters, gradient);
    else {
        if constexpr (!changes_gradient<U>())
            if (!in_compiler()) return sum_of_squares<N>(gradient);
        T sum = 0;
        for (std::size_t i = 0; i < N; ++i) {
            const T g = gradient_in(update, parameters, gradient, i);
            sum = math::rounded(sum + g * g);
        }
        return sum;
    }
}

} // namespace detail

/// The learning rate of an optimizer's next step: with Scheduled, that of the schedule. NaN if it has none.
template <class O, class State>
constexpr double learning_rate_of(const O& optimizer, const State& state) noexcept {
    if constexpr (requires { optimizer.learning_rate_in(state); }) return optimizer.learning_rate_in(state);
    else if constexpr (requires { learning_rate_of(optimizer.optimizer, state.inner); })
        return learning_rate_of(optimizer.optimizer, state.inner);
    else if constexpr (detail::HasLearningRate<const O>)
        return static_cast<double>(detail::innermost(optimizer).learning_rate);
    else return math::not_a_number<double>();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
