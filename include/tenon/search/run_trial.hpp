// plan_trials and run_trial: the trials of a search as values, and the function that runs one.
#pragma once

#include <tenon/misfit/search.hpp>
#include <tenon/random.hpp>
#include <tenon/search/results.hpp>
#include <tenon/search/trial.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/text/spelling.hpp>
#include <tenon/version.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class First, class... Others> struct FirstOf {
    using type = First;
};
/// The net whose inputs and outputs all nets of a search have.
template <class... Nets> using SearchedNet = typename FirstOf<Nets...>::type;

/// Whether `Train` can train Net.
template <class Train, class Net>
concept Trains = requires(const Train& train, Net& net, const Trial& trial, const TrialData<Net>& data) {
    TrialScore{train(net, trial, data)};
};

template <class Net> using SamplesOf = misfit::samples_of<Net::inputs, Net::outputs, typename Net::Scalar>;

/// The sentences about a search's nets and its training function. Returns whether all are right.
template <class Train, class First, class... Others> consteval bool can_search() {
    constexpr bool same =
        (misfit::search_mismatch<SamplesOf<First>, misfit::but_found<SamplesOf<Others>>>::passes() && ...);
    if constexpr ((std::is_same_v<SamplesOf<First>, SamplesOf<Others>> && ...)) {
        constexpr bool trains = (Trains<Train, First> && ... && Trains<Train, Others>);
        return same && misfit::search_training<misfit::trains_nets<trains>>::passes() && trains;
    } else return false;
}

/// Runs a trial of `Net`. Problems become part of the score.
template <class Net, class Data, class Train>
TrialScore score_of(const Trial& trial, const Data& data, const Train& train) {
    try {
        const auto net = std::make_unique<Net>();
        TrialScore score{train(*net, trial, data.template fold<Net>(trial.fold))};
        if (score.problem.empty() && !math::is_finite(score.score)) score.problem = "the score is not finite";
        return score;
    } catch (const std::exception& error) {
        return {0, 0, *error.what() ? error.what() : "an exception without a message"};
    } catch (...) {
        return {0, 0, "an exception that is no std::exception"};
    }
}

/// The type of a net as a program writes it.
template <class Net> std::string name_of_net() {
    std::string name;
    const auto append = [&](std::string_view text) { name += text; };
    Spelling<Net, false>::write(append);
    return name;
}

} // namespace detail

/// The trials of a search: each net with each of the candidates' settings on each fold, in this order. On a
/// fold all candidates start from the same seed, so that scores differ by net and settings alone.
template <class... Nets>
std::vector<Trial> plan_trials(const std::vector<Settings>& candidates, std::size_t folds,
                               std::uint64_t seed) {
    std::vector<Trial> trials;
    const std::uint64_t mixed = Random::mix(seed + Random::golden_gamma);
    for (std::size_t net = 0; net < sizeof...(Nets); ++net)
        for (std::size_t c = 0; c < candidates.size(); ++c)
            for (std::size_t fold = 0; fold < folds; ++fold)
                trials.push_back({candidates[c], net * candidates.size() + c, net, fold,
                                  Random::mix(mixed + (fold + 1) * Random::golden_gamma)});
    return trials;
}

/// Runs one trial, as any thread or machine may do: the result, apart from its duration, depends on nothing
/// but the trial, the samples and the training function. The function gets a net on the heap, the trial and
/// its samples, and returns the score: `double train(auto& net, const Trial& trial, const auto& data)`.
/// Exceptions that it throws become the result's problem, as does a score that is not finite.
template <class... Nets, class Train>
TrialResult run_trial(const Trial& trial, const SearchData<detail::SearchedNet<Nets...>>& data,
                      const Train& train) {
    if constexpr (!detail::can_search<Train, Nets...>()) return {};
    else {
        using Run =
            TrialScore (*)(const Trial&, const SearchData<detail::SearchedNet<Nets...>>&, const Train&);
        static constexpr Run runs[] = {&detail::score_of<Nets>...};
        const auto start = std::chrono::steady_clock::now();
        TrialScore score = trial.net < sizeof...(Nets) && trial.fold < data.folds()
                               ? runs[trial.net](trial, data, train)
                               : TrialScore{0, 0, "there is no such net or fold"};
        const std::chrono::duration<double> duration = std::chrono::steady_clock::now() - start;
        return {trial, std::move(score), duration.count()};
    }
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
