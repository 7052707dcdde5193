// Rprop, for full batches.
#pragma once

#include <tenon/kernels/flat.hpp>
#include <tenon/optimizers/limits.hpp>
#include <tenon/optimizers/sign.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct RpropFormula {
    /// initial_size is the step size of the first step, 0 later.
    T initial_size, eta_minus, eta_plus, min_size, max_size;

    template <class V> constexpr V operator()(V p, V g, V& previous, V& size) const noexcept {
        const V agreement = g * previous;
        const V factor =
            math::select(agreement > V(0), V(eta_plus), math::select(agreement < V(0), V(eta_minus), V(1)));
        size = math::max(V(min_size), math::min(V(max_size), (size + V(initial_size)) * factor));
        g = math::select(agreement < V(0), V(0), g);
        previous = g;
        return p - in_direction(size, g);
    }
};

} // namespace detail

/// Resilient backpropagation: each parameter has a step size of its own, which grows by eta_plus while its
/// gradient keeps its sign and shrinks by eta_minus when that changes; only the sign of g counts: p -= size
/// sign(g). After a change of sign the parameter stays where it is for one step. As PyTorch's Rprop, which is
/// the iRprop- of Igel and Huesken, 2003 (after Riedmiller and Braun, 1993).
///
/// For gradients over all samples: `fit` with `.batch` at the number of samples. With small minibatches the
/// signs are those of noise. FANN's RPROP differs in three points: step sizes begin at 0.1 and may become 0;
/// the step size also grows in the step after a change of sign; weights are kept between -1500 and 1500.
struct Rprop {
    double learning_rate = 0.01; ///< the first step size
    double eta_minus = 0.5;      ///< from 0 to less than 1
    double eta_plus = 1.2;       ///< more than 1
    double min_step = 1e-6;      ///< least step size
    double max_step = 50;        ///< largest step size

    template <class T, std::size_t N> struct State {
        Flat<T, N> previous, step_size; ///< the spare number of step_size is 1 after the first step
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        const bool first = state.step_size.spare() == 0;
        const detail::RpropFormula<T> formula{first ? static_cast<T>(learning_rate) : T(0),
                                              static_cast<T>(eta_minus), static_cast<T>(eta_plus),
                                              static_cast<T>(min_step), static_cast<T>(max_step)};
        if (update(formula, parameters, gradient, state.previous.data, state.step_size.data))
            state.step_size.spare() = 1;
    }

    constexpr bool valid() const noexcept {
        return eta_minus >= 0 && eta_minus < 1 && eta_plus > 1 && min_step >= 0 && max_step >= min_step;
    }

    /// What must be small so that no result of a step overflows: products of gradients are then at most 2^80,
    /// step sizes 2^40, which is less than half an ulp of the largest float.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>&) const noexcept {
        using detail::is_between;
        return is_between(0, learning_rate, 0x1p40) && is_between(0, eta_minus, 1 - 0x1p-20) &&
                       is_between(1 + 0x1p-20, eta_plus, 0x1p40) && is_between(min_step, max_step, 0x1p40) &&
                       is_between(0, min_step, 0x1p40)
                   ? detail::SafeWith::small_gradient
                   : detail::SafeWith::nothing;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
