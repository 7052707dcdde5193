// needs: libeigen3-dev, <eigen3/Eigen/Dense>
// Recurrent networks in Eigen by hand: matrices of fixed size, a stream in each column.
#define EIGEN_STACK_ALLOCATION_LIMIT 0
#define EIGEN_NO_DEBUG
#include <eigen3/Eigen/Dense>

#include "cell_harness.hpp"

namespace {

using namespace bench;

template <int Rows, int Columns>
using Matrix = Eigen::Matrix<float, Rows, Columns, (Rows == 1 && Columns > 1) ? Eigen::RowMajor : 0>;

/// A cell and, if N has one, a dense layer, for Count streams.
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

    template <int Rows, int Columns> static auto map(const float* from) {
        return Eigen::Map<const Eigen::Matrix<float, Rows, Columns>>{from};
    }
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

struct EigenCells {
    static constexpr std::string_view name = "eigen";

    template <const CellNetwork& N>
        requires(N.layer(0).recurrent())
    struct Stream : Net<N, 1> {
        using Net<N, 1>::Net;
    };
    template <const CellNetwork& N> struct Streams : Net<N, stream_count> {
        using Net<N, stream_count>::Net;
    };
};

}

int main(int argc, char** argv) { return bench::run_cells<EigenCells>(argc, argv); }
