// LeNet-5: a convolutional net that reads digits, shown with its answers and the filters it has learnt.
//
// The sizes are those of PyTorch's tutorials; ReLU and maxima (LeCun et al., 1998, had Tanh and means). On
// MNIST at least 98.9% of the test digits are right after 5 epochs.
//
//     lenet [FOLDER]
//
// FOLDER has the four IDX files of MNIST (train-images-idx3-ubyte, ...), plain or .gz. Without it, the
// program draws digits of seven segments, with noise.
#include "drawn_digits.hpp"

#include <tenon/io.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
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
using Image = LeNet::Input;

struct Digits {
    std::vector<Image> images{};
    std::vector<std::size_t> classes{};
};

std::size_t best(const LeNet::Output& y) {
    return static_cast<std::size_t>(std::ranges::max_element(y) - y.begin());
}

Digits read_digits(const std::filesystem::path& folder, const std::string& name) {
    const auto file = [&](const std::string& kind) {
        const std::filesystem::path plain = folder / (name + kind);
        return exists(plain) ? plain : folder / (name + kind + ".gz");
    };
    const auto samples =
        read_idx(file("-images-idx3-ubyte"), file("-labels-idx1-ubyte"), 10).samples<LeNet>();
    Digits digits{samples.inputs};
    for (const auto& one_hot : samples.targets) digits.classes.push_back(best(one_hot));
    return digits;
}

/// Digits of 8 x 8 pixels, three times as large, in a frame: a net without parameters makes the images.
Digits drawn_digits(std::size_t count, std::uint64_t seed) {
    constexpr Net<Upsample<Shape<1, 8, 8>, ScaleFactor<3, 3>, Bilinear>, Pad<Shape<1, 24, 24>, Padding<2, 2>>>
        enlarge;
    Digits digits;
    draw_digits(count, seed, [&](std::size_t digit, std::array<float, 64> image) {
        for (float& pixel : image) pixel /= 16;
        digits.images.push_back(enlarge(image));
        digits.classes.push_back(digit);
    });
    return digits;
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

int main(int count, char** arguments) try {
    const bool is_real = count > 1;
    const Digits training = is_real ? read_digits(arguments[1], "train") : drawn_digits(3000, 1),
                 test = is_real ? read_digits(arguments[1], "t10k") : drawn_digits(1000, 2);
    print(std::cout, summary<LeNet>());
    std::puts(is_real ? "\nMNIST" : "\nDRAWN digits (no folder with MNIST's files was named)");

    const auto net = std::make_unique<LeNet>(); // net and trainer take megabytes
    initialize(*net, 1);
    const std::size_t epochs = is_real ? 5 : 2;
    const std::size_t steps = epochs * ((training.images.size() + 31) / 32);
    const Scheduled optimizer{Adam{.learning_rate = 2e-3}, Cosine{.steps = steps}};
    using Optimizer = std::remove_const_t<decltype(optimizer)>;
    const auto trainer =
        std::make_unique<Trainer<LeNet, CrossEntropy, Optimizer, 32>>(*net, CrossEntropy{}, optimizer);
    const auto start = std::chrono::steady_clock::now();
    trainer->fit(training.images, training.classes, {.epochs = epochs, .batch = 32, .shuffle_seed = 1},
                 [&](const Epoch& epoch) {
                     const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
                     std::printf("epoch %zu  loss %.4f  test %.2f%%  after %.1f s\n", epoch.number,
                                 epoch.loss, 100 * accuracy(*net, test.images, test.classes), taken.count());
                     std::fflush(stdout);
                 });

    std::puts("\ndigits of the test set, and the net's answers");
    show_digits(*net, test);
    std::puts("\nfilters of the first layer");
    show_filters(*net);
    const double right = accuracy(*net, test.images, test.classes), wanted = is_real ? 0.989 : 0.97;
    if (right < wanted) std::printf("FAILED: less than %.1f%% of the test digits are right\n", 100 * wanted);
    return right < wanted ? 1 : 0;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
