// FitTraining: how a search trains a net if a program has no training function of its own.
#pragma once

#include <tenon/initialize.hpp>
#include <tenon/io/error.hpp>
#include <tenon/losses.hpp>
#include <tenon/optimizers/adam.hpp>
#include <tenon/search/results.hpp>
#include <tenon/search/trial.hpp>
#include <tenon/standardize.hpp>
#include <tenon/train/trainer.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// What FitTraining returns as a trial's score.
enum class ScoreOf { loss, accuracy };

/// Settings of FitTraining that a search need not vary. A setting of the same name takes precedence.
struct FitTrainingOptions {
    std::size_t epochs = 100;
    std::size_t batch = 32;
    /// Stops after this many epochs without a lower validation loss, and measures the net of the best epoch;
    /// 0: trains for all epochs, and measures the last net.
    std::size_t patience = 20;
    ScoreOf score = ScoreOf::loss;
};

/// Adam with a trial's learning_rate, weight_decay, beta1, beta2 and epsilon, or its defaults.
struct AdamOfTrial {
    static constexpr std::array<std::string_view, 5> names{"learning_rate", "weight_decay", "beta1", "beta2",
                                                           "epsilon"};
    Adam operator()(const Trial& trial) const {
        Adam adam;
        adam.learning_rate = trial.number_or("learning_rate", adam.learning_rate);
        adam.weight_decay = trial.number_or("weight_decay", adam.weight_decay);
        adam.beta1 = trial.number_or("beta1", adam.beta1);
        adam.beta2 = trial.number_or("beta2", adam.beta2);
        adam.epsilon = trial.number_or("epsilon", adam.epsilon);
        return adam;
    }
};

/// A training function for search: initializes the net from the trial's seed; standardizes its inputs by the
/// training part if its first layer is a Scale; trains by fit, in minibatches in a new order in each epoch;
/// stops early. `FitTraining{CrossEntropy{}, {.epochs = 200, .score = ScoreOf::accuracy}}` uses Adam, and
/// refuses settings that it does not know: epochs, batch, patience and those of AdamOfTrial. A third
/// argument makes the optimizer from a trial:
///     FitTraining{MeanSquaredError{}, {}, [](const Trial& trial) {
///         return Sgd{.learning_rate = trial["learning_rate"], .momentum = trial["momentum"]};
///     }}
/// The validation samples of the fold choose the best epoch as well as the best candidate, so the scores are
/// a little too good: keep a test set apart. Net and trainer are on the heap.
template <class Loss, class MakeOptimizer = AdamOfTrial> struct FitTraining {
    Loss loss{};
    FitTrainingOptions options{};
    MakeOptimizer make_optimizer{};

    Better better() const noexcept {
        return options.score == ScoreOf::accuracy ? Better::higher : Better::lower;
    }

    template <class Net>
    TrialScore operator()(Net& net, const Trial& trial, const TrialData<Net>& data) const {
        if constexpr (requires { MakeOptimizer::names; }) refuse_unknown(trial);
        const std::size_t patience = trial.count_or("patience", options.patience);
        initialize(net, trial.seed);
        if constexpr (requires { standardize(net, data.train.inputs, data.train.indices); })
            standardize(net, data.train.inputs, data.train.indices);

        const auto optimizer = make_optimizer(trial);
        const auto trainer = std::make_unique<Trainer<Net, Loss, std::remove_const_t<decltype(optimizer)>>>(
            net, loss, optimizer);
        trainer->seed(trial.seed);
        const auto best = patience > 0 ? std::make_unique<Net>() : nullptr;
        const History history = trainer->fit(
            data.train.inputs, data.train.targets,
            {.epochs = trial.count_or("epochs", options.epochs),
             .batch = trial.count_or("batch", options.batch),
             .shuffle_seed = trial.seed,
             .indices = data.train.indices,
             .validation = {data.validation.inputs, data.validation.targets, data.validation.indices},
             .patience = patience,
             .best = best.get()});
        const Epoch& measured = patience > 0 ? history.best : history.last;
        if (const std::string problem = problem_of(history); !problem.empty())
            return {0, measured.number, problem};
        return {options.score == ScoreOf::accuracy ? accuracy(net, data.validation)
                                                   : measured.validation_loss,
                measured.number};
    }

private:
    static void refuse_unknown(const Trial& trial) {
        constexpr std::array<std::string_view, 3> own{"epochs", "batch", "patience"};
        for (const Setting& setting : trial.settings) {
            if (std::ranges::count(own, setting.name) ||
                std::ranges::count(MakeOptimizer::names, setting.name))
                continue;
            std::string names;
            for (const std::string_view name : MakeOptimizer::names) (names += name) += ", ";
            throw Error{"settings", names + "epochs, batch or patience", detail::quote(setting.name)};
        }
    }

    static std::string problem_of(const History& history) {
        const std::string of = history.of_validation ? " of the validation samples" : "";
        switch (history.outcome) {
        case Outcome::diverged:
            return "diverged in epoch " + std::to_string(history.divergence.epoch) + ", step " +
                   std::to_string(history.divergence.step);
        case Outcome::bad_sample:
            return "sample " + std::to_string(history.sample) + of + " has a number that is not finite";
        case Outcome::mismatched:
            return "a batch of 0, or no samples";
        case Outcome::bad_label:
            return "the label of sample " + std::to_string(history.sample) + of + " names no class";
        default:
            return history.last.number == 0 ? "no epochs" : "";
        }
    }
};
template <class Loss> FitTraining(Loss) -> FitTraining<Loss>;
template <class Loss> FitTraining(Loss, FitTrainingOptions) -> FitTraining<Loss>;
template <class Loss, class MakeOptimizer>
FitTraining(Loss, FitTrainingOptions, MakeOptimizer) -> FitTraining<Loss, MakeOptimizer>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
