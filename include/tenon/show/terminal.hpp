// Terminal: width and colours of a stream's terminal; numbers, times and columns as text.
#pragma once

#include <tenon/math/math.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#if __has_include(<sys/ioctl.h>) && __has_include(<unistd.h>)
#include <sys/ioctl.h>
#include <unistd.h>
#endif

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Standard output and error may be terminals; other streams count as files. So does a terminal without
/// control sequences (TERM=dumb). NO_COLOR turns colours off (no-color.org).
struct Terminal {
    bool is_terminal = false;
    bool colours = false;
    std::size_t columns = 80;

    explicit Terminal(const std::ostream& out) {
#if __has_include(<sys/ioctl.h>) && __has_include(<unistd.h>)
        const int file = &out == &std::cout                         ? STDOUT_FILENO
                         : &out == &std::cerr || &out == &std::clog ? STDERR_FILENO
                                                                    : -1;
        const char* kind = std::getenv("TERM");
        is_terminal = file >= 0 && isatty(file) && kind && std::string_view{kind} != "dumb";
        const char* no_colour = std::getenv("NO_COLOR");
        colours = is_terminal && !(no_colour && *no_colour);
        winsize size{};
        if (is_terminal && ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) columns = size.ws_col;
#else
        static_cast<void>(out);
#endif
    }

    /// `text` in an ANSI style, such as "1" for bold or "36" for cyan; unchanged if there are no colours.
    std::string styled(std::string_view style, std::string_view text) const {
        if (!colours) return std::string{text};
        return "\x1b[" + std::string{style} + 'm' + std::string{text} + "\x1b[m";
    }
};

/// 98.4% for 0.98364; a dash if it is not finite.
inline std::string percent(double share) {
    if (!math::is_finite(share)) return "-";
    std::array<char, 400> text; // enough for every double
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), 100 * share, std::chars_format::fixed, 1).ptr;
    return std::string{text.data(), end} + '%';
}

/// `value` with this number of significant digits, as printf's %#g.
inline std::string significant(double value, int digits) {
    std::array<char, 32> text;
    const double size = std::abs(value);
    const bool zero = !(size > 0), plain = math::is_finite(value) && (zero || (size >= 1e-4 && size < 1e6));
    const int digits_before = zero || !plain ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const int digits_after = plain ? std::max(0, digits - digits_before) : digits - 1;
    return {text.data(),
            std::to_chars(text.data(), text.data() + text.size(), value, format, digits_after).ptr};
}

/// A time as 0.25 s, 12 s, 3 min 20 s.
inline std::string duration(double seconds) {
    if (!math::is_finite(seconds) || !(seconds >= 0 && seconds < 1e9)) return "?";
    if (seconds < 10) return significant(seconds, 2) + " s";
    const auto whole = static_cast<long>(seconds + 0.5);
    if (whole < 60) return std::to_string(whole) + " s";
    return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
}

/// `text` aligned to the right, or left, of a field of `columns` characters.
inline std::string right(const std::string& text, std::size_t columns) {
    return std::string(columns - std::min(columns, text.size()), ' ') + text;
}
inline std::string left(const std::string& text, std::size_t columns) {
    return text + std::string(columns - std::min(columns, text.size()), ' ');
}
inline std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
