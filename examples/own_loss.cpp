// A custom loss.
//
// A struct with two functions of one output and its target, written once for single numbers, SIMD registers
// and constant expressions. This one is the quantile or pinball loss (Koenker and Bassett, 1978): with share
// = 0.9 the net learns the value below which 90% of the targets lie.
#include <tenon/tenon.hpp>

#include <cmath>
#include <cstdio>
#include <vector>

using namespace tenon;

struct Quantile {
    double share = 0.5;
    /// True if a sample's loss is the mean over its outputs; false if it is the sum.
    static constexpr bool mean = true;

    /// max(share (t - y), (share - 1) (t - y))
    template <class V> constexpr V value(V y, V t) const noexcept {
        return math::max(V(share) * (t - y), V(share - 1) * (t - y));
    }
    /// d value / dy
    template <class V> constexpr V derivative(V y, V t) const noexcept {
        return math::select(t > y, V(-share), V(1 - share));
    }
};
static_assert(Loss<Quantile>); // it has all that tenon requires of a loss
static_assert(Quantile{0.75}.value(1., 3.) == 1.5 && Quantile{0.75}.value(3., 1.) == 0.5);

int main() {
    using Line = Net<Dense<1, 1>>;
    std::vector<Line::Input> xs;
    std::vector<Line::Output> ts;
    Random random(1);
    for (int i = 0; i < 2000; ++i) {
        const float x = static_cast<float>(random.uniform()), noise = static_cast<float>(random.uniform());
        xs.push_back({x});
        ts.push_back({x + (1 + x) * noise}); // 90% lie below 0.9 + 1.9 x
    }

    Line net;
    Trainer trainer{net, Quantile{0.9}, Adam{.learning_rate = 0.003}};
    trainer.fit(xs, ts, {.epochs = 100, .shuffle_seed = 1});

    int below = 0;
    for (std::size_t i = 0; i < xs.size(); ++i) below += ts[i][0] < net(xs[i])[0];
    const float at_0 = net({0.f})[0], at_1 = net({1.f})[0];
    std::printf("%.1f%% lie below %.2f + %.2f x\n", below / 20., static_cast<double>(at_0),
                static_cast<double>(at_1 - at_0));
    return std::abs(below - 1800) < 40 && std::abs(at_0 - 0.9f) < 0.1f && std::abs(at_1 - 2.8f) < 0.1f ? 0
                                                                                                       : 1;
}
