// SetUpAtStart: prevents constant initialization of an object.
#pragma once

#include <tenon/views.hpp>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A member for large objects that are zero except for a few numbers. Constant initialization would store
/// such a static object, with all its zeros, in the program's file (.data). With this member it is located in
/// .bss and set up when the program starts. The object may be used in a constant expression, but not be its
/// result.
class SetUpAtStart {
public:
    constexpr SetUpAtStart() noexcept {
        if (in_compiler()) {
            const char gone = 0; // no constant may point to an object whose lifetime has ended
            point_to(&gone);
        } else asm volatile(""); // clang would otherwise evaluate it again as a constant, as if at run time
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
