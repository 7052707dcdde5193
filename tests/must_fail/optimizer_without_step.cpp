// An optimizer without a step.
// wanted: but_found Descent
// rule: an optimizer needs `void step(parameters, gradient, state)`
#include <tenon/tenon.hpp>

using namespace tenon;

struct Descent {
    template <class T, std::size_t N> struct State {};
#ifndef MISFIT
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= gradient[i];
    }
#endif
};

using N = Net<Dense<2, 3>, Dense<3, 1>>;

int main() {
    N net;
    Trainer trainer{net, MeanSquaredError{}, Descent{}};
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
