// Threads that share a net or train one each, and threads of fit: to be built with -fsanitize=thread, too.
#include <tenon/threads.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <optional>
#include <set>
#include <thread>
#include <vector>

// Nothing is too small to be shared out here, and threads may be more than CPUs.
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::least_minibatch<tenon::NetOf<T, Layers...>> = 0;
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::least_fit<tenon::NetOf<T, Layers...>> = 0;
template <class T, class... Layers>
inline constexpr bool tenon::detail::a_cpu_each<tenon::NetOf<T, Layers...>> = false;

namespace {

std::atomic<int> allocations = 0;
std::atomic<int> allocations_left = -1; // before one fails; less than 0: without end

} // namespace

// What fit's threads need is over-aligned, or not an array: the worker's own arrays are counted here.
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    ++allocations;
    if (allocations_left >= 0 && allocations_left-- <= 0) return nullptr;
    const std::size_t unit = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace tenon;
using N = Net<Dense<20, 70, Gelu>, Dense<70, 33, Tanh>, Dense<33, 5, Softmax>>;

constexpr std::size_t many = 8;

/// Runs f(0), f(1), ... at the same time, a thread each.
template <class F> void at_once(F f) {
    std::latch start(many);
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < many; ++i)
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

    std::vector<std::vector<N::Output>> batches(many), singles(many);
    at_once([&](std::size_t i) {
        batches[i].resize(xs.size());
        for (int round = 0; round < 3; ++round) net(xs, batches[i]);
        for (const N::Input& x : xs) singles[i].push_back(net(x));
    });
    for (std::size_t i = 0; i < many; ++i) {
        CHECK(batches[i] == alone);
        CHECK(singles[i] == ones);
    }
}

TEST_CASE("threads that each train a copy of a net all come to the same weights") {
    static N start;
    initialize(start, 1);
    const auto xs = random_samples<N::Input>(64, 2);
    const auto ts = random_samples<N::Output>(64, 3, 0, 1);

    std::vector<N> nets(many);
    at_once([&](std::size_t i) {
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

/// All that fit leaves behind.
template <class Net, class Loss, class Optimizer, std::size_t Batch, class Ts> struct After {
    using Learner = Trainer<Net, Loss, Optimizer, Batch>;
    using Samples = std::span<const typename Net::Input>;
    Net net{};
    History history;
    std::vector<typename Net::Scalar> gradient;
    Net one_step_later{}; ///< shows the optimizer's state

    After(Optimizer optimizer, Samples xs, const Ts& ts, typename Learner::FitOptions options) {
        initialize(net, 5);
        const auto trainer = std::make_unique<Learner>(net, Loss{}, optimizer);
        history = trainer->fit(xs, ts, options);
        gradient.assign(trainer->gradient().begin(), trainer->gradient().end());
        one_step_later = net;
        trainer->step(xs.first(1), std::span(ts).first(1));
        std::swap(net, one_step_later);
    }

    static bool same(const auto& a, const auto& b) {
        return std::memcmp(std::data(a), std::data(b), std::size(a) * sizeof(*std::data(a))) == 0;
    }
    bool operator==(const After& other) const {
        bool equal = history.outcome == other.history.outcome &&
                     history.epochs().size() == other.history.epochs().size();
        for (std::size_t i = 0; equal && i < history.epochs().size(); ++i) {
            const Epoch &a = history.epochs()[i], &b = other.history.epochs()[i];
            equal = std::bit_cast<std::uint64_t>(a.loss) == std::bit_cast<std::uint64_t>(b.loss) &&
                    std::bit_cast<std::uint64_t>(a.validation_loss) ==
                        std::bit_cast<std::uint64_t>(b.validation_loss);
        }
        return equal && same(net.values, other.net.values) &&
               same(one_step_later.values, other.one_step_later.values) && same(gradient, other.gradient);
    }
};

/// fit with several numbers of threads and without any comes to the same, bit by bit.
template <class Net, class Loss, std::size_t Batch = 32, class Optimizer, class Ts>
void check_same(Optimizer optimizer, std::span<const typename Net::Input> xs, const Ts& ts,
                typename Trainer<Net, Loss, Optimizer, Batch>::FitOptions options) {
    using Result = After<Net, Loss, Optimizer, Batch, Ts>;
    const auto without = std::make_unique<Result>(optimizer, xs, ts, options);
    for (const int threads : {1, 2, 3, 5, 16}) {
        options.threads = threads;
        allocations = 0;
        const auto with = std::make_unique<Result>(optimizer, xs, ts, options);
        INFO(threads << " threads, batch " << options.batch << " of " << xs.size());
        CHECK(*with == *without);
        CHECK((allocations > 0) == (threads > 1 && options.batch > std::min(Batch, 256 / sizeof(xs[0][0]))));
    }
}

template <class Net, class Loss, std::size_t Batch = 32, class Optimizer>
void check_sizes(Optimizer optimizer) {
    // blocks: whole, short, of one sample, more and fewer than threads
    const auto xs = random_samples<typename Net::Input>(330, 1);
    const auto ts = random_samples<typename Net::Output>(330, 2, 0, 1);
    for (const std::size_t batch : {31u, 64u, 65u, 128u, 129u, 200u, 330u}) {
        check_same<Net, Loss, Batch>(optimizer, xs, ts, {.epochs = 2, .batch = batch});
        check_same<Net, Loss, Batch>(optimizer, xs, ts, {.epochs = 1, .batch = batch, .shuffle_seed = 3});
    }
}

using Small = Net<Dense<3, 5, Gelu>, Dense<5, 2>>;
using Small64 = NetOf<double, Dense<3, 17, Tanh>, Dense<17, 4, Softmax>>;
using Odd = Net<Dense<9, 33, Relu>, Net<Dense<33, 20, Sigmoid, false>>, Dense<20, 5, Softmax>>;

} // namespace

TEST_CASE("fit comes to the same weights, losses and state with any number of threads: Sgd, momentum") {
    check_sizes<Small, MeanSquaredError, 64>(Sgd{.learning_rate = 0.1});
    check_sizes<Small64, CrossEntropy>(
        Sgd{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01});
}

TEST_CASE("fit comes to the same weights, losses and state with any number of threads: Adam") {
    check_sizes<Odd, CrossEntropy>(Adam{.learning_rate = 0.01});
    check_sizes<NetOf<double, Dense<9, 33, Relu>, Dense<33, 1, Sigmoid>>, BinaryCrossEntropy, 17>(Adam{});
}

TEST_CASE("fit with threads takes class indices of every type, in any order, and validates") {
    const auto xs = random_samples<Odd::Input>(150, 1);
    const auto outputs = random_samples<Odd::Output>(150, 2, 0, 1);
    std::vector<std::uint8_t> bytes(150);
    std::vector<long long> longs(150);
    for (std::size_t s = 0; s < 150; ++s) longs[s] = bytes[s] = static_cast<std::uint8_t>(s * 7 % 5);
    check_same<Odd, CrossEntropy>(Adam{}, xs, bytes, {.epochs = 2, .batch = 70});
    check_same<Odd, CrossEntropy>(
        Adam{}, xs, longs,
        {.epochs = 4, .batch = 100, .shuffle_seed = 1, .validation = {xs, outputs}, .patience = 2});
    longs[90] = -1; // no class: the second minibatch changes nothing
    check_same<Odd, CrossEntropy>(Adam{}, xs, longs, {.epochs = 2, .batch = 75});
    CHECK(After<Odd, CrossEntropy, Adam, 32, std::vector<long long>>(Adam{}, xs, longs,
                                                                     {.batch = 75, .threads = 2})
              .history.outcome == Outcome::diverged);
}

namespace {

/// An optimizer whose step cannot be shared out.
struct Plain {
    template <class T, std::size_t N> struct State {};
    template <class T, std::size_t N>
    constexpr void step(T* parameters, const T* gradient, State<T, N>&) const {
        for (std::size_t i = 0; i < N; ++i) parameters[i] -= T(0.1) * gradient[i];
    }
};

using Large = Net<Dense<250, 120, Relu>, Dense<120, 3>>; // parameters for more than three threads

} // namespace

TEST_CASE("the update of many parameters is the same when threads share it out, and when they cannot") {
    const auto xs = random_samples<Large::Input>(100, 1);
    const auto ts = random_samples<Large::Output>(100, 2);
    check_same<Large, MeanSquaredError, 16>(Adam{.weight_decay = 0.1}, xs, ts, {.epochs = 1, .batch = 48});
    check_same<Large, MeanSquaredError, 16>(Sgd{.learning_rate = 0.1}, xs, ts, {.epochs = 1, .batch = 100});
    check_same<Large, MeanSquaredError, 16>(Sgd{.momentum = 0.9}, xs, ts, {.epochs = 1, .batch = 50});
    check_same<Large, MeanSquaredError, 16>(Plain{}, xs, ts, {.epochs = 1, .batch = 50});
}

namespace {

/// A loss in whose first call of a minibatch two threads wait for one another.
struct Meeting {
    static inline std::mutex mutex;
    static inline std::set<std::thread::id> seen;
    static constexpr bool mean = false;

    template <class V> V value(V y, V t) const { return HalfSquaredError{}.value(y, t); }
    template <class V> V slope(V y, V t) const {
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

TEST_CASE("fit's threads flush subnormal numbers where the caller does") {
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
    const Line kept = after(1);
    flush_denormals guard;
    const Line flushed = after(1), shared = after(2);
    CHECK(std::ranges::equal(flushed.values, shared.values));
    if (flush_denormals::supported) CHECK_FALSE(std::ranges::equal(flushed.values, kept.values));
}

TEST_CASE("fit goes on where memory or threads are short") {
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
}()); // in the compiler, with one
