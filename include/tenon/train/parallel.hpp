// Threads: how many threads fit may use. The threads themselves are in tenon/threads.hpp.
#pragma once

#include <tenon/misfit/samples.hpp>
#include <tenon/random.hpp>
#include <tenon/train/weights.hpp>
#include <tenon/views.hpp>

#include <concepts>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The samples of a minibatch: those from position `first` on, in stored or shuffled order. With a split,
/// positions are those after its first ones; with `indices`, those in this list of samples.
struct Order {
    std::size_t first = 0;
    const Permutation* shuffled = nullptr;
    const std::size_t* indices = nullptr;
    const SampleWeights* weights = nullptr; ///< null if all weights are 1
    const Permutation* split = nullptr;
    std::size_t split_first = 0;

    constexpr std::size_t operator()(std::size_t i) const noexcept {
        std::size_t position = shuffled ? (*shuffled)(first + i) : first + i;
        if (split) position = (*split)(split_first + position);
        return indices ? indices[position] : position;
    }
    constexpr bool in_order() const noexcept { return !shuffled && !split && !indices; }
};

/// Type-erased class indices.
struct Classes {
    const void* data = nullptr;
    std::size_t (*at)(const void*, std::size_t) noexcept = nullptr;

    std::size_t operator[](std::size_t i) const noexcept { return at(data, i); }
};

/// The targets of fit: outputs or class indices.
template <class Output> struct AnyTargets {
    std::span<const Output> outputs{};
    Classes classes{};

    constexpr AnyTargets(std::span<const Output> ts) noexcept : outputs(ts) {}
    template <std::integral Class>
    constexpr AnyTargets(std::span<const Class> ts) noexcept
        : classes{ts.data(), [](const void* data, std::size_t i) noexcept {
                      return static_cast<std::size_t>(static_cast<const Class*>(data)[i]);
                  }} {}
};

/// The size of a fit: samples per minibatch, samples per epoch, epochs.
struct FitSize {
    std::size_t batch, samples, epochs;
};

/// The threads of one call of fit, type-erased, because they are defined in tenon/threads.hpp.
template <class Trainer> struct ParallelFit {
    using Input = typename Trainer::Input;
    using Output = typename Trainer::Output;

    /// Processes one minibatch and updates, with the same result as the trainer alone; returns the loss.
    typename Trainer::Scalar (*step)(ParallelFit&, std::span<const Input>, const AnyTargets<Output>&,
                                     std::size_t samples, Order) noexcept;
    void (*destroy)(ParallelFit*) noexcept;
};

/// Owns the threads of a call of fit, or null if there are none.
template <class Trainer> class ParallelFitOrNone {
public:
    constexpr explicit ParallelFitOrNone(ParallelFit<Trainer>* parallel) noexcept : parallel_(parallel) {}
    ParallelFitOrNone(const ParallelFitOrNone&) = delete;
    ParallelFitOrNone& operator=(const ParallelFitOrNone&) = delete;
    constexpr ~ParallelFitOrNone() {
        if (parallel_) parallel_->destroy(parallel_);
    }
    constexpr ParallelFit<Trainer>* get() const noexcept { return parallel_; }

private:
    ParallelFit<Trainer>* parallel_;
};

/// A ParallelFit with threads: defined in tenon/threads.hpp.
template <class Trainer> class Threaded;

} // namespace detail

/// The number of threads of fit. More than one requires tenon/threads.hpp.
template <class Trainer> class Threads {
    using Begin = detail::ParallelFit<Trainer>* (*)(Trainer&, std::size_t, detail::FitSize) noexcept;

public:
    constexpr Threads() noexcept = default;
    /// Numbers below 1 count as 1.
    template <std::integral Count>
    constexpr Threads(Count count) noexcept
        : begin_(count > Count(1) ? begin_of_threads<Count>() : nullptr),
          count_(count > Count(1) ? static_cast<std::size_t>(count) : 1) {}

    /// Returns null if a single thread is faster, or if threads are not available.
    constexpr detail::ParallelFit<Trainer>* begin(Trainer& trainer, detail::FitSize size) const noexcept {
        // In this order, because with UBSan g++ 12 does not accept a function's address as a constant.
        return !detail::in_compiler() && begin_ ? begin_(trainer, count_, size) : nullptr;
    }

private:
    template <class Count> static constexpr Begin begin_of_threads() noexcept {
        if constexpr (requires { sizeof(detail::Threaded<Trainer>); })
            return &detail::Threaded<Trainer>::begin;
        else static_assert(misfit::threads_missing<Count>::passes());
        return nullptr;
    }

    Begin begin_ = nullptr;
    std::size_t count_ = 1;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
