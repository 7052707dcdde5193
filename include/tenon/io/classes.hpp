// Classes named by words or numbers, as the one-hot targets of a Dataset.
#pragma once

#include <tenon/io/dataset.hpp>
#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::inline TENON_ABI::detail {

/// Each name once. Numbers come first, by value (9 before 10), then words (as scikit-learn sorts its
/// classes).
inline std::vector<std::string> sorted_classes(const std::vector<std::string>& labels) {
    const std::set<std::string> found(labels.begin(), labels.end());
    std::vector<std::string> classes(found.begin(), found.end());
    const auto key = [](const std::string& name) {
        const float after_all_numbers = std::numeric_limits<float>::infinity();
        return std::pair{parse_float(name).value_or(after_all_numbers), std::string_view{name}};
    };
    std::ranges::sort(classes, std::less{}, key);
    return classes;
}

/// Sets the targets to one row for each label, 1 in the column of its class and 0 elsewhere. The columns are
/// `classes`, which must hold every label, or where it is empty the classes found.
inline void set_classes(Dataset& data, const std::vector<std::string>& labels,
                        const std::vector<std::string>& classes) {
    data.classes = classes.empty() ? sorted_classes(labels) : classes;
    data.target_width = data.classes.size();
    std::map<std::string_view, std::size_t> columns;
    for (std::size_t column = 0; column < data.target_width; ++column)
        columns.emplace(data.classes[column], column);
    data.targets.assign(labels.size() * data.target_width, 0);
    for (std::size_t row = 0; row < labels.size(); ++row)
        data.targets[row * data.target_width + columns.at(labels[row])] = 1;
}

} // namespace tenon
