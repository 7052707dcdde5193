// The sums of a GRU: of one sample those of the reset gate first, of a block those of r and z as a whole.
#pragma once

#include <tenon/kernels/cell_sums.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The registers of a row of gates: `first_count` that have values of the first gate, then the others.
template <class V, std::size_t Units, std::size_t Gates> struct GateRegisters {
    static constexpr std::size_t count = registers<V>(Units * Gates);
    std::array<std::size_t, count> places{};
    std::size_t first_count = 0;

    consteval GateRegisters() {
        std::array<bool, count> first{};
        for (std::size_t unit = 0; unit < Units; ++unit)
            first[gate_place(Units, Gates, 0, unit) / lane_count<V>] = true;
        for (std::size_t r = 0; r < count; ++r)
            if (first[r]) places[first_count++] = r;
        for (std::size_t r = 0, n = first_count; r < count; ++r)
            if (!first[r]) places[n++] = r;
    }
    constexpr std::size_t size(bool first) const { return first ? first_count : count - first_count; }
    constexpr std::size_t place(bool first, std::size_t i) const {
        return places[first ? i : first_count + i];
    }
};
template <class V, std::size_t Units, std::size_t Gates>
inline constexpr GateRegisters<V, Units, Gates> gate_registers;

/// Whether sums_of_gates is for cells of this size; the code of wider ones would be long.
template <class T, std::size_t Units, std::size_t Gates>
inline constexpr bool has_sums_of_gates = [] {
    using V = Value<T, lanes_for<T>(Units * Gates)>;
    return optimized && registers<V>(Units * Gates) <= 2 * max_cell_sums<V>;
}();

/// Of one sample, U h + d in two calls: if First, the registers that have values of the first gate, so that
/// the CPU can compute what depends on them beside the others.
template <bool First, std::size_t Units, std::size_t Gates, class T>
constexpr void sums_of_gates(const T* u, Sample<const T> h, Sample<T> z) noexcept {
    using V = Value<T, lanes_for<T>(Units * Gates)>;
    constexpr std::size_t size = gate_registers<V, Units, Gates>.size(First),
                          parts = (size + max_cell_sums<V> - 1) / max_cell_sums<V>;
    unrolled<parts>([&](auto part) {
        constexpr std::size_t from = size * part / parts, end = size * (part + 1) / parts;
        cell_sums_at<V, 0, Units, Units * Gates, end - from>(
            [](std::size_t c) { return gate_registers<V, Units, Gates>.place(First, from + c); }, u, h, h, z);
    });
}

/// The sums of a GRU whose W [In][3 Hidden] is followed by b, and U likewise by d, for a block. z gets
/// W x + b + U h + d of the gates r and z, and W x + b of n, of which u_h gets U h + d.
template <std::size_t In, std::size_t Hidden, class T, std::size_t Stride>
constexpr void gru_sums(const T* w, const T* u, Block<const T, Stride> x, Block<const T, Stride> h,
                        Block<T, Stride> z, Block<T, Stride> u_h) noexcept {
    constexpr std::size_t row = 3 * Hidden;
    const auto for_each_group = [](auto f) TENON_INLINE_LAMBDA { // f(its units, its first row)
        for (std::size_t unit = 0; unit + 16 <= Hidden; unit += 16) f(Index<16>{}, 3 * unit);
        if constexpr (Hidden % 16 != 0) f(Index<Hidden % 16>{}, 3 * (Hidden / 16 * 16));
    };
    if (std::is_constant_evaluated() || !optimized) {
        plain_cell_sums<In, 0, row>(w, x, h, z);
        plain_cell_sums<Hidden, 0, row>(u, h, h, u_h);
        for_each_group([&](auto units, std::size_t first) {
            for (std::size_t o = first; o < first + 2 * units; ++o)
                for (std::size_t s = 0; s < z.samples; ++s)
                    z.data[o * Stride + s] += u_h.data[o * Stride + s];
        });
        return;
    }
    using V = Value<T, Block<T, Stride>::lanes>;
    for_strips<V>(registers<V>(z.end()), [&]<std::size_t Columns>(std::size_t n) {
        const auto rows = [&]<std::size_t Rows>(std::size_t m, auto of_x, auto of_h, T* to) {
            V sum[Rows][Columns];
            for_each_sum<Rows, Columns>([&](auto o, auto c) TENON_INLINE_LAMBDA {
                sum[o][c] = (of_x ? w[In * row + m + o] : T(0)) + (of_h ? u[Hidden * row + m + o] : T(0));
            });
            if constexpr (of_x) add_products<1, row>(sum, In, w + m, x.data + n * lane_count<V>, Stride);
            if constexpr (of_h) add_products<1, row>(sum, Hidden, u + m, h.data + n * lane_count<V>, Stride);
            for_each_sum<Rows, Columns>([&](auto o, auto c) TENON_INLINE_LAMBDA {
                store(to + (m + o) * Stride + (n + c) * lane_count<V>, sum[o][c]);
            });
        };
        constexpr std::true_type yes;
        constexpr std::false_type no;
        for_each_group([&](auto units, std::size_t first) TENON_INLINE_LAMBDA {
            for_rows<V, 2 * units>([&]<std::size_t Rows>(std::size_t m) {
                rows.template operator()<Rows>(first + m, yes, yes, z.data);
            });
            for_rows<V, units>([&]<std::size_t Rows>(std::size_t m) {
                rows.template operator()<Rows>(first + 2 * units + m, yes, no, z.data);
                rows.template operator()<Rows>(first + 2 * units + m, no, yes, u_h.data);
            });
        });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
