// What `check` compiles for one CPU after the other: a net learns and answers; with threads, which use
// atomic operations, if WITH_THREADS is defined.
#include <tenon/tenon.hpp>
#ifdef WITH_THREADS
#include <tenon/threads.hpp>
#endif

#include <array>
#include <cstddef>

using namespace tenon;
using Wanted = Net<Dense<20, 9, Tanh>, Dense<9, 3, Softmax>>;

/// 0 if the net learnt, and answers one sample as it does many.
int learnt() {
    static Wanted net;
    static Trainer trainer{net, CrossEntropy{}, Adam{.learning_rate = 0.01}, batch_size<64>};
    static std::array<Wanted::Input, 64> xs;
    static std::array<Wanted::Output, 64> ys;
    static std::array<int, 64> classes;
    initialize(net, 1);
    for (std::size_t i = 0; i < xs.size(); ++i) {
        classes[i] = static_cast<int>(i % 3);
        for (std::size_t j = 0; j < xs[i].size(); ++j)
            xs[i][j] = static_cast<float>((i * 7 + j * (i % 3)) % 5);
    }
#ifdef WITH_THREADS
    const float loss = trainer.fit(xs, classes, {.epochs = 50, .threads = 2}).last.loss;
#else
    float loss = 0;
    for (int i = 0; i < 100; ++i) loss = trainer.step(xs, classes);
#endif
    net(xs, ys);
    const float apart = net(xs[5])[1] - ys[5][1];
    return loss < 0.5f && apart > -1e-5f && apart < 1e-5f ? 0 : 1;
}
#ifdef MAIN
int main() { return learnt(); }
#endif
