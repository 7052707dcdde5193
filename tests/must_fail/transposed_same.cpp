// An option of convolutions that transposed ones do not have.
// wanted: but_found< Same
// rule: the options of a transposed convolution are Stride, Padding, OutputPadding
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Option = Same;
#else
using Option = Padding<1>;
#endif

using N = Net<ConvTranspose1D<Shape<2, 9>, 4, Kernel<3>, Option>>;

int main() { return N{}({})[0] > 1; }
