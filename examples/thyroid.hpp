// What the thyroid example needs beside its network: data, and a file of predictions, with which the second
// program compares its own.
#pragma once

#include <tenon/io.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

// Proben1 does not name its three classes; these names go by what the hormones show: much TSH and little
// thyroxine, more TSH than usual but enough thyroxine, and neither.
inline const std::vector<std::string> diagnoses{"hypothyroid", "compensated", "healthy"};

struct Data {
    std::string story;
    tenon::Dataset train, test;
};

inline Data read_data(const std::filesystem::path& folder) {
    return {"Proben1's thyroid data", tenon::read_fann(folder / "thyroid.train"),
            tenon::read_fann(folder / "thyroid.test")};
}

/// As many made-up patients, whose diagnosis follows from two hormones and the treatment by three rules.
inline Data made_up_data() {
    tenon::Random random{1};
    const auto patients = [&](std::size_t count) {
        tenon::Dataset data;
        data.source = "made-up data";
        data.input_width = 21;
        data.target_width = 3;
        for (std::size_t patient = 0; patient < count; ++patient) {
            double x[21], t[3] = {0, 0, 0};
            for (double& fact : x) fact = random.uniform() < 0.1 ? 1 : 0;
            for (std::size_t value = 16; value < 21; ++value) x[value] = 0.1 + 0.02 * random.normal();
            const bool much_tsh = random.uniform() < 0.1, little_thyroxine = random.uniform() < 0.3;
            x[16] = (much_tsh ? 0.02 : 0.002) + 0.001 * random.normal();
            if (little_thyroxine) x[20] -= 0.06;
            const bool treated = x[2] > 0;
            t[much_tsh && little_thyroxine ? 0 : much_tsh && !treated ? 1 : 2] = 1;
            for (const double value : x) data.inputs.push_back(value);
            for (const double value : t) data.targets.push_back(value);
        }
        return data;
    };
    tenon::Dataset train = patients(3600), test = patients(3600);
    return {"MADE-UP data (there was no folder with Proben1's)", std::move(train), std::move(test)};
}

/// The accuracy of predicting the most frequent class for every sample.
template <std::size_t Classes> double share_of_most_frequent(const tenon::ConfusionMatrix<Classes>& matrix) {
    std::size_t largest = 0;
    for (const auto& row : matrix.counts)
        largest = std::max(largest, std::accumulate(row.begin(), row.end(), std::size_t{0}));
    return static_cast<double>(largest) / static_cast<double>(matrix.total());
}

template <class Net> struct Prediction {
    typename Net::Input input;
    typename Net::Output output;
};

/// Writes each input and its output to a file, as they are in memory.
template <class Net>
void write_predictions(const Net& net, const std::vector<typename Net::Input>& inputs,
                       const std::filesystem::path& path) {
    std::string bytes(inputs.size() * sizeof(Prediction<Net>), '\0');
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Prediction<Net> prediction{inputs[i], net(inputs[i])};
        std::memcpy(&bytes[i * sizeof prediction], &prediction, sizeof prediction);
    }
    std::ofstream file{path, std::ios::binary};
    if (!(file << bytes << std::flush))
        throw tenon::Error{path.string(), "a file that can be written", "a write error"};
}

template <class Net> std::vector<Prediction<Net>> read_predictions(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw tenon::Error{path.string(), "a file that can be read", "none"};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    std::vector<Prediction<Net>> predictions(bytes.size() / sizeof(Prediction<Net>));
    std::memcpy(predictions.data(), bytes.data(), predictions.size() * sizeof(Prediction<Net>));
    return predictions;
}
