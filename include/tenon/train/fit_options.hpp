// FitOptions: the settings of Trainer::fit.
#pragma once

#include <tenon/train/parallel.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Samples that fit does not train with; it evaluates the net on them after each epoch. With `indices`, only
/// on these of them.
template <class Net> struct ValidationOf {
    std::span<const typename Net::Input> inputs{};
    std::span<const typename Net::Output> targets{};
    std::optional<std::span<const std::size_t>> indices{};
};

/// Trainer::FitOptions: `trainer.fit(xs, ts, {.epochs = 20, .batch = 32, .shuffle_seed = 7})`.
template <class Trainer, class Net, std::size_t Batch> struct FitOptionsOf {
    /// Passes over all samples.
    std::size_t epochs = 1;
    /// Minibatch size: samples per update. May exceed the trainer's Batch; it is then processed in several
    /// blocks. The last minibatch of an epoch may be smaller.
    std::size_t batch = Batch;
    /// Seed of the order of the samples, which is another one in each epoch. Without a seed, samples are used
    /// in the order in which they are stored.
    std::optional<std::uint64_t> shuffle_seed{};
    /// The samples to train with, by their positions in xs, such as a fold's; all of them without it. A
    /// position may occur several times, as in a bootstrap sample.
    std::optional<std::span<const std::size_t>> indices{};
    /// Evaluated after each epoch; its loss decides about early stopping. Empty: the training loss decides.
    ValidationOf<Net> validation{};
    /// Ends training after this many epochs in a row without an improvement by more than min_delta; 0: never.
    std::size_t patience = 0;
    /// A loss is an improvement if it is lower than the best one by more than this.
    double min_delta = 0;
    /// Number of threads. More than one requires tenon/threads.hpp. The results do not depend on it.
    Threads<Trainer> threads{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
