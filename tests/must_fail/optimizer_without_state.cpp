// An optimizer without a state.
// wanted: but_found Descent
// rule: an optimizer needs `template <class T, std::size_t N> struct State`
#include <tenon/tenon.hpp>

using namespace tenon;

struct Descent {
#ifdef MISFIT
    constexpr void step(float*, const float*) const noexcept {}
#else
    template <class T, std::size_t N> struct State {};
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
