// The sentence about bytes that do not fit a net in a constant expression.
#pragma once

#include <tenon/misfit/words.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::misfit {

/// The error of parse_safetensors as a word: g++ prints text, clang the characters of says.
template <std::size_t Size> struct text {
    char characters[Size];
};
template <char... Characters> struct says;
#ifdef __clang__
template <class Error> struct bytes_mismatch {
    static consteval bool passes() {
        static_assert(fits<Error>, "the bytes must be a safetensors file with the tensors of the net");
        return true;
    }
};
#else
template <auto Error> struct error_is;
template <auto Error> struct bytes_mismatch {
    static consteval bool passes() {
        static_assert(fits<error_is<Error>>,
                      "the bytes must be a safetensors file with the tensors of the net");
        return true;
    }
};
#endif

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
