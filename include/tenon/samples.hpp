// The types that a program may pass as samples of a net, and the sentences for those that do not match it.
#pragma once

#include <tenon/misfit/samples.hpp>

#include <array>
#include <cstddef>
#include <span> // with the concepts of ranges: <ranges> alone takes 0.3 s to compile (g++ 12)
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// One sample: the size and the number type of an array of numbers; size 0 for anything else.
template <class X> struct One {
    using Number = void;
    static constexpr std::size_t values = 0;
};
template <class T, std::size_t N>
    requires std::is_arithmetic_v<T>
struct One<std::array<T, N>> {
    using Number = T;
    static constexpr std::size_t values = N;
};
/// Many samples: the same for the arrays in a range. 0 for a range of numbers, which may be class indices.
template <class Range> struct Many : One<void> {};
template <std::ranges::range Range>
struct Many<Range> : One<std::remove_cvref_t<std::ranges::range_reference_t<Range>>> {};

/// Whether samples have another size than `Values`, or another number type than T; Given is One or Many.
template <class T, std::size_t Values, class Given>
concept Misfit =
    Given::values != 0 && (Given::values != Values || !std::is_same_v<typename Given::Number, T>);

/// Whether inputs or targets do not match the net.
template <class Net, class Inputs, class Targets>
concept MisfitOne = Misfit<typename Net::Scalar, Net::inputs, One<Inputs>> ||
                    Misfit<typename Net::Scalar, Net::outputs, One<Targets>>;
template <class Net, class Inputs, class Targets>
concept Misfits = Misfit<typename Net::Scalar, Net::inputs, Many<Inputs>> ||
                  Misfit<typename Net::Scalar, Net::outputs, Many<Targets>>;

/// A range of numbers of another type than T, given as flat memory of many samples.
template <class T, class Range>
concept FlatMisfit = std::ranges::range<Range> && std::is_arithmetic_v<std::ranges::range_value_t<Range>> &&
                     !std::is_same_v<std::ranges::range_value_t<Range>, T>;

/// Refuses inputs and targets, which are One or Many, with a sentence about each that does not match.
template <class Net, class Inputs, class Targets = One<void>> consteval void refuse() {
    using T = typename Net::Scalar;
    if constexpr (Misfit<T, Inputs::values, Inputs>)
        static_assert(misfit::number_mismatch<misfit::numbers<T>,
                                              misfit::but_found<typename Inputs::Number>>::passes());
    else if constexpr (Inputs::values != 0)
        static_assert(
            misfit::input_mismatch<misfit::takes<Net::inputs>, misfit::but_given<Inputs::values>>::passes());
    if constexpr (Misfit<T, Targets::values, Targets>)
        static_assert(misfit::number_mismatch<misfit::numbers<T>,
                                              misfit::but_found<typename Targets::Number>>::passes());
    else if constexpr (Targets::values != 0)
        static_assert(misfit::target_mismatch<misfit::gives<Net::outputs>,
                                              misfit::but_given<Targets::values>>::passes());
}

/// Whether one sample with these numbers of values matches the net; a sentence names what does not.
template <class Net, std::size_t Inputs, std::size_t Targets = Net::outputs> consteval bool sample_fits() {
    static_assert(misfit::input_mismatch<misfit::takes<Net::inputs>, misfit::but_given<Inputs>>::passes());
    static_assert(misfit::target_mismatch<misfit::gives<Net::outputs>, misfit::but_given<Targets>>::passes());
    return Inputs == Net::inputs && Targets == Net::outputs;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
