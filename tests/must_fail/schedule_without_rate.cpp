// A schedule around an optimizer without a learning rate.
// wanted: but_found Fixed
// rule: a scheduled optimizer needs a member `learning_rate`
#include <tenon/tenon.hpp>

using namespace tenon;

struct Fixed {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= gradient[i];
    }
};

int main() {
    Net<Dense<2, 1>> net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, Scheduled{Fixed{}, Cosine{.steps = 10}}};
#else
    Trainer trainer{net, MeanSquaredError{}, Fixed{}};
#endif
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
