// LevenbergMarquardt for a net whose J^T J would be too large.
// wanted: trains_parameters<1101> but_at_most<1023>
// rule: LevenbergMarquardt needs two matrices of parameters x parameters
#include <tenon/second_order.hpp>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t hidden = 100;
#else
constexpr std::size_t hidden = 10;
#endif

using N = Net<Dense<9, hidden, Tanh>, Dense<hidden, 1>>;

N net;

int main() {
    static LevenbergMarquardt fitter{net};
    return fitter.fit({}, {}).converged();
}
