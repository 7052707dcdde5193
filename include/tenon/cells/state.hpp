// State: the state of one stream of inputs to a net with cells.
#pragma once

#include <tenon/cells/bidirectional.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/net.hpp>
#include <tenon/tensor.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The state of one layer of a net. T is const if that of the net is.
template <class Layer, class T> struct LayerState {
    T* data;

    /// Of an LSTM, a GRU or an RNN: h, its last output, as a std::span<T, Hidden>. Of a TrainedState that is
    /// not const, a call marks the stream as begun: it begins with what is written here, zeros at first, and
    /// not with the parameters.
    constexpr auto h() const noexcept { return values<0>(); }
    /// Of an LSTM: c, likewise.
    constexpr auto c() const noexcept { return values<1>(); }

    /// Of a nested net or another container: its layer I, counted from 0.
    template <std::size_t I> constexpr auto layer() const noexcept {
        static_assert(detail::HasLayers<Layer>, "this layer is no net, and has no layers");
        using List = detail::StackOf<Layer>;
        constexpr std::size_t i = detail::layer_index<I, List::layer_count>();
        return LayerState<typename List::template Layer<i>, T>{data + List::state_offsets[i]};
    }

private:
    template <std::size_t I> constexpr auto values() const noexcept {
        constexpr bool exists = [] {
            if constexpr (detail::is_recurrent<Layer>)
                return I < Layer::state_count / Layer::OutputShape::size;
            else return false;
        }();
        static_assert(misfit::no_memory<std::bool_constant<exists>, misfit::but_found<Layer>>::passes());
        constexpr std::size_t units = Layer::OutputShape::size;
        if constexpr (requires { Layer::started_flag; } && !std::is_const_v<T>) data[Layer::started_flag] = 1;
        return std::span<T, units>(data + (exists ? I : 0) * detail::padded(units), units);
    }
};

/// The state of one stream, of all cells of Net: zero at the start, trivially copyable. Threads may share a
/// net, each with a State of its own.
template <class Net> struct State {
    /// Public because copies and constants of it are aggregates; the order is that of the layers.
    alignas(64) typename Net::Scalar
        values_is_an_implementation_detail_[Net::state_size == 0 ? 1 : Net::state_size] = {};

    /// Sets the state to zero.
    constexpr void reset() noexcept { *this = {}; }

    /// The state of layer I, counted from 0: state.layer<0>().h(), .c().
    template <std::size_t I> constexpr auto layer() noexcept {
        return LayerState<Net, typename Net::Scalar>{values_is_an_implementation_detail_}.template layer<I>();
    }
    template <std::size_t I> constexpr auto layer() const noexcept {
        return LayerState<Net, const typename Net::Scalar>{values_is_an_implementation_detail_}
            .template layer<I>();
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
