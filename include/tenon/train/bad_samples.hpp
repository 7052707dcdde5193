// Finds samples that cannot be trained with: class indices that name no class, numbers that are not finite.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/train/loss_of.hpp>

#include <concepts>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Returns the position of the first index that names no class, or ts.size() if there is none, or if the
/// targets are outputs.
template <std::size_t Outputs, class Target>
constexpr std::size_t first_without_class(std::span<const Target> ts) noexcept {
    if constexpr (std::integral<Target>) {
        constexpr std::size_t group = 64; // checked with a single branch, so that compilers use SIMD
        std::size_t i = 0;
        for (bool bad = false; ts.size() - i >= group; i += group) {
            for (std::size_t k = 0; k < group; ++k) bad |= !is_class<Outputs>(ts[i + k]);
            if (bad) break;
        }
        while (i < ts.size() && is_class<Outputs>(ts[i])) ++i;
        return i;
    } else return ts.size();
}

/// The same for the targets that `ts` selects: a position in ts.all, or its size.
template <std::size_t Outputs, class Target>
constexpr std::size_t first_without_class(Selected<Target> ts) noexcept {
    if constexpr (std::integral<Target>)
        for (const std::size_t i : ts.indices)
            if (!is_class<Outputs>(ts.all[i])) return i;
    return ts.all.size();
}

/// Whether every index is the position of one of `count` samples.
constexpr bool are_positions(std::span<const std::size_t> indices, std::size_t count) noexcept {
    for (const std::size_t i : indices)
        if (i >= count) return false;
    return true;
}

/// Returns whether all values of an input or output are finite; true for a class index.
template <class Values> constexpr bool is_all_finite(const Values& values) noexcept {
    if constexpr (!std::integral<Values>)
        for (const auto value : values)
            if (!math::is_finite(value)) return false;
    return true;
}

/// Returns the position of the first sample with a number that is not finite, or xs.size() if there is none.
template <class Input, class Target>
constexpr std::size_t first_not_finite(std::span<const Input> xs, std::span<const Target> ts) noexcept {
    std::size_t s = 0;
    while (s < xs.size() && is_all_finite(xs[s]) && is_all_finite(ts[s])) ++s;
    return s;
}
/// The same for selected samples: a position among all of them, or their number.
template <class Input, class Target>
constexpr std::size_t first_not_finite(Selected<Input> xs, Selected<Target> ts) noexcept {
    for (const std::size_t i : xs.indices)
        if (!is_all_finite(xs.all[i]) || !is_all_finite(ts.all[i])) return i;
    return xs.all.size();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
