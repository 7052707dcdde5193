// The flagship: learns to tell thyroid patients apart, from real data.
//
// The data are those of the Proben1 benchmark (Prechelt, 1994): 7200 patients, 21 facts and blood values
// about each, three diagnoses. Shows training as it goes, and what came of it on patients never seen before;
// writes the trained net as a header, which thyroid_embedded.cpp holds as a constant.
//
//     thyroid [FOLDER]
//
// FOLDER has thyroid.train and thyroid.test of Debian's package libfann-doc; without it, data are made up.
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include "thyroid.hpp"

#include <cstdio>
#include <iostream>
#include <limits>

using namespace tenon;

// The network is a type: what does not fit does not compile.
using Thyroid = Net<Dense<21, 16, Tanh>, Dense<16, 8, Tanh>, Dense<8, 3, Softmax>>;

/// The net of the epoch that did best on the validation samples, from a random start.
Thyroid trained(const Samples<Thyroid>& train, const Samples<Thyroid>& validation) {
    Thyroid net, best;
    initialize(net, 1);
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 3e-3, .weight_decay = 1e-3}, batch_size<64>};

    Progress progress{std::cout};
    double lowest = std::numeric_limits<double>::infinity();
    const auto after_each_epoch = [&](const Epoch& epoch) {
        progress(epoch, accuracy(net, validation.inputs, validation.targets));
        if (epoch.validation_loss < lowest) {
            lowest = epoch.validation_loss;
            best = net; // a net is a value
        }
    };
    const History history = trainer.fit(train.inputs, train.targets,
                                        {.epochs = 1000,
                                         .batch = 64,
                                         .shuffle_seed = 1,
                                         .validation = {validation.inputs, validation.targets},
                                         .patience = 200},
                                        after_each_epoch);
    progress.finish();
    std::cout << '\n';
    print(std::cout, history);
    return best;
}

/// The same net for values as they come: its first layer does what `scale` did, W ((x - mean) / deviation) +
/// b.
Thyroid without_scaling(Thyroid net, const Standardize& scale) {
    auto first = net.layer<0>();
    for (std::size_t unit = 0; unit < 16; ++unit)
        for (std::size_t input = 0; input < Thyroid::inputs; ++input) {
            float& weight = first.weight(unit, input);
            weight /= static_cast<float>(scale.deviation[input]);
            first.bias(unit) -= weight * static_cast<float>(scale.mean[input]);
        }
    return net;
}

int main(int count, char** arguments) try {
    Data data = count > 1 ? read_data(arguments[1]) : made_up_data();
    data.train.shuffle(1);
    auto [train, validation] = data.train.split(0.8);
    std::cout << data.story << ": " << train.size() << " patients to learn from, " << validation.size()
              << " to choose by, " << data.test.size() << " to test\n\n";
    print(std::cout, summary<Thyroid>());
    std::cout << '\n';

    const Standardize scale{train};
    scale(train);
    scale(validation);
    const Thyroid net =
        without_scaling(trained(train.samples<Thyroid>(), validation.samples<Thyroid>()), scale);

    const auto test = data.test.samples<Thyroid>();
    const auto matrix = confusion_matrix(net, test.inputs, test.targets);
    const double right = matrix.accuracy(), most_frequent = share_of_most_frequent(matrix);
    std::cout << "\nThe net of the best epoch, evaluated on the test patients:\n\n";
    print(std::cout, matrix, diagnoses);
    std::printf(
        "\n%.1f%% of the predictions are right; to predict healthy for all would be right for %.1f%%.\n",
        100 * right, 100 * most_frequent);

    write_header(net, "thyroid_net.hpp", "thyroid_net");
    write_predictions(net, test.inputs, "thyroid_predictions.bin");
    std::puts("The net is in thyroid_net.hpp.");
    return right > most_frequent + 0.03 ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
