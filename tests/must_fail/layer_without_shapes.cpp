// A layer without shapes.
// wanted: layer<2> but_found Scaled
// rule: a layer needs InputShape and OutputShape
#include <tenon/tenon.hpp>

using namespace tenon;

struct Scaled {
#ifndef MISFIT
    using InputShape = Shape<3>;
    using OutputShape = Shape<3>;
#endif
    static constexpr std::size_t parameter_count = 1, trace = 0, scratch = 0;
    static constexpr std::array tensors{Tensor{"weight", 0, 1, {1}, {1}, 1, 1}};
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* w, X x, Y y, Context) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < 3; ++i) y.data[i * Y::stride + s] = w[0] * x.data[i * X::stride + s];
    }
    template <class T, class... Views> static constexpr void backward(const T*, Views...) noexcept {}
};

using N = Net<Dense<2, 3>, Scaled, Dense<3, 1>>;

int main() {
    N net;
    initialize(net, 1);
    return net(N::Input{})[0] > 1;
}
