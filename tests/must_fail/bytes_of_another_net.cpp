// The bytes of a net with another size, read by the compiler.
// wanted: says
// rule: the bytes must be a safetensors file with the tensors of the net
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Dense<2, 3>, Dense<3, 2>>;
#else
using N = Net<Dense<2, 3>, Dense<3, 1>>;
#endif

constexpr auto bytes = to_bytes(Net<Dense<2, 3>, Dense<3, 1>>{});
constexpr N net = parse_safetensors<N, bytes>();

int main() { return net.parameters()[0] > 1; }
