// What the readers of safetensors share: bytes in memory, an entry of a file, the elements of a tensor.
#pragma once

#include <tenon/exchange/json.hpp>
#include <tenon/exchange/message.hpp>
#include <tenon/exchange/number_format.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// One tensor of a file. The data are the bytes from `begin` to `end` - 1 after the header.
template <class B> struct TensorEntry {
    static constexpr std::size_t max_rank = 8; ///< axes that are kept

    JsonString<B> name;
    NamedFormat format;
    std::size_t rank = 0;
    std::array<std::uint64_t, max_rank> shape{};
    std::uint64_t size = 1; ///< numbers
    std::uint64_t begin = 0, end = 0;

    constexpr void write_shape(Message& message) const noexcept {
        message("[");
        for (std::size_t i = 0; i < rank && i < max_rank; ++i) {
            if (i > 0) message(", ");
            message(static_cast<std::size_t>(shape[i]));
        }
        message(rank > max_rank ? ", ...]" : "]");
    }
};

template <class B>
concept ByteType = std::same_as<B, char> || std::same_as<B, unsigned char> || std::same_as<B, std::byte>;
template <class Bytes>
concept ByteRange = requires(const Bytes& bytes) {
    std::data(bytes);
    std::size(bytes);
    requires ByteType<std::remove_cvref_t<decltype(*std::data(bytes))>>;
};
template <class Bytes> constexpr auto byte_text(const Bytes& bytes) noexcept {
    return ByteText<std::remove_cvref_t<decltype(*std::data(bytes))>>{std::data(bytes), std::size(bytes)};
}

/// Where the numbers of a tensor are in a file.
template <class B> struct TensorData {
    JsonString<B> name;
    NumberFormat format = NumberFormat::other;
    std::uint64_t begin = 0;
    bool is_found = false;
};

/// Calls f(p, e) for each element of a tensor, in the order of a file: parameter p is the e-th number.
template <class F> constexpr void for_each_element(const Tensor& tensor, F f) noexcept {
    if (tensor.gates > 0) {
        for (std::size_t e = 0; e < tensor.size(); ++e) f(tensor.place_of(e), e);
        return;
    }
    std::array<std::size_t, 4> shape{1, 1, 1, 1}, strides{};
    for (std::size_t axis = 0; axis < tensor.rank; ++axis) {
        shape[4 - tensor.rank + axis] = tensor.shape[axis];
        strides[4 - tensor.rank + axis] = tensor.strides[axis];
    }
    std::size_t e = 0;
    for (std::size_t a = 0; a < shape[0]; ++a)
        for (std::size_t b = 0; b < shape[1]; ++b)
            for (std::size_t c = 0; c < shape[2]; ++c) {
                std::size_t p = tensor.offset + a * strides[0] + b * strides[1] + c * strides[2];
                for (std::size_t d = 0; d < shape[3]; ++d, p += strides[3]) f(p, e++);
            }
}

constexpr void write_shape_of(Message& message, const Tensor& tensor) noexcept {
    message("[");
    for (std::size_t axis = 0; axis < tensor.rank; ++axis) {
        if (axis > 0) message(", ");
        message(tensor.shape[axis]);
    }
    message("]");
}

/// PyTorch counts the minibatches of a BatchNorm in a tensor that no inference needs.
template <class B> constexpr bool is_counter_of_batches(const TensorEntry<B>& entry) noexcept {
    constexpr std::string_view end = "num_batches_tracked";
    const ByteText<B> name = entry.name.escaped();
    return name.size() >= end.size() && name.substr(name.size() - end.size(), end.size()) == end &&
           entry.size == 1;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
