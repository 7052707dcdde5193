// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// tenon, this library.
#include "harness.hpp"
#include "tenon_net.hpp"

#include <cstdint>
#include <type_traits>

namespace {

using namespace bench;

struct Tenon {
    static constexpr std::string_view name = "tenon";

    template <const Network& N> struct One {
        typename TenonNet<N>::Net net;

        explicit One(std::span<const float> start) : net(TenonNet<N>::load(start)) {}
        Output<N> operator()(const Input<N>& x) const { return net(x); }
    };

    template <const Network& N> struct Batch {
        typename TenonNet<N>::Net net;

        explicit Batch(std::span<const float> start) : net(TenonNet<N>::load(start)) {}
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) const { net(xs, ys); }
    };

    template <const Job& J, const Network& N = J.network> class Train {
    public:
        explicit Train(std::span<const float> start) : net(TenonNet<N>::load(start)) {}
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            if constexpr (J.batch == 1) trainer.step(xs[0], ts[0]);
            else trainer.step(xs, ts);
        }
        void epoch(std::span<const Input<N>> xs, std::span<const Output<N>> ts, std::uint64_t seed) {
            trainer.fit(xs, ts, {.shuffle_seed = seed});
        }
        void read(std::span<float> to) const {
            TenonNet<N>::for_each(net, [&](float parameter, std::size_t i) { to[i] = parameter; });
        }

    private:
        using Loss = std::conditional_t<N.last == softmax, tenon::CrossEntropy, tenon::HalfSquaredError>;
        using Net = typename TenonNet<N>::Net;

        Net net;
        tenon::Trainer<Net, Loss, decltype(tenon_optimizer<J.optimizer>()), J.batch> trainer{
            net, Loss{}, tenon_optimizer<J.optimizer>()};
    };
};

}

int main(int argc, char** argv) { return bench::run<Tenon>(argc, argv); }
