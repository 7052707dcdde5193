// Memory layouts: one sample (contiguous values), or a block of samples (value-major: the samples of value i
// are contiguous). Layers are written once for both; kernels are overloaded.
#pragma once

#include <tenon/simd/primitives.hpp>
#include <tenon/simd/unroll.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// Unused lanes. In a block, each value has a row of lanes, one a sample, which is padded to whole registers.
// The lanes after the last sample, up to the end of its register, are unused: 7 samples in registers of 8
// lanes leave one. They may contain anything, NaN and infinity too. Rules for layers, activations, losses and
// kernels:
// - Who may read and write them: everyone, as kernels do that compute whole registers. No result for
//   another lane may depend on them.
// - Who must write them: nobody. A layer that loops over `samples` is correct.
// - Who clears them: nobody has to. fill (kernels/transpose.hpp) and loss_of set those of x, t and dy to zero
//   nevertheless, so that most of them stay ordinary numbers; no code may depend on it.
// - Code that adds up the samples of a block, as for a gradient or a loss, leaves them out: in the library
//   sum_over_lanes and transpose_into_strips (kernels/affine.hpp) and loss_of (train/loss_of.hpp).

namespace tenon::inline TENON_ABI {

namespace detail {
/// Whether the build is optimised. If it is not, each operation on a register costs several calls, and loops
/// over single numbers are faster.
#ifdef __OPTIMIZE__
inline constexpr bool optimized = true;
#else
inline constexpr bool optimized = false;
#endif

/// `n` rounded up to a multiple of the lanes of the widest register of floats, and so of doubles, too.
constexpr std::size_t padded(std::size_t n) noexcept { return rounded_up(n, widest<float>); }
}

/// One sample: value i is data[i]; the lanes of a register are consecutive values. If Padded, the buffer
/// extends to whole registers, so that kernels may read and write past the last value.
template <class T, bool Padded = true> struct Sample {
    using Scalar = std::remove_const_t<T>;
    static constexpr bool padded = Padded;
    static constexpr std::size_t stride = 1, samples = 1;

    T* data;

    /// The size of a buffer for `n` values, padding included.
    static constexpr std::size_t buffer_size(std::size_t n) noexcept { return detail::padded(n); }
    /// The same kind of view of other data, whose buffer must be padded.
    template <class U> constexpr Sample<U> rebind(U* other) const noexcept { return {other}; }
    /// The view without the values before value `first`.
    constexpr Sample subview(std::size_t first) const noexcept { return {data + first}; }
    constexpr Sample<const T, Padded> read_only() const noexcept { return {data}; }
};

/// A block of `samples` samples: value i of sample s is data[i * Stride + s]; the lanes of a register are
/// consecutive samples. Rows are padded to whole registers; see "Unused lanes" above.
template <class T, std::size_t Stride> struct Block {
    using Scalar = std::remove_const_t<T>;
    static constexpr std::size_t stride = Stride, sample_step = 1;
    static constexpr std::size_t lanes = lanes_for<Scalar>(Stride);

    T* data;
    std::size_t samples;

    static constexpr std::size_t buffer_size(std::size_t n) noexcept { return n * Stride; }
    /// The end of loops over the samples: for (s = 0; s < end(); s += lane_count<V>). Such a loop also
    /// processes the unused lanes of the last register. If the block is one register, the end is a constant,
    /// so that no loop is left. In constant expressions and unoptimised builds V is a single number, and the
    /// end is `samples`: unused lanes, which may not have been written, are then left out.
    constexpr std::size_t end() const noexcept {
        return Stride == lanes && detail::optimized && !std::is_constant_evaluated() ? Stride : samples;
    }
    template <class U> constexpr Block<U, Stride> rebind(U* other) const noexcept { return {other, samples}; }
    constexpr Block subview(std::size_t first) const noexcept { return {data + first * Stride, samples}; }
    constexpr Block<const T, Stride> read_only() const noexcept { return {data, samples}; }
};

namespace detail {
template <class View> inline constexpr bool is_block_view = false;
template <class T, std::size_t Stride> inline constexpr bool is_block_view<Block<T, Stride>> = true;
}

/// Sample-major input, as the user stores it: value i of sample s is data[i * stride + s * sample_step], as
/// of a Block, whose sample_step is 1. Passed only to a first layer with `reads_rows`.
template <class T, std::size_t N> struct Rows {
    static constexpr std::size_t stride = 1, sample_step = N;

    const T* data;
    std::size_t samples;
};

/// The empty view, passed instead of the trace during inference and instead of dx to the first layer.
struct NoView {
    constexpr NoView subview(std::size_t) const noexcept { return {}; }
    constexpr NoView read_only() const noexcept { return {}; }
};

namespace detail {

/// The stride of a block of up to `samples` samples.
template <class T> consteval std::size_t block_stride(std::size_t samples) {
    return rounded_up(samples, lanes_for<T>(samples));
}

/// Whether this is a constant expression. Layers need not check it: their kernels do.
constexpr bool in_compiler() noexcept { return std::is_constant_evaluated(); }

/// Calls f<V>(), where V is T in constant expressions and unoptimised builds, else a value of W lanes.
template <class T, std::size_t W, class F> TENON_INLINE constexpr void with_lanes(F&& f) noexcept {
    if (std::is_constant_evaluated() || !optimized) f.template operator()<T>();
    else f.template operator()<Value<T, W>>();
}

/// The number of registers for `n` values.
template <class V> constexpr std::size_t registers(std::size_t n) noexcept {
    return (n + lane_count<V> - 1) / lane_count<V>;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
