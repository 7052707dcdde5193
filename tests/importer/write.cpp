// write FOLDER: writes nets as safetensors and as headers. write FOLDER read: reads those that tenon-import
// has written back. write FOLDER torch: compares those that PyTorch has written with its outputs.
#include <tenon/io/header.hpp>
#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <ratio>
#include <string>
#include <vector>

using namespace tenon;

namespace {

using Floats = Net<Scale<Shape<3>>, Dense<3, 8, LeakyReluWith<std::ratio<1, 10>>, false>,
                   BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>, false>,
                   Residual<Dense<8, 8, Relu>, Dense<8, 8>, BatchNorm<Shape<8>>>, PRelu<Shape<8>>,
                   Concat<Dense<8, 4, Tanh>, Net<Dense<8, 40>, LayerNorm<Shape<40>>>>,
                   Activate<Shape<44>, Softsign>, Dense<44, 30, EluWith<std::ratio<1, 2>>>>;

/// Numbers of every magnitude, so that every form of literal occurs.
template <class Net> Net numbers() {
    using T = typename Net::Scalar;
    Net net;
    Random random{5};
    T scale = 1;
    for (T& p : net.parameters()) {
        p = static_cast<T>(static_cast<double>(random() >> 11) * 0x1p-53 - 0.5) * scale;
        scale = scale > T(1e12) ? T(1e-12) : scale * T(1.7);
    }
    auto p = net.parameters();
    p[0] = -T(0);
    p[1] = std::numeric_limits<T>::denorm_min();
    p[2] = std::numeric_limits<T>::max();
    p[3] = 3;
    p[4] = T(1e20);
    p[5] = 16777217;
    return net;
}

using Doubles = NetOf<double, Scale<Shape<3>>, Dense<3, 40, SoftplusWith<std::ratio<2>>>, Dense<40, 3>>;

template <class Net> int run(const std::filesystem::path& folder, const std::string& name, bool reads) {
    const auto net = numbers<Net>();
    if (reads) {
        const auto back = load<Net>(folder / (name + ".again.safetensors"));
        return std::ranges::equal(back.parameters(), net.parameters()) ? 0 : 1;
    }
    save(net, folder / (name + ".safetensors"));
    write_header(net, folder / (name + ".hpp"), name);
    return 0;
}

using Row = Net<Dense<3, 8, Tanh>, BatchNorm<Shape<8>>, Net<Dense<8, 8, Relu, false>, LayerNorm<Shape<8>>>,
                PRelu<Shape<8>>, Dropout<Shape<8>, 20>, Dense<8, 2, Softmax>>;
using Image = Net<LayerNorm<Shape<2, 3, 2>>, BatchNorm<Shape<2, 3, 2>>, PRelu<Shape<2, 3, 2>>,
                  Flatten<Shape<2, 3, 2>>, Dense<12, 3>>;

template <class Net> void write_for_torch(const std::filesystem::path& folder, const std::string& name) {
    Net net;
    Random random{3};
    for (auto& p : net.parameters()) p = static_cast<float>(0.25 + random.uniform());
    std::vector<typename Net::Input> xs(5);
    for (auto& x : xs)
        for (auto& value : x) value = static_cast<float>(random.normal());
    save(net, folder / (name + ".safetensors"), {.numbering = Numbering::sequential});
    save(net, folder / (name + "_vectors.safetensors"), {.x = xs, .numbering = Numbering::sequential});
}
template <class Net> int read_from_torch(const std::filesystem::path& folder, const std::string& name) {
    const auto path = folder / (name + "_of_torch.safetensors");
    const double error = verify(load<Net>(path), path);
    std::printf("%s: %.3g\n", name.c_str(), error);
    return error <= 2e-6 ? 0 : 1;
}

} // namespace

int main(int count, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    if (count > 2 && std::string{arguments[2]} == "torch")
        return read_from_torch<Row>(folder, "row") + read_from_torch<Image>(folder, "image");
    if (count == 2) {
        write_for_torch<Row>(folder, "row");
        write_for_torch<Image>(folder, "image");
    }
    return run<Floats>(folder, "float_net", count > 2) + run<Doubles>(folder, "double_net", count > 2);
}
