// The forward pass of a tiny net, which `check` requires to be straight-line code.
#include <tenon/tenon.hpp>

using namespace tenon;
using Xor = Net<Dense<2, 3, Sigmoid>, Dense<3, 1, Sigmoid>>;

extern "C" float forward(const Xor& net, const Xor::Input& input) noexcept { return net(input)[0]; }
