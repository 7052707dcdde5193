// read_fann: FANN's training data: "samples inputs outputs", then for each sample its inputs and its outputs.
#pragma once

#include <tenon/data/dataset.hpp>
#include <tenon/data/values.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Iterates over words separated by white space.
struct FannWords {
    std::string file;
    std::string text;
    std::size_t at = 0;
    std::size_t start = 0;                 // of the last word
    std::size_t counted_to = 0, lines = 1; // the line of the position counted_to, from 1

    static constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

    /// The next word; empty at the end of the file.
    std::string_view next() noexcept {
        while (at < text.size() && is_space(text[at])) ++at;
        start = at;
        while (at < text.size() && !is_space(text[at])) ++at;
        return std::string_view{text}.substr(start, at - start);
    }

    /// The line of the last word.
    std::size_t current_line() noexcept {
        lines += static_cast<std::size_t>(
            std::ranges::count(std::string_view{text}.substr(counted_to, start - counted_to), '\n'));
        counted_to = start;
        return lines;
    }

    /// Reads a number of the first line.
    std::size_t count() {
        const std::string_view word = next();
        const auto value = parse_number<std::size_t>(word);
        if (!value || *value == 0)
            throw Error{place(), "samples, inputs and outputs, each above 0", quote(word)};
        return *value;
    }

    /// Appends `width` numbers to `to`.
    void read_row(Values& to, std::size_t width, const Dataset& data, std::size_t samples) {
        for (std::size_t i = 0; i < width; ++i) {
            const std::string_view word = next();
            if (word.empty()) throw wrong_size(data, samples, data.inputs.size() + data.targets.size());
            const Numeral numeral = parse_numeral(word);
            if (numeral.kind != Numeral::finite) throw Error{place(), "a finite number", quote(word)};
            to.push_back(numeral.value);
        }
    }

    Error wrong_size(const Dataset& data, std::size_t samples, std::size_t found) const {
        const std::string row = std::to_string(data.input_width) + " + " + std::to_string(data.target_width);
        return {file, std::to_string(samples) + " x (" + row + ") values after the first line",
                std::to_string(found)};
    }

    std::string place() const {
        const std::string_view before = std::string_view{text}.substr(0, start);
        const auto line = 1 + std::ranges::count(before, '\n');
        FannWords same_line{file, std::string{before.substr(before.find_last_of('\n') + 1)}};
        std::size_t column = 1;
        while (!same_line.next().empty()) ++column;
        return file + ", line " + std::to_string(line) + ", column " + std::to_string(column);
    }
};

} // namespace detail

/// Reads the rows of a FANN data file. As in FANN, values are separated by white space, and line ends are
/// white space. Unlike FANN, it reads a decimal point under every locale, and accepts nothing after the last
/// sample. Throws Error if the file cannot be read, if a value is no finite number, or if there are more or
/// fewer values than the first line states.
inline Dataset read_fann(const std::filesystem::path& path) {
    detail::FannWords words{path.string(), detail::read_text(path)};
    const std::size_t samples = words.count();
    Dataset data;
    data.source = words.file;
    data.input_width = words.count();
    data.target_width = words.count();
    // Nothing is reserved by the counts, which may be anything: memory grows with the values there are.
    for (std::size_t sample = 0; sample < samples; ++sample) {
        words.read_row(data.inputs, 1, data, samples);
        data.lines.push_back(words.current_line());
        words.read_row(data.inputs, data.input_width - 1, data, samples);
        words.read_row(data.targets, data.target_width, data, samples);
    }
    std::size_t more = 0;
    while (!words.next().empty()) ++more;
    if (more) throw words.wrong_size(data, samples, data.inputs.size() + data.targets.size() + more);
    return data;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
