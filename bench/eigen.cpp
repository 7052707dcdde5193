// needs: libeigen3-dev, <eigen3/Eigen/Dense>
// Eigen: matrices of fixed size for one sample and for tiny nets, otherwise dynamic matrices; one sample per
// column.
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#define EIGEN_NO_DEBUG
#include <eigen3/Eigen/Dense>

#include "harness.hpp"

namespace {

using namespace bench;

template <Activation A> void activate(auto& y) {
    if constexpr (A == relu) y = y.cwiseMax(0.f);
    if constexpr (A == sigmoid) y = y.array().logistic();
    if constexpr (A == Activation::tanh) y = y.array().tanh();
    if constexpr (A == softmax) {
        y.rowwise() -= y.colwise().maxCoeff().eval();
        y = y.array().exp();
        y.array().rowwise() /= y.array().colwise().sum().eval();
    }
}

/// dz = dy * A'(z) in place. Softmax's derivative is part of cross-entropy's.
template <Activation A> void multiply_by_derivative(auto& dy, const auto& y) {
    if constexpr (A == relu) dy.array() *= (y.array() > 0.f).template cast<float>();
    if constexpr (A == sigmoid) dy.array() *= y.array() * (1 - y.array());
    if constexpr (A == Activation::tanh) dy.array() *= 1 - y.array().square();
}

/// An optimizer and its state, for one matrix of parameters.
template <Optimizer O, class M> struct Update {
    M m, v;
    int steps = 0;

    explicit Update(const M& p) : m(M::Zero(p.rows(), p.cols())), v(m) {}

    void operator()(M& p, const M& g) {
        if constexpr (O == Optimizer::sgd) p -= as_float(sgd_rate) * g;
        if constexpr (O == Optimizer::momentum) {
            m = as_float(momentum) * m + g;
            p -= as_float(momentum_rate) * m;
        }
        if constexpr (O == Optimizer::adam) {
            ++steps;
            const float rate = as_float(adam_rate / (1 - std::pow(adam_beta1, steps)));
            const float unbias = as_float(1 / std::sqrt(1 - std::pow(adam_beta2, steps)));
            m = as_float(adam_beta1) * m + as_float(1 - adam_beta1) * g;
            v = as_float(adam_beta2) * v + as_float(1 - adam_beta2) * g.cwiseAbs2();
            p.array() -= rate * m.array() / (unbias * v.array().sqrt() + as_float(adam_epsilon));
        }
    }
    static constexpr float as_float(double setting) { return static_cast<float>(setting); }
};

/// With fixed sizes Eigen unrolls its loops; large nets are faster with dynamic sizes.
template <bool Fixed, std::size_t Rows, std::size_t Columns>
using Matrix =
    std::conditional_t<Fixed, Eigen::Matrix<float, static_cast<int>(Rows), static_cast<int>(Columns)>,
                       Eigen::Matrix<float, Eigen::Dynamic, Columns == 1 ? 1 : Eigen::Dynamic>>;

/// Layer L and all layers after it, for Columns samples.
template <const Network& N, std::size_t Columns, bool Fixed, std::size_t L = 0> struct Layers {
    static constexpr std::size_t in = N.widths[L], out = N.widths[L + 1];
    using W = Matrix<Fixed, out, in>;
    using B = Matrix<Fixed, out, 1>;

    W w;
    B b;
    Matrix<Fixed, out, Columns> y;
    Layers<N, Columns, Fixed, L + 1> next_layers;

    explicit Layers(std::span<const float> start)
        : w(Eigen::Map<const W>(&start[N.weight(L)], out, in)),
          b(Eigen::Map<const B>(&start[N.bias(L)], out, 1)), next_layers(start) {}

    const auto& forward(const auto& x) {
        y.noalias() = w * x;
        y.colwise() += b;
        activate<N.activation(L)>(y);
        return next_layers.forward(y);
    }
};

template <const Network& N, std::size_t Columns, bool Fixed, std::size_t L>
    requires(L == N.layers())
struct Layers<N, Columns, Fixed, L> {
    explicit Layers(std::span<const float>) {}
    const auto& forward(const auto& x) const { return x; }
};

/// Backward pass and update of layer L and all layers after it.
template <const Job& J, const Network& N, bool Fixed, std::size_t L = 0> struct Backward {
    using Layer = Layers<N, J.batch, Fixed, L>;

    typename Layer::W dw;
    typename Layer::B db;
    Matrix<Fixed, Layer::in, J.batch> dx;
    Update<J.optimizer, typename Layer::W> update_w;
    Update<J.optimizer, typename Layer::B> update_b;
    Backward<J, N, Fixed, L + 1> next_layers;

    explicit Backward(const Layer& layer)
        : update_w(layer.w), update_b(layer.b), next_layers(layer.next_layers) {}

    auto& step(Layer& layer, const auto& x, const auto& t) {
        auto& dz = next_layers.step(layer.next_layers, layer.y, t);
        multiply_by_derivative<N.activation(L)>(dz, layer.y);
        dw.noalias() = dz * x.transpose();
        db = dz.rowwise().sum();
        if constexpr (L > 0) dx.noalias() = layer.w.transpose() * dz;
        update_w(layer.w, dw);
        update_b(layer.b, db);
        return dx;
    }
};

template <const Job& J, const Network& N, bool Fixed, std::size_t L>
    requires(L == N.layers())
struct Backward<J, N, Fixed, L> {
    Matrix<Fixed, N.outputs(), J.batch> dy;

    explicit Backward(const auto&) {}
    auto& step(auto&, const auto& y, const auto& t) { return dy = (y - t) * (1.f / J.batch); }
};

struct Eigen3 {
    static constexpr std::string_view name = "eigen";

    template <const Network& N> struct One {
        Layers<N, 1, true> layers;

        explicit One(std::span<const float> start) : layers(start) {}
        Output<N> operator()(const Input<N>& x) {
            Output<N> y;
            Eigen::Map<Matrix<true, N.outputs(), 1>>(y.data()) =
                layers.forward(Eigen::Map<const Matrix<true, N.inputs(), 1>>(x.data()));
            return y;
        }
    };

    template <const Network& N> struct Batch {
        Layers<N, batch_samples, false> layers;

        explicit Batch(std::span<const float> start) : layers(start) {}
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            map<Eigen::MatrixXf>(ys) = layers.forward(map<const Eigen::MatrixXf>(xs));
        }
    };

    template <const Job& J, const Network& N = J.network> struct Train {
        static constexpr bool fixed = N.parameters() < 64;
        using Inputs = const Matrix<fixed, N.inputs(), J.batch>;
        using Outputs = const Matrix<fixed, N.outputs(), J.batch>;
        Layers<N, J.batch, fixed> layers;
        Backward<J, N, fixed> backward{layers};

        explicit Train(std::span<const float> start) : layers(start) {}
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            const auto x = map<Inputs>(xs);
            layers.forward(x);
            backward.step(layers, x, map<Outputs>(ts));
        }
        void read(std::span<float> parameters) const { read(parameters, layers); }

    private:
        template <std::size_t L>
        static void read(std::span<float> to, const Layers<N, J.batch, fixed, L>& from) {
            if constexpr (L < N.layers()) {
                std::copy_n(from.w.data(), from.w.size(), &to[N.weight(L)]);
                std::copy_n(from.b.data(), from.b.size(), &to[N.bias(L)]);
                read(to, from.next_layers);
            }
        }
    };

private:
    /// Views contiguous samples as a matrix with one sample per column.
    template <class M, class Array, std::size_t Size>
    static Eigen::Map<M> map(std::span<Array, Size> samples) {
        return {const_cast<float*>(samples.front().data()), static_cast<Eigen::Index>(samples.front().size()),
                static_cast<Eigen::Index>(samples.size())};
    }
};

}

int main(int argc, char** argv) { return bench::run<Eigen3>(argc, argv); }
