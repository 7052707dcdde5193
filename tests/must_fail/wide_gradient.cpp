// The gradient of a net whose values between the layers would take more of the stack than its bound.
// wanted: gradient_takes< but_the_stack_holds<262144>
// rule: the gradient of this net needs more working memory than a call may have on the stack
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t hidden = 30000;
#else
constexpr std::size_t hidden = 15000;
#endif

using N = Net<Dense<1, hidden, Relu>, Dense<hidden, 1>>;

int main() {
    static N net;
    return gradient(net, MeanSquaredError{}, {1.f}, {1.f})[0] > 1;
}
