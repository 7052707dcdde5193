// TripleBuffer: hands the newest value from one thread to another; neither ever waits.
#pragma once

#include <array>
#include <atomic>
#include <type_traits>

/// One thread calls write, one other calls newest. Each has a slot of its own, which it exchanges with the
/// third one: wait-free, no value is seen in part. A net is trivially copyable, so it can be T.
template <class T> class TripleBuffer {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit TripleBuffer(const T& first) : slots_{first, first, first} {}

    void write(const T& value) noexcept {
        slots_[writers_] = value;
        writers_ = middle_.exchange(writers_ | is_new, std::memory_order_acq_rel) & 3;
    }
    /// The last value that was written; valid until the next call.
    const T& newest() noexcept {
        if (middle_.load(std::memory_order_relaxed) & is_new)
            readers_ = middle_.exchange(readers_, std::memory_order_acq_rel) & 3;
        return slots_[readers_];
    }

private:
    static constexpr unsigned is_new = 4;
    std::array<T, 3> slots_;
    unsigned writers_ = 0, readers_ = 1;
    std::atomic<unsigned> middle_{2};
};
