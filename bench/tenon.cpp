// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// tenon itself.
#include "harness.hpp"

#include <tenon/tenon.hpp>

#include <type_traits>
#include <utility>

namespace {

using namespace bench;

template <Activation> struct Same;
template <> struct Same<identity> : std::type_identity<tenon::Identity> {};
template <> struct Same<relu> : std::type_identity<tenon::Relu> {};
template <> struct Same<sigmoid> : std::type_identity<tenon::Sigmoid> {};
template <> struct Same<Activation::tanh> : std::type_identity<tenon::Tanh> {};
template <> struct Same<softmax> : std::type_identity<tenon::Softmax> {};

template <const Network& N, class = std::make_index_sequence<N.layers()>> struct Described;
template <const Network& N, std::size_t... L> struct Described<N, std::index_sequence<L...>> {
    template <std::size_t I>
    using Dense = tenon::Dense<N.widths[I], N.widths[I + 1], typename Same<N.activation(I)>::type>;
    using Net = tenon::Net<Dense<L>...>;

    /// visit(net's number, its place in the flat parameters) for all of them.
    static void for_each(auto&& net, auto visit) {
        const auto layer = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            const std::size_t in = N.widths[I], out = N.widths[I + 1];
            for (std::size_t o = 0; o < out; ++o) {
                for (std::size_t i = 0; i < in; ++i)
                    visit(net.template layer<I>().weight(o, i), N.weight(I) + i * out + o);
                visit(net.template layer<I>().bias(o), N.bias(I) + o);
            }
        };
        (layer(std::integral_constant<std::size_t, L>{}), ...);
    }
    static Net load(std::span<const float> start) {
        Net net;
        for_each(net, [&](float& parameter, std::size_t i) { parameter = start[i]; });
        return net;
    }
};

template <Optimizer O> constexpr auto same() {
    if constexpr (O == Optimizer::sgd) return tenon::Sgd{.learning_rate = sgd_rate};
    if constexpr (O == Optimizer::momentum)
        return tenon::Sgd{.learning_rate = momentum_rate, .momentum = momentum};
    if constexpr (O == Optimizer::adam) return tenon::Adam{.learning_rate = adam_rate};
}

struct Tenon {
    static constexpr std::string_view name = "tenon";

    template <const Network& N> struct One {
        typename Described<N>::Net net;

        explicit One(std::span<const float> start) : net(Described<N>::load(start)) {}
        Output<N> operator()(const Input<N>& x) const { return net(x); }
    };

    template <const Network& N> struct Batch {
        typename Described<N>::Net net;

        explicit Batch(std::span<const float> start) : net(Described<N>::load(start)) {}
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) const { net(xs, ys); }
    };

    template <const Job& J, const Network& N = J.network> class Train {
    public:
        explicit Train(std::span<const float> start) : net(Described<N>::load(start)) {}
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            if constexpr (J.batch == 1) trainer.step(xs[0], ts[0]);
            else trainer.step(xs, ts);
        }
        void read(std::span<float> to) const {
            Described<N>::for_each(net, [&](float parameter, std::size_t i) { to[i] = parameter; });
        }

    private:
        using Loss = std::conditional_t<N.last == softmax, tenon::CrossEntropy, tenon::HalfSquaredError>;
        using Net = typename Described<N>::Net;

        Net net;
        tenon::Trainer<Net, Loss, decltype(same<J.optimizer>()), J.batch> trainer{net, Loss{},
                                                                                  same<J.optimizer>()};
    };
};

}

int main(int argc, char** argv) { return bench::run<Tenon>(argc, argv); }
