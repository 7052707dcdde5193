// Sentences about nets with state.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

struct no_state;
template <> inline constexpr bool fits<no_state> = true;

template <class Net> struct state_missing {
    static consteval bool passes() {
        static_assert(fits<Net>, "this net has state: call step(state, x) or run(state, xs, ys) with a "
                                 "State<Net>; to train it, take Unrolled<Net, Steps> or a RecordingTrainer");
        return true;
    }
};

template <class Wanted, class Found> struct state_mismatch {
    static consteval bool passes() {
        static_assert(fits<Wanted, Found>,
                      "step and run take and update a variable of type State<Net>, where "
                      "Net is the type of the net that is called");
        return true;
    }
};

template <class Net, class Found> struct stream_arguments {
    static consteval bool passes() {
        static_assert(fits<Net, Found>,
                      "a stream is called with step(state, x), where x is an array such as "
                      "{0.5f}, or with spans of Net::Input and Net::Output: run(state, xs, "
                      "ys), step(states, xs, ys); run takes spans of the net's numbers, too");
        return true;
    }
};

template <class Fits, class Found> struct causal_conv_options {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "a CausalConv is CausalConv<In, Out, Kernel<K>>, and takes an activation, "
                      "Dilation<D>, Stride<S>, Groups<G> and NoBias");
        return true;
    }
};

template <class Fits, class Found> struct gru_reset {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>, "a GRU is GRU<In, Hidden>, whose reset gate is applied after the "
                                         "product with U, or GRU<In, Hidden, ResetBefore>");
        return true;
    }
};

template <class Fits, class Found> struct causal_conv_2d {
    static consteval bool passes() {
        static_assert(
            fits<Fits, Found>,
            "a CausalConv2D takes Shape<channels, features> and Kernel<steps, features>, and over time "
            "it has no padding and a stride of 1: Padding<0, P>, Stride<1, S>");
        return true;
    }
};

template <class Fits, class Found> struct gated {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "Gated<Shape<channels, ...>, A> gates the first half of the channels by the second: "
                      "their number is even, and A is elementwise");
        return true;
    }
};

template <class Fits, class Found> struct skip_layers_options {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "SkipLayers is SkipLayers<Channels, Head, Kernel<K>, Dilations<D...>>, and takes an "
                      "elementwise activation, WithGate, SkipConv<Channels> and NoCondition");
        return true;
    }
};

template <class Fits, class Found> struct wavenet_layers {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "a WaveNet is WaveNet<In, SkipLayers<...>...>, whose layers add to the head before "
                      "them: it has as many channels as they add, Channels or those of SkipConv");
        return true;
    }
};

template <class Fits, class Found> struct trained_state_cell {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>, "a TrainedState takes an LSTM, a GRU or an RNN");
        return true;
    }
};

template <class Fits, class Found> struct no_memory {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "this layer has no such state: an LSTM has h() and c(), a GRU and an RNN have h()");
        return true;
    }
};

template <class Fits, class Found> struct layer_over_time {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "in a Sequence, batch statistics would be those of a single step: write "
                      "Frozen<BatchNorm<...>>, which uses the running mean and variance");
        return true;
    }
};

template <class Fits, class Found> struct branches_over_time {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>, "in a Sequence, each branch of a Concat or Split with a cell must "
                                         "be a cell or a Dense with a bias");
        return true;
    }
};

template <class Fits, class Found> struct final_states {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "FinalStates takes what a Bidirectional gives, Shape<Steps, 2 * Hidden>");
        return true;
    }
};

template <class Fits, class Found> struct bidirectional_cell {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "a Bidirectional reads a sequence in both directions with an LSTM, a GRU or an "
                      "RNN");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
