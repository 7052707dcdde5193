// A custom layer.
//
// A type without state: the shapes of its input and output, the number of its parameters, the table of its
// tensors, a forward and a backward pass. Here radial basis functions (Broomhead and Lowe, 1988): an output
// is near 1 if the input is near its centre, y_o = exp(-Sharpness |x - c_o|^2); the centres are trained.
#include <tenon/tenon.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <type_traits>
#include <vector>

using namespace tenon;

template <std::size_t In, std::size_t Out, int Sharpness> struct Radial : LayerDefaults {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Out>;
    static constexpr std::size_t parameter_count = In * Out;
    /// The parameters by name, for initialize, files and net.layer<0>().weight(output, input). In memory they
    /// are [Out][In].
    static constexpr std::array tensors{Tensor{.name = "weight",
                                               .offset = 0,
                                               .rank = 2,
                                               .shape = {Out, In},
                                               .strides = {In, 1},
                                               .fan_in = In,
                                               .fan_out = Out}};

    // T is the net's type of number, float or double; x, y, dy and dx are views of one sample or of a block
    // of samples. Value i of sample s of a view is data[i * stride + s]. A layer loops over `samples`; lanes
    // past the last sample may contain anything (views.hpp).

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* centres, X x, Y y, Context) noexcept {
        for (std::size_t s = 0; s < x.samples; ++s)
            for (std::size_t o = 0; o < Out; ++o) {
                T square = 0;
                for (std::size_t i = 0; i < In; ++i) {
                    const T difference = x.data[i * X::stride + s] - centres[o * In + i];
                    square += difference * difference;
                }
                y.data[o * Y::stride + s] = math::exp(T(-Sharpness) * square);
            }
    }

    /// dc = 2 Sharpness dy y (x - c), summed over the samples, and added to `gradient` if `add` is true;
    /// dx = -2 Sharpness sum_o dy y (x - c), unless it is NoView.
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch>
    static constexpr void backward(const T* centres, X x, Y y, Context, Dy dy, Dx dx, Scratch, T* gradient,
                                   bool add) noexcept {
        for (std::size_t i = 0; i < In; ++i) {
            T derivatives[Out] = {};
            for (std::size_t s = 0; s < x.samples; ++s) {
                T sum = 0;
                for (std::size_t o = 0; o < Out; ++o) {
                    const T derivative = T(2 * Sharpness) * dy.data[o * Dy::stride + s] *
                                         y.data[o * Y::stride + s] *
                                         (x.data[i * X::stride + s] - centres[o * In + i]);
                    derivatives[o] += derivative;
                    sum -= derivative;
                }
                if constexpr (!std::is_same_v<Dx, NoView>) dx.data[i * Dx::stride + s] = sum;
            }
            for (std::size_t o = 0; o < Out; ++o)
                gradient[o * In + i] = add ? gradient[o * In + i] + derivatives[o] : derivatives[o];
        }
    }
};
static_assert(Layer<Radial<2, 9, 1>>); // it has all required members
static_assert(Chain<Radial<1, 9, 1>, Dense<9, 1>> && !Chain<Radial<1, 9, 1>, Dense<8, 1>>);

/// The largest difference between the gradient and difference quotients of the loss.
template <class Net>
double gradient_error(const Net& net, const typename Net::Input& x, const typename Net::Output& t) {
    const auto derivatives = gradient(net, MeanSquaredError{}, x, t);
    double largest = 0;
    for (std::size_t p = 0; p < Net::parameter_count; ++p) {
        const auto loss = [&](double change) {
            Net other = net;
            other.parameters()[p] += change;
            return evaluate(other, MeanSquaredError{}, std::span(&x, 1), std::span(&t, 1));
        };
        largest = std::max(largest, std::abs((loss(1e-5) - loss(-1e-5)) / 2e-5 - derivatives[p]));
    }
    return largest;
}

int main() {
    // After another layer, whose gradient is computed from this layer's dx.
    NetOf<double, Dense<2, 3, Tanh>, Radial<3, 4, 2>, Dense<4, 1>> checked;
    initialize(checked, 1);
    const double error = gradient_error(checked, {0.3, -0.7}, {0.5});

    using Bump = Net<Radial<1, 9, 8>, Dense<9, 1>>;
    std::vector<Bump::Input> xs;
    std::vector<Bump::Output> ys;
    for (int i = -64; i <= 64; ++i) {
        const float x = static_cast<float>(i) / 64;
        xs.push_back({x});
        ys.push_back({std::sin(5 * x)});
    }
    Bump net;
    initialize(net, 1, Uniform{-1, 1});
    Trainer trainer{net, MeanSquaredError{}, Adam{.learning_rate = 0.01}};
    trainer.fit(xs, ys, {.epochs = 500, .shuffle_seed = 1});
    const float loss = evaluate(net, MeanSquaredError{}, xs, ys);

    std::printf("sin(5 x) by radial basis functions about");
    for (std::size_t o = 0; o < 9; ++o)
        std::printf(" %.2f", static_cast<double>(net.layer<0>().weight(o, 0)));
    std::printf(": loss %.2g; gradients are right to %.1g\n", static_cast<double>(loss), error);
    return loss < 1e-3f && error < 1e-8 ? 0 : 1;
}
