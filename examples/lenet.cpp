// LeNet-5: a convolutional net that reads digits, shown with its answers and the filters it has learnt.
//
// The sizes are those of PyTorch's tutorials; ReLU and maxima (LeCun et al., 1998, had Tanh and means). On
// MNIST at least 98.9% of the test digits are right after 5 epochs, for each of three seeds.
//
//     lenet [FOLDER [SEEDS [EPOCHS]]]
//
// FOLDER, by default $TENON_DATA/mnist, has the four IDX files of MNIST (train-images-idx3-ubyte, ...), plain
// or .gz. Without them, the program draws digits of seven segments, with noise. SEEDS nets are trained for
// EPOCHS epochs each, by default 3 for 5 epochs, or 1 for 2 epochs of drawn digits. The first net is written
// as lenet_net.hpp, for programs that contain it: tests/microcontroller runs it on a Cortex-M4F.
#include "digit_images.hpp"

#include <tenon/io.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace tenon;

using LeNet =
    Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<5, 5>, Relu, Padding<2, 2>>, // gives Shape<6, 28, 28>
        MaxPool<Shape<6, 28, 28>, Kernel<2, 2>>,                        // Shape<6, 14, 14>
        Conv2D<Shape<6, 14, 14>, 16, Kernel<5, 5>, Relu>,               // Shape<16, 10, 10>
        MaxPool<Shape<16, 10, 10>, Kernel<2, 2>>,                       // Shape<16, 5, 5>
        Flatten<Shape<16, 5, 5>>, Dense<400, 120, Relu>, Dense<120, 84, Relu>, Dense<84, 10, Softmax>>;
static_assert(LeNet::parameter_count == 61'706);

std::size_t best(const LeNet::Output& y) {
    return static_cast<std::size_t>(std::ranges::max_element(y) - y.begin());
}

void show_digits(const LeNet& net, const Digits& digits) {
    std::vector<Picture> pictures;
    for (std::size_t s = 0; s < 6; ++s) {
        const LeNet::Output y = net(digits.images[s]);
        char text[40];
        std::snprintf(text, sizeof text, "a %zu: answer %zu (%.1f%%)", digits.classes[s], best(y),
                      100. * static_cast<double>(y[best(y)]));
        pictures.emplace_back(28, 28, digits.images[s], text);
    }
    print(std::cout, pictures);
}

void show_filters(const LeNet& net) {
    std::vector<Picture> pictures;
    for (std::size_t o = 0; o < 6; ++o) {
        std::array<float, 25> weights{};
        for (std::size_t i = 0; i < 25; ++i) weights[i] = net.layer<0>().weight(o, 0, i / 5, i % 5);
        pictures.emplace_back(5, 5, weights, "filter " + std::to_string(o));
    }
    print(std::cout, pictures);
}

/// Trains a net, prints a line for each epoch and the time of training alone, and returns its accuracy.
double train(LeNet& net, const Digits& training, const Digits& test, std::uint64_t seed, std::size_t epochs) {
    initialize(net, seed);
    const std::size_t steps = epochs * ((training.images.size() + 31) / 32);
    const Scheduled optimizer{Adam{.learning_rate = 2e-3}, Cosine{.steps = steps}};
    using Optimizer = std::remove_const_t<decltype(optimizer)>;
    const auto trainer =
        std::make_unique<Trainer<LeNet, CrossEntropy, Optimizer, 32>>(net, CrossEntropy{}, optimizer);
    double right = 0, seconds = 0;
    std::clock_t start = std::clock();
    trainer->fit(training.images, training.classes, {.epochs = epochs, .batch = 32, .shuffle_seed = seed},
                 [&](const Epoch& epoch) {
                     seconds += static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
                     right = accuracy(net, test.images, test.classes);
                     std::printf("seed %d  epoch %2zu  loss %.4f  test %.2f%%  %.2f core-seconds\n",
                                 static_cast<int>(seed), epoch.number, epoch.loss, 100 * right, seconds);
                     std::fflush(stdout);
                     start = std::clock();
                 });
    return right;
}

int main(int count, char** arguments) try {
    const auto [is_mnist, training, test] = digits_for(count, arguments);
    const auto argument = [&](int i, int otherwise) {
        const int value = count > i ? std::atoi(arguments[i]) : otherwise;
        if (value < 1) throw Error{arguments[i], "a number greater than 0", "another argument"};
        return static_cast<std::size_t>(value);
    };
    const std::size_t seeds = argument(2, is_mnist ? 3 : 1), epochs = argument(3, is_mnist ? 5 : 2);
    print(std::cout, summary<LeNet>());
    std::puts(is_mnist ? "\nMNIST" : "\nDRAWN digits (no folder with MNIST's files was named)");

    const double wanted = is_mnist ? 0.989 : 0.97;
    bool all_good = true;
    for (std::size_t seed = 1; seed <= seeds; ++seed) {
        const auto net = std::make_unique<LeNet>(); // net and trainer take megabytes
        all_good = train(*net, training, test, seed, epochs) >= wanted && all_good;
        if (seed > 1) continue;
        std::puts("\ndigits of the test set, and the net's answers");
        show_digits(*net, test);
        std::puts("\nfilters of the first layer");
        show_filters(*net);
        write_header(*net, "lenet_net.hpp", "lenet_net");
    }
    if (!all_good) std::printf("FAILED: less than %.1f%% of the test digits are right\n", 100 * wanted);
    return all_good ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
