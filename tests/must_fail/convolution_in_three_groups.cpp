// Groups that do not divide the channels.
// wanted: groups<3> takes_channels<6> gives_channels<8>
// rule: Groups must divide the number of channels
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t out = 8;
#else
constexpr std::size_t out = 9;
#endif

using N = Net<Conv2D<Shape<6, 4, 4>, out, Kernel<3, 3>, Groups<3>>>;

int main() { return N{}({})[0] > 1; }
