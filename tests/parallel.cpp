// fit has the same result with any number of threads, for many sizes of minibatches.
#include "same_fit.hpp"

#include <cstdint>
#include <vector>

using namespace tenon;

namespace {

template <class Net, class Loss, std::size_t Batch = 32, class Optimizer>
void check_sizes(Optimizer optimizer) {
    // whole and partial blocks, blocks of one sample, more and fewer blocks than threads
    const auto xs = random_samples<typename Net::Input>(330, 1);
    const auto ts = random_samples<typename Net::Output>(330, 2, 0, 1);
    for (const std::size_t batch : {31u, 64u, 65u, 128u, 129u, 200u, 330u}) {
        check_same<Net, Loss, Batch>(optimizer, xs, ts, {.epochs = 2, .batch = batch});
        check_same<Net, Loss, Batch>(optimizer, xs, ts, {.epochs = 1, .batch = batch, .shuffle_seed = 3});
    }
}

using Small = Net<Dense<3, 5, Gelu>, Dense<5, 2>>;
using Small64 = NetOf<double, Dense<3, 17, Tanh>, Dense<17, 4, Softmax>>;
using Odd = Net<Dense<9, 33, Relu>, Net<Dense<33, 20, Sigmoid, false>>, Dense<20, 5, Softmax>>;

} // namespace

TEST_CASE("fit has the same weights, losses and state with any number of threads: Sgd, momentum") {
    check_sizes<Small, MeanSquaredError, 64>(Sgd{.learning_rate = 0.1});
    check_sizes<Small64, CrossEntropy>(
        Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01});
}

TEST_CASE("fit has the same weights, losses and state with any number of threads: Adam") {
    check_sizes<Odd, CrossEntropy>(Adam{.learning_rate = 0.01});
    check_sizes<NetOf<double, Dense<9, 33, Relu>, Dense<33, 1, Sigmoid>>, BinaryCrossEntropy, 17>(Adam{});
}

TEST_CASE("fit with threads accepts class indices of every type, in any order, and validates") {
    const auto xs = random_samples<Odd::Input>(150, 1);
    const auto outputs = random_samples<Odd::Output>(150, 2, 0, 1);
    std::vector<std::uint8_t> bytes(150);
    std::vector<long long> longs(150);
    for (std::size_t s = 0; s < 150; ++s) longs[s] = bytes[s] = static_cast<std::uint8_t>(s * 7 % 5);
    check_same<Odd, CrossEntropy>(Adam{}, xs, bytes, {.epochs = 2, .batch = 70});
    check_same<Odd, CrossEntropy>(
        Adam{}, xs, longs,
        {.epochs = 4, .batch = 100, .shuffle_seed = 1, .validation = {xs, outputs}, .patience = 2});
    longs[90] = -1; // no class: nothing is trained
    CHECK(After<Odd, CrossEntropy, Adam, 32, std::vector<long long>>(Adam{}, xs, longs,
                                                                     {.batch = 75, .threads = 2})
              .history.outcome == Outcome::bad_label);
}
