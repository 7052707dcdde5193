// Activations of single values; those of all values of a sample are in softmax.hpp. Definitions and defaults
// are PyTorch's.
//
// A name that ends in `With` takes its constants as types: LeakyReluWith<std::ratio<1, 10>>.
//
// Optional members of an activation, each `static constexpr`:
//   bool derivative_from_output   derivative needs y alone: z is not stored, and derivative(y, y) is
//                                 called. Default: false
//   bool cheap                    apply takes few instructions: W x + b applies it before storing, at the
//                                 cost of repeated code (layers/activate.hpp). Default: false
//   int fan_in_gain               initialize draws weights of variance fan_in_gain / fan_in: 2 (He) for the
//                                 ReLU family, 1 (LeCun) for Selu. Default: the variance is Xavier's
//   bool log_probabilities        y are logarithms of probabilities, as NegativeLogLikelihood requires.
//                                 Default: false
#pragma once

#include <tenon/math/math.hpp>
#include <tenon/softmax.hpp>

#include <ratio>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {
/// The value of a std::ratio.
template <class Ratio>
inline constexpr double number = static_cast<double>(Ratio::num) / static_cast<double>(Ratio::den);
} // namespace detail

/// y = z
struct Identity {
    static constexpr bool derivative_from_output = true, cheap = true;
    template <class V> static constexpr V apply(V z) noexcept { return z; }
    template <class V> static constexpr V derivative(V, V) noexcept { return V(1); }
};

/// y = z, for NegativeLogLikelihood after a net whose outputs are log-probabilities without LogSoftmax:
/// Dense<8, 3, LogProbabilities>, or Activate<Shape<3>, LogProbabilities> at the end.
struct LogProbabilities : Identity {
    static constexpr bool log_probabilities = true;
};

/// y = max(0, z); derivative 0 at 0
struct Relu {
    static constexpr bool derivative_from_output = true, cheap = true;
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept { return math::max(V(0), z); }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), V(1), V(0));
    }
};

/// y = z for z > 0, else Slope z. If Slope is not negative, y has the sign of z, so that derivative may be
/// given y for z.
template <class Slope> struct LeakyReluWith {
    static constexpr double slope = detail::number<Slope>;
    static constexpr bool derivative_from_output = slope >= 0, cheap = true;
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::select(z > V(0), z, V(slope) * z);
    }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        return math::select(z > V(0), V(1), V(slope));
    }
};
/// y = z for z > 0, else 0.01 z
struct LeakyRelu : LeakyReluWith<std::ratio<1, 100>> {};

/// y = z for z > 0, else Alpha (exp(z) - 1). derivative may be given y for z, as LeakyReluWith's.
template <class Alpha> struct EluWith {
    static constexpr double alpha = detail::number<Alpha>;
    static constexpr bool derivative_from_output = alpha >= 0;
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept {
        const V y = math::expm1(math::min(V(0), z));
        if constexpr (alpha == 1) return math::select(z > V(0), z, y);
        else return math::select(z > V(0), z, V(alpha) * y);
    }
    template <class V> static constexpr V derivative(V z, V y) noexcept {
        return math::select(z > V(0), V(1), y + V(alpha));
    }
};
/// y = z for z > 0, else exp(z) - 1
struct Elu : EluWith<std::ratio<1>> {};

/// y = Scale * (z for z > 0, else Alpha * (exp(z) - 1)); ONNX calls Scale gamma
template <class Alpha, class Scale> struct SeluWith {
    static constexpr double alpha = detail::number<Alpha>, scale = detail::number<Scale>;
    static constexpr bool derivative_from_output = alpha >= 0 && scale > 0;
    static constexpr int fan_in_gain = 1;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::select(z > V(0), V(scale) * z, V(scale * alpha) * math::expm1(math::min(V(0), z)));
    }
    template <class V> static constexpr V derivative(V z, V y) noexcept {
        return math::select(z > V(0), V(scale), y + V(scale * alpha));
    }
};
/// The alpha and scale of Klambauer et al., 2017, 1.6732632423543772 and 1.0507009873554805: the shortest
/// fractions that are these doubles
struct Selu : SeluWith<std::ratio<96804729, 57853855>, std::ratio<537501631, 511564791>> {};

/// y = z Phi(z), Phi the normal distribution function
struct Gelu {
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept { return z * math::normal_cdf(z); }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        constexpr double one_by_sqrt_2_pi = 0.3989422804014327;
        return math::fma(z * V(one_by_sqrt_2_pi), math::exp(V(-0.5) * z * z), math::normal_cdf(z));
    }
};

/// y = z / 2 (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))), Gelu's tanh approximation: z sigmoid(twice that)
struct GeluTanh {
    static constexpr int fan_in_gain = 2;
    static constexpr double linear = 1.5957691216057308, cubic = linear * 0.044715; // 2 sqrt(2 / pi)
    template <class V> static constexpr V apply(V z) noexcept {
        return z * math::sigmoid(z * math::fma(z * z, V(cubic), V(linear)));
    }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        z = math::max(V(-50), math::min(V(50), z)); // beyond these it is 0 or 1; keeps z^2 finite
        const V s = math::sigmoid(z * math::fma(z * z, V(cubic), V(linear)));
        return s + z * (s * (V(1) - s)) * math::fma(z * z, V(3 * cubic), V(linear));
    }
};

/// y = 1 / (1 + exp(-z))
struct Sigmoid {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::sigmoid(z); }
    template <class V> static constexpr V derivative(V, V y) noexcept { return y * (V(1) - y); }
};

/// y = z sigmoid(z), also called swish
struct Silu {
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept { return z * math::sigmoid(z); }
    template <class V> static constexpr V derivative(V z, V) noexcept {
        const V s = math::sigmoid(z);
        return s + z * s * (V(1) - s);
    }
};

/// y = (exp(z) - exp(-z)) / (exp(z) + exp(-z))
struct Tanh {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept { return math::tanh(z); }
    template <class V> static constexpr V derivative(V, V y) noexcept { return V(1) - y * y; }
};

/// y = log(1 + exp(Beta z)) / Beta, exact for all z (PyTorch takes z itself for Beta z > 20)
template <class Beta> struct SoftplusWith {
    static constexpr double beta = detail::number<Beta>;
    static_assert(beta > 0, "the beta of Softplus must be more than zero");
    static constexpr bool derivative_from_output = true;
    static constexpr int fan_in_gain = 2;
    template <class V> static constexpr V apply(V z) noexcept {
        if constexpr (beta == 1) return softplus(z);
        else return softplus(V(beta) * z) * V(1 / beta);
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        if constexpr (beta == 1) return -math::expm1(-y);
        else return -math::expm1(V(-beta) * y);
    }

private:
    template <class V> static constexpr V softplus(V z) noexcept {
        return math::max(V(0), z) + math::log1p(math::exp_nonpositive(-math::abs(z)));
    }
};
/// y = log(1 + exp(z))
struct Softplus : SoftplusWith<std::ratio<1>> {};

/// y = z / (1 + |z|)
struct Softsign {
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return z / math::rounded(V(1) + math::abs(z));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        const V inverse = V(1) - math::abs(y); // 1 / (1 + |z|)
        return inverse * inverse;
    }
};

/// y = Alpha z + Beta, clamped to [0, 1]; Alpha and Beta as in ONNX
template <class Alpha, class Beta> struct HardSigmoidWith {
    static constexpr double alpha = detail::number<Alpha>, beta = detail::number<Beta>;
    static constexpr bool derivative_from_output = true;
    template <class V> static constexpr V apply(V z) noexcept {
        return math::max(V(0), math::min(V(1), math::fma(z, V(alpha), V(beta))));
    }
    template <class V> static constexpr V derivative(V, V y) noexcept {
        return math::select(y > V(0), math::select(y < V(1), V(alpha), V(0)), V(0));
    }
};
/// y = z / 6 + 1/2, clamped to [0, 1]
struct HardSigmoid : HardSigmoidWith<std::ratio<1, 6>, std::ratio<1, 2>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
