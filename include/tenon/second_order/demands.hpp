// Checks the nets and losses of LevenbergMarquardt and Lbfgs; a sentence names what does not fit.
#pragma once

#include <tenon/losses.hpp>
#include <tenon/misfit/second_order.hpp>
#include <tenon/second_order/jacobian.hpp>
#include <tenon/second_order/report.hpp>
#include <tenon/train/observers.hpp>
#include <tenon/train/refused.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

template <class Net>
inline constexpr std::size_t trained_count = trained_before<StackOf<Net>>(Net::parameter_count);

/// The first of these layers whose output depends on random numbers or on the other samples; void if none.
template <class... Layers> struct FirstNotFixed {
    using type = void;
};
template <class L, class... Rest>
struct FirstNotFixed<L, Rest...>
    : std::conditional_t<uses_step<L> || uses_batch_statistics<L> || has_statistics<L>, std::type_identity<L>,
                         FirstNotFixed<Rest...>> {};
template <class T, class... Layers> struct FirstNotFixed<NetOf<T, Layers...>> : FirstNotFixed<Layers...> {};

/// The sentence about a net that neither can train; void if there is none.
template <class Net> consteval auto full_batch_sentence() {
    if constexpr (!IsNet<Net> || std::is_const_v<Net>)
        return std::type_identity<misfit::second_order_without_net<misfit::but_found<Net>>>{};
    else if constexpr (Net::state_count > 0) return std::type_identity<misfit::state_missing<Net>>{};
    else if constexpr (!std::is_void_v<typename FirstNotFixed<Net>::type>)
        return std::type_identity<
            misfit::loss_not_fixed<misfit::but_found<typename FirstNotFixed<Net>::type>>>{};
    else if constexpr (trained_count<Net> == 0)
        return std::type_identity<misfit::nothing_trained<misfit::but_found<Net>>>{};
    else return std::type_identity<void>{};
}

/// Sees each step of LevenbergMarquardt::fit and Lbfgs::fit, and may end them by returning false.
template <class O>
concept StepObserver = std::invocable<O&, const FullBatchReport&>;
struct NoObserver {
    constexpr void operator()(const FullBatchReport&) const noexcept {}
};

/// A demand that is met.
struct Fits {
    static consteval bool passes() { return true; }
};

template <class Loss>
inline constexpr bool is_sum_of_squares =
    std::is_same_v<Loss, MeanSquaredError> || std::is_same_v<Loss, HalfSquaredError>;

/// J^T J may have this many bytes, and its factor as many.
inline constexpr std::size_t max_normal_matrix_bytes = 4 * 1024 * 1024;
/// The maximum number of trained parameters of LevenbergMarquardt: 723 doubles, 1023 floats.
template <class T>
inline constexpr std::size_t max_squares_parameters = [] {
    std::size_t n = 1;
    while ((n + 2) * (n + 2) * sizeof(T) <= max_normal_matrix_bytes) ++n;
    return n;
}();

template <class Net, class Loss> consteval auto squares_sentence() {
    using Common = typename decltype(full_batch_sentence<Net>())::type;
    if constexpr (!std::is_void_v<Common>) return std::type_identity<Common>{};
    else if constexpr (!is_sum_of_squares<Loss>)
        return std::type_identity<misfit::not_a_sum_of_squares<misfit::but_found<Loss>>>{};
    else if constexpr (trained_count<Net> > max_squares_parameters<typename Net::Scalar>)
        return std::type_identity<
            misfit::too_many_parameters<misfit::trains_parameters<trained_count<Net>>,
                                        misfit::but_at_most<max_squares_parameters<typename Net::Scalar>>>>{};
    else return std::type_identity<Fits>{};
}
template <class Net, class Loss>
using SquaresSentence = typename decltype(squares_sentence<Net, Loss>())::type;

template <class Net, class L> consteval auto lbfgs_sentence() {
    using Common = typename decltype(full_batch_sentence<Net>())::type;
    if constexpr (!std::is_void_v<Common>) return std::type_identity<Common>{};
    else if constexpr (!Loss<L>) return loss_sentence<L>();
    else return std::type_identity<misfit::loss_mismatch<L, EndsIn<Net>>>{};
}
template <class Net, class Loss> using LbfgsSentence = typename decltype(lbfgs_sentence<Net, Loss>())::type;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
