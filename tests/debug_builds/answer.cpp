// How long one answer of a net takes, and how long plain loops by hand take for the same, in ns: the least of
// many.
#include <tenon/tenon.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

using namespace tenon;
using Wanted = Net<Dense<16, 32, Tanh>, Dense<32, 32, Tanh>, Dense<32, 5, Softmax>>;
static_assert(Wanted::parameter_count == 1765);

namespace {

Wanted net;
Wanted::Input x;
Wanted::Output y;

float w1[32][16], b1[32], w2[32][32], b2[32], w3[5][32], b3[5], h1[32], h2[32], z[5];

void by_hand(const float* input, float* output) {
    for (int o = 0; o < 32; ++o) {
        float sum = b1[o];
        for (int i = 0; i < 16; ++i) sum += w1[o][i] * input[i];
        h1[o] = std::tanh(sum);
    }
    for (int o = 0; o < 32; ++o) {
        float sum = b2[o];
        for (int i = 0; i < 32; ++i) sum += w2[o][i] * h1[i];
        h2[o] = std::tanh(sum);
    }
    for (int o = 0; o < 5; ++o) {
        float sum = b3[o];
        for (int i = 0; i < 32; ++i) sum += w3[o][i] * h2[i];
        z[o] = sum;
    }
    float highest = z[0], total = 0;
    for (int o = 1; o < 5; ++o)
        if (z[o] > highest) highest = z[o];
    for (int o = 0; o < 5; ++o) {
        z[o] = std::exp(z[o] - highest);
        total += z[o];
    }
    for (int o = 0; o < 5; ++o) output[o] = z[o] / total;
}

/// The weights of layer I, [out][in], and its biases.
template <int I, int Out, int In> void copy(float (&w)[Out][In], float (&b)[Out]) {
    const auto layer = net.template layer<I>();
    for (unsigned o = 0; o < Out; ++o) {
        b[o] = layer.bias(o);
        for (unsigned i = 0; i < In; ++i) w[o][i] = layer.weight(o, i);
    }
}

double least(auto work) {
    double least = 1e9;
    for (int repetition = 0; repetition < 2000; ++repetition) {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 5; ++i) {
            x[3] = -x[3]; // for an answer that does not change is computed once
            work();
        }
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        least = std::min(least, taken.count() / 5);
    }
    return least;
}

} // namespace

int main() {
    initialize(net, 1);
    copy<0>(w1, b1);
    copy<1>(w2, b2);
    copy<2>(w3, b3);
    for (unsigned i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i) / 16 - 0.4f;
    Wanted::Output other;
    by_hand(x.data(), other.data());
    y = net(x);
    for (unsigned o = 0; o < y.size(); ++o)
        if (!(std::abs(y[o] - other[o]) < 1e-6f)) return 1;
    const double of_net = least([] { y = net(x); }), of_loops = least([] { by_hand(x.data(), y.data()); });
    std::printf("%.0f %.0f\n", of_net, of_loops);
}
