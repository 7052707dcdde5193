// A dilated kernel that is larger than its image with padding.
// wanted: kernel_spans<9, but_padded_input<8,
// rule: a kernel must not be larger than its input with padding
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t size = 6;
#else
constexpr std::size_t size = 7;
#endif

using N = Net<Conv2D<Shape<1, size, 9>, 2, Kernel<5, 3>, Dilation<2, 2>, Padding<1, 0>>>;

int main() { return N{}({})[0] > 1; }
