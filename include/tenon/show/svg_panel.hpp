// SvgPanel: curves over the epochs as part of an SVG picture.
#pragma once

#include <tenon/show/canvas.hpp>
#include <tenon/simd/primitives.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A coordinate with one digit after the point.
inline std::string svg_number(double value) {
    std::array<char, 400> text;
    return {text.data(),
            std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1).ptr};
}
/// A round number as short as possible.
inline std::string svg_tick(double value) {
    std::array<char, 32> text;
    return {text.data(),
            std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6).ptr};
}
inline std::string svg_escaped(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c == '&') out += "&amp;";
        else if (c == '<') out += "&lt;";
        else if (c == '>') out += "&gt;";
        else out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    return out;
}
/// An estimate of a text's width: 12 px high letters of a sans-serif font are at most 7 px wide on average.
inline double svg_width(std::string_view text) { return 7. * static_cast<double>(text.size()); }

/// Where a panel lies in the picture, in pixels.
struct SvgFrame {
    double left, top, width, height;
};

struct SvgCurve {
    std::string name;
    const std::vector<double>* values;
    std::size_t colour;
};

/// One panel: a title, an axis of values, an axis of epochs, curves, and their names at their right ends.
/// Values that are not finite leave a gap.
class SvgPanel {
public:
    SvgPanel(std::string title, std::vector<SvgCurve> curves, const std::vector<std::size_t>& epochs,
             std::size_t best, SvgFrame frame)
        : title_(std::move(title)), curves_(std::move(curves)), epochs_(epochs), best_(best), frame_(frame),
          range_(range_of(curves_)), logarithmic_(range_.first > 0 && range_.second / 10 > range_.first),
          values_(axis()),
          numbers_(static_cast<double>(epochs.front()), static_cast<double>(epochs.back()), false, 1e-12) {}

    std::string svg() const {
        std::string out = text("title", frame_.left - 52, frame_.top - 14,
                               svg_escaped(title_) + (logarithmic_ ? " (logarithmic)" : ""));
        out += value_axis() + epoch_axis() + best_mark();
        for (const SvgCurve& curve : curves_) out += line_of(curve);
        return out + curve_names();
    }

private:
    static std::pair<double, double> range_of(const std::vector<SvgCurve>& curves) {
        double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
        for (const SvgCurve& curve : curves)
            for (const double value : *curve.values) {
                if (!math::is_finite(value)) continue;
                low = std::min(low, value);
                high = std::max(high, value);
            }
        return {low, high};
    }
    /// The range with a margin, so that no curve touches the frame.
    ChartAxis axis() const {
        const auto [low, high] = range_;
        if (logarithmic_) {
            const double margin = std::pow(10., 0.04 * (std::log10(high) - std::log10(low))),
                         below = low / margin, above = high * margin;
            return {below > 0 ? below : low, math::is_finite(above) ? above : high, true};
        }
        double margin = 0.1 * (high / 2 - low / 2);
        const double size = std::max(std::abs(low), std::abs(high));
        if (!(margin > 1e-6 * size)) margin = size > 0 ? size / 2 : 0.5; // equal values: in the middle
        if (!math::is_finite(high + margin) || !math::is_finite(low - margin)) return {low, high, false};
        return {low >= 0 ? std::max(0., low - margin) : low - margin, high + margin, false};
    }

    double x_of(double epoch) const { return frame_.left + frame_.width * numbers_(epoch); }
    double y_of(double value) const {
        return frame_.top + frame_.height * (1 - std::clamp(values_(value), 0., 1.));
    }

    static std::string text(std::string_view kind, double x, double y, const std::string& content) {
        return "<text class=\"" + std::string{kind} + "\" x=\"" + svg_number(x) + "\" y=\"" + svg_number(y) +
               "\">" + content + "</text>\n";
    }
    static std::string line(std::string_view kind, double x1, double y1, double x2, double y2) {
        return "<line class=\"" + std::string{kind} + "\" x1=\"" + svg_number(x1) + "\" y1=\"" +
               svg_number(y1) + "\" x2=\"" + svg_number(x2) + "\" y2=\"" + svg_number(y2) + "\"/>\n";
    }

    /// Round numbers that keep `distance` from each other, the roundest first.
    template <class Place>
    static std::vector<double> spaced(const std::vector<double>& numbers, Place place, double distance) {
        std::vector<double> spaced_numbers;
        for (const double number : numbers)
            if (std::none_of(spaced_numbers.begin(), spaced_numbers.end(),
                             [&](double other) { return std::abs(place(number) - place(other)) < distance; }))
                spaced_numbers.push_back(number);
        return spaced_numbers;
    }

    std::string value_axis() const {
        std::string out;
        for (const double number : spaced(values_.round_numbers(), [&](double v) { return y_of(v); }, 17)) {
            out += line("grid", frame_.left, y_of(number), frame_.left + frame_.width, y_of(number));
            out += text("value", frame_.left - 8, y_of(number) + 4, svg_tick(number));
        }
        return out;
    }
    std::string epoch_axis() const {
        const double bottom = frame_.top + frame_.height;
        std::string out = line("axis", frame_.left, bottom, frame_.left + frame_.width, bottom);
        std::vector<double> whole{static_cast<double>(epochs_.front())};
        for (const double number : numbers_.round_numbers())
            if (!(number < std::floor(number) || number > std::floor(number))) whole.push_back(number);
        double widest = 0;
        for (const double number : whole) widest = std::max(widest, svg_width(svg_tick(number)));
        for (const double number : spaced(whole, [&](double n) { return x_of(n); }, widest + 12)) {
            out += line("axis", x_of(number), bottom, x_of(number), bottom + 4);
            out += text("epoch", x_of(number), bottom + 17, svg_tick(number));
        }
        return out;
    }
    std::string best_mark() const {
        if (best_ < epochs_.front() || best_ > epochs_.back() || epochs_.size() < 2) return {};
        const double x = x_of(static_cast<double>(best_));
        const std::string label = std::string{"best: epoch "} + std::to_string(best_);
        const double half = svg_width(label) / 2;
        const double middle = std::clamp(x, frame_.left + half, frame_.left + frame_.width - half);
        return line("best", x, frame_.top, x, frame_.top + frame_.height) +
               text("epoch", middle, frame_.top - 5, label);
    }

    std::string line_of(const SvgCurve& curve) const {
        const std::string colour = std::to_string(curve.colour);
        std::string path, dots;
        for (std::size_t i = 0; i < epochs_.size(); ++i) {
            const double value = (*curve.values)[i];
            if (!math::is_finite(value)) continue;
            const bool joined = i > 0 && math::is_finite((*curve.values)[i - 1]),
                       joins = i + 1 < epochs_.size() && math::is_finite((*curve.values)[i + 1]);
            const std::string x = svg_number(x_of(static_cast<double>(epochs_[i]))),
                              y = svg_number(y_of(value));
            path += (joined ? "L" : "M") + x + ' ' + y;
            if (!joined && !joins)
                dots += "<circle class=\"f" + colour + "\" cx=\"" + x + "\" cy=\"" + y + "\" r=\"2.5\"/>\n";
        }
        if (path.find('L') == std::string::npos) return dots;
        return "<path class=\"curve s" + colour + "\" d=\"" + path + "\"/>\n" + dots;
    }

    /// The names, at the height of the last finite value, moved apart where they would overlap.
    std::string curve_names() const {
        constexpr double distance = 15;
        struct Name {
            double y;
            const SvgCurve* curve;
        };
        std::vector<Name> names;
        for (const SvgCurve& curve : curves_) {
            double y = frame_.top + frame_.height / 2;
            for (const double value : *curve.values)
                if (math::is_finite(value)) y = y_of(value);
            names.push_back({y, &curve});
        }
        std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
            return a.y < b.y || (a.y <= b.y && a.curve < b.curve);
        });
        for (std::size_t i = 1; i < names.size(); ++i)
            names[i].y = std::max(names[i].y, names[i - 1].y + distance);
        double limit = frame_.top + frame_.height;
        for (std::size_t i = names.size(); i-- > 0;) {
            names[i].y = std::min(names[i].y, limit);
            limit = names[i].y - distance;
        }
        std::string out;
        for (const Name& name : names)
            out += text(std::string{"f"} + std::to_string(name.curve->colour), frame_.left + frame_.width + 8,
                        name.y + 4, svg_escaped(name.curve->name));
        return out;
    }

    std::string title_;
    std::vector<SvgCurve> curves_;
    const std::vector<std::size_t>& epochs_;
    std::size_t best_;
    SvgFrame frame_;
    std::pair<double, double> range_;
    bool logarithmic_;
    ChartAxis values_, numbers_;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
