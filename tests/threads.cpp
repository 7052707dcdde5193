// Threads that share a net or train one each, and fit's threads. Also built with -fsanitize=thread.
#include "same_fit.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <latch>
#include <mutex>
#include <numeric>
#include <set>
#include <span>
#include <thread>
#include <vector>

namespace {

using namespace tenon;
using Small = Net<Dense<3, 5, Gelu>, Dense<5, 2>>;
using N = Net<Dense<20, 70, Gelu>, Dense<70, 33, Tanh>, Dense<33, 5, Softmax>>;

constexpr std::size_t many = 8;

/// Runs f(0), f(1), ... at the same time, each in its own thread.
template <class F> void run_in_threads(F f) {
    std::latch start(many);
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < many; ++i)
        all.emplace_back([&, i] {
            start.arrive_and_wait();
            f(i);
        });
}

} // namespace

TEST_CASE("threads share a net, and each has the outputs of a single thread") {
    static N mutable_net;
    initialize(mutable_net, 1);
    const N& net = mutable_net;
    const auto xs = random_samples<N::Input>(101, 2);
    std::vector<N::Output> alone(xs.size()), ones(xs.size());
    net(xs, alone);
    for (std::size_t s = 0; s < xs.size(); ++s) ones[s] = net(xs[s]);

    std::vector<std::vector<N::Output>> batches(many), singles(many);
    run_in_threads([&](std::size_t i) {
        batches[i].resize(xs.size());
        for (int round = 0; round < 3; ++round) net(xs, batches[i]);
        for (const N::Input& x : xs) singles[i].push_back(net(x));
    });
    for (std::size_t i = 0; i < many; ++i) {
        CHECK(batches[i] == alone);
        CHECK(singles[i] == ones);
    }
}

TEST_CASE("threads that each train a copy of a net all have the same weights") {
    static N start;
    initialize(start, 1);
    const auto xs = random_samples<N::Input>(64, 2);
    const auto ts = random_samples<N::Output>(64, 3, 0, 1);

    std::vector<N> nets(many);
    run_in_threads([&](std::size_t i) {
        nets[i] = start;
        Trainer trainer{nets[i], CrossEntropy{}, Adam{}};
        trainer.fit(xs, ts, {.epochs = 2, .shuffle_seed = 7});
        trainer.step(xs[0], ts[0]);
    });
    CHECK(!std::ranges::equal(nets[0].parameters(), start.parameters()));
    for (const N& net : nets) CHECK(std::ranges::equal(net.parameters(), nets[0].parameters()));
}

TEST_CASE("a pool calls every task of a round once, and a round ends after all of them") {
    for (const std::size_t size : {1u, 2u, 3u, 7u}) {
        detail::ThreadPool pool(size);
        REQUIRE(pool.size() == size);
        std::vector<int> called(20);
        std::size_t wrong_thread = 0;
        int wanted = 0;
        for (int round = 0; round < 300; ++round)
            for (std::size_t count : {0u, 1u, 2u, 3u, 20u}) {
                pool.run(count, [&](std::size_t thread, std::size_t i) {
                    if (thread >= size) ++wrong_thread;
                    ++called[i];
                });
                wanted += static_cast<int>(count);
                REQUIRE(std::accumulate(called.begin(), called.end(), 0) == wanted);
            }
        CHECK(wrong_thread == 0);
        CHECK(called[0] == 1200);
        CHECK(called[19] == 300);
    }
}

TEST_CASE("a pool's threads work at the same time, and wake up after a pause") {
    detail::ThreadPool pool(3);
    for (int round = 0; round < 3; ++round) {
        std::latch all(3);
        pool.run(3, [&](std::size_t, std::size_t) { all.arrive_and_wait(); });
        CHECK(all.try_wait());
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

namespace {

/// An optimizer whose step cannot be divided among threads.
struct Plain {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= T(0.1) * gradient[i];
    }
};

using Large = Net<Dense<250, 120, Relu>, Dense<120, 3>>; // enough parameters for more than three threads

} // namespace

TEST_CASE("the update of many parameters is the same if it is divided among threads, and if it cannot be") {
    const auto xs = random_samples<Large::Input>(100, 1);
    const auto ts = random_samples<Large::Output>(100, 2);
    check_same<Large, MeanSquaredError, 16>(Adam{.weight_decay = 0.1}, xs, ts, {.epochs = 1, .batch = 48});
    check_same<Large, MeanSquaredError, 16>(Sgd{.learning_rate = 0.1}, xs, ts, {.epochs = 1, .batch = 100});
    check_same<Large, MeanSquaredError, 16>(Sgd{.momentum = 0.9}, xs, ts, {.epochs = 1, .batch = 50});
    check_same<Large, MeanSquaredError, 16>(Plain{}, xs, ts, {.epochs = 1, .batch = 50});
}

namespace {

/// A loss whose first call waits, for up to 10 s, until two threads have called it.
struct Meeting {
    static inline std::mutex mutex;
    static inline std::set<std::thread::id> seen;
    static constexpr bool mean = false;

    template <class V> V value(V y, V t) const { return HalfSquaredError{}.value(y, t); }
    template <class V> V derivative(V y, V t) const {
        const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (std::chrono::steady_clock::now() < late) {
            const std::lock_guard lock(mutex);
            seen.insert(std::this_thread::get_id());
            if (seen.size() > 1) break;
        }
        return y - t;
    }
};

} // namespace

TEST_CASE("fit's threads work at the same time") {
    Small net;
    const auto xs = random_samples<Small::Input>(64, 1);
    const auto ts = random_samples<Small::Output>(64, 2);
    Trainer trainer{net, Meeting{}, Sgd{}};
    trainer.fit(xs, ts, {.batch = 64, .threads = 2});
    CHECK(Meeting::seen.size() == 2);
}

TEST_CASE("fit's threads flush subnormal numbers if the caller does") {
    if (!flush_denormals::supported) WARN("skipped: this CPU has no mode that flushes subnormal numbers");
    using Line = Net<Dense<20, 20>>;
    auto xs = random_samples<Line::Input>(128, 1);
    for (auto& x : xs)
        for (float& value : x) value *= 1e-38f;
    const auto ts = random_samples<Line::Output>(128, 2);
    const auto after = [&](int threads) {
        Line net;
        initialize(net, 1);
        Trainer trainer{net, MeanSquaredError{}, Sgd{.learning_rate = 1e38}};
        trainer.fit(xs, ts, {.batch = 128, .threads = threads});
        return net;
    };
    [[maybe_unused]] const Line kept = after(1);
    flush_denormals guard;
    const Line flushed = after(1), shared = after(2);
    CHECK(std::ranges::equal(flushed.parameters(), shared.parameters()));
#ifndef __FAST_MATH__ // with which g++'s programs flush from the start
    if (flush_denormals::supported) CHECK_FALSE(std::ranges::equal(flushed.parameters(), kept.parameters()));
#endif
}

TEST_CASE("with threads, too, a number that is not finite changes nothing, and fit passes on an exception") {
    auto xs = random_samples<Small::Input>(100, 1);
    const auto ts = random_samples<Small::Output>(100, 2);
    const auto check = [&](auto optimizer) {
        const auto trained = [&](int threads) {
            Small net;
            initialize(net, 1);
            Trainer trainer{net, MeanSquaredError{}, optimizer, batch_size<16>};
            std::size_t epochs = 0;
            try {
                trainer.fit(xs, ts, {.epochs = 5, .batch = 100, .threads = threads}, [&](const Epoch&) {
                    if (++epochs == 2) throw epochs;
                });
            } catch (const std::size_t thrown) {
                CHECK(thrown == 2);
            }
            CHECK(epochs == 2);
            auto bad = xs;
            bad[70][1] = math::infinite<float>();
            const Small before = net;
            const History history = trainer.fit(bad, ts, {.batch = 100, .threads = threads});
            CHECK(history.outcome == Outcome::bad_sample);
            CHECK(history.sample == 70);
            CHECK(std::ranges::equal(net.parameters(), before.parameters()));
            bad[70][1] = 3e17f; // finite, and so is the loss: the gradient's sum of squares is not small
            trainer.fit(bad, ts, {.batch = 100, .threads = threads});
            for (const float p : net.parameters()) CHECK(math::is_finite(p));
            trainer.fit(xs, ts, {.epochs = 2, .batch = 100, .threads = threads});
            return net;
        };
        CHECK(std::ranges::equal(trained(1).parameters(), trained(3).parameters()));
    };
    check(Adam{});
    check(Sgd{.learning_rate = 0.1, .momentum = 0.9});
    check(Plain{});
}

TEST_CASE("fit continues without threads if memory is short") {
    const auto xs = random_samples<Small::Input>(100, 1);
    const auto ts = random_samples<Small::Output>(100, 2);
    using Result = After<Small, MeanSquaredError, Adam, 32, std::vector<Small::Output>>;
    const Result without(Adam{}, xs, ts, {.epochs = 2, .batch = 100});
    for (int left = 0; left < 3; ++left) {
        allocations_left = left;
        const Result with(Adam{}, xs, ts, {.epochs = 2, .batch = 100, .threads = 3});
        allocations_left = -1;
        CHECK(with == without);
    }
}

static_assert([] {
    Small net;
    const std::array<Small::Input, 3> xs{{{1, 2, 3}, {3, 2, 1}, {0, 1, 0}}};
    const std::array<Small::Output, 3> ts{};
    Trainer trainer{net, MeanSquaredError{}, Sgd{}};
    return trainer.fit(xs, ts, {.batch = 2, .threads = 4}).outcome == Outcome::finished;
}()); // in a constant expression one thread is used
