// Runs many samples through a stack of layers, block by block.
#pragma once

#include <tenon/simd/tile.hpp>
#include <tenon/simd/transpose.hpp>

#include <cstddef>

namespace tenon::inline TENON_ABI::detail {

/// Samples that go through all layers together: a tile's width, so that they stay in the first-level cache.
template <class T> inline constexpr std::size_t block_samples = tile_columns<Value<T, widest<T>>> * widest<T>;

/// Calls visit(first sample, block of answers) for each block of the `count` samples whose values input(s) points to.
template <class Stack, class T, class Input, class Visit>
constexpr void run_blocks(const T* parameters, std::size_t count, Input input, Visit visit) noexcept {
    constexpr std::size_t stride = block_samples<T>;
    constexpr std::size_t inputs = Stack::InputShape::size, outputs = Stack::OutputShape::size;
    alignas(64) T x[inputs * stride];
    alignas(64) T y[outputs * stride];
    for (std::size_t first = 0; first < count; first += stride) {
        const std::size_t samples = count - first < stride ? count - first : stride;
        fill<inputs>(Block<T, stride>{x, samples}, [&](std::size_t s) { return input(first + s); });
        Stack::forward(parameters, Block<const T, stride>{x, samples}, Block<T, stride>{y, samples}, Nothing{});
        visit(first, Block<T, stride>{y, samples});
    }
}

} // namespace tenon
