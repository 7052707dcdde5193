// Sentences about nets that remember.
#pragma once

#include <tenon/misfit/words.hpp>

#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

struct no_state;
template <> inline constexpr bool fits<no_state> = true;

template <> inline constexpr bool fits<std::true_type> = true;

template <class Net> struct state_missing {
    static consteval bool passes() {
        static_assert(fits<Net>, "this net remembers: call step(state, x) or run(state, xs, ys) with a "
                                 "State<Net>; to train it, train Unrolled<Net, Steps>");
        return true;
    }
};

template <class Fits, class Size, class... Options> struct causal_conv_options {
    static consteval bool passes() {
        static_assert(fits<Fits>,
                      "a CausalConv is CausalConv<In, Out, Kernel<K>>, and takes an activation and "
                      "Dilation<D>");
        return Fits::value;
    }
};

template <class Fits, class Cell> struct bidirectional_cell {
    static consteval bool passes() {
        static_assert(fits<Fits>,
                      "a Bidirectional reads a sequence in both directions with an LSTM, a GRU or an "
                      "RNN");
        return Fits::value;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
