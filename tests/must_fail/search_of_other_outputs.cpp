// Nets of different outputs in one search.
// wanted: samples_of<2, 3, float> samples_of<2, 4, float>
// rule: the nets of a search are trained with the same samples: all must have the same inputs and outputs
#include <tenon/search.hpp>
#include <tenon/tenon.hpp>

#include <vector>

using namespace tenon;

#ifdef MISFIT
constexpr std::size_t outputs = 4;
#else
constexpr std::size_t outputs = 3;
#endif

using A = Net<Dense<2, 3, Softmax>>;
using B = Net<Dense<2, 5, Relu>, Dense<5, outputs, Softmax>>;

int main() {
    const std::vector<A::Input> xs(9);
    const std::vector<A::Output> ts(9);
    return search<A, B>({xs, ts, k_fold(9, 3)}, GridSearch{{{"learning_rate", {0.1}}}},
                        FitTraining{CrossEntropy{}})
               .candidates.size() > 1;
}
