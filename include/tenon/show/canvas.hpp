// Canvas and ChartAxis: curves drawn with characters, and axes with round numbers.
#pragma once

#include <tenon/version.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The nearest of `count` positions to a fraction of the way from the first (0) to the last (1).
inline std::size_t place(double fraction, std::size_t count) {
    if (count == 0) return 0;
    return static_cast<std::size_t>(std::clamp(fraction, 0., 1.) * static_cast<double>(count - 1) + 0.5);
}

/// Dots in cells of 2 x 4, which are printed as Unicode's Braille patterns.
class Canvas {
public:
    Canvas(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows), cells_(columns * rows) {}

    /// Number of dots in a row.
    std::size_t dots_across() const { return 2 * columns_; }

    /// Sets the dots of column x (0 to dots_across() - 1, from the left) between two heights (0 to 1, from
    /// the top).
    void column(std::size_t x, double from, double to) {
        constexpr unsigned char bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
        if (cells_.empty() || x >= dots_across()) return;
        const auto [first, last] = std::minmax({place(from, 4 * rows_), place(to, 4 * rows_)});
        for (std::size_t y = first; y <= last; ++y) cells_[y / 4 * columns_ + x / 2] |= bits[y % 4][x % 2];
    }

    /// A cell in UTF-8: U+2800 + its dots. Empty if it has no dots or does not exist.
    std::string cell(std::size_t row, std::size_t column) const {
        if (row >= rows_ || column >= columns_) return {};
        const unsigned char dots = cells_[row * columns_ + column];
        if (dots == 0) return {};
        return {'\xe2', static_cast<char>(0xa0 | dots >> 6), static_cast<char>(0x80 | (dots & 0x3f))};
    }

private:
    std::size_t columns_, rows_;
    std::vector<unsigned char> cells_;
};

/// Maps values to positions along an axis, from 0 to 1, linearly or by their logarithms. `low` and `high` are
/// any finite numbers. A range of less than `min_range` times the largest absolute value is widened, because
/// its round numbers would have many digits: values that differ by less are drawn as equal.
class ChartAxis {
public:
    ChartAxis(double low, double high, bool logarithmic, double min_range = 1e-5)
        : logarithmic_(logarithmic), low_(low), high_(high) {
        const double largest = std::max(std::abs(low), std::abs(high)),
                     limit = std::max(min_range * largest, 1e-300);
        if (high / 4 - low / 4 >= limit / 4) return;
        const double height = low > 0 || low < 0 ? std::max(std::abs(low), 1e-300) : 1;
        high_ = std::min(low / 2 + height / 2, std::numeric_limits<double>::max() / 2) * 2;
        if (high_ / 4 - low_ / 4 < limit / 4) low_ = low / 2; // if high_ is limited by the largest double
    }

    /// Position of a value.
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
            const int first = static_cast<int>(std::floor(std::log10(low_))),
                      last = static_cast<int>(std::floor(std::log10(high_)));
            for (const double factor : {1., 5., 2.})
                for (int power = first; power <= last; ++power) add(factor * std::pow(10., power));
            return numbers;
        }
        const double quarter = high_ / 4 - low_ / 4; // of the range, which may be too large for a double
        const double decade = std::pow(10., std::floor(std::log10(2 * quarter))),
                     decades = 4 * (quarter / decade);
        const double step = decade * (decades > 10 ? 5 : decades > 5 ? 2 : 1);
        const auto first = static_cast<std::int64_t>(std::ceil(low_ / step)),
                   last = static_cast<std::int64_t>(std::floor(high_ / step));
        for (std::int64_t count = first; count <= last; ++count) add(static_cast<double>(count) * step);
        return numbers;
    }

private:
    double scaled(double value) const { return logarithmic_ ? std::log(value) : value / 4; }

    bool logarithmic_;
    double low_, high_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
