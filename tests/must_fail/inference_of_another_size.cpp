// A branch that is left out outside training, but gives fewer values than it takes.
// wanted: branch<1> but_found FirstTwo
// rule: a layer's Inference must have the parameters and the sizes of the layer
#include <tenon/tenon.hpp>

using namespace tenon;

struct FirstTwo : LayerDefaults {
    using InputShape = Shape<3>;
    using OutputShape = Shape<2>;
#ifdef MISFIT
    using Inference = NoLayer;
#endif
    static constexpr std::size_t parameter_count = 0;
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t i = 0; i < 2; ++i) y.data[i * Y::stride + s] = x.data[i * X::stride + s];
    }
    template <class T, class... Views> static constexpr void backward(const T*, Views...) noexcept {}
};

using N = Net<Concat<FirstTwo, Dense<3, 1>>>;

int main() { return N{}(N::Input{})[0] > 1; }
