// TrainedState: a cell that begins with parameters in place of zeros.
#pragma once

#include <tenon/cells/bidirectional.hpp>
#include <tenon/cells/gates.hpp>
#include <tenon/cells/rnn.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class Cell> struct TrainedStateOf : CellDefaults {
    using InputShape = typename Cell::InputShape;
    using OutputShape = typename Cell::OutputShape;
    static constexpr std::size_t units = OutputShape::size, row = padded(units),
                                 memories = Cell::state_count / units; // h, and of an LSTM c
    static constexpr std::size_t parameter_count = Cell::parameter_count + memories * units,
                                 multiply_adds = Cell::multiply_adds;
    static constexpr auto tensors = [] {
        constexpr std::size_t of_cell = Cell::tensors.size();
        constexpr std::string_view names[] = {"initial_h", "initial_c"};
        std::array<Tensor, of_cell + memories> table{};
        for (std::size_t i = 0; i < of_cell; ++i) table[i] = Cell::tensors[i];
        for (std::size_t m = 0; m < memories; ++m)
            table[of_cell + m] = {names[m], Cell::parameter_count + m * units, 1, {units}, {1}};
        return table;
    }();
    /// Of a stream: what Cell remembers, and whether it has begun.
    static constexpr std::size_t state_count = Cell::state_count, has_begun = Cell::state_size,
                                 state_size = has_begun + padded(1);
    static constexpr std::size_t activations = Cell::activations + state_size, trace = Cell::trace,
                                 scratch = Cell::scratch;

    /// One step. context.state is the memory of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (OfStream<Context>) {
            begin(parameters, context.state);
            Cell::forward(parameters, x, y, context);
        }
    }

    /// All steps of a sequence: x(t) and y(t) are views of step t.
    template <std::size_t Steps, class T, class X, class Y, class Outer>
    static constexpr void forward_steps(const T* parameters, X x, Y y, const Outer& context) noexcept {
        alignas(64) T values[decltype(y(0))::buffer_size(state_size)] = {};
        const auto state = [&] {
            if constexpr (OfStream<Outer>) return context.state;
            else return y(0).rebind(values + 0);
        }();
        begin(parameters, state);
        Cell::template forward_steps<Steps>(parameters, x, y, with_state(context, state));
    }

    /// The gradient of all steps. Cell leaves that by the state before the first step in its scratch.
    template <std::size_t Steps, class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        alignas(64) T values[Scratch::buffer_size(state_size)] = {};
        const auto state = scratch_view.rebind(values + 0);
        if constexpr (OfStream<Outer>) copy_exactly<state_size>(state, context.state);
        begin(parameters, state);
        Cell::template backward_steps<Steps>(parameters, x, y, with_state(context, state), dy, dx,
                                             scratch_view, gradient, add);
        if constexpr (!std::is_same_v<Gradient, NoView>)
            for (std::size_t i = 0; i < memories * units; ++i) {
                T sum = 0;
                for (std::size_t s = 0; s < scratch_view.samples; ++s)
                    if (begins(context, s))
                        for (std::size_t part = 0; part < Cell::h_gradients; ++part)
                            sum += scratch_view
                                       .data[((i / units + part) * row + i % units) * Scratch::stride + s];
                T& to = gradient[Cell::parameter_count + i];
                to = sum + (add ? to : T(0));
            }
    }

private:
    /// Sets what samples remember that have not begun.
    template <class T, class View> static constexpr void begin(const T* parameters, View state) noexcept {
        for (std::size_t s = 0; s < state.samples; ++s) {
            T& begun = state.data[has_begun * View::stride + s];
            if (begun != 0) continue;
            begun = 1;
            for (std::size_t m = 0; m < memories; ++m)
                for (std::size_t i = 0; i < units; ++i)
                    state.data[(m * row + i) * View::stride + s] =
                        parameters[Cell::parameter_count + m * units + i];
        }
    }
    /// Whether sample s begins with this window.
    template <class Outer>
    static constexpr bool begins([[maybe_unused]] const Outer& context,
                                 [[maybe_unused]] std::size_t s) noexcept {
        if constexpr (OfStream<Outer>)
            return context.state.data[has_begun * decltype(context.state)::stride + s] == 0;
        else return true;
    }
};

} // namespace detail

/// An LSTM, a GRU or an RNN that begins with parameters in place of zeros: the tensors `initial_h`, [Hidden],
/// and of an LSTM `initial_c`, which initialize sets to zero. A stream begins with them after State::reset.
template <class Cell>
    requires(misfit::trained_state_cell<std::bool_constant<detail::is_recurrent<Cell>>,
                                        misfit::but_found<Cell>>::passes())
struct TrainedState
    : detail::TrainedStateOf<std::conditional_t<detail::is_recurrent<Cell>, Cell, RNN<1, 1>>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
