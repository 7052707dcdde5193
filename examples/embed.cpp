// A net as a constant of the program.
//
// gate_net.hpp was written by write_header(net, "gate_net.hpp", "gate_net") from tenon/io.hpp. A program that
// uses it needs no file, no tenon/io.hpp and no heap. The parameters of a net may also be written by hand.
#include "gate_net.hpp"

#include <cstdio>

// The compiler can evaluate it: its outputs are constant expressions.
static_assert(gate_net({0, 1})[0] > 0.9f && gate_net({1, 1})[0] < 0.1f);

// Written by hand: the weights input-major, [in][out], then the biases. This neuron's output is near 1 if
// most of its inputs are 1, and near 0 otherwise.
inline constexpr tenon::Net<tenon::Dense<3, 1, tenon::Sigmoid>> majority = {{10, 10, 10, -15}};
static_assert(majority({1, 0, 1})[0] > 0.9f && majority({0, 0, 1})[0] < 0.1f);

int main() {
    std::printf("%zu parameters, %zu bytes in the program\n", GateNet::parameter_count, sizeof gate_net);
    for (const GateNet::Input& x : {GateNet::Input{0, 0}, {0, 1}, {1, 0}, {1, 1}})
        std::printf("  %g xor %g = %.3f\n", static_cast<double>(x[0]), static_cast<double>(x[1]),
                    static_cast<double>(gate_net(x)[0]));
}
