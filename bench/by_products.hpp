// Passes and training by a library's matrix products, everything else by hand.
#pragma once

#include "by_hand.hpp"
#include "harness.hpp"

namespace bench {

/// An implementation, as harness.hpp describes it, but for the name. Products has three templates <M, N, K>,
/// each of which adds a product of matrices, [rows][columns], to c[M][N], and the number of samples that are
/// computed at once:
///   add_product     (a[M][K], b[K][N], c)
///   add_product_at  (a[K][M], b[K][N], c)   a is transposed
///   add_product_bt  (a[M][K], b[N][K], c)   b is transposed
///   part            (count) a divisor of count
template <class Products> struct ByProducts {
    /// The parameters, and every layer's outputs for Rows samples.
    template <const Network& N, std::size_t Rows> class Pass {
    public:
        explicit Pass(std::span<const float> start) : p(start.begin(), start.end()) {
            for (std::size_t layer = 0; layer < N.layers(); ++layer)
                trace[layer].resize(Rows * N.widths[layer + 1]);
        }

    protected:
        template <std::size_t L = 0> const float* forward(const float* x) {
            if constexpr (L == N.layers()) {
                return x;
            } else {
                constexpr std::size_t in = N.widths[L], out = N.widths[L + 1], bias = N.bias(L);
                float* y = trace[L].data();
                for (std::size_t s = 0; s < Rows; ++s) std::copy_n(&p[bias], out, y + s * out);
                Products::template add_product<Rows, out, in>(x, &p[N.weight(L)], y);
                for (std::size_t s = 0; s < Rows; ++s) activate<N.activation(L)>({y + s * out, out});
                return forward<L + 1>(y);
            }
        }

        Aligned<float> p;
        std::array<Aligned<float>, N.layers()> trace;
    };

    static constexpr std::size_t batch_part = Products::part(batch_samples);
    template <const Network& N> struct Batch : Pass<N, batch_part> {
        using Pass<N, batch_part>::Pass;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            for (std::size_t s = 0; s < batch_samples; s += batch_part)
                std::copy_n(this->forward(xs[s].data()), batch_part * N.outputs(), ys[s].data());
        }
    };

    template <const Job& J, const Network& N = J.network> class Train : Pass<N, Products::part(J.batch)> {
        static constexpr std::size_t part = Products::part(J.batch);

    public:
        explicit Train(std::span<const float> start) : Pass<N, part>(start), gradient(start.size()) {
            delta.fill(Aligned<float>(part * std::ranges::max(N.widths)));
        }
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            std::ranges::fill(gradient, 0.f);
            for (std::size_t s = 0; s < J.batch; s += part) {
                const float* y = this->forward(xs[s].data());
                for (std::size_t i = 0; i < part * N.outputs(); ++i)
                    delta[0][i] = (y[i] - ts[s].data()[i]) * derivative<N.last>(y[i]);
                backward<N.layers() - 1>(xs[s].data());
            }
            update(this->p, gradient, 1.f / J.batch);
        }
        void read(std::span<float> parameters) const { std::ranges::copy(this->p, parameters.begin()); }

    private:
        template <std::size_t L> void backward(const float* xs) {
            constexpr std::size_t in = N.widths[L], out = N.widths[L + 1], bias = N.bias(L);
            const float *dz = delta[0].data(), *x = L == 0 ? xs : this->trace[L == 0 ? 0 : L - 1].data();
            Products::template add_product_at<in, out, part>(x, dz, &gradient[N.weight(L)]);
            for (std::size_t s = 0; s < part; ++s)
                for (std::size_t o = 0; o < out; ++o) gradient[bias + o] += dz[s * out + o];
            if constexpr (L > 0) {
                float* dx = delta[1].data();
                std::fill_n(dx, part * in, 0.f);
                Products::template add_product_bt<part, in, out>(dz, &this->p[N.weight(L)], dx);
                for (std::size_t i = 0; i < part * in; ++i) dx[i] *= derivative<N.hidden>(x[i]);
                std::swap(delta[0], delta[1]);
                backward<L - 1>(xs);
            }
        }

        Aligned<float> gradient;
        std::array<Aligned<float>, 2> delta;
        Update<J.optimizer> update{N.parameters()};
    };
};

}
