// StepWith: Trainer::step_with, a step with a loss that is computed by a function of the outputs.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/misfit/samples.hpp>
#include <tenon/train/batch_size.hpp>
#include <tenon/train/tape_calls.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether f(ys, dys) or f(y, dy) returns a loss.
template <class F, class Ys, class Dys, class Scalar>
concept LossFunction = requires(F& f, Ys ys, Dys dys) {
    { f(ys, dys) } -> std::convertible_to<Scalar>;
};
/// Whether it throws nothing. Functions that are refused are left to their sentence.
template <class F, class Ys, class Dys> consteval bool loss_throws_nothing() {
    if constexpr (requires(F& f, Ys ys, Dys dys) { f(ys, dys); })
        return noexcept(std::declval<F&>()(std::declval<Ys>(), std::declval<Dys>()));
    else return true;
}

/// The base of Trainer with step_with.
template <class Trainer, class Net, std::size_t Batch> class StepWith {
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;
    using Ys = std::span<const Output>;
    using Dys = std::span<Output>;

    constexpr StepWith() noexcept = default;
    friend Trainer;

public:
    /// Updates once with a loss of one's own over a minibatch of up to Batch samples:
    /// `trainer.step_with(xs, [&](std::span<const Output> ys, std::span<Output> dys) { ...; return loss; })`.
    ///
    /// f is called once. ys are the net's outputs, after its last activation even if the trainer's loss
    /// includes that. f adds the derivatives of the loss with respect to each output to dys, which are 0
    /// before, and returns the loss. The trainer's own loss is not used. Returns what f returned; as in step,
    /// nothing changes, and the result is not finite, if the loss, the gradient or an updated number is not
    /// finite. Returns NaN and does nothing, without a call of f, if xs is empty or has more than Batch
    /// samples.
    ///
    /// There is one forward pass; a minibatch of several blocks (more than 64 samples, double: 32) takes a
    /// second one, because a trainer keeps the values between the layers of one block alone. Outputs and
    /// derivatives are on the stack. An exception of f leaves everything as it was.
    template <class F>
    constexpr Scalar step_with(std::span<const Input> xs, F&& f) noexcept(loss_throws_nothing<F, Ys, Dys>()) {
        if constexpr (is_loss<F, Ys, Dys>()) return step_with_many(xs, f);
        else return {};
    }
    /// The same for one sample: f(const Output& y, Output& dy).
    template <class F>
    constexpr Scalar step_with(const Input& x,
                               F&& f) noexcept(loss_throws_nothing<F, const Output&, Output&>()) {
        if constexpr (is_loss<F, const Output&, Output&>()) return step_with_one(x, f);
        else return {};
    }

    // Refused: minibatches that are too large or do not fit the net.
    template <class Xs, class F>
        requires TooMany<Xs, Input, Batch>
    constexpr Scalar step_with(const Xs&, F&&) noexcept {
        static_assert(
            misfit::batch_too_large<misfit::takes<Batch>, misfit::but_given<static_count<Xs>>>::passes());
        return {};
    }
    template <class Xs, class F>
        requires MisfitOfAny<Scalar, Net::inputs, Xs>
    constexpr Scalar step_with(const Xs&, F&&) noexcept {
        refuse<Net, std::conditional_t<One<Xs>::values != 0, One<Xs>, Many<Xs>>>();
        return {};
    }

private:
    constexpr Trainer& trainer() noexcept { return static_cast<Trainer&>(*this); }

    template <class F, class Y, class Dy> static consteval bool is_loss() {
        if constexpr (!LossFunction<F, Y, Dy, Scalar>)
            static_assert(
                misfit::no_function_of_outputs<misfit::but_found<std::remove_cvref_t<F>>>::passes());
        return LossFunction<F, Y, Dy, Scalar>;
    }

    template <class Passes> constexpr void begin_step(Passes& passes) noexcept {
        if constexpr (Passes::has_step) passes.begin_step(trainer().passes_.keys.next());
    }

    template <class F> constexpr Scalar step_with_many(std::span<const Input> xs, F& f) {
        constexpr std::size_t bytes = 2 * Batch * sizeof(Output);
        static_assert(
            misfit::stack_exceeded_by_step_with<misfit::outputs_take<bytes>,
                                                misfit::but_the_stack_holds<max_stack_bytes>>::passes());
        if (xs.empty() || xs.size() > Batch) return math::not_a_number<Scalar>();
        if (xs.size() == 1)
            return step_with_one(xs[0],
                                 [&](const Output& y, Output& dy) { return f(Ys(&y, 1), Dys(&dy, 1)); });
        Trainer& t = trainer();
        const Scalar* const parameters = t.net_.values_is_an_implementation_detail_;
        auto& passes = t.passes_.passes();
        constexpr std::size_t block = std::remove_reference_t<decltype(passes)>::max_block_samples;
        Output ys[Batch] = {}; // g++ 12 warns otherwise
        Output dys[Batch] = {};
        begin_step(passes);
        const auto forward = [&](std::size_t first) {
            const std::size_t left = xs.size() - first, samples = left < block ? left : block;
            const auto y = passes.outputs_of(samples);
            passes.load(
                xs, samples, [=](std::size_t s) { return first + s; },
                [&](auto x) { passes.forward(parameters, x, y, first); });
            return y;
        };
        for (std::size_t first = 0; first < xs.size(); first += block)
            write_outputs<Net::outputs>(forward(first),
                                        [&, first](std::size_t s) { return ys[first + s].data(); });
        const Scalar loss = static_cast<Scalar>(f(Ys(ys, xs.size()), Dys(dys, xs.size())));
        for (std::size_t first = 0; first < xs.size(); first += block) {
            const std::size_t left = xs.size() - first, samples = left < block ? left : block;
            if (xs.size() > block) forward(first);
            const auto dy = passes.derivatives_of(samples);
            fill<Net::outputs>(dy, [&, first](std::size_t s) { return dys[first + s].data(); });
            passes.with_loaded(samples, [&](auto x) {
                passes.backward(parameters, x, passes.outputs_of(samples), dy, NoView{},
                                t.passes_.gradient_data(), first > 0);
            });
        }
        return t.update(loss, xs.size());
    }
    template <class F> constexpr Scalar step_with_one(const Input& x, F&& f) {
        Trainer& t = trainer();
        const Scalar* const parameters = t.net_.values_is_an_implementation_detail_;
        auto& passes = t.passes_.passes();
        begin_step(passes);
        const auto y = passes.output_of_one(), dy = passes.derivative_of_one();
        const Sample<const Scalar, false> input{x.data()};
        passes.forward(parameters, input, y, 0);
        Output output{}, derivatives{};
        for (std::size_t o = 0; o < Net::outputs; ++o) output[o] = y.data[o];
        const Scalar loss = static_cast<Scalar>(f(static_cast<const Output&>(output), derivatives));
        for (std::size_t o = 0; o < Net::outputs; ++o) dy.data[o] = derivatives[o];
        passes.backward(parameters, input, y, dy, NoView{}, t.passes_.gradient_data(), false);
        return t.update(loss, 1);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
