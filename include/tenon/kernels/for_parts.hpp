// Divides a range into parts of nearly equal, constant size.
#pragma once

#include <tenon/version.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Divides Total into parts of at most MaxPart, as evenly as possible, and calls run<Part>(first) for each.
template <std::size_t Total, std::size_t MaxPart, class Run>
TENON_INLINE constexpr void for_parts(Run run) noexcept {
    constexpr std::size_t parts = (Total + MaxPart - 1) / MaxPart, low = Total / parts,
                          high_end = Total % parts * (low + 1);
    if constexpr (high_end > 0)
        for (std::size_t first = 0; first < high_end; first += low + 1)
            run.template operator()<low + 1>(first);
    for (std::size_t first = high_end; first < Total; first += low) run.template operator()<low>(first);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
