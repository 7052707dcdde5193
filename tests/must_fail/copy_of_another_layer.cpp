// Parameters copied to another layer.
// wanted: layer<1> Dense but_layer<1>
// rule: parameters are copied between layers that are the same up to Frozen
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Target = Net<Frozen<Dense<2, 4>>, Dense<4, 1>>;
#else
using Target = Net<Frozen<Dense<2, 3>>, Dense<3, 1>>;
#endif

int main() {
    const Net<Dense<2, 3>, Dense<3, 2>> source;
    Target target;
    copy_parameters<0, 0>(source, target);
    return target({1.f, 2.f})[0] > 1;
}
