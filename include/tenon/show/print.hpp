// print: summaries and confusion matrices for people.
#pragma once

#include <tenon/show/terminal.hpp>
#include <tenon/text/summary.hpp>
#include <tenon/train/evaluate.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A summary, or any other text that the core makes.
template <std::size_t Size> void print(std::ostream& out, const Text<Size>& text) { out << text.view(); }

/// The summary of a net.
template <class T, class... Layers> void print(std::ostream& out, const NetOf<T, Layers...>&) {
    print(out, summary<NetOf<T, Layers...>>());
}

/// A confusion matrix: a row for each class that samples had, a column for each answer that they were given;
/// at a row's end the share of the class that was found, at a column's foot the share of the answers that
/// were right. Classes without a name are counted from 0. Where names do not fit the terminal, columns have
/// numbers.
template <std::size_t Classes>
void print(std::ostream& out, const ConfusionMatrix<Classes>& matrix, std::vector<std::string> names = {}) {
    using namespace detail;
    const Terminal terminal{out};
    for (std::size_t c = names.size(); c < Classes; ++c) names.push_back(std::to_string(c));
    std::size_t longest = std::string_view{"class"}.size(), largest = 1, together = 0;
    for (const std::string& name : names) longest = std::max(longest, name.size());
    for (const auto& row : matrix.counts)
        for (const std::size_t count : row) largest = std::max(largest, std::to_string(count).size());
    for (const std::string& name : names) together += 2 + std::max({name.size(), largest, std::size_t{5}});
    std::vector<std::string> titles = names;
    if (longest + together + 9 > terminal.columns)
        for (std::size_t c = 0; c < Classes; ++c) {
            titles[c] = std::to_string(c);
            if (names[c] != titles[c]) names[c] = titles[c] + "  " + names[c];
        }
    for (const std::string& name : names) longest = std::max(longest, name.size());
    const auto width = [&](std::size_t c) {
        return 2 + std::max({titles[c].size(), largest, std::size_t{5}});
    };
    const auto share = [](double part, double of) { return of > 0 ? percent(part / of) : "-"; };
    const auto count = [&](std::size_t target, std::size_t answer) { // as doubles, whose sums do not overflow
        return static_cast<double>(matrix.counts[target][answer]);
    };

    std::string line = left("class", longest);
    for (std::size_t c = 0; c < Classes; ++c) line += right(titles[c], width(c));
    out << std::string(longest + 2, ' ') << "answer\n" << terminal.styled("1", line) << "    found\n";
    double all_right = 0, all = 0;
    std::vector<double> answers(Classes);
    for (std::size_t t = 0; t < Classes; ++t) {
        double samples = 0;
        out << terminal.styled("1", left(names[t], longest));
        for (std::size_t c = 0; c < Classes; ++c) {
            out << terminal.styled(t == c                    ? "32"
                                   : matrix.counts[t][c] > 0 ? "31"
                                                             : "2",
                                   right(std::to_string(matrix.counts[t][c]), width(c)));
            samples += count(t, c);
            answers[c] += count(t, c);
        }
        out << right(share(count(t, t), samples), 9) << '\n';
        all_right += count(t, t);
        all += samples;
    }
    out << left("right", longest);
    for (std::size_t c = 0; c < Classes; ++c) out << right(share(count(c, c), answers[c]), width(c));
    out << right(share(all_right, all), 9) << '\n';
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
