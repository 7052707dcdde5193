// Transposed indices of a weight in a constant expression.
// wanted: weight
// rule: index_is_out_of_range
#include <tenon/tenon.hpp>

using namespace tenon;

using N = Net<Dense<2, 3>, Dense<3, 1>>;

#ifdef MISFIT
constexpr std::size_t output = 1, input = 2;
#else
constexpr std::size_t output = 2, input = 1;
#endif

constexpr float weight = N{}.layer<0>().weight(output, input);

int main() { return weight > 1; }
