// write_history: a history as a CSV file.
#pragma once

#include <tenon/io/write_file.hpp>
#include <tenon/show/history_table.hpp>
#include <tenon/simd/primitives.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// A field of a CSV file (RFC 4180).
inline std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string{c};
    return out + '"';
}

/// The shortest number that is read back as the same double, under every locale; nothing for NaN.
inline std::string csv_number(double value) {
    if (math::is_nan(value)) return {};
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

inline std::string csv_of(const HistoryTable& table) {
    std::vector<const HistoryColumn*> columns{&table.loss, &table.validation_loss, &table.learning_rate};
    for (const HistoryColumn& metric : table.metrics) columns.push_back(&metric);
    std::string out = "epoch";
    for (const HistoryColumn* column : columns) out += ',' + csv_field(column->name);
    out += '\n';
    for (std::size_t i = 0; i < table.epochs.size(); ++i) {
        out += std::to_string(table.epochs[i]);
        for (const HistoryColumn* column : columns) out += ',' + csv_number(column->values[i]);
        out += '\n';
    }
    return out;
}

} // namespace detail

/// Writes the epochs of a history as CSV: epoch, loss, validation_loss, learning_rate, then the metrics by
/// their names. Numbers do not depend on the locale; a field without a number is empty. An old file stays as
/// it is until the new one is complete. Throws Error.
template <class E> void write_history(const HistoryOf<E>& history, const std::filesystem::path& path) {
    detail::write_file(path, detail::csv_of(detail::HistoryTable{history}));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
