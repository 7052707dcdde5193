// All parameters copied to a net with another number of layers.
// wanted: copy_parameters.hpp
// rule: these nets have different numbers of layers: use copy_parameters<From, To>(source, target)
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Target = Net<Frozen<Dense<2, 3>>, Dense<3, 3>, Dense<3, 1>>;
#else
using Target = Net<Frozen<Dense<2, 3>>, Dense<3, 1>>;
#endif

int main() {
    const Net<Dense<2, 3>, Dense<3, 1>> source;
    Target target;
    copy_parameters(source, target);
    return target({1.f, 2.f})[0] > 1;
}
