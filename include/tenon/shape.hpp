// Shapes of a layer's inputs and outputs.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// In no inline namespace, because it generates no code: messages read tenon::Shape<3>.
namespace tenon {

/// The sizes of a layer's input or output: Shape<784>, or Shape<channels, height, width>, PyTorch's order.
template <std::size_t... Sizes> struct Shape {
    static constexpr std::size_t rank = sizeof...(Sizes);
    static constexpr std::size_t size = (Sizes * ... * 1);
    /// The same sizes in another template, such as a word of a message: takes<3>.
    template <template <std::size_t...> class Word> using rebind_to = Word<Sizes...>;
};

} // namespace tenon

namespace tenon::inline TENON_ABI::detail {

/// The index of the first true element, or N if there is none.
template <std::size_t N> consteval std::size_t first_true(const std::array<bool, N>& found) {
    std::size_t i = 0;
    while (i < N && !found[i]) ++i;
    return i;
}

template <std::size_t I, class First, class... Rest> struct At : At<I - 1, Rest...> {};
template <class First, class... Rest> struct At<0, First, Rest...> {
    using type = First;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
