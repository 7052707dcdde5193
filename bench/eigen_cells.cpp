// needs: libeigen3-dev, <eigen3/Eigen/Dense>
// Networks over time in Eigen by hand: matrices of fixed size; of recurrent ones, a stream in each column.
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#define EIGEN_NO_DEBUG
#include <eigen3/Eigen/Dense>

#include "cell_harness.hpp"

#include <tuple>

namespace {

using namespace bench;

template <int Rows, int Columns>
using Matrix = Eigen::Matrix<float, Rows, Columns, (Rows == 1 && Columns > 1) ? Eigen::RowMajor : 0>;

template <int Rows, int Columns> auto map(const float* from) {
    return Eigen::Map<const Eigen::Matrix<float, Rows, Columns>>{from};
}

/// A cell and a dense layer, for Count streams.
template <const CellNetwork& N, std::size_t Count> class Net {
public:
    explicit Net(std::span<const float> start) {
        const float* p = start.data();
        w = map<columns, inputs>(p + N.weight(0));
        u = map<columns, units>(p + N.weight(0) + columns * inputs);
        b = map<columns, 1>(p + N.bias(0));
        if constexpr (!is_lstm) d = map<columns, 1>(p + N.bias(0) + columns);
        v = map<outputs, units>(p + N.weight(1));
        e = map<outputs, 1>(p + N.bias(1));
    }
    void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
        for (std::size_t i = 0; i < xs.size(); i += Count) {
            Eigen::Map<const Matrix<inputs, streams>> x{xs[i].data()};
            step(x);
            Eigen::Map<Matrix<outputs, streams>>{ys[i].data()}.noalias() = (v * h).colwise() + e;
        }
    }

private:
    static constexpr PlacedCell cell = N.layer(0);
    static_assert(cell.recurrent() && N.layers() == 2);
    static constexpr bool is_lstm = cell.kind == CellKind::lstm;
    static constexpr int inputs = static_cast<int>(cell.inputs), units = static_cast<int>(cell.outputs),
                         columns = static_cast<int>(cell.columns()), outputs = static_cast<int>(N.outputs()),
                         streams = static_cast<int>(Count);

    auto gate(auto& z, int g) { return z.template middleRows<units>(g * units).array(); }

    void step(const auto& x) {
        Matrix<columns, streams> z;
        z.noalias() = w * x;
        z.colwise() += b;
        if constexpr (is_lstm) {
            z.noalias() += u * h;
            z.template topRows<2 * units>() = z.template topRows<2 * units>().array().logistic();
            gate(z, 2) = gate(z, 2).tanh();
            gate(z, 3) = gate(z, 3).logistic();
            c = gate(z, 1) * c.array() + gate(z, 0) * gate(z, 2);
            h = gate(z, 3) * c.array().tanh();
        } else {
            Matrix<columns, streams> of_h;
            of_h.noalias() = u * h;
            of_h.colwise() += d;
            z.template topRows<2 * units>() += of_h.template topRows<2 * units>();
            z.template topRows<2 * units>() = z.template topRows<2 * units>().array().logistic();
            gate(z, 2) = (gate(z, 2) + gate(z, 0) * gate(of_h, 2)).tanh();
            h = gate(z, 2) + gate(z, 1) * (h.array() - gate(z, 2));
        }
    }

    Matrix<columns, inputs> w;
    Matrix<columns, units> u;
    Matrix<columns, 1> b, d;
    Matrix<outputs, units> v;
    Matrix<outputs, 1> e;
    Matrix<units, streams> h = Matrix<units, streams>::Zero(), c = h;
};

/// The parameters, in the order of their use.
struct Parameters {
    const float* next;
    void to(auto&... matrices) {
        ((matrices = Eigen::Map<const std::remove_reference_t<decltype(matrices)>>{next},
          next += matrices.size()),
         ...);
    }
};

/// A causal convolution, or a dense layer, whose kernel is 1; without its activation.
template <PlacedCell L> struct Convolution {
    static constexpr int inputs = L.inputs, outputs = L.outputs, kernel = L.kernel, dilation = L.dilation,
                         past = L.past(), steps = past + std::max(past, 64);
    Matrix<outputs, kernel * inputs> w;
    Matrix<outputs, 1> b;
    Matrix<inputs, steps> xs = Matrix<inputs, steps>::Zero(); // a step in each column
    int now = past;

    Matrix<outputs, 1> operator()(const auto& x) {
        if (now == steps) { // the past moves to the front
            xs.template leftCols<past>() = xs.template rightCols<past>();
            now = past;
        }
        xs.col(now) = x;
        Matrix<outputs, 1> z = b;
        if constexpr (dilation == 1 && kernel > 8)
            z.noalias() += w * map<kernel * inputs, 1>(&xs(0, now - past));
        else
            for (int k = 0; k < kernel; ++k)
                z += w.template middleCols<inputs>(k * inputs)
                         .lazyProduct(xs.col(now - (kernel - 1 - k) * dilation));
        ++now;
        return z;
    }
};

template <Activation A> auto activated(const auto& z) {
    static_assert(A == Activation::identity || A == Activation::tanh);
    if constexpr (A == Activation::tanh) return z.array().tanh().matrix().eval();
    else return z;
}

/// A chain of causal convolutions and dense layers.
template <const CellNetwork& N, class = std::make_index_sequence<N.layers()>> class Chain;
template <const CellNetwork& N, std::size_t... I> class Chain<N, std::index_sequence<I...>> {
public:
    explicit Chain(std::span<const float> start) {
        Parameters p{start.data()};
        (p.to(std::get<I>(layers).w, std::get<I>(layers).b), ...);
    }
    void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
        for (std::size_t t = 0; t < xs.size(); ++t)
            Eigen::Map<Matrix<N.outputs(), 1>>{ys[t].data()} = step<0>(map<N.inputs(), 1>(xs[t].data()));
    }

private:
    template <std::size_t Layer> auto step(const auto& x) {
        if constexpr (Layer == N.layers()) return x;
        else return step<Layer + 1>(activated<N.activation(Layer)>(std::get<Layer>(layers)(x)));
    }
    std::tuple<Convolution<N.layer(I)>...> layers;
};

/// A layer of a wavenet, whose convolution is C, for Inputs inputs of the network.
template <PlacedCell C, Activation A, int Inputs> struct SkipLayer {
    static constexpr int n = C.outputs;
    Convolution<C> convolution;
    Matrix<n, Inputs> v;
    Matrix<n, n> r;
    Matrix<n, 1> d;

    void operator()(const auto& c, auto& x, auto& s) {
        const auto z = activated<A>((convolution(x) + v * c).eval());
        s += z;
        x += d;
        x += r.lazyProduct(z);
    }
};

template <PlacedCell L, std::size_t S, class = std::make_index_sequence<L.depth()>> class Stack;
template <PlacedCell L, std::size_t S, std::size_t... I> class Stack<L, S, std::index_sequence<I...>> {
    static constexpr int n = L.channels[S], head = L.head(S);

public:
    void load(Parameters& p) {
        p.to(rechannel);
        const auto load = [&](auto& l) { p.to(l.convolution.w, l.v, l.convolution.b, l.r, l.d); };
        (load(std::get<I>(layers)), ...);
        p.to(h, e);
    }
    /// x and s of the next stack.
    auto operator()(const auto& c, const auto& x_before, Matrix<n, 1> s) {
        Matrix<n, 1> x = rechannel * x_before;
        (std::get<I>(layers)(c, x, s), ...);
        return std::pair{x, Matrix<head, 1>{h * s + e}};
    }

private:
    std::tuple<SkipLayer<L.convolution(S, I), L.activation, L.inputs>...> layers;
    Matrix<n, L.before(S)> rechannel;
    Matrix<head, n> h;
    Matrix<head, 1> e;
};

template <const CellNetwork& N, PlacedCell L = N.layer(0)> class WaveNet {
public:
    explicit WaveNet(std::span<const float> start) {
        Parameters p{start.data()};
        first.load(p);
        second.load(p);
    }
    void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
        for (std::size_t t = 0; t < xs.size(); ++t) {
            const auto c = map<N.inputs(), 1>(xs[t].data());
            const auto [x, s] = first(c, c, Matrix<L.channels[0], 1>::Zero());
            Eigen::Map<Matrix<N.outputs(), 1>>{ys[t].data()} = second(c, x, s).second;
        }
    }

private:
    Stack<L, 0> first;
    Stack<L, 1> second;
};

struct EigenCells {
    static constexpr std::string_view name = "eigen";

    template <const CellNetwork& N>
    using Stream = std::conditional_t<N.layer(0).recurrent(), Net<N, 1>,
                                      std::conditional_t<N.layer(0).is_wavenet(), WaveNet<N>, Chain<N>>>;
    template <const CellNetwork& N> using Streams = Net<N, stream_count>;
};

}

int main(int argc, char** argv) { return bench::run_cells<EigenCells>(argc, argv); }
