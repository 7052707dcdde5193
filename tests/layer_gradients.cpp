// Compares the gradient of each layer with central differences: as the first, a middle and the last layer, in
// nested nets and containers; outside training, and in training with Dropout's masks and BatchNorm's groups.
#include "differences.hpp"

#include <cstddef>
#include <memory>
#include <ratio>
#include <span>
#include <tuple>
#include <vector>

using namespace tenon;

namespace {

constexpr std::size_t group = 8;

template <class Net, class Loss> using Fresh = Trainer<Net, Loss, Sgd, group>;

/// One step with learning rate 0 of a copy of the net: always the first, so its masks are always the same.
template <class Net, class Loss, class Use>
void step_of_copy(const Net& net, std::span<const typename Net::Input> xs,
                  std::span<const typename Net::Output> ts, Use use) {
    Net copy = net;
    Fresh<Net, Loss> trainer(copy, Loss{}, Sgd{.learning_rate = 0});
    const double loss = trainer.step(xs, ts);
    use(loss, trainer.gradient());
}

template <class Net> std::vector<bool> trained_parameters() {
    std::vector<bool> trained(Net::parameter_count, true);
    detail::for_each_untrained<detail::StackOf<Net>>([&](std::size_t p) { trained[p] = false; });
    return trained;
}

/// Relative 1e-6, of 1e-3 times the largest derivative for derivatives smaller than that. 0 for parameters
/// that are not trained.
template <class Net, class F> double error(Net& net, std::span<const double> found, F loss) {
    const std::vector<bool> trained = trained_parameters<Net>();
    std::vector<double> wanted;
    double largest = 0;
    for (std::size_t p = 0; p < Net::parameter_count; ++p) {
        wanted.push_back(trained[p] ? derivative(loss, net.parameters()[p]) : 0);
        largest = std::max(largest, std::abs(wanted.back()));
        if (!trained[p] && found[p] != 0) return 1e300;
    }
    REQUIRE(largest > 1e-3);
    return largest_error(found, wanted, 1e-3 * largest);
}

template <class Net, class Loss> void check_layer_gradients() {
    Net net;
    fill_random(net.parameters(), 11, 0.1, 0.9); // variances and deviations are positive
    const auto xs = random_samples<typename Net::Input>(19, 100, -1.5, 1.5);
    const auto ts = random_samples<typename Net::Output>(19, 200, takes_shares<Loss> ? 0.05 : -1, 1);
    for (const std::size_t s : {std::size_t{0}, xs.size() - 1}) {
        const auto of_one = gradient(net, Loss{}, xs[s], ts[s]);
        CHECK(error(net, of_one, [&] {
                  return evaluate(net, Loss{}, std::span(xs).subspan(s, 1), std::span(ts).subspan(s, 1));
              }) < 1e-6);
    }
    for (const std::size_t samples : {std::size_t{1}, std::size_t{2}, group - 1, group, xs.size()}) {
        const std::span inputs = std::span(xs).first(samples);
        const std::span targets = std::span(ts).first(samples);
        INFO(samples << " samples");
        step_of_copy<Net, Loss>(net, inputs, targets, [&](double, std::span<const double> found) {
            CHECK(error(net, found, [&] {
                      double loss = 0;
                      step_of_copy<Net, Loss>(net, inputs, targets,
                                              [&](double value, auto) { loss = value; });
                      return loss;
                  }) < 1e-6);
        });
    }
}

template <std::size_t N> using Values = Shape<N>;
using Picture = Shape<2, 3, 3>;

using Factors = std::tuple<
    Case<Net64<PRelu<Values<3>>, Dense<3, 17>, PRelu<Values<17>>, Dense<17, 2>, PRelu<Values<2>>>,
         MeanSquaredError>,
    Case<Net64<Scale<Values<3>>, Dense<3, 9, Tanh>, Scale<Values<9>>, Dense<9, 2>, Scale<Values<2>>>,
         MeanSquaredError>,
    Case<Net64<Dense<4, 18, Tanh>, Unflatten<Picture>, PRelu<Picture>, Flatten<Picture>, Dense<18, 2>>,
         HalfSquaredError>,
    Case<Net64<Flatten<Picture>, Dense<18, 2>, Net<PRelu<Values<2>>, Flatten<Values<2>>>>, HalfSquaredError>,
    Case<Net64<Dropout<Values<3>, 20>, Dense<3, 9, Tanh>, Dropout<Values<9>, 30>,
               Net<Dense<9, 5>, Dropout<Values<5>, 10>>>,
         MeanSquaredError>>;
using Norms = std::tuple<
    Case<Net64<BatchNorm<Values<3>>, Dense<3, 9>,
               BatchNorm<Values<9>, std::ratio<3, 10>, std::ratio<1, 100>, false>, Activate<Values<9>, Tanh>,
               Dense<9, 2>, BatchNorm<Values<2>>>,
         MeanSquaredError>,
    Case<Net64<LayerNorm<Values<3>>, Dense<3, 17, Tanh>, LayerNorm<Values<17>, std::ratio<1, 100>, false>,
               Dense<17, 3>, Net<LayerNorm<Values<3>>>>,
         MeanSquaredError>,
    Case<Net64<BatchNorm<Picture>, PRelu<Picture>, Scale<Picture>, Net<BatchNorm<Picture>, Flatten<Picture>>,
               Dense<18, 3, Softmax>>,
         CrossEntropy>>;
using Containers = std::tuple<
    Case<Net64<Residual<Dense<4, 4, Sigmoid>>,
               Residual<Dense<4, 7, Gelu>, Residual<Dense<7, 7, Tanh>>, BatchNorm<Values<7>>, Dense<7, 4>>,
               Net<Residual<PRelu<Values<4>>, Dropout<Values<4>, 20>>>>,
         MeanSquaredError>,
    // 16 outputs: the last branch begins within a register
    Case<Net64<Concat<Dense<3, 4, Tanh>, Net<Dense<3, 5, Gelu>, Dense<5, 9, Softmax>>, BatchNorm<Values<3>>>,
               Dense<16, 6>,
               Concat<Residual<Dense<6, 6, Silu>>, Split<Dense<2, 3, Tanh>, Dropout<Values<4>, 30>>,
                      Dense<6, 3, Softmax>>>,
         MeanSquaredError>,
    Case<Net64<Split<Dense<2, 9, Tanh>, PRelu<Values<1>>, Dense<3, 6, Softmax>>,
               Split<Concat<Dense<9, 3, Gelu>, Activate<Values<9>, Silu>>, Scale<Values<7>>>,
               Split<Dense<12, 9, Tanh>, Dense<7, 7, Gelu>>>,
         MeanSquaredError>>;
using Fixed = std::tuple<
    Case<Net64<Frozen<Dense<3, 4, Tanh>>, Dense<4, 5, Gelu>,
               Frozen<Net<Dense<5, 6, Silu>, BatchNorm<Values<6>>, Dropout<Values<6>, 30>, PRelu<Values<6>>>>,
               Dense<6, 3>, Frozen<Scale<Values<3>>>>,
         MeanSquaredError>,
    Case<Net64<Dense<3, 4, Tanh>, Concat<Frozen<Residual<Dense<4, 4, Gelu>>>, Dense<4, 3>>,
               Residual<Frozen<Dense<7, 5>>, Dense<5, 7, Tanh>, Frozen<BatchNorm<Values<7>>>>,
               Frozen<Dense<7, 3, Softmax>>>,
         CrossEntropy>>;

} // namespace

TEMPLATE_LIST_TEST_CASE("layers with factors: the gradient is the derivative", "", Factors) {
    check_layer_gradients<typename TestType::Net, typename TestType::Loss>();
}
TEMPLATE_LIST_TEST_CASE("layers that normalise: the gradient is the derivative", "", Norms) {
    check_layer_gradients<typename TestType::Net, typename TestType::Loss>();
}
TEMPLATE_LIST_TEST_CASE("layers that join and split: the gradient is the derivative", "", Containers) {
    check_layer_gradients<typename TestType::Net, typename TestType::Loss>();
}
TEMPLATE_LIST_TEST_CASE("frozen layers: the gradient of the others is the derivative", "", Fixed) {
    check_layer_gradients<typename TestType::Net, typename TestType::Loss>();
}
