// print: images side by side in a terminal.
#pragma once

#include <tenon/show/terminal.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// An image of one channel, `height` rows of `width` values, and a line of text below it.
struct Picture {
    std::size_t height = 0, width = 0;
    std::vector<double> values;
    std::string caption;

    Picture() = default;
    /// From the numbers of an image, such as channel c of a net's input: height * width of them.
    template <class Numbers>
    Picture(std::size_t rows, std::size_t columns, const Numbers& numbers, std::string text = {})
        : height(rows), width(columns), values(std::begin(numbers), std::end(numbers)),
          caption(std::move(text)) {
        values.resize(height * width);
    }
};

namespace detail {

/// The grey of a value: 0 of the smallest of a picture, 1 of the largest; 0 if it is not finite.
class Grey {
public:
    explicit Grey(const Picture& picture) {
        bool is_first = true;
        for (const double value : picture.values) {
            if (!math::is_finite(value)) continue;
            low_ = is_first ? value : std::min(low_, value);
            high_ = is_first ? value : std::max(high_, value);
            is_first = false;
        }
    }
    double operator()(double value) const {
        const double range = high_ / 2 - low_ / 2; // which may be too large for a double
        if (!math::is_finite(value) || !(range > 0)) return 0;
        return std::clamp((value / 2 - low_ / 2) / range, 0., 1.);
    }

private:
    double low_ = 0, high_ = 0;
};

/// Row `line` of a picture's characters. A character has the shape of two pixels, one above the other; a
/// pixel of an image of at most 12 rows is two characters.
class PictureLines {
public:
    PictureLines(const Picture& picture, bool colours)
        : picture_(picture), grey_(picture), colours_(colours), is_small_(picture.height <= 12) {}

    std::size_t lines() const { return is_small_ ? picture_.height : (picture_.height + 1) / 2; }
    std::size_t columns() const { return is_small_ ? 2 * picture_.width : picture_.width; }

    std::string line(std::size_t number) const {
        std::string text;
        if (number >= lines()) return std::string(columns(), ' ');
        for (std::size_t column = 0; column < picture_.width; ++column) {
            if (is_small_) text += repeated(cell(at(number, column), at(number, column)), 2);
            else text += cell(at(2 * number, column), at(2 * number + 1, column));
        }
        return colours_ ? text + "\x1b[m" : text;
    }

private:
    double at(std::size_t row, std::size_t column) const {
        return row < picture_.height ? grey_(picture_.values[row * picture_.width + column]) : 0;
    }
    /// With colours, the upper half of a cell in the foreground and the lower in the background, of the 24
    /// greys of a terminal; else a character that is the darker the larger the mean.
    std::string cell(double upper, double lower) const {
        const auto level = [](double grey, double levels) {
            return static_cast<std::size_t>(grey * levels + 0.5);
        };
        if (!colours_) {
            constexpr std::string_view shades = " .:-=+*#%@";
            return std::string(1, shades[level((upper + lower) / 2, 9)]);
        }
        return "\x1b[38;5;" + std::to_string(232 + level(upper, 23)) + ";48;5;" +
               std::to_string(232 + level(lower, 23)) + "m\xe2\x96\x80"; // upper half block
    }

    const Picture& picture_;
    Grey grey_;
    bool colours_, is_small_;
};

} // namespace detail

/// Prints pictures side by side, as many as fit the terminal, with their captions below. Each has its own
/// range of values: the largest is white in a terminal with colours, and the darkest character in others.
///     print(std::cout, std::vector{Picture{28, 28, image, "a 7"}});
inline void print(std::ostream& out, std::span<const Picture> pictures) {
    using namespace detail;
    const Terminal terminal{out};
    constexpr std::size_t gap = 2;
    const auto width = [](const Picture& picture) {
        return std::max(PictureLines(picture, false).columns(), picture.caption.size()) + gap;
    };
    for (std::size_t first = 0, end = 0; first < pictures.size(); first = end) {
        std::size_t columns = width(pictures[first]), lines = 0;
        for (end = first + 1; end < pictures.size(); ++end) {
            if (columns + width(pictures[end]) > terminal.columns) break;
            columns += width(pictures[end]);
        }
        const std::span<const Picture> row = pictures.subspan(first, end - first);
        bool captions = false;
        for (const Picture& picture : row) {
            lines = std::max(lines, PictureLines(picture, false).lines());
            captions = captions || !picture.caption.empty();
        }
        for (std::size_t line = 0; line < lines; ++line) {
            for (const Picture& picture : row) {
                const PictureLines of{picture, terminal.colours};
                out << of.line(line) << std::string(width(picture) - of.columns(), ' ');
            }
            out << '\n';
        }
        if (captions) {
            for (const Picture& picture : row) out << left(picture.caption, width(picture));
            out << '\n';
        }
    }
}
inline void print(std::ostream& out, const std::vector<Picture>& pictures) {
    print(out, std::span<const Picture>(pictures));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
