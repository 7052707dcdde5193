// LayerNorm: normalises the values of each sample.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/math/math.hpp>
#include <tenon/shape.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <ratio>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// A tensor with a number for each value of a shape, and the shape's dimensions; one dimension if the shape
/// has more than four.
template <std::size_t... Sizes>
consteval Tensor tensor_of(std::string_view name, std::size_t offset, Shape<Sizes...>, double initial) {
    Tensor tensor{.name = name, .offset = offset, .initial = initial};
    if constexpr (sizeof...(Sizes) > 4) tensor.shape = {(Sizes * ...)};
    else {
        tensor.rank = sizeof...(Sizes);
        tensor.shape = {Sizes...};
    }
    std::size_t stride = 1;
    for (std::size_t axis = tensor.rank; axis-- > 0; stride *= tensor.shape[axis])
        tensor.strides[axis] = stride;
    return tensor;
}

} // namespace detail

/// y = (x - mean) / sqrt(variance + Epsilon) * weight + bias, with mean and variance of each sample's values
/// (Ba et al., 2016); PyTorch's LayerNorm over all dimensions of Values, which are those of weight and bias,
/// too. Neither exists if Affine is false. initialize sets weight to 1 and bias to 0.
template <class Values, class Epsilon = std::ratio<1, 100000>, bool Affine = true> struct LayerNorm {
    using InputShape = Values;
    using OutputShape = Values;
    static constexpr std::size_t size = Values::size, parameter_count = Affine ? 2 * size : 0,
                                 multiply_adds = 3 * size, trace = detail::padded(size) + 1, scratch = 0;
    static constexpr auto tensors = [] {
        if constexpr (Affine)
            return std::array{detail::tensor_of("weight", 0, Values{}, 1),
                              detail::tensor_of("bias", size, Values{}, 0)};
        else return std::array<Tensor, 0>{};
    }();

    /// The trace is h = (x - mean) scale, and scale = 1 / sqrt(variance + Epsilon).
    template <class T, class X, class Y, class Context>
    static constexpr void forward(const T* parameters, X x, Y y, Context context) noexcept {
        const auto h = [&] {
            if constexpr (Context::keeps_trace) return context.trace;
            else return y;
        }();
        detail::map<size>(h, [](auto v) { return v; }, x);
        if constexpr (Context::keeps_trace)
            detail::for_each_sample<size>([](auto values, auto scale) { scale.set(0, normalize<T>(values)); },
                                          h, h.subview(detail::padded(size)));
        else detail::for_each_sample<size>([](auto values) { normalize<T>(values); }, h);
        if constexpr (Affine)
            detail::map_channels<Each>(
                y, [=](auto of, auto v) { return math::fma(v, of(parameters), of(parameters + size)); },
                h.read_only());
        else if constexpr (Context::keeps_trace) detail::map<size>(y, [](auto v) { return v; }, h);
    }

    /// dweight = sum dy h, dbias = sum dy; with g = dy weight, dx = scale (g - mean(g) - h mean(g h))
    template <class T, class X, class Y, class Context, class Dy, class Dx, class Scratch, class Gradient>
    static constexpr void backward(const T* parameters, X, Y, Context context, Dy dy, Dx dx, Scratch,
                                   Gradient gradient, bool add) noexcept {
        const auto h = context.trace.read_only();
        if constexpr (Affine && !std::is_same_v<Gradient, NoView>)
            for (std::size_t i = 0; i < size; ++i) {
                const T weight = detail::sum_channel<Each>(i, [](auto g, auto v) { return g * v; }, dy, h);
                const T bias = detail::sum_channel<Each>(i, [](auto g) { return g; }, dy);
                gradient[i] = add ? gradient[i] + weight : weight;
                gradient[size + i] = add ? gradient[size + i] + bias : bias;
            }
        if constexpr (!std::is_same_v<Dx, NoView>) {
            if constexpr (Affine)
                detail::map_channels<Each>(dy, [=](auto of, auto g) { return g * of(parameters); }, dy);
            detail::for_each_sample<size>(
                [](auto derivative, auto normalized, auto scale) {
                    using V = typename decltype(derivative)::Register;
                    V sum(T(0)), product(T(0));
                    for (std::size_t i = 0; i < derivative.count; ++i) {
                        const V g = derivative.get(i, T(0));
                        sum = sum + g;
                        product = product + g * normalized.get(i, T(0));
                    }
                    const V mean = derivative.reduce_sum(sum) / V(T(size)),
                            slope = derivative.reduce_sum(product) / V(T(size)), factor = scale.get(0, T(0));
                    for (std::size_t i = 0; i < derivative.count; ++i)
                        derivative.set(
                            i, factor * (derivative.get(i, T(0)) - mean - normalized.get(i, T(0)) * slope));
                },
                dy, h, h.subview(detail::padded(size)));
            detail::map<size>(dx, [](auto g) { return g; }, dy);
        }
    }

private:
    using Each = detail::ChannelsOf<Shape<size>>;

    /// Replaces x by h, and returns the scale of each sample.
    template <class T, class Registers> static constexpr auto normalize(Registers values) noexcept {
        using V = typename Registers::Register;
        constexpr T epsilon = static_cast<T>(Epsilon::num) / static_cast<T>(Epsilon::den);
        V sum(T(0)), squares(T(0));
        for (std::size_t i = 0; i < values.count; ++i) sum = sum + values.get(i, T(0));
        const V mean = values.reduce_sum(sum) / V(T(size));
        for (std::size_t i = 0; i < values.count; ++i) {
            const V difference = values.zero_padding(i, values.get(i, T(0)) - mean);
            squares = squares + difference * difference;
        }
        const V scale = V(T(1)) / math::sqrt(values.reduce_sum(squares) / V(T(size)) + V(epsilon));
        for (std::size_t i = 0; i < values.count; ++i) values.set(i, (values.get(i, T(0)) - mean) * scale);
        return scale;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
