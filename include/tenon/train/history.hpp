// Epoch, Outcome and History: what training reports.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <array>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// One pass over all samples, as an observer sees it. Losses are means over the samples; the training loss is
/// computed before each update.
struct Epoch {
    std::size_t number = 0;                                ///< from 1
    std::size_t total = 0;                                 ///< epochs that fit was called for
    double loss = math::not_a_number<double>();            ///< of training
    double validation_loss = math::not_a_number<double>(); ///< NaN without validation samples
    /// The optimizer's, after the last step of the epoch; NaN if it has none.
    double learning_rate = math::not_a_number<double>();
};

/// Why fit ended. After the first three, all parameters are finite. After the last two, History::sample is
/// the bad sample.
enum class Outcome {
    finished,            ///< all epochs were trained
    stopped_early,       ///< no improvement in `patience` epochs
    stopped_by_observer, ///< the observer returned false
    diverged,   ///< loss, gradient or an updated number was not finite; the net is as before that step
    mismatched, ///< sizes differ, there are no samples, or an option is out of range; nothing was done
    bad_label,  ///< a class index names no class, as if classes were counted from 1; nothing was done
    bad_sample, ///< as diverged, because an input or target is infinite or NaN
};

/// Where the first number that was not finite appeared in the minibatch that ended training.
enum class Origin {
    nowhere,    ///< training did not end so
    forward,    ///< in the output of a layer
    loss,       ///< in the loss; all outputs are finite
    backward,   ///< in the gradient of a layer's parameters, or in what it collects; the loss is finite
    update,     ///< in the sum of the gradients, or in a number that the optimizer computes
    validation, ///< in the validation loss after an epoch
};

/// What is known of a training that ended with Outcome::diverged or Outcome::bad_sample. Found by repeating
/// the minibatch.
struct Divergence {
    std::size_t epoch = 0; ///< from 1
    std::size_t step = 0;  ///< minibatch of the epoch, from 1; 0 for `validation`
    Origin origin = Origin::nowhere;
    /// The net's layer, from 0, as in net.layer<0>(): for `forward` the first one whose output was not
    /// finite, for `backward` the last one whose gradient was not, for this pass comes to it first. Else 0. A
    /// nested net is one layer.
    std::size_t layer = 0;
};

/// The result of fit. `epochs()` contains the first epoch, and those 1, 2, 3 ... times stride() later: all of
/// them up to 256, then fewer, evenly spaced, because a history has a fixed size. E is Epoch, or
/// EpochWith<Metrics...> if metrics are passed to fit.
template <class E> class HistoryOf {
public:
    static constexpr std::size_t capacity = 256;

    Outcome outcome = Outcome::finished; ///< why fit ended
    E last{};                            ///< the last epoch that was finished
    /// The one with the lowest validation loss, or training loss if there is no validation. If fit continues
    /// an earlier one (first_epoch), of both; the metrics are then NaN if it is one of the earlier one.
    E best{};
    std::size_t sample = 0;     ///< after bad_label and bad_sample: the first such sample, from 0
    bool of_validation = false; ///< whether `sample` is one of FitOptions::validation
    Divergence divergence{};    ///< after diverged and bad_sample

    constexpr std::span<const E> epochs() const noexcept { return {epochs_.data(), count_}; }
    /// Distance of the epochs in epochs(): 1, 2, 4 ...
    constexpr std::size_t stride() const noexcept { return stride_; }

    /// Appends the next epoch.
    constexpr void add(const E& epoch) noexcept {
        last = epoch;
        if (best.number == 0 || measure(epoch) < measure(best)) best = epoch;
        if (count_ == 0) first_ = epoch.number;
        if ((epoch.number - first_) % stride_ != 0) return;
        if (count_ == capacity) {
            for (std::size_t i = 0; i < capacity / 2; ++i) epochs_[i] = epochs_[2 * i];
            count_ = capacity / 2;
            stride_ *= 2;
            if ((epoch.number - first_) % stride_ != 0) return;
        }
        epochs_[count_++] = epoch;
    }

    /// The value that early stopping and the best epoch minimise: the validation loss, or the training loss
    /// if there is none.
    static constexpr double measure(const Epoch& epoch) noexcept {
        return math::is_finite(epoch.validation_loss) ? epoch.validation_loss : epoch.loss;
    }

private:
    std::array<E, capacity> epochs_{};
    std::size_t count_ = 0, stride_ = 1, first_ = 1;
};

/// The history of a fit without metrics.
using History = HistoryOf<Epoch>;

namespace detail {

template <class T, std::size_t N> constexpr std::span<const T> read_only(std::span<T, N> values) noexcept {
    return values;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
