// needs: the compiler; -fno-math-errno
// Loops as an expert writes them by hand: of static size, innermost over outputs, four terms of a sum at a
// time.
#include "by_hand.hpp"
#include "harness.hpp"

namespace {

using namespace bench;

/// Element (m, k) of a matrix or of its transpose, through two strides.
struct Strided {
    const float* data;
    std::size_t row, column;
    const float& operator()(std::size_t m, std::size_t k) const { return data[m * row + k * column]; }
};

/// c[m][n] += sum_k a(m, k) * b[k][n] for M rows and K terms.
template <std::size_t M, std::size_t K, std::size_t N>
[[gnu::always_inline]] inline void block(Strided a, const float* __restrict b, float* __restrict c) {
    float x[M][K];
    for (std::size_t m = 0; m < M; ++m)
        for (std::size_t k = 0; k < K; ++k) x[m][k] = a(m, k);
    for (std::size_t n = 0; n < N; ++n)
        for (std::size_t m = 0; m < M; ++m) {
            float sum = c[m * N + n];
            for (std::size_t k = 0; k < K; ++k) sum += x[m][k] * b[k * N + n];
            c[m * N + n] = sum;
        }
}

template <std::size_t M, std::size_t N>
[[gnu::always_inline]] inline void rows(Strided a, std::size_t terms, const float* b, float* c) {
    const std::size_t whole = terms - terms % 4;
    for (std::size_t k = 0; k < whole; k += 4) block<M, 4, N>({&a(0, k), a.row, a.column}, b + k * N, c);
    for (std::size_t k = whole; k < terms; ++k) block<M, 1, N>({&a(0, k), a.row, a.column}, b + k * N, c);
}

template <std::size_t N>
[[gnu::always_inline]] inline void multiply_add(std::size_t m, Strided a, std::size_t terms, const float* b,
                                                float* c) {
    const std::size_t whole = m - m % 4;
    for (std::size_t i = 0; i < whole; i += 4) rows<4, N>({&a(i, 0), a.row, a.column}, terms, b, c + i * N);
    for (std::size_t i = whole; i < m; ++i) rows<1, N>({&a(i, 0), a.row, a.column}, terms, b, c + i * N);
}

struct Plain {
    static constexpr std::string_view name = "plain";

    /// The parameters, and every layer's outputs for up to Rows samples.
    template <const Network& N, std::size_t Rows> class Pass {
    public:
        explicit Pass(std::span<const float> start) { std::ranges::copy(start, p.begin()); }

        template <std::size_t Layer = 0> const float* forward(const float* x, std::size_t count) {
            if constexpr (Layer == N.layers()) {
                return x;
            } else {
                constexpr std::size_t in = N.widths[Layer], out = N.widths[Layer + 1];
                constexpr std::size_t w = N.weight(Layer), b = N.bias(Layer);
                float* y = values<Layer + 1>();
                for (std::size_t s = 0; s < count; ++s)
                    for (std::size_t o = 0; o < out; ++o) y[s * out + o] = p[b + o];
                multiply_add<out>(count, {x, in, 1}, in, &p[w], y);
                for (std::size_t s = 0; s < count; ++s) activate<N.activation(Layer)>({y + s * out, out});
                return forward<Layer + 1>(y, count);
            }
        }

    protected:
        template <std::size_t Layer> float* values() { return trace[Layer - 1].data(); }

        static constexpr std::size_t widest = *std::max_element(N.widths.begin() + 1, N.widths.end());
        alignas(64) std::array<float, N.parameters()> p;
        alignas(64) std::array<std::array<float, widest * Rows>, N.layers()> trace;
    };

    template <const Network& N> struct One : Pass<N, 1> {
        using Pass<N, 1>::Pass;
        Output<N> operator()(const Input<N>& x) {
            Output<N> y;
            std::copy_n(this->forward(x.data(), 1), y.size(), y.begin());
            return y;
        }
    };

    template <const Network& N> struct Batch : Pass<N, 8> {
        using Pass<N, 8>::Pass;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            for (std::size_t s = 0; s < xs.size(); s += 8) {
                const std::size_t count = std::min<std::size_t>(8, xs.size() - s);
                std::copy_n(this->forward(xs[s].data(), count), count * N.outputs(), ys[s].data());
            }
        }
    };

    static constexpr std::size_t max_block = 64;

    template <const Job& J, const Network& N = J.network>
    class Train : Pass<N, std::min(J.batch, max_block)> {
        static constexpr std::size_t block_samples = std::min(J.batch, max_block);

    public:
        explicit Train(std::span<const float> start) : Pass<N, block_samples>(start) {}

        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            gradient.fill(0);
            transpose<1>();
            for (std::size_t s = 0; s < J.batch; s += block_samples) {
                const std::size_t count = std::min(block_samples, J.batch - s);
                const float* y = this->forward(xs[s].data(), count);
                for (std::size_t i = 0; i < count * N.outputs(); ++i)
                    delta[0][i] = (y[i] - ts[s].data()[i]) * derivative<N.last>(y[i]);
                backward<N.layers() - 1>(xs[s].data(), count);
            }
            update(this->p, gradient, 1.f / J.batch);
        }
        void read(std::span<float> parameters) const { std::ranges::copy(this->p, parameters.begin()); }

    private:
        template <std::size_t Layer> void transpose() {
            if constexpr (Layer < N.layers()) {
                constexpr std::size_t in = N.widths[Layer], out = N.widths[Layer + 1], w = N.weight(Layer);
                for (std::size_t i = 0; i < in; ++i)
                    for (std::size_t o = 0; o < out; ++o)
                        transposed[w + o * in + i] = this->p[w + i * out + o];
                transpose<Layer + 1>();
            }
        }

        template <std::size_t Layer> void backward(const float* xs, std::size_t count) {
            constexpr std::size_t in = N.widths[Layer], out = N.widths[Layer + 1];
            constexpr std::size_t w = N.weight(Layer), b = N.bias(Layer);
            float* dz = delta[(N.layers() - 1 - Layer) % 2].data();
            float* dx = delta[(N.layers() - Layer) % 2].data();
            const float* x = Layer == 0 ? xs : this->template values<Layer>();
            multiply_add<out>(in, {x, 1, in}, count, dz, &gradient[w]);
            for (std::size_t s = 0; s < count; ++s)
                for (std::size_t o = 0; o < out; ++o) gradient[b + o] += dz[s * out + o];
            if constexpr (Layer > 0) {
                std::fill_n(dx, count * in, 0.f);
                multiply_add<in>(count, {dz, out, 1}, out, &transposed[w], dx);
                for (std::size_t i = 0; i < count * in; ++i) dx[i] *= derivative<N.hidden>(x[i]);
                backward<Layer - 1>(xs, count);
            }
        }

        alignas(64) std::array<float, N.parameters()> gradient, transposed;
        alignas(64) std::array<std::array<float, Train::widest * block_samples>, 2> delta;
        Update<J.optimizer> update{N.parameters()};
    };
};

}

int main(int argc, char** argv) { return bench::run<Plain>(argc, argv); }
