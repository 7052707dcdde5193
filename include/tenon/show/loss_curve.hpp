// print of a History: draws the curves of the losses with Braille dots.
#pragma once

#include <tenon/show/canvas.hpp>
#include <tenon/show/terminal.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/train/history.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// A picture of the losses of a history, with `rows` lines, the loss at the left and the epochs below.
class LossCurves {
    static constexpr std::size_t rows = 12, labels = 12;

    struct Curve {
        double Epoch::* loss;
        std::string_view name, colour;
        bool dotted;
        Canvas canvas;
        std::optional<double> end = {}; // height of the last dot, 0 to 1 from the top
    };

    Terminal terminal_;
    std::vector<Epoch> epochs_;
    std::size_t best_;
    double lowest_, highest_;
    std::vector<std::string> ticks_;
    std::size_t margin_, columns_;
    std::array<Curve, 2> curves_;

public:
    /// Requires at least two epochs. `lowest` and `highest` are those of the finite losses.
    LossCurves(const std::ostream& out, std::vector<Epoch> epochs, std::size_t best, double lowest,
               double highest)
        : terminal_(out), epochs_(std::move(epochs)), best_(best), lowest_(lowest), highest_(highest),
          ticks_(loss_ticks()), margin_(longest(ticks_) + 2),
          columns_(std::clamp<std::size_t>(terminal_.columns, 33 + margin_, 110) - margin_ - labels),
          curves_{Curve{&Epoch::loss, "training", "36", false, {columns_, rows}},
                  Curve{&Epoch::validation_loss, "validation", "33", true, {columns_, rows}}} {
        for (Curve& curve : curves_) draw(curve);
    }

    void print(std::ostream& out) const {
        const std::vector<std::string> names = curve_names();
        out << right("loss", margin_ - 2) << (logarithmic() ? "   (logarithmic)\n" : "\n");
        for (std::size_t row = 0; row < rows; ++row) {
            out << right(ticks_[row], margin_ - 2) << (ticks_[row].empty() ? " │" : " ┤");
            for (std::size_t column = 0; column < columns_; ++column) {
                std::string cell = " ";
                for (const Curve& curve : curves_)
                    if (const std::string dots = curve.canvas.cell(row, column); !dots.empty())
                        cell = terminal_.styled(curve.colour, dots);
                out << cell;
            }
            out << (names[row].empty() ? "\n" : ' ' + names[row] + '\n');
        }
        print_epochs(out);
    }

private:
    static std::size_t longest(const std::vector<std::string>& texts) {
        std::size_t size = 5;
        for (const std::string& text : texts) size = std::max(size, text.size());
        return size;
    }

    bool logarithmic() const { return lowest_ > 0 && highest_ / 10 > lowest_; }
    ChartAxis losses() const { return {lowest_, highest_, logarithmic()}; }
    ChartAxis numbers() const {
        return {static_cast<double>(epochs_.front().number), static_cast<double>(epochs_.back().number),
                false, 1e-12};
    }

    /// Draws the loss at each dot of the width, joined to the previous one; the dotted curve omits half of
    /// them.
    void draw(Curve& curve) const {
        const std::size_t dots = curve.canvas.dots_across();
        for (std::size_t x = 0; x < dots; ++x) {
            const double at = static_cast<double>(x * (epochs_.size() - 1)) / static_cast<double>(dots - 1);
            const auto before = std::min(static_cast<std::size_t>(at), epochs_.size() - 2);
            const double weight = at - static_cast<double>(before);
            const double from = epochs_[before].*curve.loss, to = epochs_[before + 1].*curve.loss;
            const double loss = !(weight > 0) ? from : !(weight < 1) ? to : (1 - weight) * from + weight * to;
            if (!math::is_finite(loss)) continue;
            const double y = 1 - losses()(loss);
            if (!curve.dotted || x % 4 < 2) curve.canvas.column(x, curve.end.value_or(y), y);
            curve.end = y;
        }
    }

    std::vector<std::string> loss_ticks() const {
        std::vector<std::string> ticks(rows);
        for (const double number : losses().round_numbers()) {
            const std::size_t row = place(1 - losses()(number), rows);
            if (!ticks[row].empty() || (row > 0 && !ticks[row - 1].empty()) ||
                (row + 1 < rows && !ticks[row + 1].empty()))
                continue;
            std::array<char, 32> text; // as %.7g: multiples of 0.1 without rounding errors
            const auto end =
                std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::general, 7)
                    .ptr;
            ticks[row] = std::string{text.data(), end};
        }
        return ticks;
    }

    /// The lines' labels: each curve's name in the line in which it ends, or in the next line if that is
    /// taken.
    std::vector<std::string> curve_names() const {
        std::vector<std::string> names(rows);
        for (const Curve& curve : curves_) {
            if (!curve.end) continue;
            std::size_t row = place(*curve.end, rows);
            if (!names[row].empty()) row = row + 1 < rows ? row + 1 : row - 1;
            names[row] = terminal_.styled(curve.colour, curve.name);
        }
        return names;
    }

    void print_epochs(std::ostream& out) const {
        const auto column = [&](double number) { return place(numbers()(number), columns_); };
        std::vector<std::string> axis(columns_, "─");
        std::string labels_below;
        const auto mark = [&](double number) {
            if (number < std::floor(number) || number > std::floor(number)) return;
            std::array<char, 32> digits;
            const std::string text{digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(),
                                                                number, std::chars_format::fixed, 0)
                                                      .ptr};
            const std::size_t middle = margin_ + column(number),
                              begin = middle - std::min(middle, (text.size() - 1) / 2);
            if (!labels_below.empty() && begin < labels_below.size() + 2) return; // too close to the last one
            axis[column(number)] = "┬";
            labels_below += std::string(begin - labels_below.size(), ' ') + text;
        };
        mark(static_cast<double>(epochs_.front().number));
        for (const double number : numbers().round_numbers()) mark(number);
        axis[column(static_cast<double>(best_))] = "▲";
        out << std::string(margin_ - 1, ' ') << "└";
        for (const std::string& piece : axis) out << piece;
        out << " ▲ best\n" << left(labels_below, margin_ + columns_) << " epoch\n";
    }
};

} // namespace detail

/// Draws the losses over the epochs, in the terminal's width: `print(std::cout, history);`. The training loss
/// is a solid line, the validation loss a dotted one; losses that are not finite are left out. The axis of
/// the losses is logarithmic if they are positive and span more than a decade. A single epoch is printed as a
/// line of text.
template <class E> void print(std::ostream& out, const HistoryOf<E>& history) {
    using namespace detail;
    double lowest = std::numeric_limits<double>::max(), highest = std::numeric_limits<double>::lowest();
    bool any = false;
    for (const Epoch& epoch : history.epochs())
        for (const double loss : {epoch.loss, epoch.validation_loss}) {
            if (!math::is_finite(loss)) continue;
            lowest = std::min(lowest, loss);
            highest = std::max(highest, loss);
            any = true;
        }
    const std::size_t count = history.epochs().size();
    if (count >= 2 && any)
        return LossCurves{
            out, {history.epochs().begin(), history.epochs().end()}, history.best.number, lowest, highest}
            .print(out);
    if (count == 0) return;
    const Epoch& last = history.epochs().back();
    out << "epoch " << std::to_string(last.number) << "  loss " << significant(last.loss, 3);
    if (!math::is_nan(last.validation_loss)) out << ", validation " << significant(last.validation_loss, 3);
    out << '\n';
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
