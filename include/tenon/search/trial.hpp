// Trial and TrialResult: one training run of a search, and what came of it, as values.
#pragma once

#include <tenon/data/folds.hpp>
#include <tenon/random.hpp>
#include <tenon/search/settings.hpp>
#include <tenon/train/confusion_matrix.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/version.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// One training run: which net, with which settings, on which fold, from which seed. A value without
/// references, so that it can be sent to another machine, which runs it by run_trial.
struct Trial : Settings {
    std::size_t candidate = 0; ///< number of the net with these settings, from 0
    std::size_t net = 0;       ///< position of the net among those of search<...>
    std::size_t fold = 0;
    std::uint64_t seed = 0; ///< for initial weights and shuffles; the same for all candidates on a fold

    friend bool operator==(const Trial&, const Trial&) = default;
};

/// What a training function returns. A double is converted to it.
struct TrialScore {
    double score = 0;         ///< as measured on the validation samples
    std::size_t epochs = 0;   ///< of the net that was measured; 0 if not known
    std::string problem = {}; ///< why there is no score, such as "diverged in epoch 3"; else empty

    TrialScore(double value, std::size_t after_epochs = 0, std::string why_none = {})
        : score(value), epochs(after_epochs), problem(std::move(why_none)) {}
    TrialScore() = default;
};

/// A trial and what came of it. All but `seconds` depends on nothing but the trial and the data.
struct TrialResult {
    Trial trial;
    TrialScore score;
    double seconds = 0;
};

/// Some of the samples, by their positions: views.
template <class Net> struct Part {
    std::span<const typename Net::Input> inputs;
    std::span<const typename Net::Output> targets;
    std::span<const std::size_t> indices;
};

/// The samples of a trial. `trainer.fit(data.train.inputs, data.train.targets, {.indices =
/// data.train.indices, ...})` trains with its part.
template <class Net> struct TrialData {
    Part<Net> train, validation;
};

/// `accuracy(net, data.validation)`, and the same for evaluate.
template <class T, class... Layers>
double accuracy(const NetOf<T, Layers...>& net, const Part<NetOf<T, Layers...>>& part) noexcept {
    return accuracy(net, part.inputs, part.targets, part.indices);
}
template <class T, class... Layers, class Loss>
T evaluate(const NetOf<T, Layers...>& net, const Loss& loss, const Part<NetOf<T, Layers...>>& part) noexcept {
    return evaluate(net, loss, part.inputs, part.targets, part.indices);
}

/// The samples of a search: with folds,
///     SearchData<Net> data{xs, ts, k_fold(xs.size(), 5, 1)};
/// or with validation samples of their own,
///     SearchData<Net> data{xs, ts, validation_xs, validation_ts};
/// It refers to the samples, which must outlive it. Throws Error if there are not as many inputs as targets,
/// or if a fold is empty or has positions that there are not.
template <class Net> class SearchData {
    using Input = typename Net::Input;
    using Output = typename Net::Output;

public:
    SearchData(std::span<const Input> inputs, std::span<const Output> targets, std::vector<Fold> folds)
        : inputs_(inputs), targets_(targets), folds_(std::move(folds)) {
        check(inputs.size(), targets.size());
        if (folds_.empty()) throw Error{"the samples of a search", "at least one fold", "none"};
        for (const Fold& fold : folds_)
            for (const auto& indices : {fold.train, fold.validation}) {
                if (indices.empty()) throw Error{"a fold", "at least one sample in each part", "none"};
                if (!detail::are_positions(indices, inputs.size()))
                    throw Error{"a fold", "positions below " + std::to_string(inputs.size()),
                                std::to_string(std::ranges::max(indices))};
            }
    }
    SearchData(std::span<const Input> inputs, std::span<const Output> targets,
               std::span<const Input> validation_inputs, std::span<const Output> validation_targets)
        : inputs_(inputs), targets_(targets), validation_inputs_(validation_inputs),
          validation_targets_(validation_targets), folds_(1), has_own_validation_(true) {
        check(inputs.size(), targets.size());
        check(validation_inputs.size(), validation_targets.size());
        folds_[0].train.resize(inputs.size());
        folds_[0].validation.resize(validation_inputs.size());
        for (auto* const indices : {&folds_[0].train, &folds_[0].validation})
            std::iota(indices->begin(), indices->end(), std::size_t{0});
    }

    /// Number of folds; 1 with validation samples of their own.
    std::size_t folds() const noexcept { return folds_.size(); }

    /// The samples of a fold. `Of` is a net with the same inputs and outputs.
    template <class Of = Net> TrialData<Of> fold(std::size_t number) const {
        const Fold& fold = folds_.at(number);
        return {{inputs_, targets_, fold.train},
                {has_own_validation_ ? validation_inputs_ : inputs_,
                 has_own_validation_ ? validation_targets_ : targets_, fold.validation}};
    }

private:
    static void check(std::size_t inputs, std::size_t targets) {
        if (inputs != targets || inputs == 0)
            throw Error{"the samples of a search", "as many targets as inputs, and at least one",
                        std::to_string(inputs) + " inputs and " + std::to_string(targets) + " targets"};
    }

    std::span<const Input> inputs_;
    std::span<const Output> targets_;
    std::span<const Input> validation_inputs_{};
    std::span<const Output> validation_targets_{};
    std::vector<Fold> folds_;
    bool has_own_validation_ = false;
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
