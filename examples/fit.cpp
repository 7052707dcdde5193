// All of fit: metrics, weights of rare classes, early stopping with the best weights, checkpoints, curves.
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>
#include <tenon/threads.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <vector>

using namespace tenon;
using Spirals = Net<Dense<2, 32, Tanh>, Dense<32, 32, Tanh>, Dense<32, 3, Softmax>>;

/// A metric of one's own: the largest error of an output.
struct LargestError {
    static constexpr const char* name = "largest error";
    template <class T, std::size_t Outputs> struct State {
        double largest = 0;
    };

    template <class State, class Answer> constexpr void add(State& state, const Answer& answer) const {
        for (std::size_t o = 0; o < Answer::outputs; ++o) {
            const double error = static_cast<double>(answer.output(o) - answer.target(o));
            if (error > state.largest) state.largest = error;
            if (-error > state.largest) state.largest = -error;
        }
    }
    template <class State> constexpr double value(const State& state) const { return state.largest; }
};

int main() {
    // Three spirals; the third one is rare.
    std::vector<Spirals::Input> xs;
    std::vector<std::uint8_t> classes;
    Random random{1};
    for (std::size_t i = 0; i < 1200; ++i) {
        const std::size_t spiral = i % 9 < 4 ? 0 : i % 9 < 8 ? 1 : 2;
        const double radius = 0.1 + 0.9 * random.uniform(),
                     angle = 4 * radius + 2.094395 * static_cast<double>(spiral) + 0.15 * random.normal();
        xs.push_back(
            {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))});
        classes.push_back(static_cast<std::uint8_t>(spiral));
    }
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "tenon_fit";
    std::filesystem::create_directories(folder);
    const auto checkpoint = folder / "spirals.checkpoint";
    std::filesystem::remove(checkpoint);

    Spirals net, best;
    initialize(net, 1);
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.01}};

    const std::array class_weights{0.75, 0.75, 3.};
    decltype(trainer)::FitOptions options{.epochs = 60,
                                          .batch = 64,
                                          .shuffle_seed = 7,
                                          .validation_share = 0.25,
                                          .patience = 15,
                                          .best = &best,
                                          .reduce_on_plateau = ReduceOnPlateau{.factor = 0.5, .patience = 5},
                                          .class_weights = class_weights,
                                          .threads = 2};

    // Ten epochs, as if the program had ended there; then on from the checkpoint.
    options.epochs = 10;
    trainer.fit(xs, classes, options, [&](const Epoch&) { save_checkpoint(trainer, best, checkpoint); });

    options.epochs = 60;
    if (exists(checkpoint)) options.first_epoch = resume(trainer, best, checkpoint);
    Progress progress{std::cout};
    const auto history = trainer.fit(xs, classes, options, Accuracy{}, F1{}, Auc{}, LargestError{}, progress);
    progress.finish();

    write_history(history, folder / "spirals.csv");
    write_curves(history, folder / "spirals.svg");
    std::cout << "best epoch " << history.best.number << ", F1 " << history.best[F1{}] << '\n';

    // The net has the weights of the best epoch.
    const double accuracy_of_all = measure(net, Accuracy{}, xs, classes);
    std::cout << "accuracy of all samples " << accuracy_of_all << ", curves in " << folder << '\n';
    return options.first_epoch == 11 && accuracy_of_all > 0.9 ? 0 : 1;
}
