// initialize: draws the weights of a net at random, by a scheme.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/net.hpp>
#include <tenon/random.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

// A scheme returns one weight: scheme(random, fan_in, fan_out), fan_in being the number of values that an
// output sums and fan_out the number of outputs that an input contributes to. Biases become zero, unless the
// scheme has a member bias(random, fan_in), which returns one. A scheme whose weights depend on each other
// has a member fill(random, parameters, tensor) instead, as Orthogonal. The same seed makes the same net with
// every compiler and on every CPU, float or double.

/// Uniform in [low, high).
struct Uniform {
    double low = -0.05, high = 0.05;
    constexpr double operator()(Random& random, std::size_t, std::size_t) const noexcept {
        return low + static_cast<double>(static_cast<float>(high - low)) * random.uniform();
    }
};

/// Normal with a mean and a standard deviation.
struct Normal {
    double mean = 0, deviation = 0.05;
    constexpr double operator()(Random& random, std::size_t, std::size_t) const noexcept {
        return mean + static_cast<double>(static_cast<float>(deviation)) * random.normal();
    }
};

/// Every weight is `value`.
struct Constant {
    double value = 0;
    constexpr double operator()(Random&, std::size_t, std::size_t) const noexcept { return value; }
};

namespace detail {

/// Weights of variance Gain / (the sum of the fans for which In and Out are true).
template <int Gain, bool In, bool Out, bool IsNormal> struct Scaled {
    constexpr double operator()(Random& random, std::size_t fan_in, std::size_t fan_out) const noexcept {
        const double fan = static_cast<double>((In ? fan_in : 0) + (Out ? fan_out : 0));
        const double deviation = math::sqrt(Gain / fan);
        if constexpr (IsNormal) return Normal{0, deviation}(random, fan_in, fan_out);
        else return Uniform{-deviation * root_3, deviation * root_3}(random, fan_in, fan_out);
    }
    static constexpr double root_3 = 1.7320508075688772;
};

} // namespace detail

/// Variance 2 / (fan_in + fan_out), for the sigmoid family; Glorot and Bengio, 2010.
struct XavierUniform : detail::Scaled<2, true, true, false> {};
struct XavierNormal : detail::Scaled<2, true, true, true> {};

/// Variance 2 / fan_in, for the ReLU family; He et al., 2015.
struct HeUniform : detail::Scaled<2, true, false, false> {};
struct HeNormal : detail::Scaled<2, true, false, true> {};

/// Variance 1 / fan_in, for Selu; LeCun et al., 1998.
struct LeCunUniform : detail::Scaled<1, true, false, false> {};
struct LeCunNormal : detail::Scaled<1, true, false, true> {};

/// Weights and biases uniform in [-1 / sqrt(fan_in), 1 / sqrt(fan_in)]: what PyTorch's Linear and Conv layers
/// start with, kaiming_uniform_(weight, a=sqrt(5)). (The numbers are not those of PyTorch's generator.)
struct PyTorchDefault {
    constexpr double operator()(Random& random, std::size_t fan_in, std::size_t) const noexcept {
        return bias(random, fan_in);
    }
    constexpr double bias(Random& random, std::size_t fan_in) const noexcept {
        const double limit = math::sqrt(1 / static_cast<double>(fan_in));
        return Uniform{-limit, limit}(random, fan_in, 0);
    }
};

namespace detail {

/// The scheme of each layer's activation: He's, LeCun's, or else Xavier's.
struct DefaultScheme {};

/// The number of values that an output with this bias sums, or 0: of the weights before it in the table; of a
/// recurrent cell its units, as PyTorch has it.
template <class L> constexpr std::size_t fan_in_of(const Tensor& bias) noexcept {
    std::size_t fan_in = 0;
    for (const Tensor& tensor : tensors_of<L>)
        if (tensor.gates > 0) return tensor.shape[0] / tensor.gates;
        else if (tensor.name == bias.name) return fan_in;
        else if (tensor.fan_in > 0) fan_in = tensor.fan_in;
    return fan_in;
}
constexpr bool is_bias(const Tensor& tensor) noexcept {
    return tensor.fan_in == 0 && (tensor.name == "bias" || tensor.name.ends_with(".bias"));
}

template <class L, class Scheme, class T>
constexpr void initialize_tensor(T* parameters, Random& random, const Tensor& tensor,
                                 const Scheme& scheme) noexcept {
    // In the order of memory, if a tensor is contiguous.
    const bool is_contiguous =
        tensor.gate_stride == 0 && (tensor.rank < 2 || tensor.gates > 0 ||
                                    tensor.place_of(tensor.size() - 1) - tensor.offset + 1 == tensor.size());
    const auto place = [&](std::size_t i) { return is_contiguous ? tensor.offset + i : tensor.place_of(i); };
    if constexpr (requires { scheme.bias(random, std::size_t{}); })
        if (const std::size_t fan_in = fan_in_of<L>(tensor);
            (is_bias(tensor) && fan_in > 0) || tensor.gates > 0) {
            for (std::size_t i = 0; i < tensor.size(); ++i)
                parameters[place(i)] = static_cast<T>(static_cast<float>(scheme.bias(random, fan_in)));
            return;
        }
    if constexpr (requires { scheme.fill(random, parameters, tensor); })
        if (tensor.fan_in > 0) return scheme.fill(random, parameters, tensor);
    for (std::size_t i = 0; i < tensor.size(); ++i)
        parameters[place(i)] =
            tensor.fan_in == 0
                ? static_cast<T>(tensor.initial)
                : static_cast<T>(static_cast<float>(scheme(random, tensor.fan_in, tensor.fan_out)));
}

template <class L, class Scheme, class T>
constexpr void initialize_layer(T* parameters, Random& random, const Scheme& scheme) noexcept {
    if constexpr (requires { L::layer_count; })
        for_each_layer<L>([&]<class Inner>(std::size_t offset) {
            initialize_layer<Inner>(parameters + offset, random, scheme);
        });
    else if constexpr (std::is_same_v<Scheme, DefaultScheme>) {
        if constexpr (requires { L::OutputActivation::fan_in_gain; })
            initialize_layer<L>(parameters, random,
                                Scaled<L::OutputActivation::fan_in_gain, true, false, false>{});
        else initialize_layer<L>(parameters, random, XavierUniform{});
    } else
        for (const Tensor& tensor : tensors_of<L>) initialize_tensor<L>(parameters, random, tensor, scheme);
}

} // namespace detail

/// Draws every weight, in the order of parameters(), and sets all else to its initial value: every bias to 0.
/// Default scheme, all uniform: He for layers of the ReLU family, LeCun for Selu, else Xavier.
///     initialize(net, 42);                      // or initialize(net, 42, Normal{0, 0.1});
template <class T, class... Layers, class Scheme = detail::DefaultScheme>
constexpr void initialize(NetOf<T, Layers...>& net, std::uint64_t seed, const Scheme& scheme = {}) noexcept {
    Random random(seed);
    detail::initialize_layer<NetOf<T, Layers...>>(net.parameters().data(), random, scheme);
}

/// The same for one layer, or for all layers of a nested net, of a net that is there already:
///     initialize(net.layer<1>(), 7, Orthogonal{.gain = 1.4});
template <class Layer, class T, class Scheme = detail::DefaultScheme>
constexpr void initialize(Parameters<Layer, T> layer, std::uint64_t seed,
                          const Scheme& scheme = {}) noexcept {
    Random random(seed);
    detail::initialize_layer<Layer>(layer.data, random, scheme);
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
