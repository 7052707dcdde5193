// Evaluates a stack of layers for many samples, block by block.
#pragma once

#include <tenon/context.hpp>
#include <tenon/kernels/tile.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/misfit/layers.hpp>

#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The maximum number of samples that are evaluated together, 64 (double: 32), so that the values between the
/// layers stay in the first-level cache.
template <class T> inline constexpr std::size_t block_samples = 256 / sizeof(T);

/// The maximum working memory of a call on the stack, in bytes; max_register_bytes may exceed it. It limits
/// the samples that are evaluated together.
inline constexpr std::size_t max_stack_bytes = 256 * 1024;

/// Contiguous samples of N values each, with the interface of a span of arrays.
template <class T, std::size_t N> struct FlatSamples {
    struct One {
        T* first;
        constexpr T* data() const noexcept { return first; }
    };

    std::span<T> values;

    constexpr std::size_t size() const noexcept { return values.size() / N; }
    constexpr bool whole() const noexcept { return values.size() % N == 0; }
    constexpr One operator[](std::size_t i) const noexcept { return {values.data() + i * N}; }
};

/// The samples all[indices[i]], with the interface of a span. Nothing is copied.
template <class Sample> struct Selected {
    static constexpr bool contiguous = false;
    std::span<const Sample> all;
    std::span<const std::size_t> indices;

    constexpr std::size_t size() const noexcept { return indices.size(); }
    constexpr bool empty() const noexcept { return indices.empty(); }
    constexpr const Sample& operator[](std::size_t i) const noexcept { return all[indices[i]]; }
};
template <class Sample> // clang 16 has none for aggregates
Selected(std::span<const Sample>, std::span<const std::size_t>) -> Selected<Sample>;

/// Whether samples lie one after the other in memory: all but Selected do.
template <class Samples> inline constexpr bool contiguous_samples = !requires { Samples::contiguous; };

/// Calls use(view) with a view of the inputs xs[order(s)], s < samples, in the layout that the first layer of
/// Stack reads. They are copied into `buffer`, of inputs * Stride values, unless the first layer has
/// reads_rows and the inputs are contiguous.
template <class Stack, std::size_t Stride, class T, class Inputs, class Order, class Use>
constexpr void with_inputs(Inputs xs, std::size_t samples, Order order, bool contiguous, T* buffer,
                           Use use) noexcept {
    constexpr std::size_t n = Stack::InputShape::size;
    if constexpr (Stack::template reads_rows<T>)
        if (!in_compiler()) {
            if (!contiguous)
                for (std::size_t s = 0; s < samples; ++s) {
                    const T* const input = xs[order(s)].data();
                    for (std::size_t i = 0; i < n; ++i) buffer[s * n + i] = input[i];
                }
            return use(Rows<T, n>{contiguous ? xs[order(0)].data() : buffer, samples});
        }
    const Block<T, Stride> block{buffer, samples};
    fill<n>(block, [=](std::size_t s) { return xs[order(s)].data(); });
    use(block.read_only());
}

/// Bytes on the stack to evaluate Stack for a block of `samples` samples, with `Extra` values of each in
/// addition to input and output.
template <class Stack, class T, std::size_t Extra> consteval std::size_t block_bytes(std::size_t samples) {
    const std::size_t
        first = Stack::template Layer<0>::OutputShape::size,
        inputs = Stack::InputShape::size,
        // without a copy of the inputs, the kernel keeps the first layer's sums (affine for Rows)
        inputs_or_sums = Stack::template reads_rows<T> ? padded(first) : inputs;
    return samples * (inputs_or_sums + Stack::activations + Stack::OutputShape::size + Extra) * sizeof(T);
}
/// The same for a single sample, whose input is read in place.
template <class Stack, class T, std::size_t Extra = 0>
inline constexpr std::size_t sample_bytes =
    (Stack::activations + padded(Stack::OutputShape::size) + Extra) * sizeof(T);

/// The maximum working memory of a call for one register of samples, if layers share weights. With AVX-512
/// twice as much: LeNet takes twice as long with registers that are half full.
template <class T>
inline constexpr std::size_t max_register_bytes =
    widest<T> * sizeof(T) > 32 ? 2 * max_stack_bytes : max_stack_bytes;

/// How many samples are evaluated together: block_samples, or the largest half, quarter, ... of it that keeps
/// within max_stack_bytes. 1 if not even one register of samples fits: the narrowest, or, if layers share
/// weights, the widest, since half of that takes longer than one sample after another.
template <class Stack, class T, std::size_t Extra> consteval std::size_t block_for() {
    constexpr bool shared = requires { requires Stack::shares_weights; };
    constexpr std::size_t min_samples = shared ? widest<T> : lanes_for<T>(1);
    std::size_t samples = block_samples<T>;
    while (samples > min_samples && block_bytes<Stack, T, Extra>(samples) > max_stack_bytes) samples /= 2;
    constexpr std::size_t max_bytes = shared ? max_register_bytes<T> : max_stack_bytes;
    return block_bytes<Stack, T, Extra>(samples) <= max_bytes ? samples : 1;
}

/// Whether evaluating one sample keeps within max_stack_bytes.
template <class Stack, class T>
inline constexpr bool keeps_to_stack = sample_bytes<Stack, T> <= max_stack_bytes;

/// The sentence of the compiler's message if not.
template <class Stack, class T, std::size_t Extra = 0>
using StackSentence = misfit::stack_exceeded<misfit::evaluation_takes<sample_bytes<Stack, T, Extra>>,
                                             misfit::but_the_stack_holds<max_stack_bytes>>;

/// run_blocks in blocks of Stride samples, with a buffer for InputValues values of inputs. If the first layer
/// reads contiguous inputs in place (reads_rows), the buffer is not used, and InputValues is 1.
template <class Stack, std::size_t Stride, std::size_t InputValues, class T, class Inputs, class Visit>
constexpr void run_blocks_with_buffer(const T* parameters, Inputs xs, Visit visit) noexcept {
    alignas(64) T x[InputValues];
    alignas(64) T y[Stack::OutputShape::size * Stride];
    for (std::size_t first = 0; first < xs.size(); first += Stride) {
        const std::size_t samples = xs.size() - first < Stride ? xs.size() - first : Stride;
        const Block<T, Stride> outputs{y, samples};
        with_inputs<Stack, Stride>(
            xs, samples, [&](std::size_t s) { return first + s; }, contiguous_samples<Inputs>, x,
            [&](auto view) { Stack::forward(parameters, view, outputs, Context<>{}); });
        visit(first, outputs);
    }
}

/// Calls visit(first sample, view of outputs) for each block of the samples xs, or for each sample if
/// block_for is 1. The visitor keeps `Extra` values of each sample of a block on the stack, and
/// ExtraOfOne values if it is called with a single sample.
template <class Stack, std::size_t Extra, std::size_t ExtraOfOne = 0, class T, class Inputs, class Visit>
constexpr void run_blocks(const T* parameters, Inputs xs, Visit visit) noexcept {
    static_assert(StackSentence<Stack, T, ExtraOfOne>::passes());
    constexpr bool reads_rows = Stack::template reads_rows<T>,
                   in_place = reads_rows && contiguous_samples<Inputs>;
    // Rows that are not contiguous are copied, beside the first layer's sums.
    constexpr std::size_t inputs = Stack::InputShape::size, copied = reads_rows && !in_place ? inputs : 0;
    constexpr std::size_t stride = block_for<Stack, T, Extra + copied>(), input_values = inputs * stride;
    constexpr bool sample_by_sample = stride == 1 && 1 < block_samples<T>;
    if constexpr (sample_by_sample) {
        alignas(64) T y[padded(Stack::OutputShape::size)];
        for (std::size_t s = 0; s < xs.size(); ++s) {
            Stack::forward(parameters, Sample<const T, false>{xs[s].data()}, Sample<T>{y}, Context<>{});
            visit(s, Sample<T>{y});
        }
    } else if (in_place && !in_compiler()) run_blocks_with_buffer<Stack, stride, 1>(parameters, xs, visit);
    else run_blocks_with_buffer<Stack, stride, input_values>(parameters, xs, visit);
}

/// Writes the N outputs of each sample s of a view to to(s). Unused lanes are not copied.
template <std::size_t N, class T, std::size_t Stride, class To>
constexpr void write_outputs(Block<T, Stride> y, To to) noexcept {
    transpose<1>(
        Index<N>{}, y.samples, [=](std::size_t o) { return y.subview(o).data; },
        [=](std::size_t s, std::size_t o) { return to(s) + o; });
}
template <std::size_t N, class T, class To> constexpr void write_outputs(Sample<T> y, To to) noexcept {
    for (std::size_t o = 0; o < N; ++o) to(0)[o] = y.data[o];
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
