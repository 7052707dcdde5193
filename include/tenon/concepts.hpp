// What a layer, an activation, a loss and an optimizer must do.
#pragma once

#include <tenon/shape.hpp>
#include <tenon/simd/map.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace tenon::inline TENON_ABI {

/// An activation of single values: y = apply(z), and slope(z, y) = dy/dz, both for V = T and V = Lanes<T, W>.
/// An activation whose slope needs only y says `static constexpr bool slope_from_output = true`, and z is not kept.
template <class A>
concept Elementwise = requires(float z) {
    { A::apply(z) } -> std::same_as<float>;
    { A::slope(z, z) } -> std::same_as<float>;
};

/// An activation of all values of a sample together: forward turns z into y in place, backward dy into dz.
template <class A>
concept Vectorwise = requires(detail::Along<float, 1, float> y, detail::Along<float, 1, const float> constant) {
    { A::forward(y) } -> std::same_as<void>;
    { A::backward(constant, y) } -> std::same_as<void>;
};

template <class A>
concept Activation = Elementwise<A> || Vectorwise<A>;

/// A layer is a type without state. Its parameters, the values that it keeps from the forward for the backward
/// pass (`trace`), and room for the backward pass alone (`scratch`) are counted here, and lent by the caller.
///   forward(parameters, x, y, trace)           y = layer(x); trace is Nothing in inference
///   backward(parameters, x, y, trace, dy, dx, scratch, gradient, add)
///       dy may be overwritten; dx is Nothing where nobody wants it; gradient is overwritten, or added to
/// x, y, ... are views (simd/views.hpp): one sample or a block of them.
template <class L>
concept Layer = requires(const float* parameters, float* gradient, Sample<const float> x, Sample<float> y) {
    { L::InputShape::size } -> std::convertible_to<std::size_t>;
    { L::OutputShape::size } -> std::convertible_to<std::size_t>;
    { L::parameter_count } -> std::convertible_to<std::size_t>;
    { L::trace } -> std::convertible_to<std::size_t>;
    { L::scratch } -> std::convertible_to<std::size_t>;
    { L::forward(parameters, x, y, Nothing{}) } -> std::same_as<void>;
    { L::backward(parameters, x, x, y, y, y, y, gradient, false) } -> std::same_as<void>;
};

namespace detail {

/// Layers that fit one another, found out without an error.
template <class... Layers> consteval bool chain() {
    if constexpr (sizeof...(Layers) == 0 || !(Layer<Layers> && ...)) return false;
    else if constexpr (((Layers::InputShape::size == 0 || Layers::OutputShape::size == 0) || ...)) return false;
    else return []<std::size_t... I>(std::index_sequence<I...>) {
        return (std::is_same_v<typename At<I, Layers...>::type::OutputShape,
                               typename At<I + 1, Layers...>::type::InputShape> && ...);
    }(std::make_index_sequence<sizeof...(Layers) - 1>{});
}

/// Says what is wrong with the first layer that does not fit. A class, for g++ 12.2 crashes on an alias here.
template <class... Layers> struct Fitted {
    template <std::size_t I> using L = typename At<I, Layers...>::type;

    static consteval bool said() {
        constexpr std::size_t count = sizeof...(Layers);
        constexpr std::size_t stranger = first_true(std::array{!Layer<Layers>...});
        if constexpr (stranger < count) return not_a_layer<layer<stranger + 1>, but_found<L<stranger>>>::none;
        else {
            constexpr std::size_t empty = first_true(
                std::array{(Layers::InputShape::size == 0 || Layers::OutputShape::size == 0)...});
            if constexpr (empty < count)
                return Empty<empty + 1, typename L<empty>::InputShape, typename L<empty>::OutputShape>::none;
            else {
                constexpr std::size_t joint = []<std::size_t... I>(std::index_sequence<I...>) {
                    return first_true(std::array<bool, count - 1>{
                        !std::is_same_v<typename L<I>::OutputShape, typename L<I + 1>::InputShape>...});
                }(std::make_index_sequence<count - 1>{});
                if constexpr (joint + 1 < count)
                    return Joint<joint + 1, typename L<joint>::OutputShape, typename L<joint + 1>::InputShape>::none;
                else return true;
            }
        }
    }
    static constexpr bool none = said();
};

} // namespace detail

/// Whether the layers make a net: each takes what the one before it gives. An answer, never an error.
template <class... Layers>
concept Chain = detail::chain<Layers...>();

} // namespace tenon
