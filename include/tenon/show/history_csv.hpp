// write_history: a history as a CSV file.
#pragma once

#include <tenon/io/csv_text.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/show/history_table.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

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
