// Operations across the lanes of a register: sum, maximum, single lanes. For one number they return it.
#pragma once

#include <tenon/simd/primitives.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::math {

/// The sum and the maximum over the lanes, in every lane. The maximum is unspecified if a lane is NaN.
template <std::floating_point T> constexpr T sum(T a) noexcept { return a; }
template <std::floating_point T> constexpr T reduce_max(T a) noexcept { return a; }

/// The value of the first lane; a register of two or four lanes with lane I in every lane.
template <std::floating_point T> constexpr T first_lane(T a) noexcept { return a; }
template <std::size_t I, std::floating_point T> constexpr T broadcast_lane(T a) noexcept { return a; }

/// The upper half of the lanes of a, then the lower half of those of b.
template <std::floating_point T> constexpr T joined_halves(T a, T) noexcept { return a; }

/// Returns a register whose lane i is the sum over the lanes of row[i].
template <std::floating_point T> constexpr T row_sums(const T (&row)[1]) noexcept { return row[0]; }

#ifndef TENON_SCALAR
/// Returns a register whose lane i is lane i ^ Distance of a.
template <std::size_t Distance, class T, std::size_t W> Lanes<T, W> shuffle_xor(Lanes<T, W> a) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    const typename Batch::register_type lanes = a.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Batch(__builtin_shufflevector(lanes, lanes, (I ^ Distance)...));
    }(std::make_index_sequence<W>{});
}
/// Reduces all lanes with f; the result is in every lane.
template <class T, std::size_t W, class F, std::size_t Distance = W / 2>
TENON_INLINE Lanes<T, W> reduce_lanes(Lanes<T, W> a, F f) noexcept {
    if constexpr (Distance == 0) return a;
    else return reduce_lanes<T, W, F, Distance / 2>(f(a, shuffle_xor<Distance>(a)), f);
}
template <class T, std::size_t W> Lanes<T, W> sum(Lanes<T, W> a) noexcept {
    return reduce_lanes(a, [](auto left, auto right) { return left + right; });
}
template <class T, std::size_t W> Lanes<T, W> reduce_max(Lanes<T, W> a) noexcept {
    return reduce_lanes(a, [](auto left, auto right) { return max(left, right); });
}
/// The sources of an addition of neighbouring groups of `group` lanes (see added_groups): for each lane of
/// the result its first term, or its second, as an index into the lanes of a (0 to W - 1) and b (W to 2 W -
/// 1). Groups are added within each `span` lanes, whose lower half receives the sums of a, the upper half
/// those of b.
template <std::size_t W>
consteval std::array<std::size_t, W> group_terms(std::size_t span, std::size_t group, bool second) {
    std::array<std::size_t, W> source{};
    for (std::size_t lane = 0; lane < W; ++lane) {
        const std::size_t half = span / 2, span_begin = lane / span * span;
        const std::size_t source_register = lane % span / half; // 0 is a, 1 is b
        const std::size_t pair = lane % half / group, in_group = lane % half % group;
        const std::size_t term_begin = 2 * pair * group + (second ? group : 0);
        source[lane] = source_register * W + span_begin + term_begin + in_group;
    }
    return source;
}
// The table at added_groups(), with b0 to b7 as 8 to 15.
static_assert(group_terms<8>(8, 4, false) == std::array<std::size_t, 8>{0, 1, 2, 3, 8, 9, 10, 11});
static_assert(group_terms<8>(8, 4, true) == std::array<std::size_t, 8>{4, 5, 6, 7, 12, 13, 14, 15});
static_assert(group_terms<8>(4, 2, false) == std::array<std::size_t, 8>{0, 1, 8, 9, 4, 5, 12, 13});
static_assert(group_terms<8>(4, 2, true) == std::array<std::size_t, 8>{2, 3, 10, 11, 6, 7, 14, 15});
static_assert(group_terms<8>(4, 1, false) == std::array<std::size_t, 8>{0, 2, 8, 10, 4, 6, 12, 14});
static_assert(group_terms<8>(4, 1, true) == std::array<std::size_t, 8>{1, 3, 9, 11, 5, 7, 13, 15});

/// Adds neighbouring groups of Group lanes: first those of a, then those of b. Groups of less than 16 bytes
/// are added within each 16 bytes. The lanes of the result for 8 floats (for 4, the left half of the last two
/// rows):
///
///     Group   0      1      2      3      4      5      6      7
///     4       a0+a4  a1+a5  a2+a6  a3+a7  b0+b4  b1+b5  b2+b6  b3+b7
///     2       a0+a2  a1+a3  b0+b2  b1+b3  a4+a6  a5+a7  b4+b6  b5+b7
///     1       a0+a1  a2+a3  b0+b1  b2+b3  a4+a5  a6+a7  b4+b5  b6+b7
template <std::size_t Group, class T, std::size_t W>
TENON_INLINE Lanes<T, W> added_groups(Lanes<T, W> a, Lanes<T, W> b) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    constexpr std::size_t span = Group * sizeof(T) < 16 ? 16 / sizeof(T) : W;
    static constexpr auto first = group_terms<W>(span, Group, false),
                          second = group_terms<W>(span, Group, true);
    const typename Batch::register_type left = a.batch, right = b.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Lanes<T, W>(Batch(__builtin_shufflevector(left, right, first[I]...))) +
               Lanes<T, W>(Batch(__builtin_shufflevector(left, right, second[I]...)));
    }(std::make_index_sequence<W>{});
}

/// The recursive step of row_sums(): sums groups of 2 * Group lanes first, beginning with halves of
/// registers, then those of Group lanes. It adds up row[First] and the rows at multiples of `distance` from
/// it, which is chosen so that lane i of row_sums() is the sum of row[i]. For 8 floats, rows whose sums are
/// in each lane:
///
///     Group   distance   0    1    2    3    4    5    6    7
///     4       4          r0   r0   r0   r0   r4   r4   r4   r4
///     2       1          r0   r0   r1   r1   r4   r4   r5   r5
///     1       2          r0   r1   r2   r3   r4   r5   r6   r7
template <std::size_t Group, std::size_t First, class T, std::size_t W>
TENON_INLINE Lanes<T, W> group_sums(const Lanes<T, W> (&row)[W]) noexcept {
    if constexpr (Group == W) return row[First];
    else {
        constexpr std::size_t in_16_bytes = 16 / sizeof(T);
        constexpr std::size_t distance = (Group < in_16_bytes ? in_16_bytes : W * in_16_bytes) / (2 * Group);
        return added_groups<Group>(group_sums<2 * Group, First>(row),
                                   group_sums<2 * Group, First + distance>(row));
    }
}

/// Not xsimd's haddp, whose 16 floats come out in another order (8.1).
template <class T, std::size_t W> TENON_INLINE Lanes<T, W> row_sums(const Lanes<T, W> (&row)[W]) noexcept {
    static_assert(W * sizeof(T) >= 16);
    return group_sums<1, 0>(row);
}
template <class T, std::size_t W> Lanes<T, W> joined_halves(Lanes<T, W> a, Lanes<T, W> b) noexcept {
    using Batch = typename Lanes<T, W>::Batch;
    const typename Batch::register_type left = a.batch, right = b.batch;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return Batch(__builtin_shufflevector(left, right, (I + W / 2)...));
    }(std::make_index_sequence<W>{});
}
template <std::size_t I, class T, std::size_t W> Lanes<T, W> broadcast_lane(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type lanes = a.batch;
    if constexpr (W == 2) return typename Lanes<T, W>::Batch(__builtin_shufflevector(lanes, lanes, I, I));
    else return typename Lanes<T, W>::Batch(__builtin_shufflevector(lanes, lanes, I, I, I, I));
}
template <class T, std::size_t W> T first_lane(Lanes<T, W> a) noexcept {
    const typename Lanes<T, W>::Batch::register_type lanes = a.batch;
    return lanes[0];
}
#endif

// As in primitives.hpp: g++ 12 warns about its own AVX-512 intrinsics.
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
/// v with lanes of 0 behind it.
template <class Whole, class V> TENON_INLINE Whole widened([[maybe_unused]] V v) noexcept {
#ifdef __AVX__
    if constexpr (lane_count<Whole> == 8 && lane_count<V> == 4) return Whole(_mm256_zextps128_ps256(v.batch));
#endif
#ifdef __AVX512F__
    if constexpr (lane_count<Whole> == 16 && lane_count<V> == 4)
        return Whole(_mm512_zextps128_ps512(v.batch));
    if constexpr (lane_count<Whole> == 16 && lane_count<V> == 8)
        return Whole(_mm512_zextps256_ps512(v.batch));
#endif
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
