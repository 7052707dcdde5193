// One net shared by many threads, and a trainer in each: to be built with -fsanitize=thread, too.
#include "catch.hpp"
#include "support.hpp"

#include <latch>
#include <thread>

namespace {

using namespace tenon;
using N = Net<Dense<20, 70, Gelu>, Dense<70, 33, Tanh>, Dense<33, 5, Softmax>>;

constexpr std::size_t threads = 8;

/// Runs f(0), f(1), ... at the same time, a thread each.
template <class F> void at_once(F f) {
    std::latch start(threads);
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < threads; ++i)
        all.emplace_back([&, i] {
            start.arrive_and_wait();
            f(i);
        });
}

} // namespace

TEST_CASE("threads share a net, and each gets the answers that one alone would") {
    static N mutable_net;
    initialize(mutable_net, 1);
    const N& net = mutable_net;
    const auto xs = random_samples<N::Input>(101, 2);
    std::vector<N::Output> alone(xs.size()), ones(xs.size());
    net(xs, alone);
    for (std::size_t s = 0; s < xs.size(); ++s) ones[s] = net(xs[s]);

    std::vector<std::vector<N::Output>> batches(threads), singles(threads);
    at_once([&](std::size_t i) {
        batches[i].resize(xs.size());
        for (int round = 0; round < 3; ++round) net(xs, batches[i]);
        for (const N::Input& x : xs) singles[i].push_back(net(x));
    });
    for (std::size_t i = 0; i < threads; ++i) {
        CHECK(batches[i] == alone);
        CHECK(singles[i] == ones);
    }
}

TEST_CASE("threads that each train a copy of a net all come to the same weights") {
    static N start;
    initialize(start, 1);
    const auto xs = random_samples<N::Input>(64, 2);
    const auto ts = random_samples<N::Output>(64, 3, 0, 1);

    std::vector<N> nets(threads);
    at_once([&](std::size_t i) {
        nets[i] = start;
        Trainer trainer{nets[i], CrossEntropy{}, Adam{}};
        trainer.fit(xs, ts, {.epochs = 2, .shuffle_seed = 7});
        trainer.step(xs[0], ts[0]);
    });
    CHECK(!std::ranges::equal(nets[0].parameters(), start.parameters()));
    for (const N& net : nets) CHECK(std::ranges::equal(net.parameters(), nets[0].parameters()));
}
