// One program for old CPUs and new: a net is trained once, and answers with the best instructions it finds.
#include "dispatch/answers.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <span>
#include <vector>

using namespace tenon;

namespace {

template <class Cpu> struct Is {
    bool operator()(Cpu) const noexcept { return true; }
    template <class Other> bool operator()(Other) const noexcept { return false; }
};
/// Whether this machine has the instructions of Cpu.
template <class Cpu> bool runs(Cpu) {
    return xsimd::dispatch<xsimd::arch_list<Cpu, xsimd::sse2>>(Is<Cpu>{})();
}

double nanoseconds_each(auto work, std::size_t count) {
    double best = 1e9;
    for (int repetition = 0; repetition < 5; ++repetition) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / static_cast<double>(count));
    }
    return best;
}

} // namespace

int main() {
    // Random points, and whether they lie within a circle: 2000 to learn from, 1000 to answer.
    std::vector<Circle::Input> points(3000);
    std::vector<Circle::Output> within(points.size());
    Random random(1);
    for (std::size_t i = 0; i < points.size(); ++i) {
        for (float& coordinate : points[i]) coordinate = static_cast<float>(2 * random.uniform() - 1);
        within[i][0] = std::hypot(points[i][0], points[i][1]) < 0.7f ? 1.f : 0.f;
    }
    const std::span lesson = std::span(points).first(2000), asked = std::span(points).subspan(2000);

    Circle net;
    initialize(net, 42);
    Trainer trainer{net, BinaryCrossEntropy{}, Adam{.learning_rate = 0.01}};
    trainer.fit(lesson, std::span(within).first(2000), {.epochs = 10, .shuffle_seed = 7});

    // All that a program needs to do: find the function once, and call it.
    Answer* const answer = xsimd::dispatch<Cpus>(AnswerOn{})();
    std::vector<Circle::Output> ys(asked.size()), others(asked.size());
    answer(&net, asked, ys);

    std::size_t right = 0;
    for (std::size_t i = 0; i < ys.size(); ++i) right += (ys[i][0] > 0.5f) == (within[2000 + i][0] > 0.5f);
    std::printf("right about %zu of %zu points\n", right, ys.size());

    // The same net's answers by the code for each CPU that this one can stand for.
    float difference = 0;
    Cpus::for_each([&](auto cpu) {
        if (!runs(cpu)) return void(std::printf("skipped: %s, which this CPU does not have\n", cpu.name()));
        Answer* const other = AnswerOn{}(cpu);
        const double each = nanoseconds_each([&] { other(&net, asked, others); }, asked.size());
        std::printf("%-10s %6.1f ns an answer%s\n", cpu.name(), each, other == answer ? ", chosen" : "");
        for (std::size_t i = 0; i < ys.size(); ++i)
            difference = std::max(difference, std::abs(others[i][0] - ys[i][0]));
    });
    std::printf("the answers differ by %.1g at most\n", static_cast<double>(difference));
    return right > 950 && difference < 1e-5f ? 0 : 1;
}
