// Rows of an image of one sample: maps that write nothing past a row.
#pragma once

#include <tenon/simd/lanes.hpp>
#include <tenon/views.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The largest number of lanes of a register that `count` values fill.
template <class T> consteval std::size_t lanes_within(std::size_t count) {
    if (count >= widest<T>) return widest<T>;
    for (const std::size_t lanes : {std::size_t{8}, std::size_t{4}, std::size_t{2}})
        if (lanes <= count && lanes < widest<T> && lanes_for<T>(lanes) == lanes) return lanes;
    return 1;
}

/// to[i] = f(from[i]...) for i < Count. Reads and writes nothing past the rows.
template <std::size_t Count, class T, class F, class... From>
TENON_INLINE constexpr void map_row(T* to, F f, const From*... from) noexcept {
    with_lanes<T, lanes_within<T>(Count)>([&]<class V>() {
        std::size_t i = 0;
        for (; i + lane_count<V> <= Count; i += lane_count<V>) store(to + i, V(f(load<V>(from + i)...)));
        if constexpr (Count % lane_count<V> != 0)
            for (; i < Count; ++i) to[i] = f(from[i]...);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
