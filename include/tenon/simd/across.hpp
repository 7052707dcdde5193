// What goes across the lanes of a register: sums, the largest, single lanes. Of one number, itself.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <concepts>
#include <cstddef>
#include <utility>

namespace tenon::inline TENON_ABI::math {

/// The sum over the lanes and, of numbers, the largest of them, in every lane.
template <std::floating_point T> constexpr T sum(T a) noexcept { return a; }
template <std::floating_point T> constexpr T largest(T a) noexcept { return a; }

/// The first of the lanes; lane I of a few, in every lane.
template <std::floating_point T> constexpr T first(T a) noexcept { return a; }
template <std::size_t I, std::floating_point T> constexpr T lane(T a) noexcept { return a; }

/// Lane i is the sum over the lanes of row[i].
template <std::floating_point T> constexpr T sums(const T (&row)[1]) noexcept { return row[0]; }

#ifndef TENON_SCALAR
// as in primitives.hpp
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// Lane i becomes lane i ^ Distance.
template <std::size_t Distance, class T, std::size_t W> Lanes<T, W> swapped(Lanes<T, W> a) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    const typename Batch::register_type all = a.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Batch(__builtin_shufflevector(all, all, (I ^ Distance)...));
    }
    (std::make_index_sequence<W>{});
}
/// f over all lanes, in every lane.
template <class T, std::size_t W, class F, std::size_t Distance = W / 2>
[[gnu::always_inline]] inline Lanes<T, W> over_lanes(Lanes<T, W> a, F f) noexcept {
    if constexpr (Distance == 0) return a;
    else return over_lanes<T, W, F, Distance / 2>(f(a, swapped<Distance>(a)), f);
}
template <class T, std::size_t W> Lanes<T, W> sum(Lanes<T, W> a) noexcept {
    return over_lanes(a, [](auto one, auto other) { return one + other; });
}
template <class T, std::size_t W> Lanes<T, W> largest(Lanes<T, W> a) noexcept {
    return over_lanes(a, [](auto one, auto other) { return max(one, other); });
}
/// Neighbouring groups of Group lanes added, two and two: those of a, then those of b; within each 16 bytes,
/// where two groups fit there.
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
/// As xsimd's haddp, which returns 16 floats in another order (8.1).
template <class T, std::size_t W, std::size_t Group = 1, std::size_t First = 0>
[[gnu::always_inline]] inline Lanes<T, W> sums(const Lanes<T, W> (&row)[W]) noexcept {
    constexpr std::size_t few = 16 / sizeof(T), apart = (Group < few ? few : W * few) / (2 * Group);
    if constexpr (Group == W) return row[First];
    else
        return added_groups<Group>(sums<T, W, 2 * Group, First>(row),
                                   sums<T, W, 2 * Group, First + apart>(row));
}
template <std::size_t I, class T, std::size_t W> Lanes<T, W> lane(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type all = a.batch;
    if constexpr (W == 2) return typename Lanes<T, W>::Batch(__builtin_shufflevector(all, all, I, I));
    else return typename Lanes<T, W>::Batch(__builtin_shufflevector(all, all, I, I, I, I));
}
template <class T, std::size_t W> T first(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type all = a.batch;
    return all[0];
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif
#endif

} // namespace tenon
