// Functions of single values, and of all values of a sample, over the values of one sample or of a block.
#pragma once

#include <tenon/simd/across.hpp>
#include <tenon/views.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The first `Count` numbers at `from`; the other lanes hold `rest`.
template <class V, std::size_t Count, class T> constexpr V load_first(const T* from, T rest) noexcept {
    if constexpr (Count >= width<V>) return load<V>(from);
    else if constexpr (width<V> == 4) {
#ifdef __clang__
        T two = Count > 1 ? load_unmerged(from + 1) : rest;
#else // which loads one by one anyway, and answers with xor 1% later if it is told to
        T two = Count > 1 ? from[1] : rest;
#endif
        T one = from[0], three = Count > 2 ? from[2] : rest;
        typename V::Batch::register_type all{one, two, three, rest};
        return typename V::Batch(all);
    } else {
        alignas(64) T all[width<V>];
        for (std::size_t i = 0; i < width<V>; ++i) all[i] = i < Count ? from[i] : rest;
        return load<V>(all);
    }
}

/// The same, but that other lanes hold anything, by as short a load as there are registers for: most loads of
/// 64 bytes cross a cache line.
template <class V, std::size_t Count, class T> constexpr V load_short(const T* from) noexcept {
    if constexpr (lanes_for<T>(Count) >= width<V>) return load<V>(from);
    else {
        using Half = Lanes<T, width<V> / 2>;
        const typename Half::Batch::register_type low = load_short<Half, Count>(from).batch, high{};
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return V(typename V::Batch(__builtin_shufflevector(low, high, I...)));
        }
        (std::make_index_sequence<width<V>>{});
    }
}

/// The first `count` lanes of `value`, and the others of `rest`.
template <class V> constexpr V first_lanes(std::size_t count, V value, V rest) noexcept {
    using T = math::Scalar<V>;
    constexpr auto index = [] {
        std::array<T, width<V>> numbers{};
        for (std::size_t lane = 0; lane < width<V>; ++lane) numbers[lane] = static_cast<T>(lane);
        return numbers;
    }();
    return math::select(load<V>(index.data()) < V(static_cast<T>(count)), value, rest);
}

/// Register r of a row of `Count` sums: put at its place, or added to what is there. What lies behind the row
/// stays as it is, but for what lies before `later`: that will be put later, and may become anything.
template <std::size_t Count, class T, class V>
[[gnu::always_inline]] constexpr void put(T* row, std::size_t r, bool add, V sum, const T* later) noexcept {
    T* const place = row + r * width<V>;
    const V next = add ? load<V>(place) + sum : sum;
    const bool whole = Count % width<V> == 0 || r + 1 < registers<V>(Count);
    if (whole || (!add && place + width<V> <= later)) store(place, next);
    else if (width<V> == 4 && !add) store_first<Count % width<V>>(place, sum); // not mixed with what is there
    else store(place, first_lanes(Count % width<V>, next, load<V>(place)));
}

/// to[i] = f(from[i]...) for each of the N values of every sample.
template <std::size_t N, class T, class F, class... From>
constexpr void map(Sample<T> to, F f, From... from) noexcept {
    if (std::is_constant_evaluated() || !optimized) {
        for (std::size_t i = 0; i < N; ++i) to.data[i] = f(from.data[i]...);
        return;
    }
    using V = Value<T, lanes_for<T>(N)>;
    constexpr bool whole = N % width<V> == 0 || (From::padded && ...);
    constexpr std::size_t full = whole ? registers<V>(N) : N / width<V>;
    repeated<full>(
        [&](std::size_t r) { store(to.data + r * width<V>, V(f(load<V>(from.data + r * width<V>)...))); });
    if constexpr (!whole)
        store(to.data + full * width<V>,
              V(f(load_first<V, N % width<V>>(from.data + full * width<V>, T(0))...)));
}
template <std::size_t N, class T, std::size_t Stride, class F, class... From>
constexpr void map(Block<T, Stride> to, F f, From... from) noexcept {
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t i = 0; i < N; ++i)
            for (std::size_t at = i * Stride; at < i * Stride + to.end(); at += width<V>)
                store(to.data + at, V(f(load<V>(from.data + at)...)));
    });
}

/// The N values of one sample as registers along the values, or of width<V> samples as registers across
/// samples. A function of all values of a sample is written once over either: get and set registers, and
/// close a maximum or a sum over them with highest and total.
template <class V, std::size_t N, class T, bool Padded = true> struct SampleRegisters {
    using Register = V;
    static constexpr std::size_t count = registers<V>(N), size = N;
    T* data;

    /// Register i; lanes past the last value hold `rest`.
    constexpr V get(std::size_t i, math::Scalar<V> rest) const noexcept {
        const T* const from = data + i * width<V>;
        if constexpr (N % width<V> == 0) return load<V>(from);
        else if (i + 1 < count) return load<V>(from);
        else if constexpr (Padded) return first_lanes(N % width<V>, load<V>(from), V(rest));
        else return load_first<V, N % width<V>>(from, rest);
    }
    constexpr void set(std::size_t i, V value) const noexcept { store(data + i * width<V>, value); }
    /// Register i of what is computed from these values, with zeros in the lanes past the last.
    static constexpr V zero_padding(std::size_t i, V value) noexcept {
        if constexpr (N % width<V> == 0) return value;
        else return i + 1 < count ? value : first_lanes(N % width<V>, value, V(0));
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

/// Calls f(values...) with the N values of each sample in turn, as SampleRegisters or BlockRegisters.
template <std::size_t N, class F, class... T>
constexpr void for_each_sample(F f, Sample<T>... views) noexcept {
    using Scalar = std::common_type_t<std::remove_const_t<T>...>;
    with_lanes<Scalar, lanes_for<Scalar>(N)>([&]<class V>() { f(SampleRegisters<V, N, T>{views.data}...); });
}
template <std::size_t N, class F, std::size_t Stride, class First, class... T>
constexpr void for_each_sample(F f, Block<First, Stride> first, Block<T, Stride>... rest) noexcept {
    using Scalar = std::remove_const_t<First>;
    with_lanes<Scalar, Block<Scalar, Stride>::lanes>([&]<class V>() {
        for (std::size_t s = 0; s < first.end(); s += width<V>)
            f(BlockRegisters<V, N, Stride, First>{first.data + s},
              BlockRegisters<V, N, Stride, T>{rest.data + s}...);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
