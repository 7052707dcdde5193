// Runs many samples through a stack of layers, block by block.
#pragma once

#include <tenon/simd/tile.hpp>
#include <tenon/simd/transpose.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace tenon::inline TENON_ABI::detail {

/// Samples that go through all layers together, so that what lies between the layers stays in the first-level
/// cache.
template <class T> inline constexpr std::size_t block_samples = 256 / sizeof(T);

/// The inputs xs[order(s)], s < samples, as the first layer of Stack wants them, given to use(view). They are
/// copied into `room`, N * Stride values, but for a first layer that takes rows and inputs that lie one after
/// the other.
template <class Stack, std::size_t Stride, class T, std::size_t N, class Order, class Use>
constexpr void with_inputs(std::span<const std::array<T, N>> xs, std::size_t samples, Order order,
                           bool one_after_other, T* room, Use use) noexcept {
    if constexpr (Stack::template takes_rows<T>)
        if (!in_compiler()) {
            if (!one_after_other)
                for (std::size_t s = 0; s < samples; ++s) {
                    const T* const from = xs[order(s)].data();
                    for (std::size_t i = 0; i < N; ++i) room[s * N + i] = from[i];
                }
            return use(Rows<T, N>{one_after_other ? xs[order(0)].data() : room, samples});
        }
    const Block<T, Stride> block{room, samples};
    fill<N>(block, [=](std::size_t s) { return xs[order(s)].data(); });
    use(block.read_only());
}

/// run_blocks with room for `Room` values of inputs.
template <class Stack, std::size_t Room, class T, std::size_t N, class Visit>
constexpr void run_blocks_in(const T* parameters, std::span<const std::array<T, N>> xs,
                             Visit visit) noexcept {
    constexpr std::size_t stride = block_samples<T>;
    alignas(64) T x[Room];
    alignas(64) T y[Stack::OutputShape::size * stride];
    for (std::size_t first = 0; first < xs.size(); first += stride) {
        const std::size_t samples = xs.size() - first < stride ? xs.size() - first : stride;
        const Block<T, stride> answers{y, samples};
        with_inputs<Stack, stride>(
            xs, samples, [&](std::size_t s) { return first + s; }, true, x,
            [&](auto view) { Stack::forward(parameters, view, answers, Nothing{}); });
        visit(first, answers);
    }
}

/// Calls visit(first sample, block of answers) for each block of the samples xs.
template <class Stack, class T, std::size_t N, class Visit>
constexpr void run_blocks(const T* parameters, std::span<const std::array<T, N>> xs, Visit visit) noexcept {
    constexpr std::size_t all = N * block_samples<T>;
    if (Stack::template takes_rows<T> && !in_compiler()) run_blocks_in<Stack, 1>(parameters, xs, visit);
    else run_blocks_in<Stack, all>(parameters, xs, visit);
}

} // namespace tenon
