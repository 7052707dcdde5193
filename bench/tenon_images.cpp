// needs: libboost-dev libxsimd-dev, <tenon/tenon.hpp>
// tenon's image networks.
#include "image_harness.hpp"
#include "tenon_net.hpp"

#include <tenon/tenon.hpp>

#include <type_traits>
#include <utility>

namespace {

using namespace bench;

template <Padding> struct TenonPadding : std::type_identity<tenon::Valid> {};
template <> struct TenonPadding<same> : std::type_identity<tenon::Same> {};

/// A layer as tenon's type; images of one row are signals.
template <PlacedLayer L> constexpr auto tenon_layer() {
    constexpr std::size_t c = L.input.channels, h = L.input.height, w = L.input.width, s = L.stride;
    using Shape = tenon::Shape<c, h, w>;
    using Activation = typename TenonActivation<L.activation>::type;
    using Padding = typename TenonPadding<L.padding>::type;
    using Kernel = tenon::Kernel<L.kernel[0], L.kernel[1]>;
    if constexpr (L.kind == convolution && h == 1)
        return std::type_identity<tenon::Conv1D<tenon::Shape<c, w>, L.channels, tenon::Kernel<L.kernel[1]>,
                                                Activation, tenon::Stride<s>, Padding>>{};
    else if constexpr (L.kind == convolution)
        return std::type_identity<
            tenon::Conv2D<Shape, L.channels, Kernel, Activation, tenon::Stride<s, s>, Padding>>{};
    else if constexpr (L.kind == depthwise)
        return std::type_identity<tenon::Conv2D<Shape, L.channels, Kernel, Activation, tenon::Stride<s, s>,
                                                Padding, tenon::Groups<c>>>{};
    else if constexpr (L.kind == max_pool)
        return std::type_identity<tenon::MaxPool<Shape, Kernel, tenon::Stride<s, s>>>{};
    else if constexpr (L.kind == global_average) return std::type_identity<tenon::GlobalAveragePool<Shape>>{};
    else if constexpr (L.kind == flatten) return std::type_identity<tenon::Flatten<Shape>>{};
    else return std::type_identity<tenon::Dense<L.input.size(), L.channels, Activation>>{};
}

template <const ImageNetwork& N, class = std::make_index_sequence<N.layers()>> struct TenonImages;
template <const ImageNetwork& N, std::size_t... L> struct TenonImages<N, std::index_sequence<L...>> {
    using Net = tenon::Net<typename decltype(tenon_layer<N.layer(L)>())::type...>;

    /// Calls visit(parameter of the net, its index in the flat parameters) for every parameter.
    static void for_each(auto&& net, auto visit) {
        const auto layer = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            constexpr PlacedLayer placed = N.layer(I);
            if constexpr (placed.has_parameters()) {
                auto&& own = net.template layer<I>();
                constexpr std::size_t height = placed.kernel[0], width = placed.kernel[1];
                for (std::size_t o = 0; o < placed.biases(); ++o) {
                    for (std::size_t i = 0; i < placed.fan_in(); ++i) {
                        const std::size_t index = N.weight(I) + o * placed.fan_in() + i;
                        const std::size_t c = i / height / width, y = i / width % height, x = i % width;
                        if constexpr (placed.kind == dense) visit(own.weight(o, i), index);
                        else if constexpr (placed.input.height == 1) visit(own.weight(o, c, x), index);
                        else visit(own.weight(o, c, y, x), index);
                    }
                    visit(own.bias(o), N.bias(I) + o);
                }
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

struct Tenon {
    static constexpr std::string_view name = "tenon";

    template <const ImageNetwork& N> struct One {
        typename TenonImages<N>::Net net;

        explicit One(std::span<const float> start) : net(TenonImages<N>::load(start)) {}
        Output<N> operator()(const Input<N>& x) const { return net(x); }
    };

    template <const ImageNetwork& N> struct Batch {
        typename TenonImages<N>::Net net;

        explicit Batch(std::span<const float> start) : net(TenonImages<N>::load(start)) {}
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) const { net(xs, ys); }
    };

    template <const ImageJob& J, const ImageNetwork& N = J.network> class Train {
    public:
        explicit Train(std::span<const float> start) : net(TenonImages<N>::load(start)) {}
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) { trainer.step(xs, ts); }
        void read(std::span<float> to) const {
            TenonImages<N>::for_each(net, [&](float parameter, std::size_t i) { to[i] = parameter; });
        }

    private:
        using Net = typename TenonImages<N>::Net;
        static_assert(N.activation(N.layers() - 1) == softmax);

        Net net;
        tenon::Trainer<Net, tenon::CrossEntropy, decltype(tenon_optimizer<J.optimizer>()), J.batch> trainer{
            net, tenon::CrossEntropy{}, tenon_optimizer<J.optimizer>()};
    };
};

}

int main(int argc, char** argv) { return bench::run_images<Tenon>(argc, argv); }
