// FitProgress: the results of earlier epochs from which fit continues.
#pragma once

#include <tenon/train/history.hpp>
#include <tenon/train/plateau.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Kept by the trainer. Updated at the end of each epoch, before observers see it.
struct FitProgress {
    std::size_t epoch = 0;     ///< the last epoch that was finished
    Epoch best{};              ///< the one with the lowest measure; number 0: none
    bool best_is_kept = false; ///< whether its weights are in FitOptions::best
    /// Of early stopping: the last improvement by more than min_delta, and its epoch.
    double improved = 0;
    std::size_t improved_epoch = 0;
    ReduceOnPlateau::State plateau{};

    /// Adds an epoch. Returns whether it is the best one so far.
    constexpr bool add(const Epoch& now, double min_delta) noexcept {
        const double measure = History::measure(now);
        epoch = now.number;
        if (improved_epoch == 0 || measure < improved - min_delta) {
            improved = measure;
            improved_epoch = now.number;
        }
        if (best.number != 0 && !(measure < History::measure(best))) return false;
        best = now;
        return true;
    }
    constexpr bool stops(std::size_t patience) const noexcept {
        return patience > 0 && improved_epoch > 0 && epoch - improved_epoch >= patience;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
