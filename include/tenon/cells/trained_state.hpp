// TrainedState: a cell whose initial states are parameters.
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
                                 states = Cell::state_count / units; // h, and of an LSTM c
    static constexpr std::size_t parameter_count = Cell::parameter_count + states * units,
                                 multiply_adds = Cell::multiply_adds;
    static constexpr auto tensors = [] {
        constexpr std::size_t cell_tensor_count = Cell::tensors.size();
        constexpr std::string_view names[] = {"initial_h", "initial_c"};
        std::array<Tensor, cell_tensor_count + states> table{};
        for (std::size_t i = 0; i < cell_tensor_count; ++i) table[i] = Cell::tensors[i];
        for (std::size_t m = 0; m < states; ++m)
            table[cell_tensor_count + m] = {names[m], Cell::parameter_count + m * units, 1, {units}, {1}};
        return table;
    }();
    /// State of a stream: that of Cell, and a flag that is 1 once the stream has started.
    static constexpr std::size_t state_count = Cell::state_count, started_flag = Cell::state_size,
                                 state_size = started_flag + padded(1), state_tensors = Cell::state_tensors;
    static constexpr std::size_t activations = Cell::activations + state_size, trace = Cell::trace,
                                 scratch = Cell::scratch;

    /// One step. context.state is the state of the stream.
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        if constexpr (OfStream<Context>) {
            set_initial_states(parameters, context.state);
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
        set_initial_states(parameters, state);
        Cell::template forward_steps<Steps>(parameters, x, y, with_state(context, state));
    }

    /// The gradient of all steps. Cell leaves the gradient with respect to the initial states in its
    /// scratch.
    template <std::size_t Steps, class T, class X, class Y, class Outer, class Dy, class Dx, class Scratch,
              class Gradient>
    static constexpr void backward_steps(const T* parameters, X x, Y y, const Outer& context, Dy dy, Dx dx,
                                         Scratch scratch_view, Gradient gradient, bool add) noexcept {
        alignas(64) T values[Scratch::buffer_size(state_size)] = {};
        const auto state = scratch_view.rebind(values + 0);
        if constexpr (OfStream<Outer>) copy_exactly<state_size>(state, context.state);
        set_initial_states(parameters, state);
        Cell::template backward_steps<Steps>(parameters, x, y, with_state(context, state), dy, dx,
                                             scratch_view, gradient, add);
        if constexpr (!std::is_same_v<Gradient, NoView>)
            for (std::size_t i = 0; i < states * units; ++i) {
                T sum = 0;
                for (std::size_t s = 0; s < scratch_view.samples; ++s)
                    if (starts_in(context, s))
                        for (std::size_t g = 0; g < Cell::h_gradients; ++g)
                            sum +=
                                scratch_view.data[((i / units + g) * row + i % units) * Scratch::stride + s];
                T& to = gradient[Cell::parameter_count + i];
                to = sum + (add ? to : T(0));
            }
    }

private:
    /// Sets the states of samples that have not started.
    template <class T, class View>
    static constexpr void set_initial_states(const T* parameters, View state) noexcept {
        for (std::size_t s = 0; s < state.samples; ++s) {
            T& has_started = state.data[started_flag * View::stride + s];
            if (has_started != 0) continue;
            has_started = 1;
            for (std::size_t m = 0; m < states; ++m)
                for (std::size_t i = 0; i < units; ++i)
                    state.data[(m * row + i) * View::stride + s] =
                        parameters[Cell::parameter_count + m * units + i];
        }
    }
    /// Whether sample s starts in this window.
    template <class Outer>
    static constexpr bool starts_in([[maybe_unused]] const Outer& context,
                                    [[maybe_unused]] std::size_t s) noexcept {
        if constexpr (OfStream<Outer>)
            return context.state.data[started_flag * decltype(context.state)::stride + s] == 0;
        else return true;
    }
};

} // namespace detail

/// An LSTM, a GRU or an RNN whose initial states are parameters in place of zeros: the tensors `initial_h`,
/// [Hidden], and of an LSTM `initial_c`, which initialize sets to zero. A stream begins with them after
/// State::reset.
template <class Cell>
    requires(misfit::trained_state_cell<std::bool_constant<detail::is_recurrent<Cell>>,
                                        misfit::but_found<Cell>>::passes())
struct TrainedState
    : detail::TrainedStateOf<std::conditional_t<detail::is_recurrent<Cell>, Cell, RNN<1, 1>>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
