// Sentences about training on recordings.
#pragma once

#include <tenon/misfit/cells.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <class Fits, class Found> struct loss_of_recording {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>, "the loss of a RecordingTrainer includes no activation");
        return true;
    }
};

template <class Fits, class Found> struct outputs_of_loss {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "ErrorToSignal is of one output a step: write ErrorToSignalOf<outputs of a step>");
        return true;
    }
};

template <class Fits, class Found> struct warm_up_of_recording {
    static consteval bool passes() {
        static_assert(
            fits<Fits, Found>,
            "a RecordingTrainer takes the steps of its warm-up among the options of fit, not AfterWarmUp");
        return true;
    }
};

template <class Fits, class Found> struct net_of_recording {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "a RecordingTrainer trains a net with cells, not one over sequences");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
