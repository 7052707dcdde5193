// Sentences about bytes: those of another net, and too few of them.
#pragma once

#include <tenon/misfit/words.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

#ifdef __clang__ // prints an array of characters as numbers
template <char... Characters> struct says;
#else
template <std::size_t Size> struct text {
    char characters[Size];
};
template <text Text> struct says;
#endif

/// Error is says<...>, with the error of parse_safetensors.
template <class Error> struct bytes_mismatch {
    static consteval bool passes() {
        static_assert(fits<Error>, "the bytes must be a safetensors file with the tensors of the net");
        return true;
    }
};

template <class Net, class Given> struct span_too_small {
    static consteval bool passes() {
        static_assert(fits<Net, Given>, "the span must hold bytes_size<Net> bytes");
        return true;
    }
};

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
