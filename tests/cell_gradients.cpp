// Gradients of recurrent cells over sequences against central differences.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "tape_differences.hpp"

#include <cstddef>

using namespace tenon;

namespace {

template <class Net> std::size_t untrained() {
    std::size_t count = 0;
    detail::for_each_untrained<detail::StackOf<Net>>([&](std::size_t) { ++count; });
    return count;
}

/// Minibatches of 1 to 19 samples; `Whole` is a net over sequences.
template <class Whole> void check() {
    for (const std::size_t samples : {1u, 2u, 7u, 8u, 19u})
        check_differences<Whole, 19, TrainingMode>(samples, -0.9);
}

} // namespace

TEST_CASE("gradients of cells with layers behind them are those by differences") {
    check<Net64<Sequence<4, LSTM<2, 3>, Dense<3, 2, Tanh>>>>();
    check<Net64<Sequence<4, GRU<2, 3>, Dense<3, 2, Tanh>>>>();
    check<Net64<Sequence<4, GRU<2, 3, ResetBefore>, Dense<3, 2, Tanh>>>>();
    check<Net64<Sequence<4, RNN<2, 3, Softplus>, Dense<3, 2, Tanh>>>>();
    check<Net64<Sequence<7, GRU<4, 5>, LSTM<5, 4>>>>(); // weight_gradient_in_strips, twice for seven steps
}

TEST_CASE(
    "gradients through LastStep, stacked and nested cells, Dropout and Residual are those by differences") {
    check<Net64<Activate<Shape<3, 2>, Tanh>,
                Sequence<3, Residual<LSTM<2, 2>>, Net<GRU<2, 3>, Dropout<Shape<3>, 30>>,
                         Dropout<Shape<3>, 30, MaskPerSequence>, RNN<3, 2>>,
                LastStep<Shape<3, 2>>, Dense<2, 2>>>();
}

TEST_CASE("gradients of both directions and of causal convolutions are those by differences") {
    check<Net64<Bidirectional<3, LSTM<2, 3>>, Sequence<3, CausalConv<6, 2, Kernel<3>, Gelu, Dilation<2>>>>>();
    check<Net64<Sequence<3, Dense<2, 1, Tanh>>, Bidirectional<3, RNN<1, 3>>, FinalStates<Shape<3, 6>>>>();
    check<Net64<Sequence<4, CausalConv2D<Shape<2, 3>, 2, Kernel<2, 3>, Gelu, Dilation<2, 1>, Same>>>>();
}

TEST_CASE("a frozen cell passes gradients on, and is not trained") {
    using Partly = Net64<Sequence<3, Dense<1, 2>, Frozen<LSTM<2, 3>>, GRU<3, 2>>>;
    check<Partly>();
    CHECK(untrained<Partly>() == LSTM<2, 3>::parameter_count);
}

TEST_CASE("branches over time have their layers, and may be frozen in part") {
    using Branches =
        Net64<Sequence<3, Concat<Frozen<Dense<2, 2>>, Net<Dense<2, 3, Tanh>>>,
                       Frozen<Net<RNN<5, 4>, Dense<4, 3>>>, Split<Frozen<Dense<1, 2>>, Dense<2, 1>>>>;
    check<Branches>();
    CHECK(untrained<Branches>() == 6 + (RNN<5, 4>::parameter_count + 15) + 4);
    Branches net;
    initialize(net, 1);
    CHECK(net.layer<0>().layer<0>().layer<1>().layer<0>().weight(2, 1) != 0);
    CHECK(net.layer<0>().layer<2>().layer<0>().weight(1, 0) != 0);
    CHECK(net.layer<0>().layer<1>().layer<0>().tensor("weight_hh_l0", 3, 2) != 0);
}

TEST_CASE("the parameters that cells begin with have the gradients by differences, in both directions") {
    check<Net64<Bidirectional<3, TrainedState<GRU<2, 2>>>,
                Sequence<3, TrainedState<GRU<4, 2, ResetBefore>>>>>();
}

TEST_CASE("gradients of cells side by side are those by differences") {
    check<Net64<Sequence<3, Concat<LSTM<2, 2>, GRU<2, 1>, Dense<2, 1, Tanh>>, Frozen<BatchNorm<Shape<4>>>,
                         Split<RNN<3, 2>, CausalConv<1, 2, Kernel<2>>>>>>();
}
