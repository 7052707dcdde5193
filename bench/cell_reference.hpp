// The reference for networks over time, in double.
#pragma once

#include "cells.hpp"
#include "reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace bench {

/// A forward pass gives the outputs of all steps, from memories of zero. A wavenet has no backward pass.
class CellReference : public Reference {
public:
    CellReference(const Unrolled& net, std::span<const float> start)
        : Reference(net.inputs(), net.outputs(), start), network(net), kept(net.layers()) {}

private:
    using Values = std::vector<double>;

    /// What backward needs of a cell: the gates of all steps, then the long memory of a lstm, or of a gru
    /// the sum that its reset gate multiplies.
    struct Kept {
        Values gates, other;
    };

    void append(std::size_t index) override {
        const PlacedCell layer = network.layer(index);
        const Values& x = trace[index];
        if (layer.is_wavenet()) return trace.push_back(wavenet_outputs(layer, &p[network.weight(index)], x));
        Values y(network.steps * layer.outputs);
        kept[index] = {Values(network.steps * layer.columns()), Values(y.size())};
        for (std::size_t t = 0; t < network.steps; ++t)
            if (layer.recurrent()) step_of_cell(index, layer, x, y, t);
            else {
                Values z(&p[network.bias(index)], &p[network.bias(index)] + layer.outputs);
                for_each_product(layer, t, [&](std::size_t row, std::size_t input) {
                    for (std::size_t o = 0; o < layer.outputs; ++o)
                        z[o] += p[network.weight(index) + row * layer.outputs + o] * x[input];
                });
                activate(layer.activation, z);
                std::ranges::copy(z, y.begin() + static_cast<std::ptrdiff_t>(t * layer.outputs));
            }
        trace.push_back(std::move(y));
    }

    /// Calls visit(row, input) for the inputs that a convolution or a dense layer reads at step t.
    static void for_each_product(const PlacedCell& layer, std::size_t t, auto visit) {
        for (std::size_t k = 0; k < layer.kernel; ++k) {
            const std::size_t late = (layer.kernel - 1 - k) * layer.dilation;
            if (late > t) continue;
            for (std::size_t i = 0; i < layer.inputs; ++i)
                visit(k * layer.inputs + i, (t - late) * layer.inputs + i);
        }
    }

    /// The outputs of all steps for inputs c; w are the parameters, in the order of their use.
    Values wavenet_outputs(const PlacedCell& layer, const double* w, const Values& c) const {
        const auto convolve = [&](const Values& x, std::size_t kernel, std::size_t dilation, Values& sums) {
            const std::size_t in = x.size() / network.steps, n = sums.size() / network.steps;
            const PlacedCell taps{{CellKind::causal_convolution, n, kernel, dilation}, in};
            for (std::size_t t = 0; t < network.steps; ++t)
                for_each_product(taps, t, [&](std::size_t row, std::size_t input) {
                    for (std::size_t o = 0; o < n; ++o) sums[t * n + o] += w[row * n + o] * x[input];
                });
            w += taps.weights();
        };
        const auto add_bias = [&](std::size_t n, Values& sums) {
            for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += w[i % n];
            w += n;
        };
        Values x = c, s;
        for (std::size_t stack = 0; stack < layer.stacks(); ++stack) {
            const std::size_t n = layer.channels[stack];
            Values rechannelled(network.steps * n), y(network.steps * layer.head(stack));
            convolve(x, 1, 1, rechannelled);
            x = rechannelled;
            s.resize(x.size());
            for (std::size_t dilation = 1; dilation <= layer.dilation; dilation *= 2) {
                Values z(x.size());
                convolve(x, layer.kernel, dilation, z);
                convolve(c, 1, 1, z);
                add_bias(n, z);
                activate(layer.activation, z);
                for (std::size_t i = 0; i < s.size(); ++i) s[i] += z[i];
                convolve(z, 1, 1, x);
                add_bias(n, x);
            }
            convolve(s, 1, 1, y);
            add_bias(layer.head(stack), y);
            s = y;
        }
        return s;
    }

    /// W x + b and U h + d, for h of the step before; a lstm has no d.
    std::pair<Values, Values> sums(std::size_t index, const PlacedCell& layer, const Values& x,
                                   const Values& y, std::size_t t) const {
        const std::size_t columns = layer.columns();
        const double *w = &p[network.weight(index)], *b = &p[network.bias(index)];
        Values of_x(b, b + columns), of_h(columns);
        if (layer.kind == CellKind::gru) of_h.assign(b + columns, b + 2 * columns);
        for (std::size_t row = 0; row < layer.rows(); ++row) {
            const bool own = row >= layer.inputs;
            if (own && t == 0) break;
            const double value =
                own ? y[(t - 1) * layer.outputs + row - layer.inputs] : x[t * layer.inputs + row];
            Values& to = own ? of_h : of_x;
            for (std::size_t c = 0; c < columns; ++c) to[c] += w[row * columns + c] * value;
        }
        return {of_x, of_h};
    }

    void step_of_cell(std::size_t index, const PlacedCell& layer, const Values& x, Values& y, std::size_t t) {
        const std::size_t n = layer.outputs;
        const auto [of_x, of_h] = sums(index, layer, x, y, t);
        double *gate = &kept[index].gates[t * layer.columns()], *other = &kept[index].other[t * n];
        const auto sigmoid_of = [](double z) { return 1 / (1 + std::exp(-z)); };
        for (std::size_t u = 0; u < n; ++u) {
            const auto sum = [&](std::size_t g) { return of_x[g * n + u] + of_h[g * n + u]; };
            const auto last = [&](const double* values) { return t == 0 ? 0 : values[(t - 1) * n + u]; };
            if (layer.kind == CellKind::lstm) {
                for (std::size_t g = 0; g < 4; ++g)
                    gate[g * n + u] = g == 2 ? std::tanh(sum(g)) : sigmoid_of(sum(g));
                other[u] = gate[n + u] * last(kept[index].other.data()) + gate[u] * gate[2 * n + u];
                y[t * n + u] = gate[3 * n + u] * std::tanh(other[u]);
            } else {
                const double r = sigmoid_of(sum(0)), z = sigmoid_of(sum(1));
                other[u] = of_h[2 * n + u];
                const double now = std::tanh(of_x[2 * n + u] + r * other[u]);
                gate[u] = r, gate[n + u] = z, gate[2 * n + u] = now;
                y[t * n + u] = (1 - z) * now + z * last(y.data());
            }
        }
    }

    Values backward(std::size_t index, Values dy, Values& gradient) override {
        const PlacedCell layer = network.layer(index);
        const Values &x = trace[index], &y = trace[index + 1];
        const std::size_t n = layer.outputs, columns = layer.columns();
        const double* w = &p[network.weight(index)];
        double *dw = &gradient[network.weight(index)], *db = &gradient[network.bias(index)];
        Values dx(x.size()), dh(n), dc(n);
        for (std::size_t t = network.steps; t-- > 0;) {
            double* of_y = &dy[t * n];
            Values dz(columns), dz_of_h;
            if (!layer.recurrent()) {
                for (std::size_t o = 0; o < n; ++o) {
                    dz[o] = of_y[o] * derivative(layer.activation, y[t * n + o]);
                    db[o] += dz[o];
                }
                for_each_product(layer, t, [&](std::size_t row, std::size_t input) {
                    for (std::size_t o = 0; o < n; ++o) {
                        dw[row * n + o] += x[input] * dz[o];
                        dx[input] += w[row * n + o] * dz[o];
                    }
                });
                continue;
            }
            for (std::size_t u = 0; u < n; ++u) of_y[u] += dh[u];
            dh.assign(n, 0);
            const double *gate = &kept[index].gates[t * columns], *other = kept[index].other.data();
            for (std::size_t u = 0; u < n; ++u) {
                const double a = gate[u], b = gate[n + u], g = gate[2 * n + u];
                const auto last = [&](const double* values) { return t == 0 ? 0 : values[(t - 1) * n + u]; };
                if (layer.kind == CellKind::lstm) {
                    const double o = gate[3 * n + u], tanh_c = std::tanh(other[t * n + u]);
                    dc[u] += of_y[u] * o * (1 - tanh_c * tanh_c);
                    dz[u] = dc[u] * g * a * (1 - a);
                    dz[n + u] = dc[u] * last(other) * b * (1 - b);
                    dz[2 * n + u] = dc[u] * a * (1 - g * g);
                    dz[3 * n + u] = of_y[u] * tanh_c * o * (1 - o);
                    dc[u] *= b;
                } else {
                    dz[2 * n + u] = of_y[u] * (1 - b) * (1 - g * g);
                    dz[u] = dz[2 * n + u] * other[t * n + u] * a * (1 - a);
                    dz[n + u] = of_y[u] * (last(y.data()) - g) * b * (1 - b);
                    dh[u] = of_y[u] * b;
                }
            }
            dz_of_h = dz;
            if (layer.kind == CellKind::gru)
                for (std::size_t u = 0; u < n; ++u) dz_of_h[2 * n + u] *= gate[u];
            for (std::size_t c = 0; c < columns; ++c) {
                db[c] += dz[c];
                if (layer.kind == CellKind::gru) db[columns + c] += dz_of_h[c];
                for (std::size_t i = 0; i < layer.inputs; ++i) {
                    dw[i * columns + c] += x[t * layer.inputs + i] * dz[c];
                    dx[t * layer.inputs + i] += w[i * columns + c] * dz[c];
                }
                for (std::size_t u = 0; t > 0 && u < n; ++u) {
                    dw[(layer.inputs + u) * columns + c] += y[(t - 1) * n + u] * dz_of_h[c];
                    dh[u] += w[(layer.inputs + u) * columns + c] * dz_of_h[c];
                }
            }
        }
        return dx;
    }

    std::size_t layers() const override { return network.layers(); }

    Unrolled network;
    std::vector<Kept> kept;
};

inline CellReference reference_of(const Unrolled& network, std::span<const float> start) {
    return {network, start};
}

}
