// write FOLDER: writes nets as safetensors and as headers. write FOLDER read: reads those that tenon-import
// has written back.
#include <tenon/io/header.hpp>
#include <tenon/io/load.hpp>
#include <tenon/io/safetensors.hpp>
#include <tenon/tenon.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <ratio>
#include <string>

using namespace tenon;

namespace {

template <class T>
using Both = NetOf<T, Scale<Shape<3>>, Dense<3, 8, LeakyReluWith<std::ratio<1, 10>>, false>,
                   BatchNorm<Shape<8>, std::ratio<1, 100>, std::ratio<1, 1000>, false>,
                   Residual<Dense<8, 8, Relu>, Dense<8, 8>, BatchNorm<Shape<8>>>, PRelu<Shape<8>>,
                   Concat<Dense<8, 4, Tanh>, Net<Dense<8, 40>, LayerNorm<Shape<40>>>>,
                   Activate<Shape<44>, Softsign>, Dense<44, 30, EluWith<std::ratio<1, 2>>>>;

/// Numbers of every magnitude, so that every form of literal occurs.
template <class T> Both<T> numbers() {
    Both<T> net;
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

template <class T> int run(const std::filesystem::path& folder, const std::string& name, bool reads) {
    const auto net = numbers<T>();
    if (reads) {
        const auto back = load<Both<T>>(folder / (name + ".again.safetensors"));
        return std::ranges::equal(back.parameters(), net.parameters()) ? 0 : 1;
    }
    save(net, folder / (name + ".safetensors"));
    write_header(net, folder / (name + ".hpp"), name);
    return 0;
}

} // namespace

int main(int count, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    return run<float>(folder, "float_net", count > 2) + run<double>(folder, "double_net", count > 2);
}
