// A trainer: forward, backward and update of minibatches.
#include <tenon/tenon.hpp>

#include <span>

using namespace tenon;
using Mnist = Net<Dense<784, 128, Relu>, Dense<128, 10, Softmax>>;
using Learner = decltype(Trainer{std::declval<Mnist&>(), CrossEntropy{}, Adam{}, batch_size<64>});

float learn(Learner& trainer, std::span<const Mnist::Input> xs, std::span<const Mnist::Output> ts);
float learn(Learner& trainer, std::span<const Mnist::Input> xs, std::span<const Mnist::Output> ts) {
    return trainer.step(xs, ts);
}
