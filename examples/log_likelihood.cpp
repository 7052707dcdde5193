// A classifier trained by log-likelihood.
//
// It gives log-probabilities (LogSoftmax) and is trained to make the classes that were seen likely
// (NegativeLogLikelihood): the same as Softmax with CrossEntropy, said in the statisticians' way.
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;
using Classifier = Net<Dense<2, 3, LogSoftmax>>;

int main() {
    // Three clouds of points around (0, 2), (-2, -1) and (2, -1), the class of each point its cloud's number.
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

    int right = 0;
    double log_likelihood = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const Classifier::Output y = net(points[i]);
        log_likelihood += static_cast<double>(y[static_cast<std::size_t>(classes[i])]);
        right += class_of(y) == static_cast<std::size_t>(classes[i]);
    }
    const double mean = log_likelihood / 300;
    std::printf(
        "mean log-likelihood %.3f (guessing: %.3f), that is a probability of %.2f for the true class\n", mean,
        std::log(1. / 3), std::exp(mean));
    std::printf("%d of 300 points in the right class; loss of the last epoch %.3f\n", right,
                history.last.loss);
    return right > 270 && mean > -0.3 ? 0 : 1;
}
