// Cross-entropy after a layer that does not say what it ends in.
// wanted: CrossEntropy ends_in Ended
// rule: this loss needs a net that ends in another activation
#include <tenon/tenon.hpp>

using namespace tenon;

template <class A> struct Ended {
    using InputShape = Shape<3>;
    using OutputShape = Shape<3>;
    static constexpr std::size_t parameter_count = 0, trace = 0, scratch = 0;
    static constexpr void forward(auto... views) noexcept { Activate<Shape<3>, A>::forward(views...); }
    static constexpr void backward(auto... views) noexcept { Activate<Shape<3>, A>::backward(views...); }
#ifndef MISFIT
    using OutputActivation = A;
    template <class B> using with_activation = Ended<B>;
#endif
};

using N = Net<Dense<2, 3>, Ended<Softmax>>;

int main() {
    N net;
    Trainer trainer{net, CrossEntropy{}, Sgd{}};
    return trainer.step(N::Input{}, N::Output{}) > 1;
}
