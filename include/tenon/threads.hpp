// Threads for fit: trainer.fit(xs, ts, {.epochs = 5, .batch = 128, .threads = 2}).
//
// Hosted, with exceptions, and not part of tenon.hpp. A program that includes it must be linked with the
// system's threads (-pthread; in CMake Threads::Threads).
//
// Threads change nothing but the time. A minibatch is processed in blocks of 64 samples (double: 32; the
// trainer's batch_size if that is smaller). The blocks are divided among the threads; gradients and losses of
// the blocks are added up in the order of the blocks, as one thread does it. So weights, optimizer's state
// and history are the same, bit by bit, for every number of threads. A minibatch of a single block is not
// faster: choose at least 64 samples for each thread. The update of many parameters is divided as well, if
// the optimizer supports it, as those of tenon do. The calling thread alone runs the validation and the
// observer.
//
// The threads start and end with fit. A fit that is too small starts none, and a small minibatch is processed
// by the calling thread alone. There are never more threads than CPUs that the calling thread may use. Each
// thread has the traces of a block, and each block of a round a gradient; they are allocated on the heap,
// once per fit. If the system cannot provide the threads or the memory, fit continues with what is available.
// Layers, activations and loss are called by several threads at once, so your own must not write to shared
// data.
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

/// Multiply-adds of a minibatch, and of a whole fit, below which one thread does all: the threads need about
/// 1 us to begin and to end a minibatch together, and each takes about 50 us to start and to stop (on Zen 3).
/// Templates, as the next one, so that tests can specialise them.
template <class Net> inline constexpr std::size_t min_parallel_minibatch = std::size_t{1} << 18;
template <class Net> inline constexpr std::size_t min_parallel_fit = std::size_t{1} << 26;

/// Whether fit starts at most as many threads as there are CPUs.
template <class Net> inline constexpr bool limit_to_available_cpus = true;

/// The threads of a fit, and their memory for the gradient of a minibatch.
template <class Net, class Loss, class Optimizer, std::size_t Batch>
class Threaded<Trainer<Net, Loss, Optimizer, Batch>>
    : public ParallelFit<Trainer<Net, Loss, Optimizer, Batch>> {
    using FitTrainer = Trainer<Net, Loss, Optimizer, Batch>;
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    using Passes = BlockPasses<Net, Loss, Batch>;
    static constexpr std::size_t parameters = Net::parameter_count;
    using Gradient = Flat<T, parameters>;

    /// Estimated cost of a sample in multiply-adds: forward, twice that backward, 16 for every activation.
    static constexpr std::size_t work = 3 * std::max(multiply_adds_of<Net>(), parameters) +
                                        16 * (Net::inputs + StackOf<Net>::trace + Net::outputs);
    /// Parameters that reduction and update process at once, so that they stay in the first-level cache.
    static constexpr std::size_t part_size = 1024;
    static constexpr std::size_t parts = std::max<std::size_t>(parameters / part_size, 1);
    static constexpr std::size_t last_part_size = parameters - (parts - 1) * part_size;
    static constexpr std::size_t min_parts_per_thread = 8;

public:
    /// Returns null if one thread is faster, or if threads or memory are not available. Blocks of less than 8
    /// samples are left to one thread, because adding up their gradients takes as long as computing them.
    static ParallelFit<FitTrainer>* begin(FitTrainer& trainer, std::size_t threads, FitSize size) noexcept {
        const std::size_t blocks = blocks_of(size.batch);
        if (Passes::max_block_samples < 8 || blocks < 2 || !worth_sharing(size.batch) ||
            size.epochs < min_parallel_fit<Net> / work / size.samples)
            return nullptr;
        threads = std::min(threads, blocks);
        if (limit_to_available_cpus<Net>) threads = std::min(threads, available_cpus());
        if (threads < 2) return nullptr;
        auto* const parallel = new (std::nothrow) Threaded(trainer, threads, blocks);
        if (parallel && parallel->ready()) return parallel;
        delete parallel;
        return nullptr;
    }

private:
    Threaded(FitTrainer& trainer, std::size_t threads, std::size_t max_blocks) noexcept
        : ParallelFit<FitTrainer>{&step_of,
                                  [](ParallelFit<FitTrainer>* parallel) noexcept {
                                      delete static_cast<Threaded*>(parallel);
                                  }},
          trainer_(trainer), pool_(threads),
          blocks_per_round_(
              std::min(max_blocks, pool_.size() * std::max<std::size_t>(32768 / (parameters + 1), 1))),
          passes_(new(std::nothrow) Passes[pool_.size() - 1]),
          gradients_(new(std::nothrow) Gradient[blocks_per_round_ - 1]),
          results_(new(std::nothrow) BlockResult[blocks_per_round_]) {}

    static constexpr std::size_t blocks_of(std::size_t samples) noexcept {
        return (samples + Passes::max_block_samples - 1) / Passes::max_block_samples;
    }

    bool ready() const noexcept { return pool_.size() > 1 && passes_ && gradients_ && results_; }

    static bool worth_sharing(std::size_t samples) noexcept {
        return samples >= min_parallel_minibatch<Net> / work;
    }

    static T step_of(ParallelFit<FitTrainer>& parallel, std::span<const Input> xs,
                     const AnyTargets<Output>& ts, std::size_t samples, Order order) noexcept {
        auto& self = static_cast<Threaded&>(parallel);
        if constexpr (OverClasses<Loss>)
            if (ts.classes.data) return self.minibatch(xs, ts.classes, samples, order);
        return self.minibatch(xs, ts.outputs, samples, order);
    }

    /// Processes a minibatch and updates; returns its mean loss. The blocks are computed in rounds, because
    /// each block of a round needs a gradient of its own. After a round these are added to the gradient of
    /// its first block, which is the trainer's, in the order of the blocks.
    template <class Targets>
    T minibatch(std::span<const Input> xs, Targets ts, std::size_t samples, Order order) noexcept {
        const T* const values = trainer_.net_.values_is_an_implementation_detail_;
        const std::size_t blocks = blocks_of(samples);
        if (blocks < 2 || !worth_sharing(samples))
            return trainer_.update(trainer_.passes_.many(values, xs, ts, samples, order), samples);

        const T scale = T(1) / static_cast<T>(samples);
        [[maybe_unused]] const auto key = trainer_.passes_.keys.next();
        T loss = 0;
        for (std::size_t first_block = 0;; first_block += blocks_per_round_) {
            const std::size_t count = std::min(blocks_per_round_, blocks - first_block);
            const bool is_last_round = first_block + count == blocks;
            pool_.run(count, [&](std::size_t thread, std::size_t i) noexcept {
                Passes& passes = thread == 0 ? trainer_.passes_.passes() : passes_[thread - 1];
                const std::size_t first = (first_block + i) * Passes::max_block_samples;
                const std::size_t block_samples = std::min(Passes::max_block_samples, samples - first);
                T* const gradient = i == 0 ? trainer_.passes_.gradient_data() : gradients_[i - 1].data;
                const bool adds_to_earlier_rounds = i == 0 && first_block > 0;
                if constexpr (Passes::has_step) passes.begin_step(key);
                const T block_loss = passes.block(trainer_.passes_.loss, values, xs, ts, first, block_samples,
                                                  order, scale, gradient, adds_to_earlier_rounds);
                results_[i] = {block_loss, is_last_round ? sum_of_squares<parameters>(gradient) : T(0)};
            });
            for (std::size_t i = 0; i < count; ++i) loss = math::rounded(loss + results_[i].loss);
            if (is_last_round) return update(loss * scale, count, samples);
            in_parts([&]<std::size_t Count>(std::size_t first) { add_up<Count>(first, count); });
        }
    }

    /// Calls f<count>(first parameter) for parts that together are all parameters, and divides them among the
    /// threads.
    template <class F> void in_parts(F f) noexcept {
        const std::size_t shares = std::clamp<std::size_t>(parts / min_parts_per_thread, 1, pool_.size());
        pool_.run(shares, [&](std::size_t, std::size_t share) noexcept {
            const std::size_t end = (share + 1) * parts / shares;
            for (std::size_t i = share * parts / shares; i < end; ++i)
                if (i + 1 < parts) f.template operator()<part_size>(i * part_size);
                else f.template operator()<last_part_size>(i * part_size);
        });
    }

    /// Adds the gradients of all other blocks of a round to that of the first, in their order.
    template <std::size_t Count> void add_up(std::size_t first, std::size_t blocks) noexcept {
        for (std::size_t i = 0; i + 1 < blocks; ++i)
            detail::Update<Count>{}([](auto sum, auto g) { return sum + g; },
                                    trainer_.passes_.gradient_data() + first, gradients_[i].data + first);
    }

    /// Adds up the gradients of the last round and updates, part by part in one pass if no number can
    /// overflow. Returns the step's loss.
    T update(T loss, std::size_t blocks, std::size_t samples) noexcept {
        FitTrainer& t = trainer_;
        T* const values = t.net_.values_is_an_implementation_detail_;
        T* const gradient = t.passes_.gradient_data();
        // the gradients of the blocks are added up in the same pass, unless the whole gradient is needed
        // first
        constexpr bool adds_up_first = reads_gradient<Optimizer>;
        const auto divided = [&](auto f, T* p, const T* g, auto*... moments) {
            in_parts([&]<std::size_t Count>(std::size_t first) {
                if constexpr (!adds_up_first) add_up<Count>(first, blocks);
                detail::Update<Count>{}(starting_at(f, first), p + first, g + first, (moments + first)...);
            });
            return true;
        };
        if constexpr (trains_all<StackOf<Net>> &&
                      TakesUpdate<Optimizer, decltype(t.step_.state), T, decltype(divided)>) {
            if constexpr (adds_up_first) {
                in_parts([&]<std::size_t Count>(std::size_t first) { add_up<Count>(first, blocks); });
                const T squares = sum_of_squares<parameters>(gradient);
                if (!math::is_finite(loss) || !t.step_.is_safe(t.optimizer_, values, [=] { return squares; }))
                    return t.update(loss, samples);
                t.step_.safe_step(t.optimizer_, values, gradient,
                                  UpdateWithSquares<decltype(divided), T>{divided, squares});
                return loss;
            } else if (math::is_finite(loss) && t.step_.is_safe(t.optimizer_, values, [=, this] {
                           return bound_of_squares(blocks);
                       })) {
                t.step_.safe_step(t.optimizer_, values, gradient, divided);
                return loss;
            }
        }
        in_parts([&]<std::size_t Count>(std::size_t first) { add_up<Count>(first, blocks); });
        return t.update(loss, samples);
    }

    /// An upper bound of the sum of squares of the summed gradient: (g1 + ... + gn)^2 <= n (g1^2 + ... +
    /// gn^2).
    T bound_of_squares(std::size_t blocks) const noexcept {
        T squares = 0;
        for (std::size_t i = 0; i < blocks; ++i) squares += results_[i].squares;
        return squares * static_cast<T>(blocks);
    }

    /// A block's loss, and the sum of squares of its gradient.
    struct BlockResult {
        T loss, squares;
    };

    FitTrainer& trainer_;
    ThreadPool pool_;
    std::size_t blocks_per_round_;
    std::unique_ptr<Passes[]> passes_;       // of all threads but the calling one
    std::unique_ptr<Gradient[]> gradients_;  // of all blocks of a round but the first
    std::unique_ptr<BlockResult[]> results_; // of the blocks of a round
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
