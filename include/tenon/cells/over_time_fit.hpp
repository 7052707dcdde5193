// Which layers can be in a Sequence.
#pragma once

#include <tenon/cells/gates.hpp>
#include <tenon/demands.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/misfit/cells.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether L can be beside a cell over time.
template <class L>
inline constexpr bool is_branch_over_time =
    std::is_base_of_v<CellDefaults, L> && trainable_ranges<L>.count > 0;
template <std::size_t In, std::size_t Out, class A>
inline constexpr bool is_branch_over_time<Dense<In, Out, A, true>> = true;
/// Whether the Concats and Splits of cells within L are of such.
template <class L> inline constexpr bool branches_over_time_fit = true;
template <class L>
    requires requires { typename L::List; }
inline constexpr bool branches_over_time_fit<L> = []<class... Layers>(LayerList<Layers...>*) {
    const bool is_branches = requires { typename L::template InferenceOfBranch<L>; };
    return (branches_over_time_fit<Layers> && ...) &&
           (!is_branches || state_count<L> == 0 || (is_branch_over_time<Layers> && ...));
}(static_cast<typename L::List*>(nullptr));

/// Whether one of the layers computes statistics of the minibatch.
template <class... Layers>
inline constexpr bool statistics_over_time = (uses_batch_statistics<LayerOrPlaceholder<Layers>> || ...);
/// Whether layers can be in a Sequence, and the sentence that says if not.
template <class... Layers>
inline constexpr bool over_time_fit =
    !statistics_over_time<Layers...> && (branches_over_time_fit<LayerOrPlaceholder<Layers>> && ...);
template <class... Layers>
using OverTimeSentence = std::conditional_t<
    statistics_over_time<Layers...>, misfit::layer_over_time<std::false_type, misfit::but_found<Layers...>>,
    misfit::branches_over_time<std::bool_constant<over_time_fit<Layers...>>, misfit::but_found<Layers...>>>;
template <class L, bool Fits>
using LayerInSequence = std::conditional_t<Fits, LayerOrPlaceholder<L>, PlaceholderLayer>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
