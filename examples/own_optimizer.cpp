// A custom optimizer.
//
// An optimizer knows no layers: a step updates the parameters, a flat array, from their gradient and the
// optimizer's state. This one is Signum (Bernstein et al., 2018), which changes every parameter by the same
// amount, in the direction of a moving average of its gradient.
#include <tenon/tenon.hpp>

#include <array>
#include <cstddef>
#include <cstdio>

using namespace tenon;

struct Signum {
    double learning_rate = 1e-4;
    double momentum = 0.9;

    /// The state for N parameters of type T, which the trainer stores; zero at the start.
    template <class T, std::size_t N> struct State {
        std::array<T, N> mean{};
    };

    /// m = momentum m + (1 - momentum) g, p -= learning_rate sign(m)
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state) const noexcept {
        const T rate = static_cast<T>(learning_rate), keep = static_cast<T>(momentum);
        for (std::size_t i = 0; i < N; ++i) {
            T& m = state.mean[i];
            m = keep * m + (1 - keep) * gradient[i];
            parameters[i] -= m > 0 ? rate : m < 0 ? -rate : T(0);
        }
    }
};
static_assert(Optimizer<Signum>); // it has all that tenon requires of an optimizer

int main() {
    using Xor = Net<Dense<2, 4, Tanh>, Dense<4, 1, Sigmoid>>;
    constexpr std::array<Xor::Input, 4> inputs{{{0, 0}, {0, 1}, {1, 0}, {1, 1}}};
    constexpr std::array<Xor::Output, 4> targets{{{0}, {1}, {1}, {0}}};

    Xor net;
    initialize(net, 1);
    Trainer trainer{net, BinaryCrossEntropy{}, Signum{.learning_rate = 0.01}};
    for (int epoch = 0; epoch < 1000; ++epoch) trainer.step(inputs, targets);

    for (const Xor::Input& x : inputs)
        std::printf("%g xor %g = %.3f\n", static_cast<double>(x[0]), static_cast<double>(x[1]),
                    static_cast<double>(net(x)[0]));
    return evaluate(net, BinaryCrossEntropy{}, inputs, targets) < 0.05f ? 0 : 1;
}
