// The table of a layer's tensors: where each is located among its parameters. Read by views, files and
// initialize.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Where unit `unit` of a gate lies among the units * gates values of a recurrent cell: by groups of 16
/// units, in each gate after gate, so that a unit's gates are computed in registers together. The last group
/// has the units that are left. The order is the same on every CPU.
constexpr std::size_t gate_place(std::size_t units, std::size_t gates, std::size_t gate,
                                 std::size_t unit) noexcept {
    constexpr std::size_t group = 16;
    const std::size_t first = unit / group * group, size = units - first < group ? units - first : group;
    return first * gates + gate * size + (unit - first);
}

} // namespace detail

/// Element (i, j, ...) of a tensor is the parameter offset + i * strides[0] + j * strides[1] + ... of its
/// layer. Name and shape are PyTorch's: a weight is [out, in].
struct Tensor {
    std::string_view name;
    std::size_t offset = 0;
    std::size_t rank = 1; ///< number of axes: how many elements of shape and strides are used
    std::array<std::size_t, 4> shape{};
    std::array<std::size_t, 4> strides{};
    /// The number of values that each output sums, and the number of outputs that each input contributes to;
    /// initialize scales by them. It sets a tensor with fan_in 0, such as a bias, to `initial`.
    std::size_t fan_in = 0, fan_out = 0;
    double initial = 0;
    /// Of a recurrent cell: axis 0 is of this many gates, whose values are not gate by gate in memory
    /// (detail::gate_place). 0 of all other tensors.
    std::size_t gates = 0;
    /// Of a cell whose gates have matrices of their own: how far those of a gate are from the gate's before;
    /// else 0.
    std::size_t gate_stride = 0;

    constexpr std::size_t size() const noexcept {
        std::size_t product = 1;
        for (std::size_t axis = 0; axis < rank; ++axis) product *= shape[axis];
        return product;
    }
    /// Whether there is an element (index...).
    template <class... Index> constexpr bool contains(Index... index) const noexcept {
        std::size_t axis = 0;
        return sizeof...(Index) == rank && ((static_cast<std::size_t>(index) < shape[axis++]) && ...);
    }
    /// The index of element (index...) among the layer's parameters.
    template <class... Index> constexpr std::size_t at(Index... index) const noexcept {
        std::size_t place = offset, axis = 0;
        ((place += place_along(axis++, static_cast<std::size_t>(index))), ...);
        return place;
    }
    /// The index of the i-th element, row by row, among the layer's parameters.
    constexpr std::size_t place_of(std::size_t i) const noexcept {
        std::size_t place = offset;
        for (std::size_t axis = rank; axis-- > 0; i /= shape[axis])
            place += place_along(axis, i % shape[axis]);
        return place;
    }
    /// How far element `index` of an axis is from the axis' first.
    constexpr std::size_t place_along(std::size_t axis, std::size_t index) const noexcept {
        if (axis > 0 || gates == 0) return index * strides[axis];
        const std::size_t units = shape[0] / gates;
        if (gate_stride > 0) return index / units * gate_stride + index % units * strides[0];
        return detail::gate_place(units, gates, index / units, index % units) * strides[0];
    }
};

namespace detail {

template <class L>
concept HasLayers = requires {
    { L::layer_count } -> std::convertible_to<std::size_t>;
};
/// A net has a number type; other containers of layers take that of the net around them.
template <class L>
concept IsNet = HasLayers<L> && requires { typename L::Scalar; };
template <class L>
concept HasTable = requires {
    { L::tensors.size() } -> std::convertible_to<std::size_t>;
    { *L::tensors.begin() } -> std::convertible_to<const Tensor&>;
};

/// A layer's table of tensors. Empty for a layer without a table, which has no parameters, and for a net,
/// whose layers have their own.
template <class L>
inline constexpr auto tensors_of = [] {
    if constexpr (HasTable<L>) return L::tensors;
    else return std::array<Tensor, 0>{};
}();

// Indices are checked in constant expressions, in builds without optimisation, and if the standard library
// checks its own. A function that checks is always inlined, because units that are built with other settings
// must not share a copy of it.
#if defined(_GLIBCXX_ASSERTIONS) || defined(_GLIBCXX_DEBUG) || defined(_LIBCPP_HARDENING_MODE) ||            \
    !defined(__OPTIMIZE__)
constexpr bool checks_indices = true;
#else
constexpr bool checks_indices = false;
#endif

// End the program; a debugger shows the caller. A constant expression that calls one does not compile, and
// the message shows its name.
[[noreturn, gnu::cold, gnu::noinline]] inline void index_is_out_of_range() noexcept { __builtin_trap(); }
[[noreturn, gnu::cold, gnu::noinline]] inline void layer_has_no_such_tensor() noexcept { __builtin_trap(); }

} // namespace detail

/// One layer's parameters in a net, by the names of its tensors. T is const if the net is. An index that is
/// out of range is refused in constant expressions; at run time it ends the program in builds without
/// optimisation or with _GLIBCXX_ASSERTIONS, and is undefined in others.
template <class Layer, class T> struct Parameters {
    T* data;

    /// The weight from input `i` to output `o`, W[o][i].
    template <class... Index> TENON_INLINE constexpr T& weight(std::size_t o, Index... i) const noexcept {
        constexpr std::size_t tensor = place("weight");
        static_assert(tensor < tensors.size(), "this layer has no weights");
        static_assert(tensors[tensor].rank == 1 + sizeof...(Index),
                      "weight(output, input...) takes one index for each axis");
        return element(tensors[tensor], o, i...);
    }
    /// The bias of output `o`; that of LayerNorm<Shape<C, H, W>> has three indices.
    template <class... Index> TENON_INLINE constexpr T& bias(std::size_t o, Index... i) const noexcept {
        constexpr std::size_t tensor = place("bias");
        static_assert(tensor < tensors.size(), "this layer has no bias");
        static_assert(tensors[tensor].rank == 1 + sizeof...(Index),
                      "bias(output...) takes one index for each axis");
        return element(tensors[tensor], o, i...);
    }
    /// The element of the tensor that PyTorch calls `name`: tensor("weight", output, input). A name that the
    /// layer does not have, or another number of indices than the tensor's rank, ends the program in every
    /// build.
    template <class... Index>
    TENON_INLINE constexpr T& tensor(std::string_view name, Index... index) const noexcept {
        for (const Tensor& candidate : tensors)
            if (candidate.name == name && candidate.rank == sizeof...(Index))
                return element(candidate, index...);
        detail::layer_has_no_such_tensor();
    }

    /// Of a nested net or another container: its layer I, counted from 0.
    template <std::size_t I> constexpr auto layer() const noexcept {
        static_assert(detail::HasLayers<Layer>, "this layer is no net, and has no layers");
        return Layer::template parameters_of<I>(data);
    }

private:
    static constexpr auto tensors = detail::tensors_of<Layer>;

    static consteval std::size_t place(std::string_view name) {
        std::size_t i = 0;
        while (i < tensors.size() && tensors[i].name != name) ++i;
        return i;
    }
    template <class... Index>
    TENON_INLINE constexpr T& element(const Tensor& tensor, Index... index) const noexcept {
        if (std::is_constant_evaluated() || detail::checks_indices)
            if (!tensor.contains(index...)) detail::index_is_out_of_range();
        return data[tensor.at(index...)];
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
