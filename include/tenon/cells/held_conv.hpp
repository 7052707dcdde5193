// HeldConv: a causal convolution with a stride over time.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/shape.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A convolution with stride S over time, with a zero-order hold: Conv is computed in the steps 0, S, 2 S,
/// ..., other steps repeat the output. A stream computes nothing in between, a sequence in every step.
template <class Conv, std::size_t S> struct HeldConv : Conv {
    template <std::size_t> static constexpr bool fits_window = false;
    static constexpr std::size_t stride = S, out = Conv::OutputShape::size;
    /// State of a stream: the state of Conv, y, and the phase, the number of the step modulo S: y is computed
    /// in phase 0.
    static constexpr std::size_t y_offset = Conv::state_size, phase_offset = y_offset + out,
                                 state_count = Conv::state_count + out,
                                 state_size = y_offset + padded(out + 1);
    static constexpr std::size_t activations = Conv::activations + padded(out);
    /// Trace of each step of a sequence: the trace of Conv; then of all steps dy, summed over the steps that
    /// hold y.
    static constexpr std::size_t trace = Conv::trace + padded(out);

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (OfStream<Context>) {
            const auto state = context.state;
            static_assert(Y::stride == 1); // streams are in different phases: one after another
            T* const last_y = state.data + y_offset;
            T& phase = state.data[phase_offset];
            if (phase == 0) {
                Conv::forward(parameters, x, y, context);
                for (std::size_t o = 0; o < out; ++o) last_y[o] = y.data[o];
            } else {
                if constexpr (Conv::state_size > 0) Conv::Ring::push(state.data, 1, x.data, 1);
                for (std::size_t o = 0; o < out; ++o) y.data[o] = last_y[o];
            }
            phase = phase_after(phase, 1);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        Conv::template forward_steps<Steps>(parameters, x, y, context);
        for (std::size_t t = 0; t < Steps; ++t)
            for (std::size_t s = 0; s < y(t).samples; ++s)
                if (!is_computed(context, t, s))
                    for (std::size_t o = 0; o < out; ++o) {
                        T& to = y(t).data[o * decltype(y(t))::stride + s];
                        if (t > 0) to = y(t - 1).data[o * decltype(y(t))::stride + s];
                        else if constexpr (OfStream<Context>) to = value_at(context.state, y_offset + o, s);
                    }
        if constexpr (OfStream<Context>) {
            copy_exactly<out>(context.state.subview(y_offset), y(Steps - 1));
            for (std::size_t s = 0; s < y(0).samples; ++s)
                value_at(context.state, phase_offset, s) =
                    phase_after(value_at(context.state, phase_offset, s), Steps);
        }
    }

    /// The gradient of all steps: dy of a step is the sum of those that hold its output.
    template <std::size_t Steps, class T, class X, class Y, class Context, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        const auto sums = [trace_view = context.trace](std::size_t t) {
            return trace_view.subview(Steps * Conv::trace + t * padded(out));
        };
        for (std::size_t t = 0; t < Steps; ++t) copy_exactly<out>(sums(t), dy(t));
        for (std::size_t t = Steps; t-- > 0;)
            for (std::size_t s = 0; s < sums(t).samples; ++s)
                if (!is_computed(context, t, s))
                    for (std::size_t o = 0; o < out; ++o) {
                        T& sum = sums(t).data[o * Scratch::stride + s];
                        if (t > 0) sums(t - 1).data[o * Scratch::stride + s] += sum;
                        sum = 0;
                    }
        Conv::template backward_steps<Steps>(
            parameters, x, y, context, [&](std::size_t t) { return sums(t).read_only(); }, dx, scratch_view,
            gradient, add);
    }

private:
    template <class View> static constexpr auto& value_at(View view, std::size_t i, std::size_t s) noexcept {
        return view.data[i * View::stride + s];
    }
    template <class T> static constexpr T phase_after(T phase_before, std::size_t steps) noexcept {
        return static_cast<T>((static_cast<std::size_t>(phase_before) + steps) % S);
    }
    /// Whether sample s of a window is computed in step t.
    template <class Context>
    static constexpr bool is_computed([[maybe_unused]] const Context& context, std::size_t t,
                                      [[maybe_unused]] std::size_t s) noexcept {
        if constexpr (OfStream<Context>)
            return (static_cast<std::size_t>(value_at(context.state, phase_offset, s)) + t) % S == 0;
        else return t % S == 0;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
