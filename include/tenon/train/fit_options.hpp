// FitOptions: the settings of Trainer::fit.
#pragma once

#include <tenon/train/class_view.hpp>
#include <tenon/train/parallel.hpp>
#include <tenon/train/plateau.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// std::optional<T>. That it depends on Trainer saves a thirtieth of the time to include xsimd: otherwise the
/// optionals are instantiated where a program does not train.
template <class T, class Trainer> struct OptionalFor {
    using type = std::optional<T>;
};

/// Samples that fit does not train with; it evaluates the net on them after each epoch: `{vxs, vts}`, or with
/// class indices, for a loss over classes, `{.inputs = vxs, .classes = labels}`. With `indices`, only on
/// these of them.
template <class Net> struct ValidationOf {
    std::span<const typename Net::Input> inputs{};
    std::span<const typename Net::Output> targets{};
    typename OptionalFor<std::span<const std::size_t>, Net>::type indices{};
    ClassView classes{}; ///< in place of targets
};

/// Trainer::FitOptions: `trainer.fit(xs, ts, {.epochs = 20, .batch = 32, .shuffle_seed = 7})`.
template <class Trainer, class Net, std::size_t Batch> struct FitOptionsOf {
    /// Number of the last epoch: with first_epoch = 1, passes over all samples.
    std::size_t epochs = 1;
    /// Number of the first epoch. To continue an earlier fit of this trainer after its epoch n, set n + 1.
    /// The result is bit-identical to that of one fit, unless the earlier one restored the best weights
    /// (restore_best). Early stopping, reduce_on_plateau and the best epoch are then continued too; with any
    /// other number they start anew.
    std::size_t first_epoch = 1;
    /// Minibatch size: samples per update. May exceed the trainer's Batch; it is then processed in several
    /// blocks. The last minibatch of an epoch may be smaller.
    std::size_t batch = Batch;
    /// Seed of the order of the samples, which is another one in each epoch. Without a seed, samples are used
    /// in the order in which they are stored.
    typename OptionalFor<std::uint64_t, Trainer>::type shuffle_seed{};
    /// The samples to train with, by their positions in xs, such as a fold's; all of them without it. A
    /// position may occur several times, as in a bootstrap sample.
    typename OptionalFor<std::span<const std::size_t>, Trainer>::type indices{};
    /// Evaluated after each epoch, without weights; its loss decides about early stopping. Empty: the
    /// training loss decides.
    ValidationOf<Net> validation{};
    /// In place of `validation`: the fraction of the samples, 0 or more and less than 1, that is not trained
    /// with but serves as validation, rounded down, but at least one sample. They are chosen at random by
    /// validation_seed, and not copied. Without a shuffle_seed, the others are used in a random but constant
    /// order.
    double validation_share = 0;
    std::uint64_t validation_seed = 0;
    /// Ends training after this many epochs in a row without an improvement by more than min_delta; 0: never.
    std::size_t patience = 0;
    /// A loss is an improvement if it is lower than the best one by more than this.
    double min_delta = 0;
    /// A net that receives the weights of the best epoch (History::best). To continue, give the same one.
    /// With restore_best they are also copied back when fit ends, unless an observer has thrown.
    Net* best = nullptr;
    bool restore_best = true;
    /// Lowers the optimizer's learning rate when the loss no longer falls.
    typename OptionalFor<ReduceOnPlateau, Trainer>::type reduce_on_plateau{};
    /// Factors of the samples' losses and gradients, finite numbers: one for each class, and one for each
    /// sample; if both are given, their product. As in Keras, the loss of a minibatch is the sum of the
    /// weighted losses divided by the number of samples, not by the sum of the weights. A target that is no
    /// class index has the class of its largest value.
    std::span<const double> class_weights{}, sample_weights{};
    /// Number of threads. More than one requires tenon/threads.hpp. The results do not depend on it.
    Threads<Trainer> threads{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
