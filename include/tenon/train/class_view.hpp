// ClassView: class indices of any integral type.
#pragma once

#include <tenon/train/loss_of.hpp>

#include <concepts>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A pointer for each type, of which one is used: a type-erased pointer could not be read in constant
/// expressions.
template <class... Integers> class ClassViewOf {
    template <class I> struct Pointer {
        const I* data = nullptr;
    };
    struct Pointers : Pointer<Integers>... {};

public:
    constexpr ClassViewOf() noexcept = default;
    template <ClassIndices Classes>
        requires(std::same_as<std::ranges::range_value_t<Classes>, Integers> || ...)
    constexpr ClassViewOf(const Classes& classes) noexcept : size_(std::ranges::size(classes)) {
        static_cast<Pointer<std::ranges::range_value_t<Classes>>&>(pointers_).data =
            std::ranges::data(classes);
    }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr std::size_t operator[](std::size_t i) const noexcept {
        std::size_t result = 0;
        (read<Integers>(i, result), ...);
        return result;
    }

private:
    template <class I> constexpr void read(std::size_t i, std::size_t& result) const noexcept {
        if (const I* const data = static_cast<const Pointer<I>&>(pointers_).data)
            result = static_cast<std::size_t>(data[i]);
    }

    Pointers pointers_;
    std::size_t size_ = 0;
};
using ClassView = ClassViewOf<bool, char, signed char, unsigned char, short, unsigned short, int,
                              unsigned int, long, unsigned long, long long, unsigned long long>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
