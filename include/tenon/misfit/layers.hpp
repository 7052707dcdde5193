// Sentences about layers and nets.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

// A sentence is asserted inside a function: clang continues after an assertion that fails there. A class that
// contains a failed one becomes invalid, and clang reports each use of it too.

template <class Left, class Gives, class Right, class Takes> struct shape_mismatch {
    static consteval bool passes() {
        static_assert(fits<Left, Gives, Right, Takes>,
                      "each layer must take as many values as the layer before it gives");
        return true;
    }
};

template <class Left, class Gives, class Right, class Takes> struct flatten_missing {
    static consteval bool passes() {
        static_assert(fits<Left, Gives, Right, Takes>,
                      "a layer takes as many values as the layer before it gives, but in another shape: put "
                      "Flatten<Shape<...>> between them");
        return true;
    }
};

template <class Left, class Gives, class Right, class Takes> struct unflatten_missing {
    static consteval bool passes() {
        static_assert(fits<Left, Gives, Right, Takes>,
                      "a layer takes as many values as the layer before it gives, but in another shape: put "
                      "Unflatten<Shape<...>> between them");
        return true;
    }
};

template <class Left, class Gives, class Right, class Takes> struct axes_differ {
    static consteval bool passes() {
        static_assert(fits<Left, Gives, Right, Takes>,
                      "a layer takes as many values as the layer before it gives, but in another shape; an "
                      "image is Shape<channels, height, width>");
        return true;
    }
};

template <class Layer, class Takes, class Gives> struct zero_size {
    static consteval bool passes() {
        static_assert(fits<Layer, Takes, Gives>, "a layer must take and give at least one value");
        return true;
    }
};

template <class Layer, class Found> struct not_a_layer {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a net is made of layers: write Dense<2, 3, Relu>, or Activate<Shape<3>, Relu>");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_shapes {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer needs InputShape and OutputShape, such as `using InputShape = Shape<3>`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_counts {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer needs `static constexpr std::size_t parameter_count, trace, scratch`, "
                      "which LayerDefaults has");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_forward {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer needs a static function template `void forward(parameters, x, y, context)`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_backward {
    static consteval bool passes() {
        static_assert(
            fits<Layer, Found>,
            "a layer needs a static function template `void backward(parameters, x, y, context, dy, "
            "dx, scratch, gradient, add)`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_tensors {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>, "a layer with parameters needs `tensors`, a std::array of Tensor "
                                          "that says where they are located");
        return true;
    }
};

template <class Layer, class Found> struct inference_mismatch {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer's Inference must have the parameters and the sizes of the layer");
        return true;
    }
};

template <class... Layers> struct no_layers {
    static consteval bool passes() {
        static_assert(fits<Layers...>, "a net is made of at least one layer");
        return true;
    }
};

template <class Takes, class Gives> struct residual_mismatch {
    static consteval bool passes() {
        static_assert(fits<Takes, Gives>, "the layers of a Residual must give the shape that they take");
        return true;
    }
};

template <class First, class Takes, class Branch, class ButTakes> struct branch_mismatch {
    static consteval bool passes() {
        static_assert(fits<First, Takes, Branch, ButTakes>,
                      "the branches of a Concat must take the same shape");
        return true;
    }
};

template <class First, class Shape, class Branch, class ButShape> struct joint_mismatch {
    static consteval bool passes() {
        static_assert(fits<First, Shape, Branch, ButShape>,
                      "shapes are joined along the first dimension, the channels: the others must be equal");
        return true;
    }
};

template <class From, class Found, class To, class But> struct different_layers {
    static consteval bool passes() {
        static_assert(fits<From, Found, To, But>,
                      "parameters are copied between layers that are the same up to Frozen");
        return true;
    }
};

template <class Percent> struct percentage {
    static consteval bool passes() {
        static_assert(fits<Percent>, "Dropout drops 0 to 99 percent of the values");
        return true;
    }
};

template <class Fits, class Found> struct dropout_mask {
    static consteval bool passes() {
        static_assert(fits<Fits, Found>,
                      "Dropout is Dropout<Shape<...>, Percent>, or Dropout<Shape<...>, Percent, "
                      "MaskPerSequence>, with which all steps of a Sequence have the same mask");
        return true;
    }
};

template <class Net, class AskedFor> struct no_such_layer {
    static consteval bool passes() {
        static_assert(fits<Net, AskedFor>,
                      "a net has no such layer: in code they are counted from 0, layer<0>() is the first");
        return true;
    }
};

template <class Takes, class Holds> struct stack_exceeded {
    static consteval bool passes() {
        static_assert(fits<Takes, Holds>,
                      "evaluating this net needs more working memory than a call may have on the stack, in "
                      "bytes: make its widest layers narrower; it can be trained");
        return true;
    }
};

template <class Takes, class Holds> struct stack_exceeded_by_gradient {
    static consteval bool passes() {
        static_assert(fits<Takes, Holds>,
                      "the gradient of this net needs more working memory than a call may have on the stack, "
                      "in bytes: use gradient() of a Trainer, which owns that memory, after a step");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
