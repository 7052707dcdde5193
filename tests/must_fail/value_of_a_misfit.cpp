// The value of parsed bytes in a constant expression, of a net with another activation.
// wanted: value
// rule: bytes_do_not_fit_the_net
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using N = Net<Dense<2, 1, Tanh>>;
#else
using N = Net<Dense<2, 1>>;
#endif

constexpr auto bytes = to_bytes(Net<Dense<2, 1>>{});
constexpr N value = parse_safetensors<N>(bytes).value();

int main() { return value.parameters()[0] > 1; }
