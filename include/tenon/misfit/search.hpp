// Sentences about the nets of a search and its training function.
#pragma once

#include <tenon/misfit/words.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

// A net's inputs, outputs and type of number; whether a function trains a net.
template <std::size_t Inputs, std::size_t Outputs, class T> struct samples_of;
template <bool> struct trains_nets;

template <std::size_t Inputs, std::size_t Outputs, class T>
inline constexpr bool fits<samples_of<Inputs, Outputs, T>, but_found<samples_of<Inputs, Outputs, T>>> = true;
template <> inline constexpr bool fits<trains_nets<true>> = true;

template <class First, class Found> struct search_mismatch {
    static consteval bool passes() {
        static_assert(fits<First, Found>,
                      "the nets of a search are trained with the same samples: all must have the same inputs "
                      "and outputs");
        return true;
    }
};

template <class Trains> struct search_training {
    static consteval bool passes() {
        static_assert(fits<Trains>, "a search trains by a function of a net, a Trial and a TrialData that "
                                    "returns the score");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
