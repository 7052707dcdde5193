// Observers of fit: called after each epoch, after each minibatch, or both.
#pragma once

#include <tenon/misfit/samples.hpp>
#include <tenon/train/epoch_with.hpp>
#include <tenon/train/history.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// One minibatch that was trained, as an observer sees it.
struct Minibatch {
    std::size_t epoch = 0, epochs = 0; ///< number of the epoch, from 1, and of the last one
    std::size_t step = 0, steps = 0;   ///< number in the epoch, from 1, and of the epoch's last one
    std::size_t samples = 0;
    double loss = math::not_a_number<double>(); ///< the mean, before the update
    double learning_rate =
        math::not_a_number<double>(); ///< the optimizer's after the step; NaN if it has none
};

namespace detail {

/// An observer of epochs.
template <class O, class E>
concept SeesEpochs = !Measurable<std::remove_cvref_t<O>> && std::invocable<O&, const E&>;

/// An observer of minibatches: its argument is a Minibatch. A generic function, such as [](const auto&
/// epoch), sees epochs alone; a class with several functions sees minibatches if it declares
/// `static constexpr bool sees_minibatches = true`.
template <class O>
concept SeesMinibatches =
    !Measurable<std::remove_cvref_t<O>> &&
    (std::is_function_v<std::remove_pointer_t<std::remove_cvref_t<O>>> ||
     requires { &std::remove_cvref_t<O>::operator(); } ||
     requires { requires std::remove_cvref_t<O>::sees_minibatches; }) &&
    std::invocable<O&, const Minibatch&>;

/// Whether calling an observer with an event, and converting its result to bool, cannot throw.
template <class O, class Event> consteval bool observes_without_exceptions() {
    if constexpr (requires(O& observer, const Event& event) {
                      { observer(event) } -> std::convertible_to<bool>;
                  })
        return noexcept(!std::declval<O&>()(std::declval<const Event&>()));
    else return std::is_nothrow_invocable_v<O&, const Event&>;
}

/// Calls an observer. Returns false if it returns false.
template <class O, class Event>
constexpr bool observe(O& observer, const Event& event) noexcept(observes_without_exceptions<O, Event>()) {
    if constexpr (requires {
                      { observer(event) } -> std::convertible_to<bool>;
                  })
        return observer(event) ? true : false;
    else {
        observer(event);
        return true;
    }
}

/// Call `observer` if it sees such events. They return false if it returns false.
template <class O, class E> constexpr bool show_epoch(O&, E&) noexcept { return true; }
template <class O, class E>
    requires SeesEpochs<O, E>
constexpr bool show_epoch(O& observer, E& epoch) noexcept(observes_without_exceptions<O, E>()) {
    return observe(observer, epoch);
}
template <class O> constexpr bool show_minibatch(O&, const Minibatch&) noexcept { return true; }
template <class O>
    requires SeesMinibatches<O>
constexpr bool show_minibatch(O& observer, const Minibatch& minibatch) noexcept(
    observes_without_exceptions<O, Minibatch>()) {
    return observe(observer, minibatch);
}

/// Whether no observer among fit's arguments can throw.
template <class... Rest> consteval bool throws_nothing() {
    [[maybe_unused]] const auto one = []<class O>() {
        bool nothing = true;
        if constexpr (SeesEpochs<O, EpochFor<Rest...>>)
            nothing = observes_without_exceptions<O, EpochFor<Rest...>>();
        if constexpr (SeesMinibatches<O>) nothing = nothing && observes_without_exceptions<O, Minibatch>();
        return nothing;
    };
    return (one.template operator()<std::remove_reference_t<Rest>>() && ...);
}

/// Whether an argument of fit is a metric or an observer; a sentence says so if not.
template <class O, class E> consteval bool is_fit_argument() {
    if constexpr (!Measurable<std::remove_cvref_t<O>> && !SeesEpochs<O, E> && !SeesMinibatches<O>)
        static_assert(misfit::no_observer<misfit::but_found<std::remove_cvref_t<O>>>::passes());
    return true;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
