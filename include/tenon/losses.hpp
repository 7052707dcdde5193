// Losses: how far an output is from its target, and in which direction. Definitions and defaults are
// PyTorch's.
#pragma once

#include <tenon/activations.hpp>

#include <cstddef>
#include <limits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

// A loss of single outputs has value(y, t) and derivative(y, t) = d value / dy; `mean` is true if the
// outputs' values are averaged, false if they are summed. A loss that is `fused` with the activation `After`
// is called with z in place of y = After(z), and returns the derivative with respect to z. If an output or
// target is NaN, so is the loss.

/// mean over the outputs of (y - t)^2
struct MeanSquaredError {
    static constexpr bool mean = true;
    template <class V> constexpr V value(V y, V t) const noexcept { return (y - t) * (y - t); }
    template <class V> constexpr V derivative(V y, V t) const noexcept { return V(2) * (y - t); }
};

/// half the sum over the outputs of (y - t)^2: the textbooks' squared error
struct HalfSquaredError {
    static constexpr bool mean = false;
    template <class V> constexpr V value(V y, V t) const noexcept { return V(0.5) * (y - t) * (y - t); }
    template <class V> constexpr V derivative(V y, V t) const noexcept { return y - t; }
};

/// mean over the outputs of |y - t|; derivative 0 if they are equal
struct MeanAbsoluteError {
    static constexpr bool mean = true;
    template <class V> constexpr V value(V y, V t) const noexcept { return math::abs(y - t); }
    template <class V> constexpr V derivative(V y, V t) const noexcept {
        return math::select(y > t, V(1), math::select(y < t, V(-1), V(0)));
    }
};

/// mean over the outputs of e^2 / 2 for |e| <= delta, else delta (|e| - delta / 2), with e = y - t
struct Huber {
    double delta = 1;
    static constexpr bool mean = true;
    template <class V> constexpr V value(V y, V t) const noexcept {
        const V e = math::abs(y - t), inside = math::min(e, V(delta));
        return inside * (e - V(0.5) * inside);
    }
    template <class V> constexpr V derivative(V y, V t) const noexcept {
        return math::max(V(-delta), math::min(V(delta), y - t));
    }
};

/// mean over the outputs of -(t log y + (1 - t) log(1 - y)), y = Sigmoid(z); fused, stable for logits of any
/// size
struct BinaryCrossEntropy {
    using After = Sigmoid;
    static constexpr bool fused = true, mean = true;
    template <class V> constexpr V value(V z, V t) const noexcept {
        return math::rounded(math::max(V(0), z) - z * t) + math::log1p(math::exp_nonpositive(-math::abs(z)));
    }
    template <class V> constexpr V derivative(V z, V t) const noexcept { return math::sigmoid(z) - t; }
};

/// -sum_i t_i y_i for log-probabilities y; the term of y_i = -infinity is 0 if t_i = 0. Targets one-hot,
/// soft, or a class index. For nets that end in LogSoftmax, or in another activation that declares
/// `log_probabilities`, such as LogProbabilities.
struct NegativeLogLikelihood {
    using After = LogSoftmax;
    static constexpr bool mean = false;
    template <class A> static constexpr bool suits = requires { requires A::log_probabilities; };
    template <class V> constexpr V value(V y, V t) const noexcept {
        constexpr auto lowest = std::numeric_limits<math::Scalar<V>>::lowest();
        return -(t * math::select(t == V(0), math::max(V(lowest), y), y));
    }
    template <class V> constexpr V derivative(V, V t) const noexcept { return -t; }
};

/// -sum_i t_i log y_i, y = Softmax(z); fused, stable for logits of any size. Targets one-hot, soft, or a
/// class index.
struct CrossEntropy {
    using After = Softmax;
    static constexpr bool fused = true;

    /// The loss of a sample (of each of V's lanes) with logits z; dz_i = scale (y_i sum_j t_j - t_i).
    template <class V, class Logits, class Targets, class Derivatives>
    constexpr V sample(Logits z, Targets t, Derivatives dz, V scale) const noexcept {
        const V max_logit = detail::max_of_values<V>(z);
        const auto lowest = -math::infinite<math::Scalar<V>>();
        const V sum = detail::sum_of_values<V>(z, lowest, [&](std::size_t i, V v) {
            const V power = math::exp_nonpositive(detail::below_max<Logits>(v, max_logit));
            dz.set(i, power);
            return power;
        });
        constexpr auto highest = std::numeric_limits<math::Scalar<V>>::max();
        const V targets = detail::sum_of_values<V>(t, 0, [](std::size_t, V v) { return v; });
        const V log_sum = math::log(sum),
                share = scale * targets / sum; // max_logit is not added: it would absorb log(sum)
        return detail::sum_of_values<V>(z, 0, [&](std::size_t i, V v) {
            const V target = t.get(i, 0);
            if constexpr (requires { dz.get(i, 0); })
                dz.set(i, math::fma(dz.get(i, 0), share, -(scale * target)));
            const V error =
                log_sum -
                math::rounded(detail::below_max<Logits>(v, max_logit)); // infinite for a logit of -infinity
            return target * math::select(target == V(0), math::min(V(highest), error), error);
        });
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
