// Sentences about the nets and losses of LevenbergMarquardt and Lbfgs.
#pragma once

#include <tenon/misfit/words.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <std::size_t N> struct trains_parameters;
template <std::size_t N> struct but_at_most;
template <std::size_t N, std::size_t M>
inline constexpr bool fits<trains_parameters<N>, but_at_most<M>> = N <= M;

template <class Found> struct not_a_sum_of_squares {
    static consteval bool passes() {
        static_assert(fits<Found>, "LevenbergMarquardt minimises sums of squares: MeanSquaredError or "
                                   "HalfSquaredError; for other losses use Lbfgs");
        return true;
    }
};

template <class Count, class Limit> struct too_many_parameters {
    static consteval bool passes() {
        static_assert(fits<Count, Limit>,
                      "LevenbergMarquardt needs two matrices of parameters x parameters, which may have 4 MB "
                      "each: for larger nets use Lbfgs");
        return true;
    }
};

template <class Count> struct nothing_trained {
    static consteval bool passes() {
        static_assert(fits<Count>, "this net has no parameters that are trained");
        return true;
    }
};

template <class Found> struct loss_not_fixed {
    static consteval bool passes() {
        static_assert(fits<Found>, "LevenbergMarquardt and Lbfgs need a loss that depends on the parameters "
                                   "alone: no Dropout or BatchNorm, unless Frozen; else use a Trainer");
        return true;
    }
};

template <class Found> struct second_order_without_net {
    static consteval bool passes() {
        static_assert(fits<Found>, "LevenbergMarquardt and Lbfgs take a net that is not const, then a loss");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
