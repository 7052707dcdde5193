// Flatten: the same values in one dimension.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/map.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// y = x, of shape Shape<n>; PyTorch's Flatten. Outside training no code remains of it.
template <class Values> struct Flatten : LayerDefaults {
    using InputShape = Values;
    using OutputShape = Shape<Values::size>;
    using Inference = NoLayer;
    static constexpr std::size_t parameter_count = 0, multiply_adds = 0;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        detail::map<Values::size>(y, [](auto v) { return v; }, x);
    }
    /// dx = dy
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>)
            detail::map<Values::size>(dx, [](auto g) { return g; }, dy);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
