// MNIST: classifies handwritten digits, with an accuracy of at least 97.3% for each of three seeds.
//
// 784-128-10 with ReLU and Softmax, cross-entropy, Adam, batches of 64, 5 epochs.
//
//     mnist FOLDER      which contains the four IDX files (train-images-idx3-ubyte, ...), plain or .gz
#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

using namespace tenon;
using Mnist = Net<Dense<784, 128, Relu>, Dense<128, 10, Softmax>>;

Dataset read_images(const std::filesystem::path& folder, const std::string& name) {
    const auto file = [&](const std::string& kind) {
        const std::filesystem::path plain = folder / (name + kind);
        return exists(plain) ? plain : folder / (name + kind + ".gz");
    };
    return read_idx(file("-images-idx3-ubyte"), file("-labels-idx1-ubyte"), 10);
}

int main(int count, char** arguments) try {
    if (count != 2) {
        std::cerr << "usage: mnist FOLDER (which contains train-images-idx3-ubyte and the other three files "
                     "of MNIST, "
                     "plain or .gz)\n";
        return 2;
    }
    const auto train = read_images(arguments[1], "train").samples<Mnist>();
    const auto test = read_images(arguments[1], "t10k").samples<Mnist>();
    print(std::cout, summary<Mnist>());

    bool all_accurate = true;
    for (const unsigned seed : {1u, 2u, 3u}) {
        Mnist net; // net and trainer take 3 MB of stack
        initialize(net, seed);
        Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 1e-3}, batch_size<64>};
        std::cout << "\nseed " << seed << '\n';
        using Clock = std::chrono::steady_clock;
        auto start = Clock::now();
        const auto after_each_epoch = [&](const Epoch& epoch) {
            const std::chrono::duration<double> taken = Clock::now() - start;
            std::printf("  epoch %zu  loss %.4f  test %.2f%%  training %.2f s\n", epoch.number, epoch.loss,
                        100 * accuracy(net, test.inputs, test.targets), taken.count());
            std::fflush(stdout);
            start = Clock::now();
        };
        trainer.fit(train.inputs, train.targets, {.epochs = 5, .batch = 64, .shuffle_seed = seed},
                    after_each_epoch);
        const auto confusion = confusion_matrix(net, test.inputs, test.targets);
        if (seed == 3) {
            std::cout << '\n';
            print(std::cout, confusion);
        }
        all_accurate = all_accurate && confusion.accuracy() >= 0.973;
    }
    std::cout << (all_accurate ? "\nat least 97.3% for each seed\n"
                               : "\nFAILED: less than 97.3% for a seed\n");
    return all_accurate ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
