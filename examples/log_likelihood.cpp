// A classifier trained by maximum likelihood.
//
// The net's outputs are log-probabilities (LogSoftmax), and training maximises the log-likelihood of the
// observed classes (NegativeLogLikelihood). This is equivalent to Softmax with CrossEntropy.
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;
using Classifier = Net<Dense<2, 3, LogSoftmax>>;

int main() {
    // Three clusters of points around (0, 2), (-2, -1) and (2, -1). The class of a point is the index of its
    // cluster.
    const float centres[3][2] = {{0, 2}, {-2, -1}, {2, -1}};
    std::vector<Classifier::Input> points;
    std::vector<int> classes;
    Random random{1};
    for (int i = 0; i < 300; ++i) {
        const auto& centre = centres[i % 3];
        points.push_back({centre[0] + static_cast<float>(random.normal()),
                          centre[1] + static_cast<float>(random.normal())});
        classes.push_back(i % 3);
    }

    Classifier net;
    initialize(net, 1);
    Trainer trainer{net, NegativeLogLikelihood{}, Adam{.learning_rate = 0.05}};
    const History history = trainer.fit(points, classes, {.epochs = 50, .shuffle_seed = 1});

    int correct = 0;
    double log_likelihood = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Classifier::Output y = net(points[i]);
        log_likelihood += static_cast<double>(y[static_cast<std::size_t>(classes[i])]);
        correct += class_of(y) == static_cast<std::size_t>(classes[i]);
    }
    const double mean = log_likelihood / 300;
    std::printf(
        "mean log-likelihood %.3f (guessing: %.3f): on average a probability of %.2f for the true class\n",
        mean, std::log(1. / 3), std::exp(mean));
    std::printf("%d of 300 points classified correctly; loss of the last epoch %.3f\n", correct,
                history.last.loss);
    return correct > 270 && mean > -0.3 ? 0 : 1;
}
