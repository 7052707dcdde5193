// Where a layer's tensors lie among its parameters: one table that views, files and initialisation read.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace tenon::inline TENON_ABI {

/// Element (i, j, ...) of a tensor is the parameter offset + i * strides[0] + j * strides[1] + ... of its
/// layer. Name and shape are PyTorch's: a weight is [out, in].
struct Tensor {
    std::string_view name;
    std::size_t offset = 0;
    std::size_t rank = 1;
    std::array<std::size_t, 4> shape{};
    std::array<std::size_t, 4> strides{};
    /// Values that each output sums over, and outputs that each input reaches: what initialisation scales by.
    /// A tensor with fan_in 0 is a bias.
    std::size_t fan_in = 0, fan_out = 0;

    constexpr std::size_t size() const noexcept {
        std::size_t product = 1;
        for (std::size_t axis = 0; axis < rank; ++axis) product *= shape[axis];
        return product;
    }
    /// The place of element (index...) among the layer's parameters.
    template <class... Index> constexpr std::size_t at(Index... index) const noexcept {
        std::size_t place = offset, axis = 0;
        ((place += static_cast<std::size_t>(index) * strides[axis++]), ...);
        return place;
    }
};

/// One layer's parameters in a net, by the names of its tensors. T is const where the net is.
template <class Layer, class T> struct Parameters {
    T* data;

    /// The weight from input `i` to output `o`, W[o][i].
    template <class... Index> constexpr T& weight(std::size_t o, Index... i) const noexcept {
        constexpr std::size_t tensor = place("weight");
        static_assert(tensor < Layer::tensors.size(), "this layer has no weights");
        return data[Layer::tensors[tensor].at(o, i...)];
    }
    /// The bias of output `o`.
    constexpr T& bias(std::size_t o) const noexcept {
        constexpr std::size_t tensor = place("bias");
        static_assert(tensor < Layer::tensors.size(), "this layer has no bias");
        return data[Layer::tensors[tensor].at(o)];
    }

    /// For a net within a net: its layer I.
    template <std::size_t I> constexpr auto layer() const noexcept {
        return Layer::template parameters_of<I>(data);
    }

private:
    static consteval std::size_t place(std::string_view name) {
        std::size_t i = 0;
        while (i < Layer::tensors.size() && Layer::tensors[i].name != name) ++i;
        return i;
    }
};

} // namespace tenon
