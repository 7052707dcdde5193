// GruSteps: what both forms of a GRU have in common.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/shape.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Base of Cell, whose step<KeepsTrace>(parameters, x, h, workspace, y) computes y from h of the step before,
/// in a workspace of `activations` values, or of `trace` values if these are the trace of the step.
template <class Cell, std::size_t In, std::size_t Hidden> struct GruSteps : CellDefaults {
    using InputShape = Shape<In>;
    using OutputShape = Shape<Hidden>;
    /// State of a stream: h.
    static constexpr std::size_t state_count = Hidden, state_size = padded(Hidden), state_tensors = 1;

    /// One step. context.state is the state of the stream. Everything is inlined into it, as g++ 12 would not
    /// do in a program with several such calls: a step of 24 units takes 40 ns, and took 38 or 46 (AVX-512).
    template <class T, class X, class Y, class Context>
    [[gnu::flatten]] static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (OfStream<Context>) {
            alignas(64) T values[Y::buffer_size(Cell::activations)];
            Cell::template step<false>(parameters, x, context.state.read_only(), y.rebind(values + 0),
                                       context.state);
            copy_units<Hidden>(y, context.state);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Context>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Context& context) noexcept {
        using View = decltype(y(0));
        alignas(64) T zero[View::buffer_size(Hidden)] = {};
        alignas(64) T values[Context::keeps_trace ? 1 : View::buffer_size(Cell::activations)];
        const auto initial_h = initial_state<0>(context, y(0).rebind(static_cast<const T*>(zero)));
        for (std::size_t t = 0; t < Steps; ++t) {
            const auto h = t == 0 ? initial_h : y(t - 1).read_only();
            if constexpr (Context::keeps_trace)
                Cell::template step<true>(parameters, x(t), h, context.trace.subview(t * Cell::trace), y(t));
            else Cell::template step<false>(parameters, x(t), h, y(0).rebind(values + 0), y(t));
        }
        if constexpr (OfStream<Context>) copy_exactly<Hidden>(context.state, y(Steps - 1));
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
