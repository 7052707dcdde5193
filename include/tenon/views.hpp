// How values lie in memory: one sample, its values side by side, or a block of samples, each value's row of
// samples side by side. Layers are written once over either; kernels differ.
#pragma once

#include <tenon/simd/primitives.hpp>
#include <tenon/simd/unroll.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// Unused lanes. A block of fewer samples than its rows have room for ends within a register. The lanes from
// its last sample to the end of that register are unused:
// - they may hold anything, NaN and infinity too, whatever a layer wrote or did not write there;
// - a layer may read and write them, as kernels do that compute whole registers, but must not let them enter
//   the result of another lane;
// - what adds up the samples of a block, such as a gradient or a loss, leaves them out. In the library this
// is
//   sum_over_lanes (affine.hpp) and loss_of (train/loss_of.hpp).
// So nobody has to clear them. A layer that loops over `samples` is right.

namespace tenon::inline TENON_ABI {

namespace detail {
/// Whether the build is optimised. Where it is not, a register costs several calls for each operation, and
/// loops over single numbers are faster.
#ifdef __OPTIMIZE__
inline constexpr bool optimized = true;
#else
inline constexpr bool optimized = false;
#endif

/// `n` values rounded up to whole registers.
constexpr std::size_t padded(std::size_t n) noexcept { return rounded_up(n, widest<float>); }
}

/// One sample: value i is data[i]; the lanes of a register run along the values. The buffer behind it is
/// padded to whole registers, so that kernels may read and write past the last value, unless `Padded` is
/// false.
template <class T, bool Padded = true> struct Sample {
    using Scalar = std::remove_const_t<T>;
    static constexpr bool padded = Padded;
    static constexpr std::size_t stride = 1, samples = 1;

    T* data;

    /// Values that a buffer for `n` values must have room for.
    static constexpr std::size_t buffer_size(std::size_t n) noexcept { return detail::padded(n); }
    /// A view of other data, of the same kind.
    template <class U> constexpr Sample<U> rebind(U* other) const noexcept { return {other}; }
    /// The same sample from its value `first` on.
    constexpr Sample subview(std::size_t first) const noexcept { return {data + first}; }
    constexpr Sample<const T, Padded> read_only() const noexcept { return {data}; }
};

/// `samples` samples: value i of sample s is data[i * Stride + s]; the lanes of a register run along the
/// samples. Rows are padded to whole registers: lanes past the last sample are unused, see above.
template <class T, std::size_t Stride> struct Block {
    using Scalar = std::remove_const_t<T>;
    static constexpr std::size_t stride = Stride, sample_step = 1;
    static constexpr std::size_t lanes = lanes_for<Scalar>(Stride);

    T* data;
    std::size_t samples;

    static constexpr std::size_t buffer_size(std::size_t n) noexcept { return n * Stride; }
    /// Where loops over the samples may end: a constant if a block is one register, but for loops over single
    /// numbers, which would count what lies past the last sample.
    constexpr std::size_t end() const noexcept {
        return Stride == lanes && detail::optimized && !std::is_constant_evaluated() ? Stride : samples;
    }
    template <class U> constexpr Block<U, Stride> rebind(U* other) const noexcept { return {other, samples}; }
    constexpr Block subview(std::size_t first) const noexcept { return {data + first * Stride, samples}; }
    constexpr Block<const T, Stride> read_only() const noexcept { return {data, samples}; }
};

/// `samples` inputs of N values one after the other, as the user has them: value i of sample s is data[s * N
/// + i]. Only a first layer that wants them so (`reads_rows`) gets them.
template <class T, std::size_t N> struct Rows {
    static constexpr std::size_t stride = 1, sample_step = N;

    const T* data;
    std::size_t samples;
};

/// Stands for a view that is not wanted: the trace in inference, the input gradient of the first layer.
struct NoView {
    constexpr NoView subview(std::size_t) const noexcept { return {}; }
    constexpr NoView read_only() const noexcept { return {}; }
};

namespace detail {

/// The distance between the rows of a block of up to `samples` samples.
template <class T> consteval std::size_t block_stride(std::size_t samples) {
    return rounded_up(samples, lanes_for<T>(samples));
}

/// Whether this runs in the compiler. Layers need not ask: their kernels do.
constexpr bool in_compiler() noexcept { return std::is_constant_evaluated(); }

/// Calls f<V>() with V = T in a constant expression or without optimisation, else with V of W lanes.
template <class T, std::size_t W, class F> [[gnu::always_inline]] constexpr void with_lanes(F&& f) noexcept {
    if (std::is_constant_evaluated() || !optimized) f.template operator()<T>();
    else f.template operator()<Value<T, W>>();
}

/// Registers that hold `n` values.
template <class V> constexpr std::size_t registers(std::size_t n) noexcept {
    return (n + width<V> - 1) / width<V>;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
