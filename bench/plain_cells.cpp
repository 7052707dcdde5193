// needs: the compiler; -fno-math-errno
// Networks over time in loops as an expert writes them by hand: of static size, innermost over outputs, four
// terms of a sum at a time.
#include "by_hand.hpp"
#include "cell_harness.hpp"

#include <tuple>

namespace {

using namespace bench;

/// sums += the products of `Count` values with as many rows of weights. Of four terms, only their sum waits
/// for the ones before.
template <std::size_t Count, std::size_t Columns>
void add_products(const float* __restrict x, const float* __restrict w, float* __restrict sums) {
    constexpr std::size_t whole = Count - Count % 4, n = Columns;
    for (std::size_t i = 0; i < whole; i += 4, x += 4, w += 4 * n)
        for (std::size_t c = 0; c < n; ++c)
            sums[c] += (x[0] * w[c] + x[1] * w[n + c]) + (x[2] * w[2 * n + c] + x[3] * w[3 * n + c]);
    for (std::size_t i = 0; i < Count % 4; ++i)
        for (std::size_t c = 0; c < n; ++c) sums[c] += x[i] * w[i * n + c];
}

template <PlacedCell L> struct Memory { // of a convolution: a ring of the inputs of past steps and this one
    alignas(64) std::array<float, (L.past() + 1) * L.inputs> ring{};
    std::size_t now = 0;
};
template <PlacedCell L>
    requires(L.recurrent())
struct Memory<L> {
    alignas(64) std::array<float, L.outputs> h{}, c{};
};

/// z += the convolution of x and the past. Inlined, that of conv takes four times as long with g++ 12.
template <PlacedCell L>
[[gnu::noinline]] void convolve(const float* w, Memory<L>& memory, const float* x, float* z) {
    std::copy_n(x, L.inputs, memory.ring.data() + memory.now * L.inputs);
    for (std::size_t k = 0; k < L.kernel; ++k) {
        const std::size_t late = (L.kernel - 1 - k) * L.dilation;
        const std::size_t place = memory.now + (memory.now < late ? L.past() + 1 : 0) - late;
        add_products<L.inputs, L.outputs>(memory.ring.data() + place * L.inputs, w + k * L.inputs * L.outputs,
                                          z);
    }
    memory.now = memory.now == L.past() ? 0 : memory.now + 1;
}

/// A stack of a wavenet. w is where the next parameters are.
template <PlacedCell L, std::size_t S, class = std::make_index_sequence<L.depth()>> struct Stack;
template <PlacedCell L, std::size_t S, std::size_t... I> struct Stack<L, S, std::index_sequence<I...>> {
    static constexpr std::size_t n = L.channels[S], inputs = L.inputs, before = L.before(S), head = L.head(S);
    std::tuple<Memory<L.convolution(S, I)>...> memories;

    void step(const float*& w, const float* c, float* x, float* s) {
        alignas(64) float values[n] = {}, heads[head];
        add_products<before, n>(x, w, values);
        w += before * n;
        (layer(w, std::get<I>(memories), c, values, s), ...);
        std::copy_n(w + n * head, head, heads);
        add_products<n, head>(s, w, heads);
        w += (n + 1) * head;
        std::copy_n(values, n, x);
        std::copy_n(heads, head, s);
    }
    template <PlacedCell C>
    static void layer(const float*& w, Memory<C>& memory, const float* c, float* x, float* s) {
        const float *v = w + C.weights(), *b = v + inputs * n, *r = b + n, *d = r + n * n;
        alignas(64) float z[n];
        std::copy_n(b, n, z);
        convolve(w, memory, x, z);
        add_products<inputs, n>(c, v, z);
        activate<L.activation>({z, n});
        for (std::size_t i = 0; i < n; ++i) {
            s[i] += z[i];
            x[i] += d[i];
        }
        add_products<n, n>(z, r, x);
        w = d + n;
    }
};
template <PlacedCell L>
    requires(L.is_wavenet())
struct Memory<L> {
    Stack<L, 0> first;
    Stack<L, 1> second;
};

template <PlacedCell L>
void step(const float* w, const float* b, Memory<L>& memory, const float* x, float* y) {
    constexpr std::size_t n = L.outputs, columns = L.columns();
    alignas(64) float z[columns];
    std::copy_n(b, columns, z);
    if constexpr (L.kind == CellKind::dense) {
        add_products<L.inputs, n>(x, w, z);
        std::copy_n(z, n, y);
        activate<L.activation>({y, n});
    }
    if constexpr (L.kind == CellKind::causal_convolution) {
        convolve(w, memory, x, z);
        std::copy_n(z, n, y);
        activate<L.activation>({y, n});
    }
    if constexpr (L.kind == CellKind::lstm) {
        add_products<L.inputs, columns>(x, w, z);
        add_products<n, columns>(memory.h.data(), w + L.inputs * columns, z);
        activate<sigmoid>({z, 2 * n});
        activate<Activation::tanh>({z + 2 * n, n});
        activate<sigmoid>({z + 3 * n, n});
        for (std::size_t u = 0; u < n; ++u) {
            memory.c[u] = z[n + u] * memory.c[u] + z[u] * z[2 * n + u];
            y[u] = memory.h[u] = z[3 * n + u] * std::tanh(memory.c[u]);
        }
    }
    if constexpr (L.kind == CellKind::gru) {
        alignas(64) float of_h[columns];
        std::copy_n(b + columns, columns, of_h);
        add_products<L.inputs, columns>(x, w, z);
        add_products<n, columns>(memory.h.data(), w + L.inputs * columns, of_h);
        for (std::size_t c = 0; c < 2 * n; ++c) z[c] += of_h[c];
        activate<sigmoid>({z, 2 * n});
        for (std::size_t u = 0; u < n; ++u) z[2 * n + u] += z[u] * of_h[2 * n + u];
        activate<Activation::tanh>({z + 2 * n, n});
        for (std::size_t u = 0; u < n; ++u)
            y[u] = memory.h[u] = z[2 * n + u] + z[n + u] * (memory.h[u] - z[2 * n + u]);
    }
}

template <PlacedCell L>
    requires(L.is_wavenet())
void step(const float* w, const float*, Memory<L>& memory, const float* x, float* y) {
    constexpr std::size_t most = std::max(L.channels[0], L.channels[1]);
    alignas(64) float values[most], s[most] = {};
    std::copy_n(x, L.inputs, values);
    memory.first.step(w, x, values, s);
    memory.second.step(w, x, values, s);
    std::copy_n(s, L.outputs, y);
}

template <const CellNetwork& N, class = std::make_index_sequence<N.layers()>> struct Memories;
template <const CellNetwork& N, std::size_t... I> struct Memories<N, std::index_sequence<I...>> {
    std::tuple<Memory<N.layer(I)>...> of;

    Output<N> next(const float* p, const Input<N>& x) {
        alignas(64) float values[N.layers() + 1][128];
        std::ranges::copy(x, values[0]);
        (step<N.layer(I)>(p + N.weight(I), p + N.bias(I), std::get<I>(of), values[I], values[I + 1]), ...);
        Output<N> y;
        std::copy_n(values[N.layers()], y.size(), y.data());
        return y;
    }
};

struct Plain {
    static constexpr std::string_view name = "plain";

    template <const CellNetwork& N, std::size_t Count> struct Net {
        alignas(64) std::array<float, N.parameters()> p;
        std::array<Memories<N>, Count> memories{};

        explicit Net(std::span<const float> start) { std::ranges::copy(start, p.begin()); }
        void operator()(std::span<const Input<N>> xs, std::span<Output<N>> ys) {
            for (std::size_t i = 0; i < xs.size(); ++i)
                ys[i] = memories[Count == 1 ? 0 : i].next(p.data(), xs[i]);
        }
    };
    template <const CellNetwork& N> struct Stream : Net<N, 1> {
        using Net<N, 1>::Net;
    };
    template <const CellNetwork& N> struct Streams : Net<N, stream_count> {
        using Net<N, stream_count>::Net;
    };
};

}

int main(int argc, char** argv) { return bench::run_cells<Plain>(argc, argv); }
