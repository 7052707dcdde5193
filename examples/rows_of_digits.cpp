// Rows of digits: an LSTM reads images row by row, and says after each row what it has seen so far.
//
// It is trained as Net<Sequence<28, ...>>, whose 28 steps are the rows of an image, and runs as a net that
// remembers: the same parameters, one row a step. On MNIST at least 98% of the test digits are right.
//
//     rows_of_digits [FOLDER]
//
// FOLDER, by default $TENON_DATA/mnist, has the four IDX files of MNIST; without them the program draws
// digits.
#include "digit_images.hpp"

#include <tenon/io.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

using Reader = Net<LSTM<28, 64>, Dense<64, 10, Softmax>>; // takes a row, gives probabilities
using Trained = Net<Sequence<28, LSTM<28, 64>>, LastStep<Shape<28, 64>>, Dense<64, 10, Softmax>>;
static_assert(Reader::parameter_count == Trained::parameter_count);

/// Trains the net with a rising and falling learning rate, and returns its accuracy.
double train(Trained& net, const Digits& training, const Digits& test, std::size_t epochs) {
    initialize(net, 1);
    const std::size_t steps = epochs * ((training.images.size() + 63) / 64);
    const Scheduled optimizer{Adam{.learning_rate = 4e-3}, OneCycle{.steps = steps, .cycle_momentum = false}};
    using Optimizer = std::remove_const_t<decltype(optimizer)>;
    const auto trainer =
        std::make_unique<Trainer<Trained, CrossEntropy, Optimizer, 64>>(net, CrossEntropy{}, optimizer);
    const std::clock_t start = std::clock();
    trainer->fit(training.images, training.classes, {.epochs = epochs, .batch = 64, .shuffle_seed = 1},
                 [&](const Epoch& epoch) {
                     std::printf("epoch %zu  loss %.4f  %.1f core-seconds\n", epoch.number, epoch.loss,
                                 static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
                     std::fflush(stdout);
                 });
    return accuracy(net, test.images, test.classes);
}

/// Prints a digit, and beside each row the answer so far.
void read_row_by_row(const Reader& net, const Digits& digits, std::size_t digit) {
    State<Reader> state;
    std::printf("\na %zu\n", digits.classes[digit]);
    for (std::size_t row = 0; row < 28; ++row) {
        Reader::Input x;
        std::ranges::copy(std::span(digits.images[digit]).subspan(28 * row, 28), x.begin());
        const Reader::Output y = net.step(state, x);
        for (const float pixel : x)
            std::putchar(" .:*#"[static_cast<std::size_t>(4.99f * std::min(pixel, 1.f))]);
        const auto best = std::ranges::max_element(y);
        if (row % 3 == 0 || row == 27)
            std::printf("  %d with %.0f%%", static_cast<int>(best - y.begin()),
                        100 * static_cast<double>(*best));
        std::putchar('\n');
    }
}

/// The share of right answers, all digits at once: a stream for each, a row of each in every step.
double streamed_accuracy(const Reader& net, const Digits& digits) {
    const std::size_t count = digits.images.size();
    std::vector<State<Reader>> states(count);
    std::vector<Reader::Input> xs(count);
    std::vector<Reader::Output> ys(count);
    for (std::size_t row = 0; row < 28; ++row) {
        for (std::size_t i = 0; i < count; ++i)
            std::ranges::copy(std::span(digits.images[i]).subspan(28 * row, 28), xs[i].begin());
        net.step(states, xs, ys);
    }
    std::size_t right = 0;
    for (std::size_t i = 0; i < count; ++i)
        right += std::ranges::max_element(ys[i]) - ys[i].begin() == static_cast<int>(digits.classes[i]);
    return static_cast<double>(right) / static_cast<double>(count);
}

int main(int count, char** arguments) try {
    const auto [is_mnist, training, test] = digits_for(count, arguments);
    print(std::cout, summary<Trained>());
    std::puts(is_mnist ? "\nMNIST" : "\nDRAWN digits (no folder with MNIST's files was named)");

    const auto trained = std::make_unique<Trained>();
    const double right = train(*trained, training, test, is_mnist ? 4 : 12);
    Reader reader;
    std::ranges::copy(trained->parameters(), reader.parameters().begin());
    for (const std::size_t digit : {std::size_t{0}, std::size_t{1}}) read_row_by_row(reader, test, digit);

    const double streamed = streamed_accuracy(reader, test);
    std::printf("\n%zu test digits: %.2f%% are right, row by row %.2f%%\n", test.images.size(), 100 * right,
                100 * streamed);
    if (right >= 0.98 && std::abs(right - streamed) < 0.001) return 0;
    std::puts("FAILED: less than 98%, or others row by row");
    return 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
