// Loss and gradient of a net: forward, loss, backward, for one sample or a batch.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/kernels/flat.hpp>
#include <tenon/net.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/step_keys.hpp>
#include <tenon/train/weights.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

template <class Loss, class A> inline constexpr bool fits<Loss, ends_in<A>> = detail::suits<Loss, A>();

}

namespace tenon::inline TENON_ABI {

namespace detail {

/// The word of a message for a net's last activation.
template <class Net> using EndsIn = misfit::ends_in<typename Ending<Net>::type>;

/// The layers that are trained: those of the net, without the last activation if the loss includes it
/// (fused).
template <class Net, class Loss> struct Trained {
    using type = StackOf<Net>;
};
template <class Net, class Loss>
    requires fused_loss<Loss>
struct Trained<Net, Loss> {
    using type = typename StackOf<Net>::template with_activation<Identity>;
};

/// The number of values of each layer's output.
template <class Layers> inline constexpr std::array<std::size_t, 0> output_sizes{};
template <class... L>
inline constexpr std::array<std::size_t, sizeof...(L)> output_sizes<Stack<L...>>{L::OutputShape::size...};

/// Samples in the order in which they are stored.
struct InOrder {
    constexpr std::size_t operator()(std::size_t i) const noexcept { return i; }
    static constexpr bool in_order() noexcept { return true; }
};

/// Whether gradients are those of training or of inference, in which Dropout, for example, has no effect.
enum class Mode { training, inference };

/// The most memory of a block in training, in bytes, for what is kept between the passes: half of a
/// second-level cache of 512 kB.
inline constexpr std::size_t max_trace_bytes = 256 * 1024;

/// How many samples are trained in one block: Batch, at most block_samples, or the largest half, quarter,
/// ... of it that keeps within max_trace_bytes, but at least 8. A net with batch statistics is trained in
/// blocks of exactly Batch samples. The same on every CPU.
template <class Layers, class T, std::size_t Batch> consteval std::size_t training_block() {
    if constexpr (uses_batch_statistics<Layers>) return Batch;
    std::size_t samples = block_samples<T>;
    while (samples > 8 && (Layers::trace + Layers::scratch) * samples * sizeof(T) > max_trace_bytes)
        samples /= 2;
    return Batch < samples ? Batch : samples;
}

/// Memory for one block of up to Batch samples, and the passes over it: forward, loss, backward. If Batch is
/// 0, only for single samples.
template <class Net, class Loss, std::size_t Batch, Mode M = Mode::training> class BlockPasses {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using TrainedLayers = typename Trained<Net, Loss>::type;
    using Layers = std::conditional_t<M == Mode::training, TrainedLayers, EvaluatedStack<TrainedLayers>>;

public:
    /// Most samples in a block.
    static constexpr std::size_t max_block_samples = training_block<Layers, T, Batch>();
    /// Whether a layer uses the training step.
    static constexpr bool has_step = M == Mode::training && uses_step<Layers>;

    constexpr BlockPasses() noexcept : x_{}, t_{}, y_{}, dy_{}, trace_{}, scratch_{} {}

    /// Returns the loss of one sample and writes its gradient to `gradient`.
    template <class Target>
    TENON_INLINE constexpr T one(const Loss& loss, const T* parameters, const Input& x, const Target& target,
                                 T* gradient) noexcept {
        const Sample<const T, false> input{x.data()};
        const Sample<T> y{y_};
        if constexpr (std::integral<Target> && outputs * sizeof(T) <= max_local_bytes) {
            T t[outputs] = {};
            write_one_hot<outputs>(t, 1, target);
            return pass(loss, parameters, input, Sample<const T, false>{t}, y, T(1), gradient, false);
        } else if constexpr (std::integral<Target>) {
            for (std::size_t o = 0; o < outputs; ++o) t_[o] = 0;
            write_one_hot<outputs>(t_, 1, target);
            return pass(loss, parameters, input, Sample<const T, false>{t_}, y, T(1), gradient, false);
        } else
            return pass(loss, parameters, input, Sample<const T, false>{target.data()}, y, T(1), gradient,
                        false);
    }

    /// Returns the sum of the losses of a block of a minibatch: xs[order(i)], ts[order(i)] from i = first on.
    /// Writes the gradient of scale * (that sum) to `gradient`, or adds it if `add`. It is always accumulated
    /// from zero first.
    template <class Targets, class Order>
    constexpr T block(const Loss& loss, const T* parameters, std::span<const Input> xs, Targets ts,
                      std::size_t first, std::size_t samples, Order order, T scale, T* gradient,
                      bool add) noexcept {
        if constexpr (stride == lanes_for<T>(stride) && Net::parameter_count <= max_scalar_update &&
                      sizeof(BlockPasses) <= max_local_bytes && !has_step)
            if (!in_compiler() && samples == stride && !add && !has_weights(order))
                return block_in_registers(loss, parameters, xs, ts, first, order, scale, gradient);
        if constexpr (has_step) step_.first_sample = first;
        const Block<T, stride> t{t_, samples}, y{y_, samples};
        const auto at = [=](std::size_t s) { return order(first + s); };
        load_targets<outputs>(t, ts, at);
        T sum = 0;
        const auto run = [&](auto weights) {
            with_inputs<Layers, stride>(xs, samples, at, order.in_order(), x_, [&](auto x) {
                sum = pass(loss, parameters, x, t.read_only(), y, scale, gradient, add, weights);
            });
        };
        if constexpr (WeightedOrder<Order>) {
            alignas(64) T weights[stride];
            if (order.weights) order.weights->template load<outputs>(weights, stride, samples, ts, at);
            run(order.weights ? static_cast<const T*>(weights) : nullptr);
        } else run(NoView{});
        return sum;
    }

    /// Begins a training step, which has this key, if a layer uses it.
    constexpr void begin_step(std::uint64_t key) noexcept
        requires has_step
    {
        step_ = {key, 0};
    }

    /// After block(...) with `add`, which keeps the values between the passes here: the first layer whose
    /// output is not finite for one of the samples; the number of layers if all are finite.
    [[gnu::cold]] std::size_t first_bad_layer(std::size_t samples) const noexcept {
        static constexpr auto sizes = output_sizes<Layers>;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const T* const values = i + 1 == sizes.size() ? y_ : trace_ + Layers::plan.output[i] * stride;
            for (std::size_t v = 0; v < sizes[i]; ++v)
                for (std::size_t s = 0; s < samples; ++s)
                    if (!math::is_finite(values[v * stride + s])) return i;
        }
        return sizes.size();
    }

    /// The net's output for one sample, in this memory.
    constexpr Sample<T> output(const T* parameters, const Input& x) noexcept {
        const Sample<T> y{y_};
        EvaluatedStack<Layers>::forward(parameters, Sample<const T, false>{x.data()}, y,
                                        Context<Sample<T>>{y.rebind(trace_)});
        return y;
    }

private:
    static constexpr std::size_t inputs = Net::inputs, outputs = Net::outputs,
                                 stride = Batch == 0 ? 1 : block_stride<T>(max_block_samples);
    /// The most bytes on the stack for what is faster there than in this object.
    static constexpr std::size_t max_local_bytes = 16 * 1024;
    static constexpr std::size_t buffer_size(std::size_t n) {
        return n * stride > padded(n) ? n * stride : padded(n);
    }

    template <class Trace> constexpr auto context_with(Trace trace) const noexcept {
        if constexpr (has_step) return Context<Trace, TrainingStep>{trace, step_};
        else return Context<Trace>{trace};
    }

    struct Uninitialized {};
    explicit BlockPasses(Uninitialized) noexcept {}

    /// block() of few parameters, for samples that fill exactly one register. It uses local memory, because
    /// g++ then keeps all values between parameters and gradient in registers.
    template <class Targets, class Order>
    [[gnu::flatten]] static T block_in_registers(const Loss& loss, const T* parameters,
                                                 std::span<const Input> xs, Targets ts, std::size_t first,
                                                 Order order, T scale, T* gradient) noexcept {
        BlockPasses local(Uninitialized{});
        const Block<T, stride> x{local.x_, stride}, t{local.t_, stride}, y{local.y_, stride};
        load_targets<outputs>(t, ts, [=](std::size_t s) { return order(first + s); });
        fill<inputs>(x, [=](std::size_t s) { return xs[order(first + s)].data(); });
        return local.pass(loss, parameters, x.read_only(), t.read_only(), y, scale, gradient, false);
    }

    /// Forward, loss, backward. Inlined, as one() is, so that the compiler sees that the gradient does not
    /// overlap the traces: xor takes a tenth longer otherwise (g++ 12, Zen 3).
    template <class X, class Target, class Y, class Weights = NoView>
    TENON_INLINE constexpr T pass(const Loss& loss, const T* parameters, X x, Target t, Y y, T scale,
                                  T* gradient, bool add, [[maybe_unused]] Weights weights = {}) noexcept {
        const auto scratch = y.rebind(scratch_), dy = y.rebind(dy_);
        const auto context = context_with(y.rebind(trace_));
        Layers::forward(parameters, x, y, context);
        const T sum = [&] {
            if constexpr (!std::is_same_v<Weights, NoView>)
                if (weights) return loss_of<outputs>(loss, y.read_only(), t, dy, scale, weights);
            return loss_of<outputs>(loss, y.read_only(), t, dy, scale);
        }();
        Layers::backward(parameters, x, y.read_only(), context, dy, NoView{}, scratch, gradient, add);
        return sum;
    }

    alignas(64) T x_[Batch == 0 ? 1 : buffer_size(inputs)];
    alignas(64) T t_[buffer_size(outputs)];
    alignas(64) T y_[buffer_size(outputs)];
    alignas(64) T dy_[buffer_size(outputs)];
    alignas(64) T trace_[buffer_size(Layers::trace) + 1];
    alignas(64) T scratch_[buffer_size(Layers::scratch) + 1];
    [[no_unique_address]] std::conditional_t<has_step, TrainingStep, NoView> step_{};
};

/// Memory and passes for the gradient of a minibatch of any size, in blocks of up to Batch samples. The
/// gradient of each block is accumulated from zero, then added.
template <class Net, class Loss, std::size_t Batch, Mode M = Mode::training> class Backpropagation {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;

public:
    using Passes = BlockPasses<Net, Loss, Batch, M>;
    Loss loss;
    [[no_unique_address]] StepKeys<Passes::has_step> keys{};

    constexpr explicit Backpropagation(Loss l) noexcept : loss(l) {}

    constexpr std::span<const T, Net::parameter_count> gradient() const noexcept {
        return std::span<const T, Net::parameter_count>(gradient_.data, Net::parameter_count);
    }
    constexpr const T* gradient_data() const noexcept { return gradient_.data; }
    constexpr T* gradient_data() noexcept { return gradient_.data; }
    constexpr Passes& passes() noexcept { return passes_; }

    /// Returns the loss of one sample; its gradient is then in gradient().
    template <class Target>
    constexpr T one(const T* parameters, const Input& x, const Target& target) noexcept {
        if constexpr (Passes::has_step) passes_.begin_step(keys.next());
        return passes_.one(loss, parameters, x, target, gradient_.data);
    }

    /// Returns the mean loss of `count` samples xs[order(i)], ts[order(i)]; its gradient is then in
    /// gradient().
    template <class Targets, class Order>
    constexpr T many(const T* parameters, std::span<const Input> xs, Targets ts, std::size_t count,
                     Order order) noexcept {
        if (count == 1 && !has_weights(order)) return one(parameters, xs[order(0)], ts[order(0)]);
        if constexpr (Passes::has_step) passes_.begin_step(keys.next());
        const T scale = T(1) / static_cast<T>(count);
        T sum = 0;
        for (std::size_t first = 0; first < count; first += Passes::max_block_samples) {
            const std::size_t samples =
                count - first < Passes::max_block_samples ? count - first : Passes::max_block_samples;
            sum = math::rounded(sum + passes_.block(loss, parameters, xs, ts, first, samples, order, scale,
                                                    gradient_.data, first > 0));
        }
        return sum * scale;
    }

private:
    Passes passes_;
    Flat<T, Net::parameter_count> gradient_;
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
