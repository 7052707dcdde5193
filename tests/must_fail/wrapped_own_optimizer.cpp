// Clipping around an optimizer whose step takes no update.
// wanted: but_found Plain
// rule: an optimizer can be wrapped if its step takes a fourth argument, `update`, which loops over the
// parameters
#include <tenon/tenon.hpp>

using namespace tenon;

struct Plain {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const noexcept {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= gradient[i];
    }
};

int main() {
    Net<Dense<2, 1>> net;
#ifdef MISFIT
    Trainer trainer{net, MeanSquaredError{}, ClipNorm{Plain{}, 1.0}};
#else
    Trainer trainer{net, MeanSquaredError{}, Plain{}};
#endif
    return trainer.step({1.f, 2.f}, {1.f}) > 100;
}
