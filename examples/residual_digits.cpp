// A residual net that reads digits, trained by a loop of one's own on copies of the images that are shifted.
//
// Convolutions with batch normalisation, two in each residual block (He et al., 2016). Before each step the
// images of a minibatch are copied and moved by up to 2 pixels, so that no epoch is like another. The same
// loop trains LeNet-5 without shifts, whose error on MNIST is larger, though it has four times as many
// parameters.
//
//     residual_digits [FOLDER]
//
// FOLDER, by default $TENON_DATA/mnist, has the four IDX files of MNIST, plain or .gz. Without them, the
// program draws digits of seven segments, with noise.
#include "digit_images.hpp"

#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

// A convolution before BatchNorm needs no bias, because BatchNorm has one.
template <class Values, std::size_t Out, class... Options>
using Filters = Conv2D<Values, Out, Kernel<3, 3>, Padding<1, 1>, NoBias, Options...>;
template <class Values> using Rectify = Activate<Values, Relu>;

template <class Values, std::size_t Channels>
using ResidualBlock = Net<Residual<Filters<Values, Channels>, BatchNorm<Values>, Rectify<Values>,
                                   Filters<Values, Channels>, BatchNorm<Values>>,
                          Rectify<Values>>;

using Large = Shape<12, 14, 14>;
using Small = Shape<24, 7, 7>;
using ResidualNet =
    Net<Filters<Shape<1, 28, 28>, 12, Stride<2, 2>>, BatchNorm<Large>, Rectify<Large>,
        ResidualBlock<Large, 12>, Filters<Large, 24, Stride<2, 2>>, BatchNorm<Small>, Rectify<Small>,
        ResidualBlock<Small, 24>, GlobalAveragePool<Small>, Dense<24, 10, Softmax>>;

using LeNet = Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<5, 5>, Relu, Padding<2, 2>>,
                  MaxPool<Shape<6, 28, 28>, Kernel<2, 2>>, Conv2D<Shape<6, 14, 14>, 16, Kernel<5, 5>, Relu>,
                  MaxPool<Shape<16, 10, 10>, Kernel<2, 2>>, Flatten<Shape<16, 5, 5>>, Dense<400, 120, Relu>,
                  Dense<120, 84, Relu>, Dense<84, 10, Softmax>>;

/// The image moved down and to the right by `rows` and `columns`, which may be negative; zeros come in.
Image shifted(const Image& image, int rows, int columns) {
    Image result{};
    for (int row = std::max(0, rows); row < std::min(28, 28 + rows); ++row)
        for (int column = std::max(0, columns); column < std::min(28, 28 + columns); ++column)
            result[static_cast<std::size_t>(28 * row + column)] =
                image[static_cast<std::size_t>(28 * (row - rows) + column - columns)];
    return result;
}

struct Settings {
    const char* name;
    std::size_t epochs, batch;
    double learning_rate;
    int max_shift; ///< in pixels
};

/// A random integer from -largest to largest.
int random_shift(Random& random, int largest) {
    return static_cast<int>(random() % static_cast<unsigned>(2 * largest + 1)) - largest;
}

/// Trains a net, and returns its error: the share of the test digits that it gets wrong.
template <class N> double error_of(const Settings& settings, const Digits& training, const Digits& test) {
    const std::size_t count = training.images.size(), batch = settings.batch,
                      steps = (count + batch - 1) / batch;
    const auto net = std::make_unique<N>(); // net and trainer take megabytes
    initialize(*net, 1);
    const Scheduled optimizer{Adam{.learning_rate = settings.learning_rate},
                              OneCycle{.steps = settings.epochs * steps, .cycle_momentum = false}};
    using Optimizer = std::remove_const_t<decltype(optimizer)>;
    const auto trainer =
        std::make_unique<Trainer<N, CrossEntropy, Optimizer, 64>>(*net, CrossEntropy{}, optimizer);

    Random random{1};
    std::vector<Image> images(batch);
    std::vector<std::size_t> classes(batch);
    double error = 1;
    const std::clock_t start = std::clock();
    for (std::size_t epoch = 1; epoch <= settings.epochs; ++epoch) {
        const std::vector<std::size_t> order = shuffled_indices(count, epoch);
        double loss = 0;
        for (std::size_t first = 0; first < count; first += batch) {
            const std::size_t n = std::min(batch, count - first);
            for (std::size_t s = 0; s < n; ++s) {
                const std::size_t i = order[first + s];
                const int rows = random_shift(random, settings.max_shift),
                          columns = random_shift(random, settings.max_shift);
                images[s] = shifted(training.images[i], rows, columns);
                classes[s] = training.classes[i];
            }
            loss +=
                static_cast<double>(trainer->step(std::span(images).first(n), std::span(classes).first(n)));
        }
        error = 1 - accuracy(*net, test.images, test.classes);
        std::printf("%-12s epoch %zu  loss %.4f  test error %.2f%%  %.1f core-seconds\n", settings.name,
                    epoch, loss / static_cast<double>(steps), 100 * error,
                    static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
        std::fflush(stdout);
    }
    return error;
}

int main(int count, char** arguments) try {
    const auto [is_mnist, training, test] = digits_for(count, arguments);
    print(std::cout, summary<ResidualNet>());
    std::puts(is_mnist ? "\nMNIST" : "\nDRAWN digits (no folder with MNIST's files was named)");

    const std::size_t epochs = 4;
    const double residual = error_of<ResidualNet>({"residual net", epochs, 64, 1e-2, 2}, training, test);
    const double lenet = error_of<LeNet>({"LeNet-5", 5, 32, 2e-3, 0}, training, test);
    std::printf("\nwrong test digits: residual net %.2f%%, LeNet-5 %.2f%%\n", 100 * residual, 100 * lenet);
    const bool good = is_mnist ? residual < lenet : residual < 0.03;
    if (!good) std::puts(is_mnist ? "FAILED: LeNet-5 is better" : "FAILED: 3% or more are wrong");
    return good ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
