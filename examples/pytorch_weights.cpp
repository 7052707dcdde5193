// A net trained with PyTorch: its weights are copied by name, and many samples are evaluated in one call.
//
//     model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1),
//     torch.nn.Sigmoid())
//     ...
//     for name, tensor in model.state_dict().items(): print(name, tensor.tolist())
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

using namespace tenon;
using Xor = Net<Dense<2, 3, Tanh>, Dense<3, 1, Sigmoid>>;

// Printed by Python. A weight is [out][in].
constexpr float weight_0[3][2] = {{-1.5175f, -3.55641f}, {-4.19199f, -3.70759f}, {3.54331f, -3.10068f}};
constexpr float bias_0[3] = {3.41706f, 1.85731f, 2.19312f};
constexpr float weight_2[1][3] = {{5.27474f, -5.32097f, -4.2783f}};
constexpr float bias_2[1] = {-1.16009f};

int main() {
    Xor net;
    for (std::size_t o = 0; o < 3; ++o) {
        for (std::size_t i = 0; i < 2; ++i) net.layer<0>().tensor("weight", o, i) = weight_0[o][i];
        net.layer<0>().tensor("bias", o) = bias_0[o];
    }
    for (std::size_t i = 0; i < 3; ++i)
        net.layer<1>().weight(0, i) = weight_2[0][i]; // shorthand for tensor("weight", 0, i)
    net.layer<1>().bias(0) = bias_2[0];

    const std::vector<Xor::Input> xs{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0.25f, 0.5f}, {-1, 2}};
    std::vector<Xor::Output> ys(xs.size());
    net(xs, ys); // as many outputs as inputs

    const float pytorch[] = {0.00583723f, 0.998081f, 0.992057f, 0.00683957f, 0.972953f, 0.933857f};
    float difference = 0;
    for (std::size_t s = 0; s < xs.size(); ++s) {
        std::printf("(%g, %g) -> %.6f\n", static_cast<double>(xs[s][0]), static_cast<double>(xs[s][1]),
                    static_cast<double>(ys[s][0]));
        difference = std::fmax(difference, std::fabs(ys[s][0] - pytorch[s]));
    }
    std::printf("differs from PyTorch's outputs by at most %.1g\n", static_cast<double>(difference));
    return difference < 1e-6f ? 0 : 1;
}
