// A loss without value.
// wanted: but_found Squared
// rule: a loss needs value(y, t), const
#include <tenon/tenon.hpp>

using namespace tenon;

struct Squared {
#ifndef MISFIT
    template <class V> constexpr V value(V y, V t) const noexcept { return (y - t) * (y - t); }
#endif
    template <class V> constexpr V derivative(V y, V t) const noexcept { return V(2) * (y - t); }
    static constexpr bool mean = true;
};

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    return evaluate(net, Squared{}, std::array<N::Input, 2>{}, std::array<N::Output, 2>{}) +
               gradient(net, Squared{}, N::Input{}, N::Output{})[0] >
           1;
}
