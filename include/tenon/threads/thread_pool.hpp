// ThreadPool: threads that share out numbered tasks, round after round.
#pragma once

#include <tenon/version.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <type_traits>

#ifdef __linux__
#include <sched.h>
#endif

namespace tenon::inline TENON_ABI::detail {

/// How many threads can run at the same time.
inline std::size_t available_cpus() noexcept {
#if defined(__linux__) && defined(CPU_COUNT)
    cpu_set_t cpus; // those that the calling thread may use; a quota of time is not seen
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) return static_cast<std::size_t>(CPU_COUNT(&cpus));
#endif
    return std::thread::hardware_concurrency();
}

/// The calling thread and others that it starts, and stops at the end. They wait for work awake for a short
/// while, if there is a CPU for each, and then asleep. A thread that comes late finds its tasks taken by
/// others, and none waits for it. They begin in the floating-point environment of the calling thread, as C++
/// says.
class ThreadPool {
public:
    /// Fewer threads than asked for, where the system gives no more of them.
    explicit ThreadPool(std::size_t threads) noexcept
        : wakeful_(threads <= available_cpus()),
          others_(threads > 1 ? new (std::nothrow) std::thread[threads - 1] : nullptr) {
        if (!others_) return;
        try {
            for (; size_ < threads; ++size_)
                others_[size_ - 1] = std::thread([this, number = size_] { work(number); });
        } catch (const std::system_error&) {
        } catch (const std::bad_alloc&) {}
    }
    ~ThreadPool() {
        stopped_ = true;
        begin(0);
        for (std::size_t i = 1; i < size_; ++i) others_[i - 1].join();
    }
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    /// The threads, the calling one among them.
    std::size_t size() const noexcept { return size_; }

    /// Calls task(thread, i) once for each i < count, with thread < size(), and returns when all have ended.
    template <class Task> void run(std::size_t count, Task&& task) noexcept {
        if (count < 2 || size_ < 2) {
            for (std::size_t i = 0; i < count; ++i) task(std::size_t{0}, i);
            return;
        }
        task_ = &task;
        call_ = [](const void* what, std::size_t thread, std::size_t i) noexcept {
            (*static_cast<const std::remove_reference_t<Task>*>(what))(thread, i);
        };
        count_ = static_cast<std::uint32_t>(count);
        ended_.store(0, std::memory_order_relaxed);
        begin(count_);
        take(0, round_.load(std::memory_order_relaxed));
        for (std::uint32_t ended = 0; ended != count_;) ended = next_value(ended_, ended);
    }

private:
    /// Opens a round. Its number and how many of its tasks are left are one word, so that who still is in an
    /// old round can take nothing of a new one.
    void begin(std::uint32_t tasks) noexcept {
        const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
        left_.store(std::uint64_t{round} << 32 | tasks, std::memory_order_release);
        // Sequentially consistent: libstdc++ 12 looks for sleepers with a plain load, which must not come
        // first.
        round_.store(round);
        round_.notify_all();
    }

    void work(std::size_t thread) noexcept {
        for (std::uint32_t round = 0;;) {
            round = next_value(round_, round);
            if (stopped_.load(std::memory_order_relaxed)) return;
            take(thread, round);
        }
    }

    /// Takes tasks of a round, in their order, until none is left.
    void take(std::size_t thread, std::uint32_t round) noexcept {
        std::uint64_t left = left_.load(std::memory_order_acquire);
        while (left >> 32 == round && static_cast<std::uint32_t>(left) > 0) {
            if (!left_.compare_exchange_weak(left, left - 1, std::memory_order_acquire)) continue;
            const std::uint32_t count = count_; // what a round is about stays until its last task has ended
            call_(task_, thread, count - static_cast<std::uint32_t>(left));
            if (ended_.fetch_add(1, std::memory_order_acq_rel) + 1 == count) return ended_.notify_one();
            left = left_.load(std::memory_order_acquire);
        }
    }

    /// The word's value once it is no longer `old`.
    std::uint32_t next_value(const std::atomic<std::uint32_t>& word, std::uint32_t old) const noexcept {
        using Clock = std::chrono::steady_clock;
        const auto asleep_from = Clock::now() + std::chrono::microseconds(wakeful_ ? 50 : 0);
        do
            for (int i = 0; i < 64; ++i) {
                if (const std::uint32_t now = word.load(std::memory_order_acquire); now != old) return now;
                pause();
            }
        while (Clock::now() < asleep_from);
        word.wait(old, std::memory_order_acquire);
        return word.load(std::memory_order_acquire);
    }

    static void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    // Each on a cache line of its own.
    alignas(64) std::atomic<std::uint64_t> left_{0};
    alignas(64) std::atomic<std::uint32_t> round_{0};
    alignas(64) std::atomic<std::uint32_t> ended_{0};
    alignas(64) const void* task_ = nullptr;
    void (*call_)(const void*, std::size_t, std::size_t) noexcept = nullptr;
    std::uint32_t count_ = 0;
    std::atomic<bool> stopped_{false};
    const bool wakeful_;
    std::size_t size_ = 1;
    std::unique_ptr<std::thread[]> others_;
};

} // namespace tenon
