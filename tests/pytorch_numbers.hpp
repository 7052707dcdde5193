// The numbers of tests/reference/sequences.py and pytorch_recordings.py, which need not be stored.
#pragma once

#include <tenon/tenon.hpp>

#include <cstdint>

/// Random multiples of 2^-15 from -1 to 1.
class Numbers {
    std::uint32_t state_;

public:
    explicit Numbers(std::uint32_t seed) : state_(seed) {}
    double next() {
        state_ = state_ * 1664525 + 1013904223;
        return (state_ >> 16) / 32768. - 1;
    }
};

/// Calls f(tensor) for each tensor of a net, in PyTorch's order.
template <class Net, class F> void for_each_tensor_of(F f) {
    auto visit = [&](const auto&, const tenon::detail::FileTensor& tensor) {
        if (!tensor.is_added) f(tensor);
    };
    tenon::detail::for_each_tensor<Net>(visit, tenon::Numbering::layers, nullptr, 0);
}
