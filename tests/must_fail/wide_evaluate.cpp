// A loss over answers that would each take more of the stack than its bound.
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
    const std::array<N::Input, 2> xs{};
    const std::array<N::Output, 2> ts{};
    return evaluate(net, MeanSquaredError{}, xs, ts) > 1;
}
