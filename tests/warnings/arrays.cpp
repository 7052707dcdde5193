// Minibatches of arrays whose sizes the compiler knows, for inputs and outputs of few values: a loop that is
// never entered for some of them must not be warned of. NUMBER is float or double.
#include <tenon/tenon.hpp>

#include <array>
#include <cstddef>

using namespace tenon;

namespace {

template <std::size_t In, std::size_t Out, std::size_t Batch> NUMBER step() {
    using N = NetOf<NUMBER, Dense<In, 16, Tanh>, Dense<16, Out>>;
    static N net;
    static std::array<typename N::Input, Batch> xs{};
    static std::array<typename N::Output, Batch> ts{}, ys{};
    Trainer trainer{net, HalfSquaredError{}, Adam{}, batch_size<Batch>};
    net(xs, ys);
    return trainer.step(xs, ts);
}

} // namespace

NUMBER steps();
NUMBER steps() {
    return step<3, 1, 4>() + step<3, 1, 8>() + step<1, 2, 8>() + step<3, 1, 16>() + step<2, 3, 16>() +
           step<3, 1, 32>() + step<5, 2, 64>();
}
