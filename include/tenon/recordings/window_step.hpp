// WindowStep: one update with a window of each of several streams.
#pragma once

#include <tenon/cells/state.hpp>
#include <tenon/recordings/continued_sequence.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/tape.hpp>
#include <tenon/train/updater.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Writes the values of samples one after another.
template <class Samples, class T> constexpr void write_values(const Samples& samples, T* to) noexcept {
    for (const auto& sample : samples)
        for (const T value : sample) *to++ = value;
}
template <class From, class To> constexpr void copy_parameters_of(const From& from, To& to) noexcept {
    for (std::size_t p = 0; p < From::parameter_count; ++p)
        to.values_is_an_implementation_detail_[p] = from.values_is_an_implementation_detail_[p];
}

/// The base of RecordingTrainer with its step, and the working memory for it.
template <class Net, class Loss, class Optimizer, std::size_t Steps, std::size_t Batch> class WindowStep {
    using Windows = typename ContinuedNet<Net, Steps>::type;
    static_assert(Steps > 0 && Batch > 0, "a window has at least one step, and a minibatch one stream");

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    WindowStep(const WindowStep&) = delete; // its members refer to one another
    WindowStep& operator=(const WindowStep&) = delete;

    /// The optimizer, to change its learning rate between steps.
    constexpr Optimizer& optimizer() noexcept { return updater_.optimizer(); }
    /// The learning rate of the next step: with Scheduled, that of the schedule.
    constexpr double learning_rate() const noexcept { return updater_.learning_rate(); }
    /// Sets the seed of the random numbers of Dropout, and starts them anew. The default is 0.
    constexpr void seed(std::uint64_t value) noexcept { tape_.seed(value); }

    /// Updates once, with a window of each of up to Batch streams, which begins at xs[positions[i]] and
    /// ts[positions[i]]; states[i] is the state of stream i before it, and then after it. Returns the mean
    /// loss before the update. Returns NaN, and changes nothing, if the loss, the gradient or an updated
    /// number is not finite, if the sizes differ or if a window does not end within xs.
    constexpr Scalar step(std::span<State<Net>> states, std::span<const Input> xs, std::span<const Output> ts,
                          std::span<const std::size_t> positions) noexcept {
        constexpr Scalar nan = math::not_a_number<Scalar>();
        const std::size_t streams = positions.size();
        if (streams == 0 || streams > Batch || states.size() != streams || xs.size() != ts.size()) return nan;
        for (const std::size_t first : positions)
            if (first > xs.size() || xs.size() - first < Steps) return nan;
        origin_ = Origin::nowhere;
        copy_parameters_of(net_, windows_);
        for (std::size_t s = 0; s < streams; ++s) {
            for (std::size_t i = 0; i < carried_size; ++i)
                inputs_[s][i] = states[s].values_is_an_implementation_detail_[i];
            write_values(xs.subspan(positions[s], Steps), inputs_[s].data() + carried_size);
        }
        const auto outputs = tape_.forward(std::span<const WindowInput>(inputs_, streams));
        const Scalar share = Scalar(1) / static_cast<Scalar>(streams);
        Scalar sum = 0;
        for (std::size_t s = 0; s < streams; ++s)
            sum += loss_of_window(outputs[s].data() + carried_size, ts.subspan(positions[s], Steps),
                                  Sample<Scalar>{derivatives_[s].data() + carried_size}, share);
        if (!math::is_finite(sum)) {
            origin_ = Origin::loss;
            for (const auto& output : outputs)
                for (const Scalar value : output)
                    if (!math::is_finite(value)) origin_ = Origin::forward;
            return nan;
        }
        tape_.backward(std::span<const WindowOutput>(derivatives_, streams));
        if (!updater_.step(tape_)) {
            origin_ = Origin::update;
            for (const Scalar value : tape_.gradient())
                if (!math::is_finite(value)) origin_ = Origin::backward;
            return nan;
        }
        copy_parameters_of(windows_, net_);
        for (std::size_t s = 0; s < streams; ++s)
            for (std::size_t i = 0; i < carried_size; ++i)
                states[s].values_is_an_implementation_detail_[i] = outputs[s][i];
        return sum * share;
    }

protected:
    constexpr WindowStep(Net& net, Loss loss, Optimizer optimizer) noexcept
        : net_(net), loss_(loss), updater_(windows_, optimizer) {}

    /// The loss of a window of one stream; dy, unless it is NoView, gets its derivatives times `scale`.
    template <class Dy>
    constexpr Scalar loss_of_window(const Scalar* y, std::span<const Output> ts, Dy dy,
                                    Scalar scale) noexcept {
        write_values(ts, targets_.data());
        using Values = Sample<const Scalar, false>;
        return sample_loss<Scalar>(loss_, values_at<Scalar, window_outputs>(Values{y}, 0),
                                   values_at<Scalar, window_outputs>(Values{targets_.data()}, 0),
                                   values_at<Scalar, window_outputs>(dy, 0), scale);
    }

    Net& net_;
    Origin origin_ = Origin::nowhere; ///< why the last step failed

private:
    using WindowInput = typename Windows::Input;
    using WindowOutput = typename Windows::Output;
    static constexpr std::size_t window_outputs = Steps * Net::outputs,
                                 carried_size = Windows::outputs - window_outputs;

    Loss loss_;
    Windows windows_;
    Tape<Windows, Batch> tape_{windows_};
    Updater<Windows, Optimizer> updater_;
    WindowInput inputs_[Batch] = {};
    WindowOutput derivatives_[Batch] = {}; // those with respect to the states stay 0
    std::array<Scalar, window_outputs> targets_{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
