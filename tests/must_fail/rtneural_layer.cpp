// to_rtneural_json of a net with a layer that RTNeural does not have.
// wanted: layer<2> but_found LayerNorm
// rule: RTNeural has no such layer: it has Dense, LSTM, GRU, CausalConv, CausalConv2D,
#include <tenon/io/rtneural_text.hpp>
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Second = LayerNorm<Shape<2>>;
#else
using Second = Dense<2, 2>;
#endif

int main() { return to_rtneural_json(Net<Dense<2, 2, Relu>, Second>{}).empty(); }
