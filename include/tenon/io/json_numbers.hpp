// Numbers and names of layers, for what reads nets from JSON.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/text/spelling.hpp>

#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class L> std::string spelled_layer() {
    std::string text;
    auto out = [&](std::string_view piece) { text += piece; };
    Spelling<L, false>::write(out);
    return text;
}

/// What is common to both forms: numbers of a file become numbers of a net.
template <class T> struct NumbersOfJson {
    /// Whether T can hold the number.
    static T number(const std::string& place, double value) {
        const T converted = static_cast<T>(value);
        if (!math::is_finite(converted))
            throw Error{place, sizeof(T) == sizeof(float) ? "numbers that a float holds" : "finite numbers",
                        quote(value)};
        return converted;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
