// Sentences about nets that a file format cannot express.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <class Layer, class Found> struct not_in_rtneural {
    static consteval bool passes() {
        static_assert(
            fits<Layer, Found>,
            "RTNeural has no such layer: it has Dense, LSTM, GRU, CausalConv, CausalConv2D, "
            "Activate, PRelu and BatchNorm, with Tanh, Relu, Sigmoid, Softmax, Elu or no activation");
        return true;
    }
};

template <class Layer, class Found> struct not_in_onnx {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>, "to_onnx cannot write this layer or activation");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
