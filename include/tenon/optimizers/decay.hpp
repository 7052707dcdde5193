// L1Decay and NoBiasDecay: which parameters decay, and how, around an optimizer.
#pragma once

#include <tenon/optimizers/sign.hpp>
#include <tenon/optimizers/wrapper.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class T> struct WithL1 {
    T decay;
    template <class V> constexpr V operator()(V p, V g) const noexcept {
        return g + in_direction(V(decay), p);
    }
};

} // namespace detail

/// Adds l1 sign(p) to the gradient, the derivative of the penalty l1 (|p_1| + |p_2| + ...), with sign(0) = 0,
/// then steps with `optimizer`, whose weight decay is added as usual. The lasso's penalty (Tibshirani, 1996);
/// Keras' L1. `L1Decay{Adam{.weight_decay = 1e-4}, 1e-5}`.
template <class O> struct L1Decay : detail::Wrapper<O> {
    static_assert(detail::can_be_wrapped<O>());

    O optimizer{};
    double l1 = 0;

    constexpr L1Decay() noexcept = default;
    constexpr L1Decay(O wrapped, double factor) noexcept : optimizer(wrapped), l1(factor) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        this->step_inner(optimizer, parameters, gradient, state.inner,
                         detail::MappedUpdate<Update, detail::WithL1<T>>{update, {static_cast<T>(l1)}});
    }

    constexpr bool valid() const noexcept { return l1 >= 0 && detail::has_valid_settings(optimizer); }

    /// The gradient grows by at most 1, less than its last digit where it is near the limit.
    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::is_between(0, l1, 1) ? detail::safe_with(optimizer, state.inner)
                                            : detail::SafeWith::nothing;
    }
};

/// Steps with `optimizer`, whose weight decay, and that of L1Decay, spares biases and the scales and shifts
/// of normalisation: all tensors whose fan_in is 0 (tensor.hpp). "No bias decay" of He et al., "Bag of
/// Tricks", 2019; in PyTorch two parameter groups. Needs the layers, which a trainer's step knows: in a call
/// of `step` of one's own without its update, all parameters decay. Around all or within other wrappers.
/// `NoBiasDecay{AdamW{.weight_decay = 0.05}}`.
template <class O> struct NoBiasDecay : detail::Wrapper<O> {
    static_assert(detail::can_be_wrapped<O>());
    static constexpr bool spares_biases = true;

    O optimizer{};

    constexpr NoBiasDecay() noexcept = default;
    constexpr explicit NoBiasDecay(O wrapped) noexcept : optimizer(wrapped) {}

    template <class T, std::size_t N> struct State {
        typename O::template State<T, N> inner;
    };

    template <class T, std::size_t N, class Update = detail::Update<N>>
    constexpr void step(T* parameters, const T* gradient, State<T, N>& state,
                        Update update = {}) const noexcept {
        this->step_inner(optimizer, parameters, gradient, state.inner, update);
    }

    constexpr bool valid() const noexcept { return detail::has_valid_settings(optimizer); }

    template <class T, std::size_t N>
    constexpr detail::SafeWith safe_with(const State<T, N>& state) const noexcept {
        return detail::safe_with(optimizer, state.inner);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
