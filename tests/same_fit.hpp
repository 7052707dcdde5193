// Compares fit with any number of threads with fit without threads, bit by bit. Replaces operator new[], so
// it may be included by only one source file of a program.
#pragma once

#include <tenon/threads.hpp>

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

// In this program every minibatch is divided, however small, and there may be more threads than CPUs.
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::min_parallel_minibatch<tenon::NetOf<T, Layers...>> = 0;
template <class T, class... Layers>
inline constexpr std::size_t tenon::detail::min_parallel_fit<tenon::NetOf<T, Layers...>> = 0;
template <class T, class... Layers>
inline constexpr bool tenon::detail::limit_to_available_cpus<tenon::NetOf<T, Layers...>> = false;

inline std::atomic<int> allocations = 0;       // of over-aligned arrays
inline std::atomic<int> allocations_left = -1; // that succeed before one fails; negative: no limit

#ifdef __clang__
#if __has_feature(thread_sanitizer) // it has a strong operator new[] of its own
#define TENON_TEST_NOT_COUNTED
#endif
#endif
#ifndef TENON_TEST_NOT_COUNTED
inline constexpr bool counts_allocations = true;
// Of all that fit allocates, only the arrays of passes and gradients are over-aligned: these are counted.
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    ++allocations;
    if (allocations_left >= 0 && allocations_left-- <= 0) return nullptr;
    const std::size_t unit = static_cast<std::size_t>(alignment);
    return std::aligned_alloc(unit, (size + unit - 1) / unit * unit);
}
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#else
inline constexpr bool counts_allocations = false;
#endif

/// The net, the history and the trainer's state after fit.
template <class Net, class Loss, class Optimizer, std::size_t Batch, class Ts> struct After {
    using FitTrainer = tenon::Trainer<Net, Loss, Optimizer, Batch>;
    using Samples = std::span<const typename Net::Input>;
    Net net{};
    tenon::History history;
    std::vector<typename Net::Scalar> gradient;
    Net one_step_later{}; ///< depends on the optimizer's state

    After(Optimizer optimizer, Samples xs, const Ts& ts, typename FitTrainer::FitOptions options) {
        tenon::initialize(net, 5);
        const auto trainer = std::make_unique<FitTrainer>(net, Loss{}, optimizer);
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
            const tenon::Epoch &a = history.epochs()[i], &b = other.history.epochs()[i];
            equal = std::bit_cast<std::uint64_t>(a.loss) == std::bit_cast<std::uint64_t>(b.loss) &&
                    std::bit_cast<std::uint64_t>(a.validation_loss) ==
                        std::bit_cast<std::uint64_t>(b.validation_loss);
        }
        return equal && same(net.parameters(), other.net.parameters()) &&
               same(one_step_later.parameters(), other.one_step_later.parameters()) &&
               same(gradient, other.gradient);
    }
};

/// Checks that fit has the same result with several numbers of threads as without threads, bit by bit.
template <class Net, class Loss, std::size_t Batch = 32, class Optimizer, class Ts>
void check_same(Optimizer optimizer, std::span<const typename Net::Input> xs, const Ts& ts,
                typename tenon::Trainer<Net, Loss, Optimizer, Batch>::FitOptions options) {
    using Result = After<Net, Loss, Optimizer, Batch, Ts>;
    const auto without = std::make_unique<Result>(optimizer, xs, ts, options);
    for (const int threads : {1, 2, 3, 5, 16}) {
        options.threads = threads;
        allocations = 0;
        const auto with = std::make_unique<Result>(optimizer, xs, ts, options);
        INFO(threads << " threads, batch " << options.batch << " of " << xs.size());
        CHECK(*with == *without);
        if (counts_allocations)
            CHECK((allocations > 0) ==
                  (threads > 1 && options.batch > std::min(Batch, 256 / sizeof(xs[0][0]))));
    }
}
