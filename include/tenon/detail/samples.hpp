// What a program gives as samples of a net, and what does not fit of it.
#pragma once

#include <tenon/misfit.hpp>

#include <array>
#include <cstddef>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>

namespace tenon::inline TENON_ABI::detail {

/// How many values a sample has, of which type: of an array of numbers, or of a range of such; 0 of anything
/// else.
template <class X> struct Given {
    using Number = void;
    static constexpr std::size_t values = 0;
};
template <class T, std::size_t N>
    requires std::is_arithmetic_v<T>
struct Given<std::array<T, N>> {
    using Number = T;
    static constexpr std::size_t values = N;
};
template <class Range>
    requires std::ranges::range<Range> && requires {
        std::tuple_size<std::remove_cvref_t<std::ranges::range_reference_t<Range>>>::value;
    }
struct Given<Range> : Given<std::remove_cvref_t<std::ranges::range_reference_t<Range>>> {};

/// Samples of another size than `Values`, or of other numbers than T.
template <class T, std::size_t Values, class X>
concept Misfit = Given<X>::values != 0 &&
                 (Given<X>::values != Values || !std::is_same_v<typename Given<X>::Number, T>);

/// Samples for a net of which one or the other does not fit.
template <class Net, class Inputs, class Targets>
concept Misfits =
    Misfit<typename Net::Scalar, Net::inputs, Inputs> || Misfit<typename Net::Scalar, Net::outputs, Targets>;

/// Says what does not fit of inputs, or of targets.
template <class Net, class X> consteval void refuse_input() {
    using T = typename Net::Scalar;
    using Number = typename Given<X>::Number;
    if constexpr (Given<X>::values == 0) return;
    else if constexpr (!std::is_same_v<Number, T>)
        static_assert(misfit::number_mismatch<misfit::numbers<T>, misfit::but_found<Number>>::none());
    else
        static_assert(
            misfit::input_mismatch<misfit::takes<Net::inputs>, misfit::but_given<Given<X>::values>>::none());
}
template <class Net, class X> consteval void refuse_target() {
    using T = typename Net::Scalar;
    using Number = typename Given<X>::Number;
    if constexpr (Given<X>::values == 0) return;
    else if constexpr (!std::is_same_v<Number, T>)
        static_assert(misfit::number_mismatch<misfit::numbers<T>, misfit::but_found<Number>>::none());
    else
        static_assert(misfit::target_mismatch<misfit::gives<Net::outputs>,
                                              misfit::but_given<Given<X>::values>>::none());
}
template <class Net, class Inputs, class Targets> consteval void refuse() {
    refuse_input<Net, Inputs>();
    refuse_target<Net, Targets>();
}

/// Whether one sample of so many values fits; says what does not.
template <class Net, std::size_t Inputs, std::size_t Targets = Net::outputs> consteval bool sample_fits() {
    static_assert(misfit::input_mismatch<misfit::takes<Net::inputs>, misfit::but_given<Inputs>>::none());
    static_assert(misfit::target_mismatch<misfit::gives<Net::outputs>, misfit::but_given<Targets>>::none());
    return Inputs == Net::inputs && Targets == Net::outputs;
}

} // namespace tenon
