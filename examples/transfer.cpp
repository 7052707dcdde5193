// Transfer: the features of a net for the digits 0 to 4 serve a new last layer for 5 to 9.
//
// A net is trained on the digits 0 to 4. It then gets a new last layer for 5 to 9, which alone is trained.
// The digits are those of optdigits (Alpaydin and Kaynak, 1998): 8 x 8 pixels from 0 to 16.
//
//     transfer [FOLDER]
//
// FOLDER has optdigits.tra and optdigits.tes as CSV files; the default is $TENON_DATA/optdigits. Without it,
// the program draws digits of seven segments.
#include "drawn_digits.hpp"

#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <vector>

using namespace tenon;

// The net for 0 to 4, and the one for 5 to 9, in which all Dense layers but the last are frozen.
using First = Net<Scale<Shape<64>>, Dense<64, 128, Relu>, Dense<128, 128, Relu>, Dense<128, 5, Softmax>>;
using Second = Net<Scale<Shape<64>>, Frozen<Dense<64, 128, Relu>>, Frozen<Dense<128, 128, Relu>>,
                   Dense<128, 5, Softmax>>;

/// Images of digits, and their classes 0 to 4: of the digits 0 to 4, or of 5 to 9.
struct Digits {
    std::vector<First::Input> images;
    std::vector<std::size_t> classes;
};
struct Data {
    Digits low, high; // 0 to 4, and 5 to 9

    void add(std::size_t digit, const First::Input& image) {
        Digits& digits = digit < 5 ? low : high;
        digits.images.push_back(image);
        digits.classes.push_back(digit % 5);
    }
};

Data read_digits(const std::filesystem::path& file) {
    const auto samples = read_csv(file, {.target = CsvTarget::category}).samples<Net<Dense<64, 10>>>();
    Data data;
    for (std::size_t s = 0; s < samples.inputs.size(); ++s) {
        const auto& one_hot = samples.targets[s];
        data.add(static_cast<std::size_t>(std::ranges::max_element(one_hot) - one_hot.begin()),
                 samples.inputs[s]);
    }
    return data;
}

Data drawn_digits(std::size_t count, std::uint64_t seed) {
    Data data;
    draw_digits(count, seed, [&](std::size_t digit, const First::Input& image) { data.add(digit, image); });
    return data;
}

/// Copies the parameters of all layers but the last.
template <class Net> void copy_body(const First& source, Net& target) {
    copy_parameters<0, 0>(source, target);
    copy_parameters<1, 1>(source, target);
    copy_parameters<2, 2>(source, target);
}

/// Trains a net, and returns the seconds taken.
template <class Net> double train(Net& net, const Digits& digits) {
    Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 2e-3}, batch_size<64>};
    const auto start = std::chrono::steady_clock::now();
    trainer.fit(digits.images, digits.classes, {.epochs = 60, .shuffle_seed = 1});
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Prints and returns the accuracy.
template <class Net> double report(const char* what, const Net& net, const Digits& digits, double seconds) {
    const double share = accuracy(net, digits.images, digits.classes);
    std::printf("%-32s%5.1f%% right, trained in %.3f s\n", what, 100 * share, seconds);
    return share;
}

int main(int count, char** arguments) try {
    const char* const folder_of_data = std::getenv("TENON_DATA");
    const std::filesystem::path folder =
        count > 1 ? std::filesystem::path{arguments[1]}
                  : std::filesystem::path{folder_of_data ? folder_of_data : ""} / "optdigits";
    const bool is_real = count > 1 || exists(folder / "optdigits.tra");
    const Data training = is_real ? read_digits(folder / "optdigits.tra") : drawn_digits(3800, 1),
               test = is_real ? read_digits(folder / "optdigits.tes") : drawn_digits(1800, 2);
    std::printf("%s: %zu digits 0 to 4 and %zu digits 5 to 9 to learn from\n",
                is_real ? "optdigits" : "DRAWN digits (no folder with optdigits)", training.low.images.size(),
                training.high.images.size());

    First first;
    initialize(first, 1);
    standardize(first, training.low.images);
    const double first_seconds = train(first, training.low);
    const double first_right = report("0 to 4", first, test.low, first_seconds);

    Second second; // the parameters of `first`, but a new last layer
    initialize(second, 2);
    copy_body(first, second);
    const double seconds = train(second, training.high);
    const double right = report("5 to 9, only the last layer", second, test.high, seconds);

    First all; // begins with the same parameters as `second`
    initialize(all, 2);
    copy_body(first, all);
    const double all_seconds = train(all, training.high);
    const double all_right = report("5 to 9, all layers", all, test.high, all_seconds);
    std::printf("the last layer alone takes %.0f%% of the time\n", 100 * seconds / all_seconds);

    const bool kept = second.layer<1>().weight(3, 5) == first.layer<1>().weight(3, 5);
    return kept && first_right > 0.95 && right > 0.8 && all_right > 0.93 ? 0 : 1;
} catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
