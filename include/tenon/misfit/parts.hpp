// Sentences about activations, losses and optimizers that lack a member.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

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

template <class Found> struct wrapped_without_update {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "an optimizer can be wrapped if its step takes a fourth argument, `update`, "
                      "which loops over the parameters");
        return true;
    }
};

template <class Found> struct not_a_schedule {
    static consteval bool passes() {
        static_assert(fits<Found>,
                      "a schedule needs `double operator()(std::size_t step) const`, which returns "
                      "the factor of the learning rate");
        return true;
    }
};

template <class Found> struct no_learning_rate {
    static consteval bool passes() {
        static_assert(fits<Found>, "a scheduled optimizer needs a member `learning_rate`");
        return true;
    }
};

template <class Found> struct no_averages {
    static consteval bool passes() {
        static_assert(fits<Found>, "only an optimizer with Averaged<...> has averages");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
