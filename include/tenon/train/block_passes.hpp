// BlockPasses: forward, loss and backward of one sample or a block of samples, and their memory.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/net.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/step_keys.hpp>
#include <tenon/train/training_block.hpp>
#include <tenon/train/weights.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Memory for one block of up to Batch samples, and the passes over it: forward, loss, backward. If Batch is
/// 0, only for single samples. With WithoutLoss, forward and backward alone.
template <class Net, class Loss, std::size_t Batch, Mode M = Mode::training> class BlockPasses {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Layers = LayersIn<typename Trained<Net, Loss>::type, M>;
    /// All layers of the net, also if the loss includes the last activation.
    using Whole = LayersIn<StackOf<Net>, M>;
    static constexpr std::size_t inputs = Net::inputs, outputs = Net::outputs;

public:
    /// Maximum number of samples in a block.
    static constexpr std::size_t max_block_samples = training_block<Layers, T, Batch>();
    /// Whether a layer uses the training step.
    static constexpr bool has_step = M == Mode::training && uses_step<Layers>;
    static constexpr std::size_t stride = Batch == 0 ? 1 : block_stride<T>(max_block_samples);

    /// The values of a buffer for n values of each sample, or of one sample.
    static constexpr std::size_t buffer_size(std::size_t n) {
        return n * stride > padded(n) ? n * stride : padded(n);
    }

    constexpr BlockPasses() noexcept : x_{}, t_{}, y_{}, dy_{}, trace_{}, scratch_{} {}
    /// For memory that is written before it is read.
    struct Uninitialized {};
    explicit BlockPasses(Uninitialized) noexcept {}

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

    // Forward and backward through all layers, for a given dLoss/dy. The views of outputs and of derivatives
    // are of a block, or of one sample.
    constexpr Block<T, stride> outputs_of(std::size_t samples) noexcept { return {y_, samples}; }
    constexpr Block<T, stride> derivatives_of(std::size_t samples) noexcept { return {dy_, samples}; }
    constexpr Sample<T> output_of_one() noexcept { return {y_}; }
    constexpr Sample<T> derivative_of_one() noexcept { return {dy_}; }

    /// Calls use(view) with a view of the samples xs[order(s)], s < samples, which are copied to this memory.
    template <class Xs, class Order, class Use>
    constexpr void load(Xs xs, std::size_t samples, Order order, Use use) noexcept {
        with_inputs<Whole, stride>(xs, samples, order, false, x_, use);
    }
    /// The same of the samples that `load` has copied.
    template <class Use> constexpr void with_loaded(std::size_t samples, Use use) const noexcept {
        if constexpr (Whole::template reads_rows<T>)
            if (!in_compiler()) return use(Rows<T, inputs>{x_, samples});
        use(Block<const T, stride>{x_, samples});
    }
    /// Copies a single sample.
    constexpr Sample<const T, false> load_one(const Input& x) noexcept {
        for (std::size_t i = 0; i < inputs; ++i) x_[i] = x[i];
        return {x_};
    }
    constexpr Sample<const T, false> loaded_one() const noexcept { return {x_}; }

    /// Sets y to the outputs for x. `first` is the position of the block in its minibatch.
    template <class X, class Y>
    constexpr void forward(const T* parameters, X x, Y y, [[maybe_unused]] std::size_t first) noexcept {
        if constexpr (has_step) step_.first_sample = first;
        Whole::forward(parameters, x, y, context_with(y.rebind(trace_)));
    }
    /// After forward: writes dx, the gradient with respect to x, unless it is NoView, and `gradient`, that
    /// with respect to the parameters, unless it is NoView; adds to the latter if `add`. Overwrites dy.
    template <class X, class Y, class Dx, class Gradient>
    constexpr void backward(const T* parameters, X x, Y y, Y dy, Dx dx, Gradient gradient,
                            bool add) noexcept {
        Whole::backward(parameters, x, y.read_only(), context_with(y.rebind(trace_)), dy, dx,
                        y.rebind(scratch_), gradient, add);
    }

    /// The net's output for one sample, in this memory.
    constexpr Sample<T> output(const T* parameters, const Input& x) noexcept {
        const Sample<T> y{y_};
        EvaluatedStack<Layers>::forward(parameters, Sample<const T, false>{x.data()}, y,
                                        Context<Sample<T>>{y.rebind(trace_)});
        return y;
    }

private:
    /// The maximum bytes on the stack for what is faster there than in this object.
    static constexpr std::size_t max_local_bytes = 16 * 1024;
    static constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

    template <class Trace> constexpr auto context_with(Trace trace) const noexcept {
        if constexpr (has_step) return Context<Trace, TrainingStep>{trace, step_};
        else return Context<Trace>{trace};
    }

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

    /// The sum of the losses, with weights if there are any.
    template <class Y, class Target, class Dy>
    TENON_INLINE static constexpr T loss_with(const Loss& loss, Y y, Target t, Dy dy, T scale,
                                              const T* weights) noexcept {
        return weights ? loss_of<outputs>(loss, y.read_only(), t, dy, scale, weights)
                       : loss_of<outputs>(loss, y.read_only(), t, dy, scale);
    }

    /// Forward, loss, backward. Inlined, as one() is, so that the compiler sees that the gradient does not
    /// overlap the traces: xor takes a tenth longer otherwise (g++ 12, Zen 3).
    template <class X, class Target, class Y, class Weights = NoView>
    TENON_INLINE constexpr T pass(const Loss& loss, const T* parameters, X x, Target t, Y y, T scale,
                                  T* gradient, bool add, [[maybe_unused]] Weights weights = {}) noexcept {
        const auto scratch = y.rebind(scratch_), dy = y.rebind(dy_);
        const auto context = context_with(y.rebind(trace_));
        Layers::forward(parameters, x, y, context);
        T sum;
        if constexpr (std::is_same_v<Weights, NoView>)
            sum = loss_of<outputs>(loss, y.read_only(), t, dy, scale);
        else sum = loss_with(loss, y, t, dy, scale, weights);
        Layers::backward(parameters, x, y.read_only(), context, dy, NoView{}, scratch, gradient, add);
        return sum;
    }

    alignas(64) T x_[Batch == 0 ? 1 : buffer_size(inputs)];
    alignas(64) T t_[std::is_same_v<Loss, WithoutLoss> ? 1 : buffer_size(outputs)];
    alignas(64) T y_[buffer_size(outputs)];
    alignas(64) T dy_[buffer_size(outputs)];
    alignas(64) T trace_[buffer_size(larger(Layers::trace, Whole::trace)) + 1];
    alignas(64) T scratch_[buffer_size(larger(Layers::scratch, Whole::scratch)) + 1];
    [[no_unique_address]] std::conditional_t<has_step, TrainingStep, NoView> step_{};
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
