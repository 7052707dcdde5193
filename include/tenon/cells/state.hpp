// State: the memory of one stream of inputs to a net with cells.
#pragma once

#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// What Net remembers of one stream: zero at the start, trivially copyable. Threads may share a net, each
/// with a State of its own.
template <class Net> struct State {
    /// Public because copies and constants of it are aggregates; the order is that of the layers.
    alignas(64) typename Net::Scalar
        values_is_an_implementation_detail_[Net::state_size == 0 ? 1 : Net::state_size] = {};

    /// Forgets the stream.
    constexpr void reset() noexcept { *this = {}; }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
