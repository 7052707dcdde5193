// RecordingOptions: the settings of RecordingTrainer::fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A recording: input and target of each step.
template <class Net> struct RecordingOf {
    std::span<const typename Net::Input> inputs{};
    std::span<const typename Net::Output> targets{};
};

/// RecordingTrainer::Options: `trainer.fit(xs, ts, {.epochs = 50, .segment = 22050, .warm_up = 1000})`.
/// warm_up and a window must fit into a segment, else the outcome is Outcome::mismatched. Options that
/// Trainer::fit also has mean the same.
template <class Net> struct RecordingOptions {
    std::size_t epochs = 1;
    /// To continue after epoch n of this trainer, n + 1.
    std::size_t first_epoch = 1;
    /// Steps of a segment; 0: the recording's length divided by Batch, rounded up, so that Batch streams are
    /// trained side by side through the whole recording. The last segment ends where the recording ends, and
    /// may overlap the one before.
    std::size_t segment = 0;
    /// Steps at the beginning of each segment, and of the validation recording, that are run without
    /// counting for the loss or the gradient.
    std::size_t warm_up = 0;
    /// Seed of the order of the segments, another one in each epoch. Without a seed they are taken in order.
    std::optional<std::uint64_t> shuffle_seed{};
    /// Another recording, which is evaluated after each epoch; its loss then decides about early stopping.
    RecordingOf<Net> validation{};
    std::size_t patience = 0;
    double min_delta = 0;
    Net* best = nullptr;
    bool restore_best = true;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
