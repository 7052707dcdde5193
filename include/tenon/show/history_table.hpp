// HistoryTable: a history as columns of numbers, for files and pictures.
#pragma once

#include <tenon/train/epoch_with.hpp>
#include <tenon/train/history.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

struct HistoryColumn {
    std::string name;
    std::vector<double> values; ///< one for each epoch; NaN where there is none
};

struct HistoryTable {
    std::vector<std::size_t> epochs;
    HistoryColumn loss{"loss", {}}, validation_loss{"validation_loss", {}},
        learning_rate{"learning_rate", {}};
    std::vector<HistoryColumn> metrics;
    std::size_t best = 0; ///< number of the best epoch

    template <class E> explicit HistoryTable(const HistoryOf<E>& history) : best(history.best.number) {
        if constexpr (requires { E::metric_names; })
            for (const char* name : E::metric_names) metrics.push_back({name, {}});
        for (const E& epoch : history.epochs()) {
            epochs.push_back(epoch.number);
            loss.values.push_back(epoch.loss);
            validation_loss.values.push_back(epoch.validation_loss);
            learning_rate.values.push_back(epoch.learning_rate);
            if constexpr (requires { E::metric_names; })
                for (std::size_t i = 0; i < metrics.size(); ++i)
                    metrics[i].values.push_back(epoch.metrics[i]);
        }
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
