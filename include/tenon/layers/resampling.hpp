// Resampling: the passes of a layer without parameters that gives images of another size.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/resample.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Map has the AxisMaps `rows` and `columns`.
template <class In, class Out, std::size_t Channels, class Map> struct Resampling : LayerDefaults {
    using InputShape = In;
    using OutputShape = Out;
    static constexpr std::size_t parameter_count = 0;

    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T*, X x, Y y, Context) noexcept {
        resample<Channels, Map>(x, y);
    }
    /// dx = the sum of dy times the weight of x, over the values that x contributes to
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T*, X, Y, Context, Dy dy, Dx dx, Scratch, Gradient, bool) noexcept {
        if constexpr (!std::is_same_v<Dx, NoView>) resample_gradient<Channels, Map>(dy, dx);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
