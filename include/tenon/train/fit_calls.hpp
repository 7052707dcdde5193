// FitCalls: the form of Trainer::fit with class indices, and the refused ones.
#pragma once

#include <tenon/train/epochs.hpp>
#include <tenon/train/fit_options.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/refused.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The base of Trainer with all forms of `fit` but that with outputs as targets.
template <class Trainer, class Net, class Loss, std::size_t Batch> class FitCalls {
    using Input = typename Net::Input;
    using Options = FitOptionsOf<Trainer, Net, Batch>;

    constexpr FitCalls() noexcept = default;
    friend Trainer;

public:
    template <ClassIndices Classes, class... Rest>
        requires OverClasses<Loss>
    constexpr HistoryOf<EpochFor<Rest...>> fit(std::span<const Input> xs, const Classes& ts,
                                               const Options& options,
                                               Rest&&... rest) noexcept(throws_nothing<Rest...>()) {
        using Class = std::ranges::range_value_t<Classes>;
        return Epochs<Trainer, Net, Class, std::remove_reference_t<Rest>...>::run(
            static_cast<Trainer&>(*this), xs, read_only(std::span(ts)), options, rest...);
    }

    // Refused: samples that do not fit the net, each with a sentence.
    template <class Xs, class Ts, class... Rest>
        requires NoTargets<Net, Loss, Xs, Ts>
    constexpr History fit(const Xs&, const Ts&, const Options&, Rest&&...) noexcept {
        refuse_kind<Net, Ts>();
        return {};
    }
    template <class Xs, class Ts, class... Rest>
        requires Misfits<Net, Xs, Ts>
    constexpr History fit(const Xs&, const Ts&, const Options&, Rest&&...) noexcept {
        refuse<Net, Many<Xs>, Many<Ts>>();
        return {};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
