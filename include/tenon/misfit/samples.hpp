// Sentences about samples, targets and trainers.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

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

template <class Tape, class Given> struct minibatch_too_large {
    static consteval bool passes() {
        static_assert(fits<Tape, Given>, "a minibatch must not be larger than the Tape's batch_size");
        return true;
    }
};

template <class Net, class Given> struct derivative_mismatch {
    static consteval bool passes() {
        static_assert(
            fits<Net, Given>,
            "dLoss/dy of a sample must have as many values as the net gives, and dLoss/dx as it takes");
        return true;
    }
};

template <class Found> struct no_function_of_outputs {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "step_with takes a function f(ys, dys) of std::span<const Output> and "
                      "std::span<Output>, or of one output and its derivatives, that returns the loss");
        return true;
    }
};

template <class Takes, class Holds> struct stack_exceeded_by_step_with {
    static consteval bool passes() {
        static_assert(
            fits<Takes, Holds>,
            "step_with keeps the outputs of a minibatch and their derivatives on the stack, which does "
            "not hold so many bytes: use a smaller batch_size, or a Tape");
        return true;
    }
};

template <class Target, class Source> struct different_nets {
    static consteval bool passes() {
        static_assert(fits<Target, Source>, "soft_update takes two nets of the same type");
        return true;
    }
};

template <class Found> struct tape_without_a_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "a Tape or an Updater needs a net");
        return true;
    }
};

template <class Found> struct updater_of_const_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "an Updater changes its net, which must not be const");
        return true;
    }
};

template <class Found> struct tape_of_temporary_net {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "a Tape or an Updater refers to its net, which must be a variable that outlives it");
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

template <class Found> struct no_observer {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "after its options, fit takes metrics, and observers that are called with an "
                      "Epoch or a Minibatch");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
