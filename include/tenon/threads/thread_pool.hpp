// ThreadPool: threads that divide numbered tasks among themselves, round after round.
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

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Number of CPUs on which the calling thread may run.
inline std::size_t available_cpus() noexcept {
#if defined(__linux__) && defined(CPU_COUNT)
    cpu_set_t cpus; // a limit of CPU time, as a container may have, is not considered
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) return static_cast<std::size_t>(CPU_COUNT(&cpus));
#endif
    return std::thread::hardware_concurrency();
}

/// The calling thread, and workers that the constructor starts and the destructor joins. A waiting
/// thread spins for up to 50 us if each thread has a CPU, then blocks. If a worker arrives late, the others
/// run its tasks and do not wait for it. Workers start in the floating-point environment of the calling
/// thread, as C++ requires.
class ThreadPool {
public:
    /// Starts fewer threads if the system cannot start as many.
    explicit ThreadPool(std::size_t threads) noexcept
        : spin_before_wait_(threads <= available_cpus()),
          workers_(threads > 1 ? new(std::nothrow) std::thread[threads - 1] : nullptr) {
        if (!workers_) return;
        try {
            for (; size_ < threads; ++size_)
                workers_[size_ - 1] = std::thread([this, number = size_] { work(number); });
        } catch (const std::system_error&) {
        } catch (const std::bad_alloc&) {}
    }
    ~ThreadPool() {
        stopped_ = true;
        begin_round(0);
        for (std::size_t i = 1; i < size_; ++i) workers_[i - 1].join();
    }
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    /// Number of threads, including the calling one.
    std::size_t size() const noexcept { return size_; }

    /// Calls task(thread, i) once for each i < count, with thread < size(). Returns when all calls are done.
    template <class Task> void run(std::size_t count, Task&& task) noexcept {
        if (count < 2 || size_ < 2) {
            for (std::size_t i = 0; i < count; ++i) task(std::size_t{0}, i);
            return;
        }
        task_ = &task;
        call_ = [](const void* erased, std::size_t thread, std::size_t i) noexcept {
            (*static_cast<const std::remove_reference_t<Task>*>(erased))(thread, i);
        };
        count_ = static_cast<std::uint32_t>(count);
        done_.store(0, std::memory_order_relaxed);
        begin_round(count_);
        run_tasks(0, round_.load(std::memory_order_relaxed));
        for (std::uint32_t done = 0; done != count_;) done = wait_for_change(done_, done);
    }

private:
    /// Starts a round. The round's number and its remaining tasks share one word, so that a late worker
    /// cannot take a task of the next round.
    void begin_round(std::uint32_t tasks) noexcept {
        const std::uint32_t round = round_.load(std::memory_order_relaxed) + 1;
        remaining_.store(std::uint64_t{round} << 32 | tasks, std::memory_order_release);
        // Sequentially consistent: libstdc++ 12's notify_all looks for waiting threads with a plain load,
        // which must not be reordered before this store.
        round_.store(round);
        round_.notify_all();
    }

    void work(std::size_t thread) noexcept {
        for (std::uint32_t round = 0;;) {
            round = wait_for_change(round_, round);
            if (stopped_.load(std::memory_order_relaxed)) return;
            run_tasks(thread, round);
        }
    }

    /// Takes and runs tasks of a round, in increasing order, until none remains.
    void run_tasks(std::size_t thread, std::uint32_t round) noexcept {
        std::uint64_t remaining = remaining_.load(std::memory_order_acquire);
        while (remaining >> 32 == round && static_cast<std::uint32_t>(remaining) > 0) {
            if (!remaining_.compare_exchange_weak(remaining, remaining - 1, std::memory_order_acquire))
                continue;
            // task_, call_ and count_ do not change before the round's last task is done.
            const std::uint32_t count = count_;
            call_(task_, thread, count - static_cast<std::uint32_t>(remaining));
            if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == count) return done_.notify_one();
            remaining = remaining_.load(std::memory_order_acquire);
        }
    }

    /// Waits until the word differs from `old`, and returns its new value.
    std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t old) const noexcept {
        using Clock = std::chrono::steady_clock;
        const auto spin_until = Clock::now() + std::chrono::microseconds(spin_before_wait_ ? 50 : 0);
        do
            for (int i = 0; i < 64; ++i) {
                if (const std::uint32_t now = word.load(std::memory_order_acquire); now != old) return now;
                pause();
            }
        while (Clock::now() < spin_until);
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

    // Cache lines of their own for what threads write during a round.
    alignas(64) std::atomic<std::uint64_t> remaining_{0}; // round number << 32 | remaining tasks
    alignas(64) std::atomic<std::uint32_t> round_{0};
    alignas(64) std::atomic<std::uint32_t> done_{0};
    alignas(64) const void* task_ = nullptr;
    void (*call_)(const void*, std::size_t, std::size_t) noexcept = nullptr;
    std::uint32_t count_ = 0;
    std::atomic<bool> stopped_{false};
    const bool spin_before_wait_;
    std::size_t size_ = 1;
    std::unique_ptr<std::thread[]> workers_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
