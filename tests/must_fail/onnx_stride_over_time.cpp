// to_onnx of a convolution that holds its output between the steps of a stride.
// wanted: layer<1> but_found CausalConv<
// rule: to_onnx cannot write this layer or activation
#include <tenon/io/onnx.hpp>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Conv = CausalConv<2, 2, Kernel<2>, Stride<2>>;
#else
using Conv = CausalConv<2, 2, Kernel<2>, Groups<2>>;
#endif

int main() { return to_onnx(Net<Conv>{}).empty(); }
