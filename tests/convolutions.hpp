// Passes of a convolution on views of any kind, in buffers whose ends are checked, and PyTorch's numbers.
#pragma once

#include "reference/pytorch_convolutions.hpp"

#include "catch.hpp"
#include "support.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

/// A layer of any type, so that a check is compiled once for all: its sizes, and its passes on a view.
template <class View> struct AnyConvolution {
    using T = typename View::Scalar;
    using ReadOnly = decltype(View{}.read_only());

    std::size_t in, out, parameters, trace, scratch;
    void (*forward)(const T*, ReadOnly x, View y, View trace);
    void (*backward)(const T*, ReadOnly x, ReadOnly y, View trace, View dy, View dx, View scratch,
                     T* gradient, bool add);
};
template <class L, class View> constexpr auto context_with(View trace) {
    if constexpr (L::trace > 0) return tenon::Context<View>{trace};
    else return tenon::Context<>{};
}
template <class L, class View> constexpr AnyConvolution<View> convolution_of() {
    using Any = AnyConvolution<View>;
    using T = typename View::Scalar;
    return {L::InputShape::size,
            L::OutputShape::size,
            L::parameter_count,
            L::trace,
            L::scratch,
            [](const T* p, typename Any::ReadOnly x, View y, View trace) {
                L::forward(p, x, y, context_with<L>(trace));
            },
            [](const T* p, typename Any::ReadOnly x, typename Any::ReadOnly y, View trace, View dy, View dx,
               View scratch, T* gradient,
               bool add) { L::backward(p, x, y, context_with<L>(trace), dy, dx, scratch, gradient, add); }};
}

/// A buffer for `size` values, all NaN, between numbers that must not be overwritten.
template <class T> struct GuardedBuffer {
    static constexpr std::size_t guard = 64;
    std::vector<T> values;

    explicit GuardedBuffer(std::size_t size) : values(size + 2 * guard, T(1234.5)) {
        std::fill(values.begin() + guard, values.end() - guard, std::numeric_limits<T>::quiet_NaN());
    }
    T* data() { return values.data() + guard; }
    bool is_intact() const {
        const auto whole = [](auto first, auto last) {
            return std::all_of(first, last, [](T value) { return value == T(1234.5); });
        };
        return whole(values.begin(), values.begin() + guard) && whole(values.end() - guard, values.end());
    }
};

/// What a convolution computes of x and dy of several samples. The gradient is added to `gradient` if `add`.
template <class T> struct ConvolutionResults {
    std::vector<T> y, dx, gradient;
};
template <class View, class T = typename View::Scalar>
ConvolutionResults<T> results(const AnyConvolution<View>& layer, std::size_t samples,
                              const std::vector<T>& parameters, const std::vector<T>& xs,
                              const std::vector<T>& dys, bool add = false, T start = 0) {
    const auto buffer = [](std::size_t n) { return GuardedBuffer<T>(View::buffer_size(n)); };
    auto x = buffer(layer.in), y = buffer(layer.out), trace = buffer(layer.trace), dy = buffer(layer.out),
         dx = buffer(layer.in), scratch = buffer(layer.scratch);
    GuardedBuffer<T> gradient(layer.parameters);
    std::fill_n(gradient.data(), layer.parameters, start);
    const auto view = [&](GuardedBuffer<T>& values) {
        if constexpr (requires { View{nullptr, samples}; }) return View{values.data(), samples};
        else return View{values.data()};
    };
    for (std::size_t s = 0; s < samples; ++s) {
        for (std::size_t i = 0; i < layer.in; ++i) x.data()[i * View::stride + s] = xs[s * layer.in + i];
        for (std::size_t o = 0; o < layer.out; ++o) dy.data()[o * View::stride + s] = dys[s * layer.out + o];
    }
    layer.forward(parameters.data(), view(x).read_only(), view(y), view(trace));
    ConvolutionResults<T> result;
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t o = 0; o < layer.out; ++o) result.y.push_back(y.data()[o * View::stride + s]);
    layer.backward(parameters.data(), view(x).read_only(), view(y).read_only(), view(trace), view(dy),
                   view(dx), view(scratch), gradient.data(), add);
    for (std::size_t s = 0; s < samples; ++s)
        for (std::size_t i = 0; i < layer.in; ++i) result.dx.push_back(dx.data()[i * View::stride + s]);
    result.gradient.assign(gradient.data(), gradient.data() + layer.parameters);
    for (const auto* values : {&x, &y, &trace, &dy, &dx, &scratch, &gradient}) CHECK(values->is_intact());
    return result;
}

/// The small whole numbers of pytorch_convolutions.py.
struct WholeNumbers {
    unsigned state;
    template <class T> std::vector<T> take(std::size_t count) {
        std::vector<T> values(count);
        for (T& value : values) {
            state = (state * 75 + 74) % 65537;
            value = static_cast<T>(static_cast<int>(state % 7) - 3);
        }
        return values;
    }
};

/// `values` of a tensor in its logical order at their places among the parameters.
template <class T> void place(const tenon::Tensor& tensor, const T* values, std::vector<T>& parameters) {
    const auto& n = tensor.shape;
    const auto size = [&](std::size_t axis) { return axis < tensor.rank ? n[axis] : 1; };
    for (std::size_t a = 0; a < size(0); ++a)
        for (std::size_t b = 0; b < size(1); ++b)
            for (std::size_t c = 0; c < size(2); ++c)
                for (std::size_t d = 0; d < size(3); ++d) parameters[tensor.at(a, b, c, d)] = *values++;
}

/// PyTorch's results of two samples, as those of a block that is filled with copies of both.
template <class View, class T = typename View::Scalar>
void check_convolution(const AnyConvolution<View>& layer, const auto& tensors, unsigned seed,
                       std::size_t pairs, const int* numbers) {
    const bool one = View::stride == 1 && !requires { View{nullptr, pairs}; };
    WholeNumbers made{seed};
    std::vector<T> parameters(layer.parameters + tenon::detail::padded(1)); // as in a net
    for (const tenon::Tensor& tensor : tensors) place(tensor, made.take<T>(tensor.size()).data(), parameters);
    const std::vector<T> xs = made.take<T>(2 * layer.in), dys = made.take<T>(2 * layer.out);
    const std::vector<T> wanted_y(numbers, numbers + 2 * layer.out),
        wanted_dx(numbers + 2 * layer.out, numbers + 2 * (layer.out + layer.in));
    numbers += 2 * (layer.out + layer.in);
    std::vector<T> wanted_gradient(layer.parameters);
    for (const tenon::Tensor& tensor : tensors) {
        const std::vector<T> values(numbers, numbers + tensor.size());
        place(tensor, values.data(), wanted_gradient);
        numbers += tensor.size();
    }
    const auto repeated = [](const std::vector<T>& pair, std::size_t times) {
        std::vector<T> all;
        for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), pair.begin(), pair.end());
        return all;
    };
    if (one) { // the gradient of one sample after the other
        std::vector<T> sum(layer.parameters, 0);
        for (const std::size_t s : {std::size_t{0}, std::size_t{1}}) {
            const auto of = [=](const std::vector<T>& pair) {
                const auto half = static_cast<std::ptrdiff_t>(pair.size() / 2),
                           first = static_cast<std::ptrdiff_t>(s) * half;
                return std::vector<T>(pair.begin() + first, pair.begin() + first + half);
            };
            const auto result = results(layer, 1, parameters, of(xs), of(dys), s == 1, T(5 * s));
            CHECK(result.y == of(wanted_y));
            CHECK(result.dx == of(wanted_dx));
            for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += result.gradient[p] - T(5 * s);
        }
        CHECK(sum == wanted_gradient);
    } else
        for (const bool add : {false, true}) {
            const auto result =
                results(layer, 2 * pairs, parameters, repeated(xs, pairs), repeated(dys, pairs), add, T(7));
            CHECK(result.y == repeated(wanted_y, pairs));
            CHECK(result.dx == repeated(wanted_dx, pairs));
            for (std::size_t p = 0; p < layer.parameters; ++p) {
                INFO("parameter " << p);
                CHECK(result.gradient[p] == static_cast<T>(pairs) * wanted_gradient[p] + T(add ? 7 : 0));
            }
        }
}

/// The generator's seed for a layer: that of the script, by the layer's name without spaces.
template <class L> unsigned seed_of() {
    struct Sum {
        unsigned value = 1;
        void operator()(std::string_view text) {
            for (const char c : text)
                if (c != ' ') value += static_cast<unsigned char>(c);
        }
    } sum;
    tenon::detail::Spelling<L, false>::write(sum);
    return sum.value;
}

/// PyTorch's results on views of this kind: of one sample, or of a block of this many pairs of samples.
template <class Case, class View> void check_case(std::size_t pairs) {
    using L = typename Case::Layer;
    static_assert(tenon::Layer<L>);
    check_convolution(convolution_of<L, View>(), L::tensors, seed_of<L>(), pairs, Case::numbers.data());
}
