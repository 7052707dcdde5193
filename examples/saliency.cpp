// Saliency: what a net looks at. The gradient with respect to the input as a picture, for handwritten digits.
//
// The gradient is that of log p(digit) - log p(second), where second is the net's second choice, times the
// standard deviation of each pixel: dark pixels speak for the digit, those in brackets against it. The
// figure: if the pixels with the largest influence are replaced by their mean over all digits, the net fails
// far more often than if as many random pixels are.
//
//     saliency [FOLDER]
//
// FOLDER has optdigits.tra and optdigits.tes (Alpaydin and Kaynak, 1998: 8 x 8 pixels from 0 to 16) as CSV
// files; the default is $TENON_DATA/optdigits. Without it, the program draws digits of seven segments.
#include "drawn_digits.hpp"

#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <numeric>
#include <span>
#include <vector>

using namespace tenon;

using Reader = Net<Scale<Shape<64>>, Dense<64, 96, Relu>, Dense<96, 10, Softmax>>;
using Image = Reader::Input;

struct Digits {
    std::vector<Image> images{};
    std::vector<std::size_t> classes{};
};

std::size_t best(const Reader::Output& y) {
    return static_cast<std::size_t>(std::ranges::max_element(y) - y.begin());
}

Digits read_digits(const std::filesystem::path& file) {
    const auto samples = read_csv(file, {.target = CsvTarget::category}).samples<Reader>();
    Digits digits{samples.inputs};
    for (const auto& one_hot : samples.targets) digits.classes.push_back(best(one_hot));
    return digits;
}

Digits drawn_digits(std::size_t count, std::uint64_t seed) {
    Digits digits;
    draw_digits(count, seed, [&](std::size_t digit, const Image& image) {
        digits.images.push_back(image);
        digits.classes.push_back(digit);
    });
    return digits;
}

/// The gradient of log p(first) - log p(second) with respect to each image: of the difference of the values
/// before Softmax, which does not vanish where the net is sure.
std::vector<Image> explanations(const Reader& net, const std::vector<Image>& images) {
    std::vector<Reader::Output> ys(images.size());
    net(images, ys);
    for (Reader::Output& y : ys) {
        const std::size_t first = best(y);
        Reader::Output others = y;
        others[first] = -1;
        const std::size_t second = best(others);
        const float p = y[first], q = std::max(y[second], 1e-30f);
        y = {};
        y[first] = 1 / p;
        y[second] = -1 / q;
    }
    std::vector<Image> dxs(images.size());
    input_gradient(net, images, ys, dxs);
    return dxs;
}

/// Two characters for each pixel: the darker, the larger the value; in brackets if it is negative.
void print_row(std::span<const float> pixels, float largest) {
    constexpr std::array<const char*, 6> positive{"  ", "..", "::", "++", "##", "@@"};
    constexpr std::array<const char*, 6> negative{"  ", "()", "()", "[]", "[]", "{}"};
    for (const float pixel : pixels) {
        const auto level = static_cast<std::size_t>(std::min(5.f, std::abs(pixel) / largest * 5.99f));
        std::fputs(pixel < 0 ? negative[level] : positive[level], stdout);
    }
}
void print_explanation(const Image& image, const Image& dx) {
    const float largest = std::abs(*std::ranges::max_element(dx, {}, [](float v) { return std::abs(v); }));
    for (std::size_t row = 0; row < 8; ++row) {
        std::fputs("  |", stdout);
        print_row(std::span(image).subspan(8 * row, 8), 16);
        std::fputs("|   |", stdout);
        print_row(std::span(dx).subspan(8 * row, 8), largest);
        std::puts("|");
    }
}

/// The accuracy after the six pixels that come first in `order(s)` are replaced by their mean.
template <class Order>
double accuracy_without(const Reader& net, const Digits& digits, const Image& mean, Order order) {
    std::vector<Image> images = digits.images;
    for (std::size_t s = 0; s < images.size(); ++s) {
        const std::array<std::size_t, 64> pixels = order(s);
        for (std::size_t i = 0; i < 6; ++i) images[s][pixels[i]] = mean[pixels[i]];
    }
    return accuracy(net, images, digits.classes);
}

int main(int count, char** arguments) try {
    const char* const folder_of_data = std::getenv("TENON_DATA");
    const std::filesystem::path folder =
        count > 1 ? std::filesystem::path{arguments[1]}
                  : std::filesystem::path{folder_of_data ? folder_of_data : ""} / "optdigits";
    const bool is_real = count > 1 || exists(folder / "optdigits.tra");
    const Digits training = is_real ? read_digits(folder / "optdigits.tra") : drawn_digits(3800, 1),
                 test = is_real ? read_digits(folder / "optdigits.tes") : drawn_digits(1800, 2);
    std::puts(is_real ? "optdigits" : "DRAWN digits (no folder with optdigits)");

    Reader net;
    initialize(net, 1);
    standardize(net, training.images);
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 2e-3}, batch_size<64>};
    trainer.fit(training.images, training.classes, {.epochs = 20, .shuffle_seed = 1});

    Image mean{}, deviation{};
    const auto share = 1 / static_cast<float>(training.images.size());
    for (const Image& image : training.images)
        for (std::size_t i = 0; i < 64; ++i) mean[i] += share * image[i];
    for (const Image& image : training.images)
        for (std::size_t i = 0; i < 64; ++i)
            deviation[i] += share * (image[i] - mean[i]) * (image[i] - mean[i]);
    for (float& value : deviation) value = std::sqrt(value);

    const std::vector<Image> dxs = explanations(net, test.images);
    for (const std::size_t digit : {3u, 5u, 8u})
        for (std::size_t s = 0; s < test.images.size(); ++s)
            if (test.classes[s] == digit && best(net(test.images[s])) == digit) {
                std::printf("a %zu, and what speaks for it\n", digit);
                Image scaled = dxs[s];
                for (std::size_t i = 0; i < 64; ++i) scaled[i] *= deviation[i];
                print_explanation(test.images[s], scaled);
                break;
            }

    // The influence of a pixel: gradient times its difference from the mean.
    const double without_seen = accuracy_without(net, test, mean, [&](std::size_t s) {
        std::array<std::size_t, 64> pixels;
        std::iota(pixels.begin(), pixels.end(), std::size_t{0});
        std::ranges::sort(pixels, std::greater{},
                          [&](std::size_t i) { return dxs[s][i] * (test.images[s][i] - mean[i]); });
        return pixels;
    });
    const double without_any = accuracy_without(net, test, mean, [&](std::size_t s) {
        std::array<std::size_t, 64> pixels;
        const Permutation order(64, s);
        for (std::size_t i = 0; i < 64; ++i) pixels[i] = order(i);
        return pixels;
    });
    const double right = accuracy(net, test.images, test.classes);
    std::printf("right: %.1f%%; without six random pixels: %.1f%%; without the six it looks at: %.1f%%\n",
                100 * right, 100 * without_any, 100 * without_seen);
    return right > 0.95 && without_any > 0.85 && without_seen < 0.5 ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
