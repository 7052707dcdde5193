// A model file that carries its own test: inputs, and the outputs that the saved net gave for them.
#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/tenon.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

using namespace tenon;
using Model = Net<Dense<4, 16, Tanh>, Dense<16, 2>>;

int main() {
    const auto path = std::filesystem::temp_directory_path() / "tenon_model_file.safetensors";
    Model trained;
    initialize(trained, 1);
    const std::vector<Model::Input> xs{{0, 0, 0, 0}, {1, -1, 0.5f, 2}, {-3, 1, 4, -1}};
    save(trained, path, {.x = xs});

    // Another program, machine or compiler
    const auto model = load<Model>(path);
    const double error = verify(model, path); // largest |output - y|
    std::printf("largest error %g\n", error);

    // A damaged file is refused, and the net stays as it is.
    std::fstream{path, std::ios::in | std::ios::out | std::ios::binary}.seekp(-3, std::ios::end).put('?');
    Model kept = model;
    bool is_refused = false;
    try {
        load(kept, path);
    } catch (const Error& damaged) {
        std::puts(damaged.what());
        is_refused = true;
    }
    std::filesystem::remove(path);
    return error < 1e-5 && is_refused ? 0 : 1;
}
