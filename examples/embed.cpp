// A net as a constant of the program.
//
// gate_net.hpp was written by write_header(net, "gate_net.hpp", "gate_net") of
// tenon/io; to use it takes neither a file nor tenon/io nor a heap. A net may also be written out by hand.
#include "gate_net.hpp"

#include <cstdio>

// The compiler can run it: an answer may stand wherever a constant may.
static_assert(gate_net({0, 1})[0] > 0.9f && gate_net({1, 1})[0] < 0.1f);

// By hand: the weights by input, [in][out], then the biases. This neuron says whether a majority of its
// inputs is 1.
inline constexpr tenon::Net<tenon::Dense<3, 1, tenon::Sigmoid>> majority = {{10, 10, 10, -15}};
static_assert(majority({1, 0, 1})[0] > 0.9f && majority({0, 0, 1})[0] < 0.1f);

int main() {
    std::printf("%zu parameters, %zu bytes in the program\n", GateNet::parameter_count, sizeof gate_net);
    for (const GateNet::Input& x : {GateNet::Input{0, 0}, {0, 1}, {1, 0}, {1, 1}})
        std::printf("  %g xor %g = %.3f\n", static_cast<double>(x[0]), static_cast<double>(x[1]),
                    static_cast<double>(gate_net(x)[0]));
}
