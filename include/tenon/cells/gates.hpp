// Helpers of recurrent cells: loops over units, where gates lie in a row, and tables of tensors.
#pragma once

#include <tenon/context.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/tensor.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Base of cells, which are trained in a Sequence, by backward_steps.
struct CellDefaults {
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy, Dx, Scratch, Gradient, bool) noexcept {}
};

/// The values of a row of gates, with those that a register reads past the last gate.
template <std::size_t Units, std::size_t Gates>
inline constexpr std::size_t gate_row = padded(Units * Gates + (Units % 16 == 0 ? 0 : padded(1) - 1));

/// Calls f(V type, gate, unit, count) for the units of a cell, a register of them at a time: `gate(g)` is
/// where the register of gate g begins in a row of Units * Gates values (gate_place), `unit` where it begins
/// in a row of Units values, and `count`, a constant, how many of its lanes are units. In a block, lanes are
/// samples.
template <std::size_t Units, std::size_t Gates, class T, class F>
constexpr void for_each_unit(Sample<T>, F f) noexcept {
    using U = std::remove_const_t<T>;
    constexpr std::size_t grouped = Units / 16 * 16, remainder = Units - grouped;
    const auto at = [&]<class V>(std::type_identity<V> type, std::size_t unit, auto count) {
        f(type, [unit](std::size_t gate) { return gate_place(Units, Gates, gate, unit); }, unit, count);
    };
    if constexpr (grouped > 0)
        with_lanes<U, lanes_for<U>(16)>([&]<class V>() {
            for (std::size_t unit = 0; unit < grouped; unit += lane_count<V>)
                at(std::type_identity<V>{}, unit, Index<lane_count<V>>{});
        });
    if constexpr (remainder > 0)
        with_lanes<U, lanes_for<U>(remainder)>([&]<class V>() {
            unrolled<registers<V>(remainder)>([&](auto r) {
                constexpr std::size_t first = r * lane_count<V>, remaining = remainder - first;
                at(std::type_identity<V>{}, grouped + first,
                   Index<(remaining < lane_count<V> ? remaining : lane_count<V>)>{});
            });
        });
}
template <std::size_t Units, std::size_t Gates, class T, std::size_t Stride, class F>
constexpr void for_each_unit(Block<T, Stride> view, F f) noexcept {
    using U = std::remove_const_t<T>;
    with_lanes<U, Block<U, Stride>::lanes>([&]<class V>() {
        for (std::size_t unit = 0; unit < Units; ++unit)
            for (std::size_t s = 0; s < view.end(); s += lane_count<V>)
                f(
                    std::type_identity<V>{},
                    [=](std::size_t gate) { return gate_place(Units, Gates, gate, unit) * Stride + s; },
                    unit * Stride + s, Index<lane_count<V>>{});
    });
}

/// Load and store the lanes that are units; the others are loaded as 0.
template <class V, std::size_t Count, class T>
TENON_INLINE constexpr V load_units(const T* from, Index<Count>) noexcept {
    return load_first<V, Count>(from, T(0));
}
template <std::size_t Count, class T, class V>
TENON_INLINE constexpr void store_units(T* to, V value, Index<Count>) noexcept {
    if constexpr (Count == lane_count<V>) store(to, value);
    else store_first<Count>(to, value);
}

/// to = what for_each_unit stored in `from`, in registers for Units values. A narrower register at the end is
/// widened: a load that is wider than the store before it would have to wait for it.
template <std::size_t Units, class T> constexpr void copy_units(Sample<T> to, Sample<T> from) noexcept {
    constexpr std::size_t remainder = Units % 16, grouped = Units - remainder;
    if constexpr (optimized && std::is_same_v<T, float> && remainder > 0) {
        using V = Value<T, lanes_for<T>(remainder)>;
        using Whole = Value<T, lanes_for<T>(Units)>;
        if constexpr (1 < lane_count<V> && lane_count<V> < lane_count<Whole> && remainder <= lane_count<V>)
            if (!std::is_constant_evaluated()) {
                if constexpr (grouped > 0) map<grouped>(to, [](auto v) { return v; }, from);
                return store(to.data + grouped, math::widened<Whole>(load<V>(from.data + grouped)));
            }
    }
    map<Units>(to, [](auto v) { return v; }, from);
}
template <std::size_t Units, class T, std::size_t Stride>
constexpr void copy_units(Block<T, Stride> to, Block<T, Stride> from) noexcept {
    map<Units>(to, [](auto v) { return v; }, from);
}

/// The state of a cell before a sequence: the values of the context's state from `First` on, or zeros if it
/// has none.
template <std::size_t First, class Context, class View>
constexpr View initial_state(const Context& context, View zeros) noexcept {
    if constexpr (OfStream<Context>) return {zeros.rebind(context.state.subview(First).read_only().data)};
    else return zeros;
}

/// to = 0, for N values of every sample.
template <std::size_t N, class View> constexpr void fill_zero(View to) noexcept {
    map<N>(to, [](auto v) { return decltype(v)(0); }, to);
}

/// The tensors of a cell whose parameters are W [In][Gates * Units], U [Units][Gates * Units] and biases,
/// each with its gates in the order of gate_place; PyTorch's names.
template <std::size_t In, std::size_t Units, std::size_t Gates, std::size_t Biases>
inline constexpr auto cell_tensors = [] {
    constexpr std::size_t row = Gates * Units;
    const auto matrix = [=](std::string_view name, std::size_t first, std::size_t inputs) {
        return Tensor{name, first, 2, {row, inputs}, {1, row}, inputs, Units, 0, Gates};
    };
    const auto bias = [=](std::string_view name, std::size_t first) {
        return Tensor{name, first, 1, {row}, {1}, 0, 0, 0, Gates};
    };
    constexpr std::size_t hidden = (In + (Biases - 1)) * row, last = hidden + Units * row;
    if constexpr (Biases == 1)
        return std::array{matrix("weight_ih_l0", 0, In), matrix("weight_hh_l0", hidden, Units),
                          bias("bias_ih_l0", last)};
    else
        return std::array{matrix("weight_ih_l0", 0, In), matrix("weight_hh_l0", hidden, Units),
                          bias("bias_ih_l0", In * row), bias("bias_hh_l0", last)};
}();

} // namespace tenon

#include <tenon/config/epilogue.hpp>
