// What goes across the lanes of a register: sums, the largest, single lanes. Of one number, itself.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::math {

/// The sum over the lanes and, of numbers, the largest of them, in every lane.
template <std::floating_point T> constexpr T sum(T a) noexcept { return a; }
template <std::floating_point T> constexpr T reduce_max(T a) noexcept { return a; }

/// The first of the lanes; lane I of two or four, in every lane.
template <std::floating_point T> constexpr T first_lane(T a) noexcept { return a; }
template <std::size_t I, std::floating_point T> constexpr T broadcast_lane(T a) noexcept { return a; }

/// Lane i is the sum over the lanes of row[i].
template <std::floating_point T> constexpr T row_sums(const T (&row)[1]) noexcept { return row[0]; }

#ifndef TENON_SCALAR
/// Lane i becomes lane i ^ Distance.
template <std::size_t Distance, class T, std::size_t W> Lanes<T, W> shuffle_xor(Lanes<T, W> a) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    const typename Batch::register_type all = a.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Batch(__builtin_shufflevector(all, all, (I ^ Distance)...));
    }
    (std::make_index_sequence<W>{});
}
/// f over all lanes, in every lane.
template <class T, std::size_t W, class F, std::size_t Distance = W / 2>
[[gnu::always_inline]] inline Lanes<T, W> reduce_lanes(Lanes<T, W> a, F f) noexcept {
    if constexpr (Distance == 0) return a;
    else return reduce_lanes<T, W, F, Distance / 2>(f(a, shuffle_xor<Distance>(a)), f);
}
template <class T, std::size_t W> Lanes<T, W> sum(Lanes<T, W> a) noexcept {
    return reduce_lanes(a, [](auto one, auto other) { return one + other; });
}
template <class T, std::size_t W> Lanes<T, W> reduce_max(Lanes<T, W> a) noexcept {
    return reduce_lanes(a, [](auto one, auto other) { return max(one, other); });
}
/// Each group of Group lanes and the next one, added: those of a, then those of b. Of a = a0 a1 a2 a3 and b
/// <1> gives a0+a1 a2+a3 b0+b1 b2+b3. Groups of less than 16 bytes stay within their 16 bytes.
template <std::size_t Group, class T, std::size_t W>
[[gnu::always_inline]] inline Lanes<T, W> added_groups(Lanes<T, W> a, Lanes<T, W> b) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    constexpr std::size_t within = Group * sizeof(T) < 16 ? 16 / sizeof(T) : W;
    constexpr auto from = [](std::size_t lane, std::size_t odd) {
        const std::size_t i = lane % (within / 2), begin = lane / within * within;
        return begin + i / Group * 2 * Group + i % Group + odd * Group + lane % within / (within / 2) * W;
    };
    const typename Batch::register_type left = a.batch, right = b.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Lanes<T, W>(Batch(__builtin_shufflevector(left, right, from(I, 0)...))) +
               Lanes<T, W>(Batch(__builtin_shufflevector(left, right, from(I, 1)...)));
    }
    (std::make_index_sequence<W>{});
}
/// The step of row_sums() that adds groups of Group lanes, after those for larger groups; it begins with
/// halves of registers. Rows that lie `apart` from each other come together in it, so that lane i ends as
/// that of row[i].
template <std::size_t Group, std::size_t First, class T, std::size_t W>
[[gnu::always_inline]] inline Lanes<T, W> group_sums(const Lanes<T, W> (&row)[W]) noexcept {
    constexpr std::size_t in_16_bytes = 16 / sizeof(T);
    constexpr std::size_t apart = (Group < in_16_bytes ? in_16_bytes : W * in_16_bytes) / (2 * Group);
    if constexpr (Group == W) return row[First];
    else
        return added_groups<Group>(group_sums<2 * Group, First>(row),
                                   group_sums<2 * Group, First + apart>(row));
}
/// Not xsimd's haddp, whose 16 floats come out in another order (8.1).
template <class T, std::size_t W>
[[gnu::always_inline]] inline Lanes<T, W> row_sums(const Lanes<T, W> (&row)[W]) noexcept {
    static_assert(W * sizeof(T) >= 16);
    return group_sums<1, 0>(row);
}
template <std::size_t I, class T, std::size_t W> Lanes<T, W> broadcast_lane(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type all = a.batch;
    if constexpr (W == 2) return typename Lanes<T, W>::Batch(__builtin_shufflevector(all, all, I, I));
    else return typename Lanes<T, W>::Batch(__builtin_shufflevector(all, all, I, I, I, I));
}
template <class T, std::size_t W> T first_lane(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type all = a.batch;
    return all[0];
}
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
