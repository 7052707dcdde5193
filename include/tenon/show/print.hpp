// print: summaries and confusion matrices.
#pragma once

#include <tenon/show/terminal.hpp>
#include <tenon/text/summary.hpp>
#include <tenon/train/confusion_matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Prints a Text, such as a summary.
template <std::size_t Size> void print(std::ostream& out, const Text<Size>& text) { out << text.view(); }

/// Prints the summary of a net.
template <class T, class... Layers> void print(std::ostream& out, const NetOf<T, Layers...>&) {
    print(out, summary<NetOf<T, Layers...>>());
}

namespace detail {

/// The columns of a printed confusion matrix: names of the classes, titles of the columns and their widths.
struct MatrixLayout {
    std::vector<std::string> names, titles;
    std::size_t name_width = 0, count_width = 1;

    template <std::size_t Classes>
    MatrixLayout(const ConfusionMatrix<Classes>& matrix, std::vector<std::string> given,
                 std::size_t terminal_columns)
        : names(std::move(given)) {
        for (std::size_t c = names.size(); c < Classes; ++c) names.push_back(std::to_string(c));
        for (const auto& row : matrix.counts)
            for (const std::size_t count : row)
                count_width = std::max(count_width, std::to_string(count).size());
        titles = names;
        name_width = longest_name();
        std::size_t total_width = name_width + 9; // with the column of shares
        for (std::size_t c = 0; c < names.size(); ++c) total_width += width(c);
        if (total_width > terminal_columns) use_numbers(Classes);
    }

    std::size_t width(std::size_t c) const {
        return 2 + std::max({titles[c].size(), count_width, std::size_t{5}});
    }

private:
    std::size_t longest_name() const {
        std::size_t longest = std::string_view{"precision"}.size();
        for (const std::string& name : names) longest = std::max(longest, name.size());
        return longest;
    }

    /// Columns get numbers as titles, and rows the same numbers before their names.
    void use_numbers(std::size_t classes) {
        for (std::size_t c = 0; c < classes; ++c) {
            titles[c] = std::to_string(c);
            if (names[c] != titles[c]) names[c] = titles[c] + "  " + names[c];
        }
        name_width = longest_name();
    }
};

} // namespace detail

/// Prints a confusion matrix: `print(std::cout, confusion_matrix(net, xs, ts), data.classes);`. It has a row
/// for each actual class, and a column for each predicted one; the last cell of both is the accuracy. Classes
/// without a name have their number. If the names do not fit the terminal, columns have numbers.
template <std::size_t Classes>
void print(std::ostream& out, const ConfusionMatrix<Classes>& matrix, std::vector<std::string> names = {}) {
    using namespace detail;
    const Terminal terminal{out};
    const MatrixLayout layout{matrix, std::move(names), terminal.columns};
    const auto share = [](double part, double total) { return total > 0 ? percent(part / total) : "-"; };
    // As doubles, whose sums do not overflow.
    const auto count = [&](std::size_t actual, std::size_t predicted) {
        return static_cast<double>(matrix.counts[actual][predicted]);
    };

    std::string titles = left("actual", layout.name_width);
    for (std::size_t c = 0; c < Classes; ++c) titles += right(layout.titles[c], layout.width(c));
    out << std::string(layout.name_width + 2, ' ') << "predicted\n"
        << terminal.styled("1", titles) << "   recall\n";
    double all_right = 0, all = 0;
    std::vector<double> predictions(Classes);
    for (std::size_t t = 0; t < Classes; ++t) {
        double samples = 0;
        out << terminal.styled("1", left(layout.names[t], layout.name_width));
        for (std::size_t c = 0; c < Classes; ++c) {
            const bool is_wrong = t != c && matrix.counts[t][c] > 0;
            const std::string_view style = t == c ? "32" : is_wrong ? "31" : "2"; // green, red, faint
            out << terminal.styled(style, right(std::to_string(matrix.counts[t][c]), layout.width(c)));
            samples += count(t, c);
            predictions[c] += count(t, c);
        }
        out << right(share(count(t, t), samples), 9) << '\n';
        all_right += count(t, t);
        all += samples;
    }
    out << left("precision", layout.name_width);
    for (std::size_t c = 0; c < Classes; ++c)
        out << right(share(count(c, c), predictions[c]), layout.width(c));
    out << right(share(all_right, all), 9) << '\n';
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
