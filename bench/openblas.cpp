// needs: libopenblas-dev, <cblas.h>, -lopenblas, -fno-math-errno
// OpenBLAS: sgemm for the products, everything else by hand.
#include "by_hand.hpp"
#include "harness.hpp"

#include <cblas.h>

namespace {

using namespace bench;

/// c[m][n] += a * b, with a or b transposed as ta and tb say.
void multiply_add(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, std::size_t m, std::size_t n, std::size_t k,
                  const float* a, const float* b, float* c) {
    const auto size = [](std::size_t value) { return static_cast<blasint>(value); };
    cblas_sgemm(CblasRowMajor, ta, tb, size(m), size(n), size(k), 1, a, size(ta == CblasNoTrans ? k : m), b,
                size(tb == CblasNoTrans ? n : k), 1, c, size(n));
}

struct OpenBlas {
    static constexpr std::string_view name = "openblas";

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
                multiply_add(CblasNoTrans, CblasNoTrans, Rows, out, in, x, &p[N.weight(L)], y);
                for (std::size_t s = 0; s < Rows; ++s) activate<N.activation(L)>({y + s * out, out});
                return forward<L + 1>(y);
            }
        }

        Aligned<float> p;
        std::array<Aligned<float>, N.layers()> trace;
    };

    template <const Network& N> struct Batch : Pass<N, batch_samples> {
        using Pass<N, batch_samples>::Pass;
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            std::copy_n(this->forward(xs[0].data()), ys.size() * N.outputs(), ys[0].data());
        }
    };

    template <const Job& J, const Network& N = J.network> class Train : Pass<N, J.batch> {
    public:
        explicit Train(std::span<const float> start) : Pass<N, J.batch>(start), gradient(start.size()) {
            delta.fill(Aligned<float>(J.batch * std::ranges::max(N.widths)));
        }
        void step(std::span<const Input<N>> xs, std::span<const Output<N>> ts) {
            const float* y = this->forward(xs[0].data());
            for (std::size_t i = 0; i < J.batch * N.outputs(); ++i)
                delta[0][i] = (y[i] - ts[0].data()[i]) * derivative<N.last>(y[i]);
            std::ranges::fill(gradient, 0.f);
            backward<N.layers() - 1>(xs[0].data());
            update(this->p, gradient, 1.f / J.batch);
        }
        void read(std::span<float> parameters) const { std::ranges::copy(this->p, parameters.begin()); }

    private:
        template <std::size_t L> void backward(const float* xs) {
            constexpr std::size_t in = N.widths[L], out = N.widths[L + 1], bias = N.bias(L);
            const float *dz = delta[0].data(), *x = L == 0 ? xs : this->trace[L == 0 ? 0 : L - 1].data();
            multiply_add(CblasTrans, CblasNoTrans, in, out, J.batch, x, dz, &gradient[N.weight(L)]);
            for (std::size_t s = 0; s < J.batch; ++s)
                for (std::size_t o = 0; o < out; ++o) gradient[bias + o] += dz[s * out + o];
            if constexpr (L > 0) {
                float* dx = delta[1].data();
                std::fill_n(dx, J.batch * in, 0.f);
                multiply_add(CblasNoTrans, CblasTrans, J.batch, in, out, dz, &this->p[N.weight(L)], dx);
                for (std::size_t i = 0; i < J.batch * in; ++i) dx[i] *= derivative<N.hidden>(x[i]);
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

int main(int argc, char** argv) {
    openblas_set_num_threads(1);
    return bench::run<OpenBlas>(argc, argv);
}
