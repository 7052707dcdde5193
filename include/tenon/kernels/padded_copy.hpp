// Copies of images with zeros around them.
#pragma once

#include <tenon/kernels/convolution_shape.hpp>
#include <tenon/simd/lanes.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Copies Count values, register by register: to a compiler, loops over short rows are calls of memcpy.
template <class V, std::size_t Count, class T> TENON_INLINE void copy_values(const T* from, T* to) noexcept {
    constexpr std::size_t lanes = lane_count<V>;
    if constexpr (Count < lanes)
        for (std::size_t i = 0; i < Count; ++i) to[i] = from[i];
    else {
        for (std::size_t i = 0; i + lanes <= Count; i += lanes) store(to + i, load<V>(from + i));
        if constexpr (Count % lanes != 0) store(to + (Count - lanes), load<V>(from + (Count - lanes)));
    }
}

/// An axis whose padding is part of the image.
template <class A> using AxisOfPadded = Axis<A::padded_in, A::kernel, A::stride, 0, 0, A::dilation, A::out>;

/// The convolution of images that have their padding around them.
template <class S>
using ShapeOfPadded = ConvolutionShape<S::in, S::out, S::groups, AxisOfPadded<typename S::Rows>,
                                       AxisOfPadded<typename S::Columns>>;

/// Calls use(image) with x, the whole input of a convolution, and zeros around each channel of it.
template <class S, class V, class T, class Use> void with_zeros_around(const T* x, Use use) noexcept {
    using R = typename S::Rows;
    using C = typename S::Columns;
    alignas(64) T copy[ShapeOfPadded<S>::in_positions * S::in] = {};
    T* to = copy + R::before * C::padded_in + C::before;
    for (std::size_t k = 0; k < S::in; ++k, to += (R::before + R::after) * C::padded_in)
        for (std::size_t row = 0; row < R::in; ++row, x += C::in, to += C::padded_in)
            copy_values<V, C::in>(x, to);
    use(static_cast<const T*>(copy));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
