// Runs many samples through a stack of layers, block by block.
#pragma once

#include <tenon/kernels/tile.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/misfit.hpp>

#include <array>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Samples that go through all layers together, so that what lies between the layers stays in the first-level
/// cache.
template <class T> inline constexpr std::size_t block_samples = 256 / sizeof(T);

/// Working memory that a call may have on the stack, in bytes. It bounds the samples that go through
/// together.
inline constexpr std::size_t stack_bytes = 256 * 1024;

/// Samples that lie one after the other, N values each, in place of a span of arrays.
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

/// The inputs xs[order(s)], s < samples, as the first layer of Stack wants them, given to use(view). They are
/// copied into `room`, inputs * Stride values, but for a first layer that takes rows and inputs that lie one
/// after the other.
template <class Stack, std::size_t Stride, class T, class Inputs, class Order, class Use>
constexpr void with_inputs(Inputs xs, std::size_t samples, Order order, bool one_after_other, T* room,
                           Use use) noexcept {
    constexpr std::size_t n = Stack::InputShape::size;
    if constexpr (Stack::template reads_rows<T>)
        if (!in_compiler()) {
            if (!one_after_other)
                for (std::size_t s = 0; s < samples; ++s) {
                    const T* const from = xs[order(s)].data();
                    for (std::size_t i = 0; i < n; ++i) room[s * n + i] = from[i];
                }
            return use(Rows<T, n>{one_after_other ? xs[order(0)].data() : room, samples});
        }
    const Block<T, Stride> block{room, samples};
    fill<n>(block, [=](std::size_t s) { return xs[order(s)].data(); });
    use(block.read_only());
}

/// Bytes of the stack that a block of `samples` samples takes on its way through Stack, with `Extra` values
/// of each beside input and output.
template <class Stack, class T, std::size_t Extra> consteval std::size_t bytes_for(std::size_t samples) {
    const std::size_t first = Stack::template Layer<0>::OutputShape::size, inputs = Stack::InputShape::size,
                      in_front = Stack::template reads_rows<T> ? padded(first) : inputs;
    return samples * (in_front + Stack::activations + Stack::OutputShape::size + Extra) * sizeof(T);
}
/// The same for a sample by itself, which is read where it lies.
template <class Stack, class T>
inline constexpr std::size_t bytes_for_one = (Stack::activations + padded(Stack::OutputShape::size)) *
                                             sizeof(T);

/// How many samples go through Stack together: a block as large as the stack's bound lets it be, at least a
/// register of them, or 1.
template <class Stack, class T, std::size_t Extra> consteval std::size_t block_for() {
    std::size_t samples = block_samples<T>;
    while (samples > 1 && bytes_for<Stack, T, Extra>(samples) > stack_bytes)
        samples = samples > lanes_for<T>(1) ? samples / 2 : 1;
    return samples;
}

/// Whether one answer keeps within the stack's bound.
template <class Stack, class T> inline constexpr bool keeps_to_stack = bytes_for_one<Stack, T> <= stack_bytes;

/// The sentence that says it if not.
template <class Stack, class T>
using StackSentence = misfit::stack_exceeded<misfit::one_answer_takes<bytes_for_one<Stack, T>>,
                                             misfit::but_the_stack_holds<stack_bytes>>;

/// run_blocks in blocks of Stride samples, with room for `Room` values of inputs.
template <class Stack, std::size_t Stride, std::size_t Room, class T, class Inputs, class Visit>
constexpr void run_blocks_with_buffer(const T* parameters, Inputs xs, Visit visit) noexcept {
    alignas(64) T x[Room];
    alignas(64) T y[Stack::OutputShape::size * Stride];
    for (std::size_t first = 0; first < xs.size(); first += Stride) {
        const std::size_t samples = xs.size() - first < Stride ? xs.size() - first : Stride;
        const Block<T, Stride> answers{y, samples};
        with_inputs<Stack, Stride>(
            xs, samples, [&](std::size_t s) { return first + s; }, true, x,
            [&](auto view) { Stack::forward(parameters, view, answers, NoView{}); });
        visit(first, answers);
    }
}

/// Calls visit(first sample, view of answers) for each block of the samples xs, or for each sample if a block
/// of them would take more of the stack than its bound. The visitor keeps `Extra` values of each sample.
template <class Stack, std::size_t Extra, class T, class Inputs, class Visit>
constexpr void run_blocks(const T* parameters, Inputs xs, Visit visit) noexcept {
    static_assert(StackSentence<Stack, T>::passes());
    constexpr std::size_t stride = block_for<Stack, T, Extra>(), all = Stack::InputShape::size * stride;
    if constexpr (stride == 1 && block_samples < T >> 1) {
        alignas(64) T y[padded(Stack::OutputShape::size)];
        for (std::size_t s = 0; s < xs.size(); ++s) {
            Stack::forward(parameters, Sample<const T, false>{xs[s].data()}, Sample<T>{y}, NoView{});
            visit(s, Sample<T>{y});
        }
    } else if (Stack::template reads_rows<T> && !in_compiler())
        run_blocks_with_buffer<Stack, stride, 1>(parameters, xs, visit);
    else run_blocks_with_buffer<Stack, stride, all>(parameters, xs, visit);
}

/// Writes the answers of a view where to(s) points for its sample s.
template <std::size_t N, class T, std::size_t Stride, class To>
constexpr void write_answers(Block<T, Stride> y, To to) noexcept {
    transpose<1>(
        Index<N>{}, y.samples, [=](std::size_t o) { return y.subview(o).data; },
        [=](std::size_t s, std::size_t o) { return to(s) + o; });
}
template <std::size_t N, class T, class To> constexpr void write_answers(Sample<T> y, To to) noexcept {
    for (std::size_t o = 0; o < N; ++o) to(0)[o] = y.data[o];
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
