// A net whose Dropout and Flatten do nothing outside training, and with -DWITHOUT the same net without them.
#include <tenon/tenon.hpp>

#include <span>

using namespace tenon;
#ifdef WITHOUT
using N = Net<Dense<20, 30, Relu>, Residual<Dense<30, 30, Tanh>>, Dense<30, 10, Softmax>>;
#else
using N = Net<Dropout<Shape<20>, 10>, Dense<20, 30, Relu>, Dropout<Shape<30>, 50>,
              Residual<Dense<30, 30, Tanh>, Dropout<Shape<30>, 50>>, Flatten<Shape<30>>,
              Net<Dropout<Shape<30>, 20>>, Dense<30, 10, Softmax>>;
#endif

extern "C" float forward(const N& net, const N::Input& input) noexcept { return net(input)[0]; }
extern "C" void forward_many(const N& net, std::span<const N::Input> xs, std::span<N::Output> ys) noexcept {
    net(xs, ys);
}
