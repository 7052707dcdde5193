// An answer that would take more of the stack than its bound.
// wanted: evaluation_takes< but_the_stack_holds<262144>
// rule: evaluating this net needs more working memory than a call may have on the stack
#include <tenon/tenon.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t hidden = 130000;
#else
constexpr std::size_t hidden = 30000;
#endif

using N = NetOf<double, Dense<1, hidden, Relu>, Dense<hidden, 1>>;

int main() {
    static N net;
    return net({1.})[0] > 1;
}
