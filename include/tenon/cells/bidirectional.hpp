// Bidirectional: two cells over a sequence, one from its end to its beginning.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/cells/rnn.hpp>
#include <tenon/cells/sequence.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/misfit/cells.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether Cell is recurrent: LSTM, GRU or RNN, or a TrainedState of one. These have tensors of gates.
template <class Cell>
inline constexpr bool is_recurrent = requires { Cell::tensors.size(); } && [] {
    for (const Tensor& tensor : tensors_of<Cell>)
        if (tensor.gates > 0) return true;
    return false;
}();

constexpr std::string_view reverse_name(std::string_view name) noexcept {
    constexpr std::string_view names[] = {"weight_ih_l0_reverse", "weight_hh_l0_reverse",
                                          "bias_ih_l0_reverse",   "bias_hh_l0_reverse",
                                          "initial_h_reverse",    "initial_c_reverse"};
    for (const std::string_view candidate : names)
        if (candidate.starts_with(name)) return candidate;
    return name;
}

template <std::size_t Steps, class Cell> struct BidirectionalOf {
    static constexpr std::size_t in = Cell::InputShape::size, hidden = Cell::OutputShape::size,
                                 out = 2 * hidden;
    using InputShape = Shape<Steps, in>;
    using OutputShape = Shape<Steps, out>;
    static constexpr std::size_t parameter_count = 2 * Cell::parameter_count,
                                 multiply_adds = 2 * Steps * Cell::multiply_adds;
    static constexpr auto tensors = [] {
        constexpr std::size_t count = Cell::tensors.size();
        std::array<Tensor, 2 * count> both{};
        for (std::size_t i = 0; i < count; ++i) {
            both[i] = both[count + i] = Cell::tensors[i];
            both[count + i].name = detail::reverse_name(both[i].name);
            both[count + i].offset += Cell::parameter_count;
        }
        return both;
    }();
    static constexpr bool shares_weights = true;
    static constexpr std::size_t activations = Cell::activations + Cell::state_size;
    static constexpr std::size_t cell_trace = Steps * detail::padded(Cell::trace), trace = 2 * cell_trace;
    /// The gradient of the input through the reverse cell, then the scratch of a cell.
    static constexpr std::size_t scratch = Steps * detail::padded(in) + Cell::scratch;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, const Context& context) noexcept {
        Cell::template forward_steps<Steps>(
            parameters, [=](std::size_t t) { return x.subview(t * in); },
            [=](std::size_t t) { return y.subview(t * out); }, context);
        Cell::template forward_steps<Steps>(
            parameters + Cell::parameter_count,
            [=](std::size_t t) { return x.subview((Steps - 1 - t) * in); },
            [=](std::size_t t) { return y.subview((Steps - 1 - t) * out + hidden); },
            reverse_context(context));
    }

    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X x, Y y, const Context& context, Dy dy, Dx dx,
                                   Scratch scratch_view, Gradient gradient, bool add) noexcept {
        constexpr bool wants_dx = !std::is_same_v<Dx, NoView>;
        const auto cell_scratch = scratch_view.subview(Steps * detail::padded(in));
        const auto reverse_dx = [=](std::size_t t) {
            return scratch_view.subview((Steps - 1 - t) * detail::padded(in));
        };
        const auto dx_of = [&](auto views) {
            if constexpr (wants_dx) return views;
            else return NoView{};
        };
        Cell::template backward_steps<Steps>(
            parameters, [=](std::size_t t) { return x.subview(t * in); },
            [=](std::size_t t) { return y.subview(t * out); }, context,
            [=](std::size_t t) { return dy.subview(t * out); },
            dx_of([=](std::size_t t) { return dx.subview(t * in); }), cell_scratch, gradient, add);
        Cell::template backward_steps<Steps>(
            parameters + Cell::parameter_count,
            [=](std::size_t t) { return x.subview((Steps - 1 - t) * in); },
            [=](std::size_t t) { return y.subview((Steps - 1 - t) * out + hidden); },
            reverse_context(context),
            [=](std::size_t t) { return dy.subview((Steps - 1 - t) * out + hidden); }, dx_of(reverse_dx),
            cell_scratch, detail::advanced(gradient, Cell::parameter_count), add);
        if constexpr (wants_dx)
            for (std::size_t t = 0; t < Steps; ++t)
                add_exactly<in>(dx.subview(t * in), reverse_dx(Steps - 1 - t));
    }

private:
    template <class Context> static constexpr auto reverse_context(const Context& context) noexcept {
        if constexpr (Context::keeps_trace)
            return tenon::Context<decltype(context.trace)>{context.trace.subview(cell_trace)};
        else return tenon::Context<>{};
    }
};

template <class Values> inline constexpr std::size_t steps_in = 1;
template <std::size_t First, std::size_t... Sizes>
inline constexpr std::size_t steps_in<Shape<First, Sizes...>> = First;

/// Whether values are the outputs of both directions: steps of an even size.
template <class Values> struct IsBidirectionalOutput : std::false_type {};
template <std::size_t Steps, std::size_t Size>
struct IsBidirectionalOutput<Shape<Steps, Size>> : std::bool_constant<Size % 2 == 0> {};

} // namespace detail

/// A cell over Steps steps from the first to the last, and a second one of the same kind, with parameters of
/// its own, from the last to the first; Schuster and Paliwal, 1997. From Shape<Steps, In> to Shape<Steps, 2
/// Hidden>: each step has the output of the first cell, then that of the second. PyTorch's
/// bidirectional=True, with its names of tensors. Parameters: those of the first cell, then of the second.
template <std::size_t Steps, class Cell>
    requires(misfit::bidirectional_cell<std::bool_constant<detail::is_recurrent<Cell>>,
                                        misfit::but_found<Cell>>::passes())
struct Bidirectional
    : detail::BidirectionalOf<Steps, std::conditional_t<detail::is_recurrent<Cell>, Cell, RNN<1, 1>>> {};

/// Where each cell of a Bidirectional ends: the first half of the last step's values, then the second half of
/// the first step's. From Shape<Steps, 2 Hidden> to Shape<2 Hidden>; PyTorch's cat(h_n[-2], h_n[-1]), Keras'
/// Bidirectional without return_sequences. LastStep is PyTorch's y[:, -1], in which the second cell has read
/// a single step.
///     Net<Bidirectional<28, LSTM<28, 64>>, FinalStates<Shape<28, 128>>, Dense<128, 10, Softmax>>
template <class Values>
    requires(misfit::final_states<std::bool_constant<detail::IsBidirectionalOutput<Values>::value>,
                                  misfit::but_found<Values>>::passes())
struct FinalStates : LayerDefaults {
    using InputShape = Values;
    static constexpr std::size_t steps = detail::steps_in<Values>, size = Values::size / steps,
                                 half = size / 2, last = (steps - 1) * size;
    using OutputShape = Shape<size>;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::copy_exactly<half>(y, x.subview(last));
        detail::copy_exactly<half>(y.subview(half), x.subview(half));
    }
    /// dx = dy where the outputs are from, else 0
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) {
            detail::fill_zero<Values::size>(dx);
            detail::copy_exactly<half>(dx.subview(last), dy);
            detail::copy_exactly<half>(dx.subview(half), dy.subview(half));
        }
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
