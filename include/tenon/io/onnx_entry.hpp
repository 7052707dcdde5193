// What is written of each layer in a model of ONNX.
#pragma once

#include <tenon/shape.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// How ONNX expresses layer L. An entry has
///   exists                                whether there is one
///   write(graph, x, prefix, parameters)   adds nodes and tensors, whose names begin with the prefix, and
///                                         returns the name of y
template <class L> struct OnnxEntry {
    static constexpr bool exists = false;
};

template <std::size_t... Sizes> std::vector<std::size_t> sizes_of(Shape<Sizes...>) { return {Sizes...}; }

} // namespace tenon

#include <tenon/config/epilogue.hpp>
