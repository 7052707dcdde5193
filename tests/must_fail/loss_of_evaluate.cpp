// Cross-entropy of answers that went through no Softmax.
// wanted: CrossEntropy ends_in Identity
// rule: this loss needs a net that ends in another activation
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
using Last = Identity;
#else
using Last = Softmax;
#endif

using N = Net<Dense<2, 3, Relu>, Dense<3, 2, Last>>;

int main() {
    const N net;
    const N::Input xs[] = {{0.f, 1.f}};
    const N::Output ts[] = {{1.f, 0.f}};
    return evaluate(net, CrossEntropy{}, xs, ts) > 1;
}
