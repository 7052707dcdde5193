// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// tenon's networks over time.
#include "cell_harness.hpp"
#include "tenon_cell_net.hpp"

namespace {

using namespace bench;

struct Tenon {
    static constexpr std::string_view name = "tenon";

    template <const CellNetwork& N> struct Stream {
        using Net = typename TenonCells<N>::Net;
        Net net;
        tenon::State<Net> state;

        explicit Stream(std::span<const float> start) { TenonCells<N>::load(start, net.parameters()); }
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) { net.run(state, xs, ys); }
        Output<N> one(const Input<N>& x) { return net.step(state, x); }
    };

    template <const CellNetwork& N> struct Streams {
        using Net = typename TenonCells<N>::Net;
        Net net;
        std::array<tenon::State<Net>, stream_count> states;

        explicit Streams(std::span<const float> start) { TenonCells<N>::load(start, net.parameters()); }
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            net.step(std::span<tenon::State<Net>>{states}, xs, ys);
        }
    };

    template <const CellJob& J, const Unrolled& N = J.network> class Train {
    public:
        explicit Train(std::span<const float> start) { TenonCells<N>::load(start, net.parameters()); }
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) { trainer.step(xs, ts); }
        void read(std::span<float> to) const {
            TenonCells<N>::for_each([&](std::size_t own, std::size_t i) { to[i] = net.parameters()[own]; });
        }

    private:
        using Net = tenon::Unrolled<typename TenonCells<N>::Net, N.steps>;

        Net net;
        tenon::Trainer<Net, tenon::HalfSquaredError, decltype(tenon_optimizer<J.optimizer>()), J.batch>
            trainer{net, tenon::HalfSquaredError{}, tenon_optimizer<J.optimizer>()};
    };
};

}

int main(int argc, char** argv) { return bench::run_cells<Tenon>(argc, argv); }
