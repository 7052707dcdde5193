// Threads for fit: trainer.fit(xs, ts, {.epochs = 5, .batch = 128, .threads = 2}).
//
// Hosted, with exceptions, and not part of tenon.hpp. A program that includes it is linked with the system's
// threads (-pthread; in CMake Threads::Threads).
//
// They change nothing but the time. A minibatch goes through a net in blocks of 64 samples (double: 32; the
// trainer's batch_size where that is smaller). Threads share out the blocks; gradients and losses of the
// blocks are added up in the order of the blocks, as one thread does it. So weights, optimizer's state and
// history are the same, bit by bit, for every number of threads, and a minibatch of a single block gains
// nothing: take at least 64 samples for each thread. The update of many parameters is shared out as well,
// where the optimizer lets it (Sgd, Adam). Validation and observer stay with the calling thread.
//
// Threads start with fit and end with it; a fit that is too small starts none, and a small minibatch is left
// to one; nor are there more threads than CPUs that the calling thread may use. Each owns the traces of a
// block, and each block that is under way a gradient: on the heap, allocated once a fit. Where the system
// gives fewer threads or no memory, fit goes on with what it has. Layers, activations and loss are called by
// several threads at once, so one's own must not write to what they share.
#pragma once

#include <tenon/tenon.hpp>
#include <tenon/threads/thread_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Multiply-adds below which nothing is shared out: of a minibatch, because the threads need about 1 us to
/// begin and to end together; of a whole fit, because each thread takes about 50 us to start and to stop (on
/// Zen 3). Templates, as the next one, for tests to specialise.
template <class Net> inline constexpr std::size_t min_parallel_minibatch = std::size_t{1} << 18;
template <class Net> inline constexpr std::size_t min_parallel_fit = std::size_t{1} << 26;

/// Whether threads for which there is no CPU are not even started.
template <class Net> inline constexpr bool limit_to_available_cpus = true;

/// Fit's threads, and what they need for the gradient of a minibatch.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
class Threaded<Trainer<Net, Loss, Optimizer, Batch>>
    : public ParallelFit<Trainer<Net, Loss, Optimizer, Batch>> {
    using Learner = Trainer<Net, Loss, Optimizer, Batch>;
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    using Passes = BlockPasses<Net, Loss, Batch>;
    static constexpr std::size_t parameters = Net::parameter_count;
    using Gradient = Flat<T, parameters>;

    /// About what a sample costs, in multiply-adds: forward and twice backward; some for every activation.
    static constexpr std::size_t work = 3 * std::max(multiply_adds_of<Net>(), parameters) +
                                        16 * (Net::inputs + StackOf<Net>::trace + Net::outputs);
    /// Parameters that go through reduction and update together, to stay in the first-level cache.
    static constexpr std::size_t part = 1024, parts = std::max<std::size_t>(parameters / part, 1);
    static constexpr std::size_t last_part = parameters - (parts - 1) * part;
    static constexpr std::size_t least_parts = 8; // for a thread

public:
    /// Null where the trainer is better off alone. Blocks of a few samples are left to it, too: to add up
    /// their gradients takes as long as to compute them.
    static ParallelFit<Learner>* begin(Learner& trainer, std::size_t threads, FitSize amount) noexcept {
        const std::size_t blocks = (amount.batch + Passes::max_block_samples - 1) / Passes::max_block_samples;
        if (Passes::max_block_samples < 8 || blocks < 2 || !worth_sharing(amount.batch) ||
            amount.epochs < min_parallel_fit<Net> / work / amount.samples)
            return nullptr;
        threads = std::min(threads, blocks);
        if (limit_to_available_cpus<Net>) threads = std::min(threads, available_cpus());
        if (threads < 2) return nullptr;
        auto* const team = new (std::nothrow) Threaded(trainer, threads, blocks);
        if (team && team->ready()) return team;
        delete team;
        return nullptr;
    }

private:
    Threaded(Learner& trainer, std::size_t threads, std::size_t blocks) noexcept
        : ParallelFit<Learner>{&step_of,
                               [](ParallelFit<Learner>* team) noexcept {
                                   delete static_cast<Threaded*>(team);
                               }},
          trainer_(trainer), pool_(threads),
          at_once_(std::min(blocks, pool_.size() * std::max<std::size_t>(32768 / (parameters + 1), 1))),
          passes_(new (std::nothrow) Passes[pool_.size() - 1]),
          gradients_(new (std::nothrow) Gradient[at_once_ - 1]), done_(new (std::nothrow) Done[at_once_]) {}

    bool ready() const noexcept { return pool_.size() > 1 && passes_ && gradients_ && done_; }

    static bool worth_sharing(std::size_t samples) noexcept {
        return samples >= min_parallel_minibatch<Net> / work;
    }

    static T step_of(ParallelFit<Learner>& team, std::span<const Input> xs, const AnyTargets<Output>& ts,
                     std::size_t samples, Order order) noexcept {
        auto& self = static_cast<Threaded&>(team);
        if constexpr (OverClasses<Loss>)
            if (ts.classes.data) return self.minibatch(xs, ts.classes, samples, order);
        return self.minibatch(xs, ts.outputs, samples, order);
    }

    template <class Targets>
    T minibatch(std::span<const Input> xs, Targets ts, std::size_t samples, Order order) noexcept {
        const T* const values = trainer_.net_.values_is_an_implementation_detail_;
        const std::size_t blocks = (samples + Passes::max_block_samples - 1) / Passes::max_block_samples;
        if (blocks < 2 || !worth_sharing(samples))
            return trainer_.update(trainer_.passes_.many(values, xs, ts, samples, order));
        const T scale = T(1) / static_cast<T>(samples);
        T sum = 0;
        for (std::size_t done = 0; done < blocks; done += at_once_) {
            const std::size_t now = std::min(at_once_, blocks - done);
            pool_.run(now, [&](std::size_t thread, std::size_t i) noexcept {
                Passes& passes = thread == 0 ? trainer_.passes_.passes() : passes_[thread - 1];
                const std::size_t first = (done + i) * Passes::max_block_samples;
                const bool last = done + now == blocks; // whose sums become the gradient
                T* const gradient = i == 0 ? trainer_.passes_.gradient_data() : gradients_[i - 1].data;
                const T loss = passes.block(trainer_.passes_.loss, values, xs, ts, first,
                                            std::min(Passes::max_block_samples, samples - first), order,
                                            scale, gradient, i == 0 && done > 0);
                done_[i] = {loss, last ? sum_of_squares<parameters>(gradient) : T(0)};
            });
            for (std::size_t i = 0; i < now; ++i) sum += done_[i].loss;
            if (done + now == blocks) return update(sum * scale, now);
            in_parts([&]<std::size_t Count>(std::size_t first) { add_up<Count>(first, now); });
        }
        return sum * scale;
    }

    /// Calls f<how many>(first parameter) for parts of the parameters that together are all of them.
    template <class F> void in_parts(F f) noexcept {
        const std::size_t shares = std::clamp<std::size_t>(parts / least_parts, 1, pool_.size());
        pool_.run(shares, [&](std::size_t, std::size_t share) noexcept {
            const std::size_t end = (share + 1) * parts / shares;
            for (std::size_t i = share * parts / shares; i < end; ++i)
                if (i + 1 < parts) f.template operator()<part>(i * part);
                else f.template operator()<last_part>(i * part);
        });
    }

    /// Adds the gradients of all blocks but the first to that of the first, in their order.
    template <std::size_t Count> void add_up(std::size_t first, std::size_t blocks) noexcept {
        for (std::size_t i = 0; i + 1 < blocks; ++i)
            detail::Update<Count>{}([](auto sum, auto g) { return sum + g; },
                                    trainer_.passes_.gradient_data() + first, gradients_[i].data + first);
    }

    /// Adds up the gradients of the last blocks and updates, in one go if that is safe. Returns the step's
    /// loss.
    T update(T loss, std::size_t blocks) noexcept {
        Learner& t = trainer_;
        const auto shared = [&](auto f, T* values, const T* gradient, auto*... moments) {
            in_parts([&]<std::size_t Count>(std::size_t first) {
                add_up<Count>(first, blocks);
                detail::Update<Count>{}(f, values + first, gradient + first, (moments + first)...);
            });
            return true;
        };
        if constexpr (requires {
                          t.optimizer_.step(t.net_.values_is_an_implementation_detail_,
                                            t.passes_.gradient_data(), t.step_.state, shared);
                      })
            if (math::is_finite(loss) &&
                t.step_.is_safe(t.optimizer_, t.net_.values_is_an_implementation_detail_,
                                [=, this] { return squares_of_sum(blocks); })) {
                t.optimizer_.step(t.net_.values_is_an_implementation_detail_, t.passes_.gradient_data(),
                                  t.step_.state, shared);
                return loss;
            }
        in_parts([&]<std::size_t Count>(std::size_t first) { add_up<Count>(first, blocks); });
        return t.update(loss);
    }

    /// At least the sum of squares of the sum of the blocks' gradients: each number of it is at most the sum
    /// of as many that are no larger than the root of all blocks' sum of squares.
    T squares_of_sum(std::size_t blocks) const noexcept {
        T squares = 0;
        for (std::size_t i = 0; i < blocks; ++i) squares += done_[i].squares;
        return squares * static_cast<T>(blocks);
    }

    /// What comes out of a block, besides the gradient.
    struct Done {
        T loss, squares;
    };

    Learner& trainer_;
    ThreadPool pool_;
    std::size_t at_once_; ///< blocks
    std::unique_ptr<Passes[]> passes_;
    std::unique_ptr<Gradient[]> gradients_;
    std::unique_ptr<Done[]> done_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
