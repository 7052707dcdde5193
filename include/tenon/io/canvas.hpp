// Curves drawn with characters: dots on a canvas, and axes with round numbers.
#pragma once

#include <tenon/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace tenon::inline TENON_ABI::detail {

/// `share` of the way along `count` places, 0 to 1 from the first to the last.
inline std::size_t place(double share, std::size_t count) {
    return static_cast<std::size_t>(std::clamp(share, 0., 1.) * static_cast<double>(count - 1) + 0.5);
}

/// Dots in cells of 2 x 4, as Unicode's Braille patterns have them.
class Canvas {
public:
    Canvas(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows), cells_(columns * rows) {}

    std::size_t dots_across() const { return 2 * columns_; }

    /// Sets the dots at x from the left, 0 to dots_across() - 1, between two places from the top, 0 to 1.
    void column(std::size_t x, double from, double to) {
        constexpr unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
        const auto [first, last] = std::minmax({place(from, 4 * rows_), place(to, 4 * rows_)});
        for (std::size_t y = first; y <= last; ++y) cells_[y / 4 * columns_ + x / 2] |= bits[y % 4][x % 2];
    }

    /// The cell as UTF-8 of U+2800 + its dots; empty where there are none.
    std::string cell(std::size_t row, std::size_t column) const {
        const unsigned char dots = cells_[row * columns_ + column];
        if (dots == 0) return {};
        return {'\xe2', static_cast<char>(0xa0 | dots >> 6), static_cast<char>(0x80 | (dots & 0x3f))};
    }

private:
    std::size_t columns_, rows_;
    std::vector<unsigned char> cells_;
};

/// Places of values along an axis, from 0 to 1: by their logarithms where that is asked for.
class Axis {
public:
    Axis(double low, double high, bool logarithmic) : logarithmic_(logarithmic), low_(low), high_(high) {
        if (!(high_ > low_)) high_ = low_ + (low_ == 0 ? 1 : std::abs(low_)); // a curve without height
    }

    double operator()(double value) const {
        return (scaled(value) - scaled(low_)) / (scaled(high_) - scaled(low_));
    }

    /// Round numbers within the range, the roundest first.
    std::vector<double> round_numbers() const {
        std::vector<double> numbers;
        const auto add = [&](double number) {
            if (number >= low_ && number <= high_) numbers.push_back(number);
        };
        if (logarithmic_) {
            for (const double factor : {1., 5., 2.})
                for (double power = std::floor(std::log10(low_)); power <= std::log10(high_); ++power)
                    add(factor * std::pow(10., power));
            return numbers;
        }
        const double decade = std::pow(10., std::floor(std::log10((high_ - low_) / 2))),
                     decades = (high_ - low_) / decade;
        const double step = decade * (decades > 10 ? 5 : decades > 5 ? 2 : 1);
        for (double count = std::ceil(low_ / step); count * step <= high_; ++count) add(count * step);
        return numbers;
    }

private:
    double scaled(double value) const { return logarithmic_ ? std::log(value) : value; }

    bool logarithmic_;
    double low_, high_;
};

} // namespace tenon
