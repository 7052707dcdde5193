// Keeps an object out of constant initialization.
#pragma once

#include <tenon/views.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A member of an object that is large, and zero but for a few numbers. As a static object it would be a
/// constant, and lie in the program's file with all its zeros (.data). With this member it is set up when the
/// program starts, and lies in .bss. In a constant expression it may be used, but not be the result.
class SetUpAtStart {
public:
    constexpr SetUpAtStart() noexcept {
        if (in_compiler()) {
            const char gone = 0; // no constant may point to what is gone
            point_to(&gone);
        } else asm volatile(""); // for clang, which tries what is no constant once more as if at run time
    }
    constexpr SetUpAtStart(const SetUpAtStart&) noexcept : SetUpAtStart() {}
    constexpr SetUpAtStart& operator=(const SetUpAtStart&) noexcept { return *this; }
    constexpr ~SetUpAtStart() = default;

private:
    constexpr void point_to(const char* gone) noexcept { gone_ = gone; }

    const char* gone_ = nullptr;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
