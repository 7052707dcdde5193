// Applies a function to each value, or to all values of each sample, of one sample or of a block.
#pragma once

#include <tenon/simd/across.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Loads the first Count numbers at `from`; the other lanes are `padding`.
template <class V, std::size_t Count, class T> constexpr V load_first(const T* from, T padding) noexcept {
    if constexpr (Count >= lane_count<V>) return load<V>(from);
    else if constexpr (lane_count<V> == 4) {
#ifdef __clang__
        T two = Count > 1 ? load_unmerged(from + 1) : padding;
#else
        // g++ loads them one by one anyway, and the forward pass of xor becomes 1% slower with load_unmerged
        T two = Count > 1 ? from[1] : padding;
#endif
        T one = from[0], three = Count > 2 ? from[2] : padding;
        typename V::Batch::register_type lanes{one, two, three, padding};
        return typename V::Batch(lanes);
    } else {
        alignas(64) T lanes[lane_count<V>];
        for (std::size_t i = 0; i < lane_count<V>; ++i) lanes[i] = i < Count ? from[i] : padding;
        return load<V>(lanes);
    }
}

/// Like load_first, but the remaining lanes are unspecified. Uses the narrowest register that holds Count
/// values, because most loads of 64 bytes cross a cache line.
template <class V, std::size_t Count, class T> constexpr V load_short(const T* from) noexcept {
    if constexpr (lanes_for<T>(Count) >= lane_count<V>) return load<V>(from);
    else {
        using Half = Lanes<T, lane_count<V> / 2>;
        const typename Half::Batch::register_type low = load_short<Half, Count>(from).batch, high{};
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return V(typename V::Batch(__builtin_shufflevector(low, high, I...)));
        }(std::make_index_sequence<lane_count<V>>{});
    }
}

/// The numbers of V's lanes: 0, 1, ...
template <class V>
inline constexpr auto lane_numbers = [] {
    std::array<math::Scalar<V>, lane_count<V>> numbers{};
    for (std::size_t lane = 0; lane < lane_count<V>; ++lane)
        numbers[lane] = static_cast<math::Scalar<V>>(lane);
    return numbers;
}();

/// The first `count` lanes are those of `value`, the others those of `other`.
template <class V> constexpr V first_lanes(std::size_t count, V value, V other) noexcept {
    using T = math::Scalar<V>;
    const T* numbers = lane_numbers<V>.data();
    // g++ would load the numbers once for all remainders of a function, and keep them in a register that the
    // tiles in between need: they would be a third slower.
    if (!std::is_constant_evaluated() && !__builtin_constant_p(count)) asm("" : "+r"(numbers));
    return math::select(load<V>(numbers) < V(static_cast<T>(count)), value, other);
}

/// Stores register r of a row of Count sums, or adds it to the row if `accumulate`. Memory past the row is
/// preserved, except below overwritten_until, which the caller stores afterwards.
template <std::size_t Count, class T, class V>
TENON_INLINE constexpr void store_or_accumulate(T* row, std::size_t r, bool accumulate, V sum,
                                                const T* overwritten_until) noexcept {
    T* const to = row + r * lane_count<V>;
    const V result = accumulate ? load<V>(to) + math::rounded(sum) : sum;
    const bool full_register = Count % lane_count<V> == 0 || r + 1 < registers<V>(Count);
    // If the caller accumulates, what lies past the row is an addend and not free to be overwritten.
    const bool may_overwrite_tail = !accumulate && to + lane_count<V> <= overwritten_until;
    if (full_register || may_overwrite_tail) store(to, result);
    // Of four lanes, a partial store is cheaper than load, blend and store.
    else if (lane_count<V> == 4 && !accumulate) store_first<Count % lane_count<V>>(to, sum);
    else store(to, first_lanes(Count % lane_count<V>, result, load<V>(to)));
}

/// to[i] = f(from[i]...) for each of the N values of every sample.
template <std::size_t N, class T, class F, class... From>
constexpr void map(Sample<T> to, F f, From... from) noexcept {
    if (std::is_constant_evaluated() || !optimized) {
        for (std::size_t i = 0; i < N; ++i) to.data[i] = f(from.data[i]...);
        return;
    }
    using V = Value<T, lanes_for<T>(N)>;
    constexpr bool only_whole_registers = N % lane_count<V> == 0 || (From::padded && ...);
    constexpr std::size_t whole_registers = only_whole_registers ? registers<V>(N) : N / lane_count<V>;
    repeated<whole_registers>([&](std::size_t r) {
        store(to.data + r * lane_count<V>, V(f(load<V>(from.data + r * lane_count<V>)...)));
    });
    if constexpr (!only_whole_registers)
        store(to.data + whole_registers * lane_count<V>,
              V(f(load_first<V, N % lane_count<V>>(from.data + whole_registers * lane_count<V>, T(0))...)));
}
template <std::size_t N, class T, std::size_t Stride, class F, class... From>
constexpr void map(Block<T, Stride> to, F f, From... from) noexcept {
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t i = 0; i < N; ++i)
            for (std::size_t k = i * Stride; k < i * Stride + to.end(); k += lane_count<V>)
                store(to.data + k, V(f(load<V>(from.data + k)...)));
    });
}

/// The N values of one sample, in registers along the values; or those of lane_count<V> samples of a block,
/// in registers across the samples. A function of all values of a sample is written once for both: read and
/// write registers with get and set; finish a reduction over them with reduce_max or reduce_sum.
template <class V, std::size_t N, class T, bool Padded = true> struct SampleRegisters {
    using Register = V;
    static constexpr std::size_t count = registers<V>(N), size = N;
    T* data;

    /// Register i; lanes past the last value are `padding`.
    constexpr V get(std::size_t i, math::Scalar<V> padding) const noexcept {
        const T* const from = data + i * lane_count<V>;
        if constexpr (N % lane_count<V> == 0) return load<V>(from);
        else if (i + 1 < count) return load<V>(from);
        else if constexpr (Padded) return first_lanes(N % lane_count<V>, load<V>(from), V(padding));
        else return load_first<V, N % lane_count<V>>(from, padding);
    }
    constexpr void set(std::size_t i, V value) const noexcept { store(data + i * lane_count<V>, value); }
    /// Register i of a result computed from these values, with zeros in the lanes past the last.
    static constexpr V zero_padding(std::size_t i, V value) noexcept {
        if constexpr (N % lane_count<V> == 0) return value;
        else return i + 1 < count ? value : first_lanes(N % lane_count<V>, value, V(0));
    }
    static constexpr V reduce_max(V over_registers) noexcept { return math::reduce_max(over_registers); }
    static constexpr V reduce_sum(V over_registers) noexcept { return math::sum(over_registers); }
};
template <class V, std::size_t N, std::size_t Stride, class T> struct BlockRegisters {
    using Register = V;
    static constexpr std::size_t count = N, size = N;
    T* data;

    constexpr V get(std::size_t i, math::Scalar<V>) const noexcept { return load<V>(data + i * Stride); }
    constexpr void set(std::size_t i, V value) const noexcept { store(data + i * Stride, value); }
    static constexpr V zero_padding(std::size_t, V value) noexcept { return value; }
    static constexpr V reduce_max(V over_registers) noexcept { return over_registers; }
    static constexpr V reduce_sum(V over_registers) noexcept { return over_registers; }
};

/// Calls f(registers...) for one sample, or for each lane_count<V> samples of a block. Each argument has the
/// N values of one view, as SampleRegisters or BlockRegisters.
template <std::size_t N, class F, class... T>
constexpr void for_each_sample(F f, Sample<T>... views) noexcept {
    using Scalar = std::common_type_t<std::remove_const_t<T>...>;
    with_lanes<Scalar, lanes_for<Scalar>(N)>([&]<class V>() { f(SampleRegisters<V, N, T>{views.data}...); });
}
template <std::size_t N, class F, std::size_t Stride, class First, class... T>
constexpr void for_each_sample(F f, Block<First, Stride> first, Block<T, Stride>... others) noexcept {
    using Scalar = std::remove_const_t<First>;
    with_lanes<Scalar, Block<Scalar, Stride>::lanes>([&]<class V>() {
        for (std::size_t s = 0; s < first.end(); s += lane_count<V>)
            f(BlockRegisters<V, N, Stride, First>{first.data + s},
              BlockRegisters<V, N, Stride, T>{others.data + s}...);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
