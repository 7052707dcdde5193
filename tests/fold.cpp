// fold, copy_parameters and standardize.
#include <tenon/tenon.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

namespace {

template <class Net> using FoldOf = decltype(fold(Net{}));
template <class Net, class Wanted> constexpr bool folds_to = std::is_same_v<FoldOf<Net>, Wanted>;

using Norm = BatchNorm<Shape<3>>;
using Linear = Dense<2, 3>;
static_assert(folds_to<Net<Linear, Norm>, Net<Linear>>);
static_assert(folds_to<Net<Dense<2, 3, Identity, false>, Norm>, Net<Linear>>); // which has a bias now
static_assert(folds_to<Net<Linear, Norm, Activate<Shape<3>, Relu>, Dropout<Shape<3>, 20>, Dense<3, 1>>,
                       Net<Linear, Activate<Shape<3>, Relu>, Dense<3, 1>>>);
static_assert(folds_to<Net<Scale<Shape<2>>, Dense<2, 3, Tanh>>, Net<Dense<2, 3, Tanh>>>);
static_assert(folds_to<Net<Scale<Shape<2>>, Linear, Norm, Scale<Shape<3>>>, Net<Linear>>);
static_assert(folds_to<Net<Dense<2, 3, Tanh>, Norm, Dense<3, 1>>, Net<Dense<2, 3, Tanh>, Dense<3, 1>>>);
static_assert(folds_to<Net<Frozen<Linear>, Frozen<Norm>>, Net<Linear>>);
static_assert(folds_to<Net<Frozen<Dense<2, 3, Tanh>>, Dense<3, 1>>, Net<Dense<2, 3, Tanh>, Dense<3, 1>>>);
static_assert(folds_to<Net<Dropout<Shape<2>, 50>>, Net<Activate<Shape<2>, Identity>>>);
static_assert(folds_to<NetOf<double, Linear, Norm>, NetOf<double, Linear>>);
// In containers
static_assert(folds_to<Net<Residual<Dense<3, 3>, Norm, Dropout<Shape<3>, 5>>>, Net<Residual<Dense<3, 3>>>>);
static_assert(folds_to<Net<Concat<Net<Linear, Norm>, Dropout<Shape<2>, 5>>>,
                       Net<Concat<Net<Linear>, Activate<Shape<2>, Identity>>>>);
static_assert(folds_to<Net<Split<Linear, Net<Linear, Norm>>>, Net<Split<Linear, Net<Linear>>>>);
// What stays: a norm between activations, and one of the channels of images
static_assert(folds_to<Net<Dense<2, 3, Tanh>, Norm>, Net<Dense<2, 3, Tanh>, Norm>>);
static_assert(folds_to<Net<BatchNorm<Shape<3, 2>>, Flatten<Shape<3, 2>>, Dense<6, 1>>,
                       Net<BatchNorm<Shape<3, 2>>, Flatten<Shape<3, 2>>, Dense<6, 1>>>);

/// A net with parameters of any sign, and variances that are positive.
template <class Net> Net random_net() {
    Net net;
    fill_random(net.parameters(), 3, 0.2, 1.2);
    auto parameters = net.parameters();
    for (std::size_t p = 0; p < parameters.size(); p += 3) parameters[p] += 1;
    return net;
}

/// The largest difference of outputs, in ulp of the largest output.
template <class Net> double fold_error(const Net& net) {
    const auto folded = fold(net);
    double difference = 0, largest = 0;
    for (const auto& x : random_samples<typename Net::Input>(100, 5, -1, 1)) {
        const auto wanted = net(x), found = folded(x);
        for (std::size_t o = 0; o < wanted.size(); ++o) {
            difference = std::max(difference, std::abs(static_cast<double>(found[o] - wanted[o])));
            largest = std::max(largest, std::abs(static_cast<double>(wanted[o])));
        }
    }
    return difference / (largest * std::numeric_limits<typename Net::Scalar>::epsilon());
}

} // namespace

TEST_CASE("a folded net has the same outputs within 4 ulp of the largest") {
    CHECK(fold_error(random_net<Net<Dense<5, 9>, BatchNorm<Shape<9>>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Dense<5, 9, Identity, false>, BatchNorm<Shape<9>>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Scale<Shape<5>>, Dense<5, 9, Tanh>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Dense<5, 9, Relu>, BatchNorm<Shape<9>>, Dense<9, 2>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Residual<Dense<9, 9>, BatchNorm<Shape<9>>>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Concat<Net<Dense<5, 9>, BatchNorm<Shape<9>>>, Dense<5, 3>>>>()) <= 4);
    CHECK(fold_error(random_net<Net<Split<Net<Dense<5, 9>, BatchNorm<Shape<9>>>, Dense<5, 3>>>>()) <= 4);
    CHECK(fold_error(random_net<NetOf<double, Scale<Shape<5>>, Dense<5, 9>, BatchNorm<Shape<9>>>>()) <= 4);
    CHECK(
        fold_error(random_net<
                   Net<Dense<5, 9>, BatchNorm<Shape<9>, std::ratio<1, 10>, std::ratio<1, 1000>, false>>>()) <=
        4);
    CHECK(fold_error(random_net<Net<Frozen<Dense<5, 9>>, BatchNorm<Shape<9>>, Scale<Shape<9>>>>()) <= 4);
}

TEST_CASE("fold works in constant expressions") {
    constexpr auto net = [] {
        Net<Scale<Shape<2>>, Dense<2, 2>, BatchNorm<Shape<2>>> n;
        initialize(n, 1);
        n.layer<0>().tensor("mean", 0) = 3;
        n.layer<0>().tensor("deviation", 1) = 2;
        n.layer<2>().tensor("running_var", 1) = 4;
        return n;
    }();
    constexpr auto folded = fold(net);
    static_assert(std::is_same_v<decltype(folded), const Net<Dense<2, 2>>>);
    constexpr float difference = folded({1.f, 2.f})[1] - net({1.f, 2.f})[1];
    static_assert(difference < 1e-6f && difference > -1e-6f);
    CHECK(folded({1.f, 2.f})[1] == Approx(net({1.f, 2.f})[1]));
}

TEST_CASE("parameters move between a net and its frozen form, and below another head") {
    using Trained = Net<Dense<4, 9, Tanh>, Residual<Dense<9, 9, Relu>>, Dense<9, 3>>;
    using Fixed = Net<Frozen<Dense<4, 9, Tanh>>, Residual<Frozen<Dense<9, 9, Relu>>>, Dense<9, 3>>;
    const Trained net = random_net<Trained>();
    Fixed fixed;
    copy_parameters(net, fixed);
    CHECK(fixed({1, 2, 3, 4}) == net({1, 2, 3, 4}));
    Trained back;
    copy_parameters(fixed, back);
    CHECK(std::ranges::equal(back.parameters(), net.parameters()));

    Net<Activate<Shape<4>, Identity>, Frozen<Dense<4, 9, Tanh>>, Dense<9, 5>> other;
    copy_parameters<0, 1>(net, other);
    CHECK(other.layer<1>().tensor("weight", 8, 3) == net.layer<0>().weight(8, 3));
    CHECK(std::ranges::count(other.parameters().subspan(45), 0.f) == 9 * 5 + 5);
}

TEST_CASE("standardize gives each input mean 0 and variance 1") {
    using Scaled = Net<Scale<Shape<3>>>;
    Scaled net;
    initialize(net, 1);
    CHECK(net({1.f, 2.f, 3.f}) == Scaled::Output{1, 2, 3});
    const std::vector<Scaled::Input> xs{{1, 7, 1e6f}, {3, 7, 1e6f + 1}, {5, 7, 1e6f + 2}};
    standardize(net, xs);
    CHECK(net.layer<0>().tensor("mean", 0) == 3);
    CHECK(net.layer<0>().tensor("deviation", 0) == Approx(std::sqrt(8. / 3)));
    CHECK(net.layer<0>().tensor("deviation", 1) == 1); // a constant input
    CHECK(net.layer<0>().tensor("deviation", 2) == Approx(std::sqrt(2. / 3)));
    const auto y = net(xs[2]);
    CHECK(y[0] == Approx(std::sqrt(1.5)));
    CHECK(y[1] == 0);
    const Scaled before = net;
    standardize(net, std::span<const Scaled::Input>{});
    CHECK(std::ranges::equal(net.parameters(), before.parameters()));
}
