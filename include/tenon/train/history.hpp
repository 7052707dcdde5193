// Epoch, Outcome and History: what training reports.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// One pass over all samples, as an observer sees it. Losses are means over the samples; the training loss is
/// computed before each update.
struct Epoch {
    std::size_t number = 0;                                ///< from 1
    std::size_t total = 0;                                 ///< epochs that fit was called for
    double loss = math::not_a_number<double>();            ///< of training
    double validation_loss = math::not_a_number<double>(); ///< NaN without validation samples
};

/// Why fit ended. After the first three, all parameters are finite. After the last two, History::sample is
/// the bad sample.
enum class Outcome {
    finished,            ///< all epochs were trained
    stopped_early,       ///< no improvement in `patience` epochs
    stopped_by_observer, ///< the observer returned false
    diverged,   ///< loss, gradient or an updated number was not finite; the net is as before that step
    mismatched, ///< sizes of inputs and targets differ, or there are none, or .batch is 0; nothing was done
    bad_label,  ///< a class index names no class, as if classes were counted from 1; nothing was done
    bad_sample, ///< as diverged, because an input or target is infinite or NaN
};

/// The result of fit. `epochs()` contains the epochs 1, 1 + stride(), 1 + 2 stride() ...: all of them up to
/// 256, then fewer, evenly spaced, because a history has a fixed size.
class History {
public:
    static constexpr std::size_t capacity = 256;

    Outcome outcome = Outcome::finished; ///< why fit ended
    Epoch last{};                        ///< the last epoch that was finished
    Epoch best{}; ///< the one with the lowest validation loss, or training loss if there is no validation
    std::size_t sample = 0;     ///< after bad_label and bad_sample: the first such sample, from 0
    bool of_validation = false; ///< whether `sample` is a validation sample

    constexpr std::span<const Epoch> epochs() const noexcept { return {epochs_.data(), count_}; }
    /// Distance of the epochs in epochs(): 1, 2, 4 ...
    constexpr std::size_t stride() const noexcept { return stride_; }

    /// Appends the next epoch.
    constexpr void add(const Epoch& epoch) noexcept {
        last = epoch;
        if (best.number == 0 || measure(epoch) < measure(best)) best = epoch;
        if ((epoch.number - 1) % stride_ != 0) return;
        if (count_ == capacity) {
            for (std::size_t i = 0; i < capacity / 2; ++i) epochs_[i] = epochs_[2 * i];
            count_ = capacity / 2;
            stride_ *= 2;
            if ((epoch.number - 1) % stride_ != 0) return;
        }
        epochs_[count_++] = epoch;
    }

    /// The value that early stopping minimises: the validation loss, or the training loss if there is none.
    static constexpr double measure(const Epoch& epoch) noexcept {
        return math::is_finite(epoch.validation_loss) ? epoch.validation_loss : epoch.loss;
    }

private:
    std::array<Epoch, capacity> epochs_{};
    std::size_t count_ = 0, stride_ = 1;
};

namespace detail {

/// Default observer: does nothing.
struct NoObserver {
    constexpr void operator()(const Epoch&) const noexcept {}
};

/// An observer whose result decides whether training continues.
template <class Observer>
concept Decides = requires(Observer& observer, Epoch& epoch) {
    { observer(epoch) } -> std::convertible_to<bool>;
};

/// Whether calling an observer, and converting its result to bool, cannot throw.
template <class Observer> consteval bool throws_nothing() {
    if constexpr (Decides<Observer>) return noexcept(!std::declval<Observer&>()(std::declval<Epoch&>()));
    else return std::is_nothrow_invocable_v<Observer&, Epoch&>;
}

template <class T, std::size_t N> constexpr std::span<const T> read_only(std::span<T, N> values) noexcept {
    return values;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
