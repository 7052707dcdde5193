// Cross-entropy for a net that ends in no Softmax, where the trainer's type is named.
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
using T = Trainer<N, CrossEntropy, Adam, 16>;

int main() { return sizeof(T*) == 0; }
