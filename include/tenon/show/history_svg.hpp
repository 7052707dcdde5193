// write_curves: the curves of a history as an SVG picture.
#pragma once

#include <tenon/io/write_file.hpp>
#include <tenon/show/history_table.hpp>
#include <tenon/show/svg_panel.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The colours of a picture.
enum class Theme {
    automatic, ///< light or dark, as the viewer prefers (CSS prefers-color-scheme)
    light,
    dark,
};

namespace detail {

/// The colours of one theme.
struct SvgColours {
    std::string_view background, text, soft, grid;
    std::array<std::string_view, 6> curves; // after Okabe and Ito, 2008, for colour-blind readers too
};
inline constexpr SvgColours svg_light{"#ffffff",
                                      "#24292f",
                                      "#57606a",
                                      "#e4e8ec",
                                      {"#0072b2", "#d55e00", "#008a66", "#9c4f96", "#a07800", "#3a7fa8"}},
    svg_dark{"#0d1117",
             "#e6edf3",
             "#9aa4ae",
             "#262c34",
             {"#56b4e9", "#f0883e", "#3fcf9f", "#d59bd0", "#f0d043", "#9fd3f0"}};

/// CSS without variables, which not all viewers know.
inline std::string svg_rules(const SvgColours& colours) {
    std::string out;
    const auto rule = [&](std::string_view what, std::string_view property, std::string_view colour) {
        ((((out += what) += '{') += property) += ':') += colour;
        out += "}\n";
    };
    rule(".back", "fill", colours.background);
    rule(".title", "fill", colours.text);
    rule(".value,.epoch", "fill", colours.soft);
    rule(".grid", "stroke", colours.grid);
    rule(".axis,.best", "stroke", colours.soft);
    for (std::size_t c = 0; c < colours.curves.size(); ++c) {
        rule(std::string{".s"} + std::to_string(c), "stroke", colours.curves[c]);
        rule(std::string{".f"} + std::to_string(c), "fill", colours.curves[c]);
    }
    return out;
}

inline std::string svg_style(Theme theme) {
    std::string out = "text{font-family:system-ui,sans-serif;font-size:12px}\n"
                      ".title{font-size:13px;font-weight:600}\n"
                      ".value{text-anchor:end}\n.epoch{text-anchor:middle}\n"
                      ".best{stroke-dasharray:3 3}\n"
                      ".curve{fill:none;stroke-width:1.75;stroke-linejoin:round}\n" +
                      svg_rules(theme == Theme::dark ? svg_dark : svg_light);
    if (theme == Theme::automatic)
        out += "@media (prefers-color-scheme:dark){\n" + svg_rules(svg_dark) + "}\n";
    return out;
}

inline bool has_numbers(const HistoryColumn& column) {
    return std::any_of(column.values.begin(), column.values.end(),
                       [](double value) { return math::is_finite(value); });
}

/// The curves of one panel.
struct SvgGroup {
    std::string title;
    std::vector<SvgCurve> curves;
    double height;
};

/// The panels: losses; metrics from 0 to 1 together, each of the others alone; the learning rate.
inline std::vector<SvgGroup> svg_groups(const HistoryTable& table) {
    std::vector<SvgGroup> groups;
    SvgGroup losses{"loss", {}, 190}, shares{"metrics", {}, 150};
    if (has_numbers(table.loss)) losses.curves.push_back({"training", &table.loss.values, 0});
    if (has_numbers(table.validation_loss))
        losses.curves.push_back({"validation", &table.validation_loss.values, 1});
    if (!losses.curves.empty()) groups.push_back(losses);
    std::vector<SvgGroup> others;
    std::size_t colour = 2;
    for (const HistoryColumn& metric : table.metrics) {
        if (!has_numbers(metric)) continue;
        const bool is_share = std::all_of(metric.values.begin(), metric.values.end(), [](double value) {
            return !math::is_finite(value) || (value >= 0 && value <= 1);
        });
        const SvgCurve curve{metric.name, &metric.values, is_share ? colour++ % 6 : 2};
        if (is_share) shares.curves.push_back(curve);
        else others.push_back({metric.name, {curve}, 110});
    }
    if (shares.curves.size() == 1) shares.title = shares.curves[0].name;
    if (!shares.curves.empty()) groups.push_back(shares);
    groups.insert(groups.end(), others.begin(), others.end());
    if (has_numbers(table.learning_rate))
        groups.push_back({"learning rate", {{"learning rate", &table.learning_rate.values, 5}}, 90});
    return groups;
}

inline std::string svg_of(const HistoryTable& table, Theme theme) {
    constexpr double width = 760, left = 68, above = 44, below = 30;
    const std::vector<SvgGroup> groups = table.epochs.empty() ? std::vector<SvgGroup>{} : svg_groups(table);
    double names = 0, height = 0;
    for (const SvgGroup& group : groups) {
        height += above + std::max(group.height, 16. * static_cast<double>(group.curves.size())) + below;
        for (const SvgCurve& curve : group.curves) names = std::max(names, svg_width(curve.name));
    }
    height = std::max(height + 8, 40.);
    const double right = std::min(names + 16, width / 2);
    const std::string size = svg_number(width) + "\" height=\"" + svg_number(height);
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" viewBox=\"0 0 " +
                      svg_number(width) + ' ' + svg_number(height) +
                      "\" role=\"img\">\n<title>training</title>\n" + "<style>\n" + svg_style(theme) +
                      "</style>\n<rect class=\"back\" width=\"" + size + "\"/>\n";
    double top = 0;
    for (const SvgGroup& group : groups) {
        const double inner = std::max(group.height, 16. * static_cast<double>(group.curves.size()));
        out += SvgPanel{group.title,
                        group.curves,
                        table.epochs,
                        table.best,
                        {left, top + above, width - left - right, inner}}
                   .svg();
        top += above + inner + below;
    }
    if (groups.empty()) out += "<text class=\"title\" x=\"16\" y=\"25\">no epochs</text>\n";
    return out + "</svg>\n";
}

} // namespace detail

/// Writes the losses, the metrics and the learning rate of a history over its epochs as an SVG picture. An
/// axis is logarithmic if its values are positive and span more than a decade; the best epoch is marked. An
/// old file stays as it is until the new one is complete. Throws Error.
template <class E>
void write_curves(const HistoryOf<E>& history, const std::filesystem::path& path,
                  Theme theme = Theme::automatic) {
    detail::write_file(path, detail::svg_of(detail::HistoryTable{history}, theme));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
