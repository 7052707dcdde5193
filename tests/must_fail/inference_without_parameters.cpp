// A layer with parameters that is left out outside training.
// wanted: layer<2> but_found Noise
// rule: a layer's Inference must have the parameters and the sizes of the layer
#include <tenon/tenon.hpp>

using namespace tenon;

struct Noise : LayerDefaults {
    using InputShape = Shape<3>;
    using OutputShape = Shape<3>;
#ifdef MISFIT
    using Inference = NoLayer;
#endif
    static constexpr std::size_t parameter_count = 1;
    static constexpr std::array tensors{Tensor{.name = "deviation", .shape = {1}, .strides = {1}}};
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < 3; ++i) y.data[i * Y::stride + s] = x.data[i * X::stride + s];
    }
    template <class T, class... Views> static constexpr void backward(const T*, Views...) noexcept {}
};

using N = Net<Dense<2, 3>, Noise, Dense<3, 1>>;

int main() {
    N net;
    initialize(net, 1);
    return net(N::Input{})[0] > 1;
}
