// A training function that returns nothing.
// wanted: trains_nets<false>
// rule: a search trains by a function of a net, a Trial and a TrialData that returns the score
#include <tenon/search.hpp>
#include <tenon/tenon.hpp>

#include <vector>

using namespace tenon;

using A = Net<Dense<2, 3, Softmax>>;

int main() {
    const std::vector<A::Input> xs(9);
    const std::vector<A::Output> ts(9);
    const auto train = [](A&, const Trial&, const TrialData<A>&) {
#ifndef MISFIT
        return 1.0;
#endif
    };
    return search<A>({xs, ts, k_fold(9, 3)}, GridSearch{{{"learning_rate", {0.1}}}}, train)
               .candidates.size() > 1;
}
