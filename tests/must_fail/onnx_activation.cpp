// to_onnx of a net with an activation of one's own.
// wanted: layer<1> but_found Square
// rule: to_onnx cannot write this layer or activation
#include <tenon/io/onnx.hpp>
#include <tenon/tenon.hpp>

using namespace tenon;

struct Square {
    template <class V> static constexpr V apply(V z) noexcept { return z * z; }
    template <class V> static constexpr V derivative(V z, V) noexcept { return V(2) * z; }
};

#ifdef MISFIT
using A = Square;
#else
using A = Tanh;
#endif

int main() { return to_onnx(Net<Dense<2, 2, A>>{}).empty(); }
