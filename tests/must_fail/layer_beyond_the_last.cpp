// The third layer of a net of two.
// wanted: layers<2> but_asked_for<2>
// rule: a net has no such layer
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Dense<3, 1>>;

#ifdef MISFIT
constexpr std::size_t layer = 2;
#else
constexpr std::size_t layer = 1;
#endif

int main() {
    N net;
    net.layer<layer>().weight(0, 1) = 2;
    return net.layer<layer>().bias(0) > 1;
}
