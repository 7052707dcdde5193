// The sentences that a compiler prints if something does not fit.
#pragma once

#include <cstddef>

#include <tenon/config/prologue.hpp>

// The words of messages have a namespace of their own, so that they are not ambiguous with names of a program
// that declares `using namespace tenon`. It is not inside the inline namespace, because they generate no
// code: messages read tenon::misfit::layer<1>.
namespace tenon::misfit {

// Tag types that appear in compiler messages; never defined. Layers are counted from 1.
template <std::size_t I> struct layer;
template <std::size_t I> struct but_layer;
template <std::size_t... N> struct takes;
template <std::size_t... N> struct gives;
template <std::size_t N> struct but_given;
template <class... What> struct but_found;
template <class A> struct ends_in;
template <class T> struct numbers;
template <std::size_t N> struct layers;
template <std::size_t I> struct but_asked_for;
template <std::size_t Bytes> struct one_answer_takes;
template <std::size_t Bytes> struct but_the_stack_holds;
template <class Count> struct threads_hpp;

/// The asserted condition. It is a variable template because clang prints it, with its arguments, before the
/// message.
template <class... Words> inline constexpr bool fits = false;
template <std::size_t I, std::size_t J, std::size_t... N>
inline constexpr bool fits<layer<I>, gives<N...>, but_layer<J>, takes<N...>> = true;
template <std::size_t N> inline constexpr bool fits<takes<N>, but_given<N>> = true;
template <std::size_t N> inline constexpr bool fits<gives<N>, but_given<N>> = true;
template <std::size_t N, std::size_t M>
inline constexpr bool fits<one_answer_takes<N>, but_the_stack_holds<M>> = N <= M;
template <std::size_t N, std::size_t I> inline constexpr bool fits<layers<N>, but_asked_for<I>> = I < N;

// A sentence is asserted inside a function: clang continues after an assertion that fails there. A class that
// contains a failed one becomes invalid, and clang reports each use of it too.

template <class Left, class Gives, class Right, class Takes> struct shape_mismatch {
    static consteval bool passes() {
        static_assert(fits<Left, Gives, Right, Takes>,
                      "each layer must take as many values as the layer before it gives");
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
                      "a layer needs `static constexpr std::size_t parameter_count, trace, scratch`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_forward {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer needs a static function template `void forward(parameters, x, y, trace)`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_backward {
    static consteval bool passes() {
        static_assert(fits<Layer, Found>,
                      "a layer needs a static function template `void backward(parameters, x, y, trace, dy, "
                      "dx, scratch, gradient, add)`");
        return true;
    }
};

template <class Layer, class Found> struct layer_without_tensors {
    static consteval bool passes() {
        static_assert(
            fits<Layer, Found>,
            "a layer with parameters needs `tensors`, a std::array of Tensor that says where they lie");
        return true;
    }
};

template <class... Layers> struct no_layers {
    static consteval bool passes() {
        static_assert(sizeof...(Layers) > 0, "a net is made of at least one layer");
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
                      "an answer of this net needs more working memory than a call may have on the stack, in "
                      "bytes: make its widest layers narrower; it can be trained");
        return true;
    }
};

template <class Net, class Given> struct input_mismatch {
    static consteval bool passes() {
        static_assert(fits<Net, Given>, "an input must have as many values as the net takes");
        return true;
    }
};

template <class Net, class Given> struct target_mismatch {
    static consteval bool passes() {
        static_assert(fits<Net, Given>, "a target must have as many values as the net gives");
        return true;
    }
};

template <class Net, class Found> struct number_mismatch {
    static consteval bool passes() {
        static_assert(fits<Net, Found>, "the numbers of the samples must be of the net's type");
        return true;
    }
};

template <class Net, class Found> struct no_target {
    static consteval bool passes() {
        static_assert(fits<Net, Found>, "a target is an array of the net's outputs, or a class index if the "
                                        "loss is over classes; of many samples, a span of them");
        return true;
    }
};

template <class Trainer, class Given> struct batch_too_large {
    static consteval bool passes() {
        static_assert(fits<Trainer, Given>, "a minibatch must not be larger than the trainer's batch_size");
        return true;
    }
};

template <class Loss, class EndsIn> struct loss_mismatch {
    static consteval bool passes() {
        static_assert(fits<Loss, EndsIn>,
                      "this loss needs a net that ends in another activation: CrossEntropy Softmax, "
                      "BinaryCrossEntropy Sigmoid, NegativeLogLikelihood LogSoftmax");
        return true;
    }
};

template <class Found> struct not_an_activation {
    static consteval bool passes() {
        static_assert(fits<Found>, "an activation needs static functions apply(z) and derivative(z, y), each "
                                   "of which returns the type of z");
        return true;
    }
};

template <class Found> struct activation_without_apply {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "an activation needs a static function apply(z) that returns the type of z");
        return true;
    }
};

template <class Found> struct activation_without_derivative {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "an activation needs a static function derivative(z, y) that returns the type of z");
        return true;
    }
};

template <class Found> struct not_a_loss {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "a loss needs value(y, t), derivative(y, t) and mean, or sample(y, t, dy, scale)");
        return true;
    }
};

template <class Found> struct loss_without_value {
    static consteval bool passes() {
        static_assert(fits<Found>, "a loss needs value(y, t), const, that returns the type of y");
        return true;
    }
};

template <class Found> struct loss_without_derivative {
    static consteval bool passes() {
        static_assert(fits<Found>, "a loss needs derivative(y, t), const, that returns the type of y");
        return true;
    }
};

template <class Found> struct loss_without_mean {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "a loss needs `static constexpr bool mean`: whether it is averaged over the outputs");
        return true;
    }
};

template <class Found> struct not_an_optimizer {
    static consteval bool passes() {
        static_assert(fits<Found>, "an optimizer needs `template <class T, std::size_t N> struct State` and "
                                   "step(parameters, gradient, state)");
        return true;
    }
};

template <class Found> struct optimizer_without_state {
    static consteval bool passes() {
        static_assert(
            fits<Found>,
            "an optimizer needs `template <class T, std::size_t N> struct State`, which may be empty");
        return true;
    }
};

template <class Found> struct optimizer_without_step {
    static consteval bool passes() {
        static_assert(fits<Found>, "an optimizer needs `void step(parameters, gradient, state)`, const");
        return true;
    }
};

template <class Found> struct not_a_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "a Trainer takes a net, a loss and an optimizer, in this order");
        return true;
    }
};

template <class Found> struct loss_and_optimizer_swapped {
    static consteval bool passes() {
        static_assert(fits<Found>, "a Trainer takes a net, a loss and an optimizer, in this order");
        return true;
    }
};

template <class Found> struct const_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "a Trainer changes its net, which must not be const");
        return true;
    }
};

template <class Found> struct temporary_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "a Trainer refers to its net, which must be a variable that outlives it");
        return true;
    }
};

template <class Count> struct threads_missing {
    static consteval bool passes() {
        static_assert(fits<threads_hpp<Count>>, "fit with .threads needs #include <tenon/threads.hpp>");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
