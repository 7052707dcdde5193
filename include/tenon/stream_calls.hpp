// The calls of step and run for streams, and the sentences for arguments that match none of them.
#pragma once

#include <tenon/misfit/cells.hpp>
#include <tenon/samples.hpp>

#include <span> // with the concepts of ranges, as in samples.hpp
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

template <class Net> struct State;

namespace detail {

/// The functions of Net, to find out whether one takes some arguments. Not defined.
template <class Net, class T = typename Net::Scalar> struct StreamCalls {
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    static void step(State<Net>&, const Input&);
    static void step(std::span<State<Net>>, std::span<const Input>, std::span<Output>);
    static void run(State<Net>&, std::span<const Input>, std::span<Output>);
    static void run(State<Net>&, std::span<const T>, std::span<T>);
};
template <class Net, class... Given>
concept StepCall = requires(Given&&... given) { StreamCalls<Net>::step(static_cast<Given&&>(given)...); };
template <class Net, class... Given>
concept RunCall = requires(Given&&... given) { StreamCalls<Net>::run(static_cast<Given&&>(given)...); };

/// Whether S is the state of a stream of any net, or a range of such states.
template <class S> inline constexpr bool is_state = false;
template <class Net> inline constexpr bool is_state<State<Net>> = true;
template <std::ranges::range Range>
inline constexpr bool is_state<Range> = is_state<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>;

/// Refuses the arguments of a call of step or run, deduced as forwarding references, with a sentence about
/// the first that does not match.
template <class Net, class S = void, class X = void, class Y = void, class... More>
consteval void refuse_stream() {
    using Inputs = std::remove_cvref_t<X>;
    using Outputs = std::remove_cvref_t<Y>;
    constexpr bool has_state = is_state<std::remove_cvref_t<S>>;
    if constexpr (!has_state && Net::state_count > 0) static_assert(misfit::state_missing<Net>::passes());
    else if constexpr (has_state && !std::is_convertible_v<S, State<Net>&> &&
                       !std::is_convertible_v<S, std::span<State<Net>>>)
        static_assert(
            misfit::state_mismatch<State<Net>, misfit::but_found<std::remove_reference_t<S>>>::passes());
    else if constexpr (std::is_void_v<Y> && Misfit<typename Net::Scalar, Net::inputs, One<Inputs>>)
        refuse<Net, One<Inputs>>();
    else if constexpr (Misfits<Net, Inputs, Outputs>) refuse<Net, Many<Inputs>, Many<Outputs>>();
    else {
        using Found =
            std::conditional_t<std::is_void_v<Y>, misfit::but_found<std::remove_reference_t<X>>,
                               misfit::but_found<std::remove_reference_t<X>, std::remove_reference_t<Y>>>;
        static_assert(misfit::stream_arguments<misfit::takes<Net::inputs>, Found>::passes());
    }
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
