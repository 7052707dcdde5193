// Tape: the forward and backward pass of a net, for training loops of one's own.
#pragma once

#include <tenon/train/backpropagation.hpp>
#include <tenon/train/batch_size.hpp>
#include <tenon/train/set_up.hpp>
#include <tenon/train/statistics.hpp>
#include <tenon/train/step_keys.hpp>
#include <tenon/train/tape_calls.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

struct TrainingMode {};
struct InferenceMode {};
/// Makes a tape in inference mode: `Tape tape{net, batch_size<32>, inference_mode}`.
inline constexpr InferenceMode inference_mode{};

/// A net's passes over a minibatch, with a dLoss/dy of one's own: `Tape tape{net, batch_size<32>};`, then
/// `ys = tape.forward(xs)`, `tape.backward(dys)`, `tape.gradient()`.
///
/// Lifetime: the tape refers to the net, so the net must outlive it, at the same address. It owns the memory
/// of a minibatch of up to Batch samples: inputs, outputs, what the layers keep between the passes, and the
/// gradients; no heap. Between forward and backward the net must not change; the samples may.
///
/// A tape is in training mode, as a Trainer: Dropout drops values, BatchNorm normalises over the minibatch.
/// In inference mode the layers run as in net(x). The passes are those of a Trainer, and so are the numbers,
/// bit by bit.
///
/// Errors: a minibatch that is larger than Batch, or empty, has no outputs. If `backward` is given another
/// number of derivatives than forward returned outputs, all gradients become NaN.
template <class Net, std::size_t Batch = 32, class ModeOf = TrainingMode>
    requires(detail::TapeSentence<Net>::passes())
class Tape : public detail::TapeCalls<Tape<Net, Batch, ModeOf>, Net, Batch> {
    using TapeCalls = detail::TapeCalls<Tape, Net, Batch>;
    static_assert(Batch > 0, "a tape's Batch must be at least 1");
    static constexpr bool is_training = std::is_same_v<ModeOf, TrainingMode>;
    static constexpr detail::Mode mode = is_training ? detail::Mode::training : detail::Mode::inference;
    using Passes = detail::BlockPasses<Net, detail::WithoutLoss, Batch, mode>;
    using Layers = detail::StackOf<Net>;

public:
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    /// Refers to `net`.
    constexpr explicit Tape(const Net& net, BatchSize<Batch> = {}, ModeOf = {}) noexcept : net_(net) {}
    constexpr explicit Tape(const Net&& net, BatchSize<Batch> = {}, ModeOf = {}) noexcept : net_(net) {
        static_assert(misfit::tape_of_temporary_net<misfit::but_found<Net>>::passes());
    }

    /// Sets the seed of the random numbers that layers use in training (Dropout), and starts them anew. The
    /// default is 0. Each forward pass draws others.
    constexpr void seed(std::uint64_t value) noexcept { keys_.seed(value); }

    using TapeCalls::forward;
    /// Returns the outputs for a minibatch of up to Batch samples. They are in the tape, until the next pass.
    /// Returns no outputs if xs has more samples.
    constexpr std::span<const Output> forward(std::span<const Input> xs) noexcept {
        samples_ = xs.size() <= Batch ? xs.size() : 0;
        if (samples_ == 1) forward(xs[0]);
        if (samples_ < 2) return {ys_, samples_};
        [[maybe_unused]] const auto key = keys_.next();
        for_each_block([&](Passes& passes, std::size_t first, std::size_t samples) {
            if constexpr (Passes::has_step) passes.begin_step(key);
            const auto y = passes.outputs_of(samples);
            const auto at = [=](std::size_t s) { return first + s; };
            passes.load(xs, samples, at, [&](auto x) { passes.forward(parameters(), x, y, first); });
            detail::write_outputs<Net::outputs>(y,
                                                [=, this](std::size_t s) { return ys_[first + s].data(); });
        });
        return {ys_, samples_};
    }
    /// The same for one sample.
    constexpr const Output& forward(const Input& x) noexcept {
        samples_ = 1;
        Passes& passes = blocks_[0];
        if constexpr (Passes::has_step) passes.begin_step(keys_.next());
        const auto y = passes.output_of_one();
        passes.forward(parameters(), passes.load_one(x), y, 0);
        detail::write_outputs<Net::outputs>(y, [this](std::size_t) { return ys_[0].data(); });
        return ys_[0];
    }

    using TapeCalls::backward;
    /// Computes the gradient of the loss with respect to the net's parameters from dLoss/dy of each sample of
    /// the last forward pass, which may be used several times.
    constexpr void backward(std::span<const Output> dys) noexcept { pass_back<false>(dys, {}, false); }
    /// The same, and sets dxs to the gradient with respect to each sample.
    constexpr void backward(std::span<const Output> dys, std::span<Input> dxs) noexcept {
        pass_back<true>(dys, dxs, false);
    }
    constexpr void backward(const Output& dy) noexcept { backward(std::span<const Output>(&dy, 1)); }
    constexpr void backward(const Output& dy, Input& dx) noexcept {
        backward(std::span<const Output>(&dy, 1), std::span<Input>(&dx, 1));
    }

    using TapeCalls::accumulate;
    /// As backward, but adds to the gradient with respect to the parameters: of several minibatches. Begin
    /// with backward, or with clear().
    constexpr void accumulate(std::span<const Output> dys) noexcept { pass_back<false>(dys, {}, true); }
    constexpr void accumulate(std::span<const Output> dys, std::span<Input> dxs) noexcept {
        pass_back<true>(dys, dxs, true);
    }
    constexpr void accumulate(const Output& dy) noexcept { accumulate(std::span<const Output>(&dy, 1)); }
    constexpr void accumulate(const Output& dy, Input& dx) noexcept {
        accumulate(std::span<const Output>(&dy, 1), std::span<Input>(&dx, 1));
    }

    /// The gradient, summed over the samples, in the order of the net's parameters; 0 for those that are not
    /// trained.
    constexpr std::span<const Scalar, Net::parameter_count> gradient() const noexcept {
        return std::span<const Scalar, Net::parameter_count>(gradient_.data, Net::parameter_count);
    }
    /// Sets the gradient to zero.
    constexpr void clear() noexcept { set_gradient(0); }

    /// Moves the running statistics of layers such as BatchNorm in `net` by the samples since the last call
    /// of backward or clear, as a Trainer does after its update. Returns false, and does nothing, if a number
    /// is not finite.
    constexpr bool settle(Net& net) const noexcept {
        if (statistics_are_finite_ && counted_ > 0)
            statistics_.settle(net.values_is_an_implementation_detail_, counted_);
        return statistics_are_finite_;
    }

private:
    constexpr const Scalar* parameters() const noexcept { return net_.values_is_an_implementation_detail_; }

    template <class F> constexpr void for_each_block(F f) noexcept {
        for (std::size_t b = 0, first = 0; first < samples_; ++b, first += Passes::max_block_samples) {
            const std::size_t left = samples_ - first;
            f(blocks_[b], first, left < Passes::max_block_samples ? left : Passes::max_block_samples);
        }
    }

    constexpr void set_gradient(Scalar value) noexcept {
        for (std::size_t p = 0; p < Net::parameter_count; ++p) gradient_.data[p] = value;
        counted_ = 0;
        statistics_are_finite_ = true;
    }

    template <bool WithDx>
    constexpr void pass_back(std::span<const Output> dys, std::span<Input> dxs, bool add) noexcept {
        if (samples_ == 0 || dys.size() != samples_ || (WithDx && dxs.size() != samples_)) {
            set_gradient(math::not_a_number<Scalar>());
            for (Input& dx : dxs) dx.fill(math::not_a_number<Scalar>());
            return;
        }
        const auto pass = [&](Passes& passes, auto x, auto y, auto dy, std::size_t first, bool adds) {
            if constexpr (WithDx) {
                const auto dx = y.rebind(dx_);
                passes.backward(parameters(), x, y, dy, dx, gradient_.data, adds);
                detail::write_outputs<Net::inputs>(dx, [=](std::size_t s) { return dxs[first + s].data(); });
            } else passes.backward(parameters(), x, y, dy, NoView{}, gradient_.data, adds);
        };
        if (samples_ == 1) {
            const auto dy = blocks_[0].derivative_of_one();
            for (std::size_t o = 0; o < Net::outputs; ++o) dy.data[o] = dys[0][o];
            pass(blocks_[0], blocks_[0].loaded_one(), blocks_[0].output_of_one(), dy, 0, add);
        } else
            for_each_block([&](Passes& passes, std::size_t first, std::size_t samples) {
                const auto dy = passes.derivatives_of(samples);
                detail::fill<Net::outputs>(dy, [=](std::size_t s) { return dys[first + s].data(); });
                passes.with_loaded(samples, [&](auto x) {
                    pass(passes, x, passes.outputs_of(samples), dy, first, add || first > 0);
                });
            });
        const bool counts_on = add && counted_ > 0;
        const bool is_finite = statistics_.take(gradient_.data, counts_on);
        statistics_are_finite_ = is_finite && (statistics_are_finite_ || !counts_on);
        counted_ = counts_on ? counted_ + samples_ : samples_;
    }

    template <class U, class Optimizer, class Selection>
        requires(detail::UpdaterSentence<U, Optimizer>::passes())
    friend class Updater;

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    const Net& net_;
    Passes blocks_[(Batch + Passes::max_block_samples - 1) / Passes::max_block_samples];
    Output ys_[Batch] = {};
    alignas(64) Scalar dx_[Passes::buffer_size(Net::inputs)] = {};
    Flat<Scalar, Net::parameter_count> gradient_;
    [[no_unique_address]] detail::StepKeys<Passes::has_step> keys_{};
    [[no_unique_address]] detail::Statistics<Layers, Scalar, is_training && Layers::any_statistics>
        statistics_{};
    std::size_t samples_ = 0, counted_ = 0; ///< of the last forward pass; since the gradient was last cleared
    bool statistics_are_finite_ = true;
};

template <class Net> Tape(const Net&) -> Tape<detail::TapesNet<Net>>;
template <class Net, std::size_t Batch>
Tape(const Net&, BatchSize<Batch>) -> Tape<detail::TapesNet<Net>, Batch>;
template <class Net, std::size_t Batch>
Tape(const Net&, BatchSize<Batch>, InferenceMode) -> Tape<detail::TapesNet<Net>, Batch, InferenceMode>;

/// Replaces a tape that was refused, so that its use produces no more messages.
template <std::size_t Batch, class ModeOf> class Tape<detail::NoNet, Batch, ModeOf> {
public:
    constexpr explicit Tape(const auto&...) noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
