// Net: layers after one another as a type, and its parameters as a value.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/demands.hpp>
#include <tenon/kernels/blocks.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/layers/streams.hpp>
#include <tenon/samples.hpp>
#include <tenon/stream_calls.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

template <class T, class... Layers>
    requires(detail::layers_fit<Layers...>())
struct NetOf;

namespace detail {
template <class T, class... Layers> struct LayerOf<NetOf<T, Layers...>> {
    using type = StackOrPlaceholder<Layers...>;
};
}

/// A network of Layers with parameters of type T, float or double. Its value is its parameters and nothing
/// else: layer after layer, in each the weights input-major, [in][out], then the biases. Zero at the start,
/// trivially copyable, a constant expression, the same bytes on every CPU. Inference is const, so threads may
/// share a net. A net is a layer, so nets nest; a layer's T is that of the net around it.
template <class T, class... Layers>
    requires(detail::layers_fit<Layers...>())
struct NetOf {
    static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                  "the numbers of a net are float or double");
    using Scalar = T;
    using InputShape = typename detail::StackOf<NetOf>::InputShape;
    using OutputShape = typename detail::StackOf<NetOf>::OutputShape;
    static constexpr std::size_t inputs = InputShape::size, outputs = OutputShape::size;
    static constexpr std::size_t layer_count = sizeof...(Layers);
    static constexpr std::size_t parameter_count = detail::StackOf<NetOf>::parameter_count;
    /// How many values the state of a stream has, without and with padding (State).
    static constexpr std::size_t state_count = detail::EvaluatedStack<detail::StackOf<NetOf>>::state_count,
                                 state_size = detail::EvaluatedStack<detail::StackOf<NetOf>>::state_size;
    using Input = std::array<T, inputs>;
    using Output = std::array<T, outputs>;

    /// Parameters, then 64 bytes of zeros so that SIMD loads may read past the end. Public because a constant
    /// that is initialised by position, as in generated headers, needs an aggregate: use parameters().
    alignas(64) T values_is_an_implementation_detail_[parameter_count + 64 / sizeof(T)] = {};

    /// All parameters, in the order above.
    constexpr std::span<T, parameter_count> parameters() noexcept {
        return std::span<T, parameter_count>(values_is_an_implementation_detail_, parameter_count);
    }
    constexpr std::span<const T, parameter_count> parameters() const noexcept {
        return std::span<const T, parameter_count>(values_is_an_implementation_detail_, parameter_count);
    }

    /// The parameters of layer I by index, counted from 0: net.layer<0>().weight(output, input),
    /// net.layer<0>().bias(output).
    template <std::size_t I> constexpr auto layer() noexcept {
        return Stack::template parameters_of<I>(values_is_an_implementation_detail_);
    }
    template <std::size_t I> constexpr auto layer() const noexcept {
        return Stack::template parameters_of<I>(values_is_an_implementation_detail_);
    }

    /// Returns the output for one input of `inputs` values. No heap; the working memory, the outputs of two
    /// layers, is on the stack, at most 256 kB: a net that needs more is refused at compile time.
    constexpr Output operator()(const Input& input) const noexcept { return evaluate_one(input.data()); }
    /// The same for an input that is not an Input: net(std::span<const float, 2>(pointer, 2)).
    template <class U, std::size_t N>
        requires std::is_same_v<std::remove_const_t<U>, T>
    constexpr Output operator()(std::span<U, N> input) const noexcept {
        static_assert(misfit::input_mismatch<misfit::takes<inputs>, misfit::but_given<N>>::passes());
        return evaluate_one(input.data());
    }
    /// The same for an input in braces: net({0.f, 1.f}).
    template <std::size_t N> constexpr Output operator()(const T (&input)[N]) const noexcept {
        static_assert(misfit::input_mismatch<misfit::takes<inputs>, misfit::but_given<N>>::passes());
        Input copy;
        for (std::size_t i = 0; i < inputs; ++i) copy[i] = input[i];
        return (*this)(copy);
    }
    /// Writes the output for xs[i] to ys[i]. Results do not depend on the position in the batch. If the sizes
    /// differ, every output becomes NaN. Stack use, for one block of up to 64 samples (double: 32): the net's
    /// inputs and outputs, and the largest sum of one inner layer's input and output; at most 256 kB, so
    /// wider nets use smaller blocks. With AVX-512, nets with convolutions or a Sequence take up to 512 kB.
    constexpr void operator()(std::span<const Input> xs, std::span<Output> ys) const noexcept {
        evaluate_all(xs, ys, xs.size() == ys.size());
    }
    /// The same for contiguous values: xs has a multiple of `inputs` values, ys as many times `outputs`. If
    /// not, every value of ys becomes NaN.
    constexpr void operator()(std::span<const T> xs, std::span<T> ys) const noexcept {
        const detail::FlatSamples<const T, inputs> in{xs};
        const detail::FlatSamples<T, outputs> out{ys};
        evaluate_all(in, out, in.whole() && out.whole() && in.size() == out.size());
        if (!out.whole())
            for (T& y : ys.subspan(out.size() * outputs)) y = math::not_a_number<T>();
    }

    /// The output for the next input of a stream, for nets with cells. The state is updated.
    constexpr Output step(State<NetOf>& state, const Input& input) const noexcept {
        static_assert(detail::StackSentence<Evaluated, T>::passes());
        alignas(64) T y[detail::padded(outputs)] = {};
        detail::step_of_stream<Evaluated>(values_is_an_implementation_detail_, state,
                                          Sample<const T, false>{input.data()}, Sample<T>{y});
        Output output{};
        for (std::size_t o = 0; o < outputs; ++o) output[o] = y[o];
        return output;
    }
    /// Writes the outputs for the next inputs of a stream, those of step. If all cells are causal
    /// convolutions, 16 steps may be computed at once, and the outputs are those of step up to rounding. If
    /// the sizes differ, every output becomes NaN.
    constexpr void run(State<NetOf>& state, std::span<const Input> xs, std::span<Output> ys) const noexcept {
        if (xs.size() != ys.size()) return fill_with_nan(ys);
        std::size_t t = 0;
        if constexpr (detail::StreamWindow<Evaluated, T>::steps > 0)
            if (!std::is_constant_evaluated() && !xs.empty())
                t = run_windows(state, xs[0].data(), ys[0].data(), xs.size());
        for (; t < xs.size(); ++t) ys[t] = step(state, xs[t]);
    }
    /// The same for contiguous values, such as a buffer of one channel: xs has a multiple of `inputs` values,
    /// ys as many times `outputs`. If not, every value of ys becomes NaN.
    constexpr void run(State<NetOf>& state, std::span<const T> xs, std::span<T> ys) const noexcept {
        if (xs.size() % inputs != 0 || ys.size() % outputs != 0 ||
            xs.size() / inputs != ys.size() / outputs) {
            for (T& y : ys) y = math::not_a_number<T>();
            return;
        }
        std::size_t t = 0;
        if constexpr (detail::StreamWindow<Evaluated, T>::steps > 0)
            if (!std::is_constant_evaluated())
                t = run_windows(state, xs.data(), ys.data(), xs.size() / inputs);
        for (; t < xs.size() / inputs; ++t) {
            Input x;
            for (std::size_t i = 0; i < inputs; ++i) x[i] = xs[t * inputs + i];
            const Output y = step(state, x);
            for (std::size_t o = 0; o < outputs; ++o) ys[t * outputs + o] = y[o];
        }
    }
    /// One step of many streams. If all cells are LSTM, GRU or RNN, the lanes of registers are streams; else
    /// the streams are computed one after another. If the sizes differ, every output becomes NaN.
    constexpr void step(std::span<State<NetOf>> states, std::span<const Input> xs,
                        std::span<Output> ys) const noexcept {
        if (states.size() != xs.size() || xs.size() != ys.size()) return fill_with_nan(ys);
        detail::step_of_streams<Evaluated>(values_is_an_implementation_detail_, states, xs, ys);
    }

    // Inputs and outputs of another size or number type: refused with a sentence.
    template <class U, std::size_t N>
        requires detail::Misfit<T, inputs, detail::One<std::array<U, N>>>
    constexpr Output operator()(const std::array<U, N>&) const noexcept {
        detail::refuse<NetOf, detail::One<std::array<U, N>>>();
        return {};
    }
    template <class U, std::size_t N>
        requires(!std::is_same_v<std::remove_const_t<U>, T>)
    constexpr Output operator()(std::span<U, N>) const noexcept {
        detail::refuse<NetOf, detail::One<std::array<std::remove_const_t<U>, N>>>();
        return {};
    }
    template <class U, std::size_t N> // an array that has a name: numbers in braces become floats
        requires(!std::is_same_v<std::remove_const_t<U>, T>)
    constexpr Output operator()(U (&)[N]) const noexcept {
        detail::refuse<NetOf, detail::One<std::array<std::remove_const_t<U>, N>>>();
        return {};
    }
    template <class Xs, class Ys>
        requires detail::Misfits<NetOf, Xs, Ys>
    constexpr void operator()(const Xs&, const Ys&) const noexcept {
        detail::refuse<NetOf, detail::Many<Xs>, detail::Many<Ys>>();
    }
    template <class Xs, class Ys>
        requires(detail::FlatMisfit<T, Xs> || detail::FlatMisfit<T, Ys>)
    constexpr void operator()(const Xs&, const Ys&) const noexcept {
        using Wrong = std::conditional_t<detail::FlatMisfit<T, Xs>, Xs, Ys>;
        static_assert(
            misfit::number_mismatch<misfit::numbers<T>,
                                    misfit::but_found<std::ranges::range_value_t<Wrong>>>::passes());
    }

    // Other arguments of step and run: likewise.
    template <class... Given>
        requires(!detail::StepCall<NetOf, Given...>)
    constexpr Output step(Given&&...) const noexcept {
        detail::refuse_stream<NetOf, Given...>();
        return {};
    }
    template <std::size_t N> constexpr Output step(const T (&)[N]) const noexcept { // braces
        detail::refuse_stream<NetOf, std::array<T, N>>();
        return {};
    }
    template <class S, std::size_t N>
        requires(N > inputs || !detail::StepCall<NetOf, S, Input>)
    constexpr Output step(S&&, const T (&)[N]) const noexcept {
        detail::refuse_stream<NetOf, S, std::array<T, N>>();
        return {};
    }
    template <class... Given>
        requires(!detail::RunCall<NetOf, Given...>)
    constexpr void run(Given&&...) const noexcept {
        detail::refuse_stream<NetOf, Given...>();
    }

private:
    using Stack = detail::StackOf<NetOf>;
    using Evaluated = detail::EvaluatedStack<Stack>;

    std::size_t run_windows(State<NetOf>& state, const T* xs, T* ys, std::size_t steps) const noexcept {
        return detail::run_windows<Evaluated>(values_is_an_implementation_detail_, state, xs, ys, steps);
    }
    constexpr Output evaluate_one(const T* input) const noexcept {
        static_assert(detail::StateSentence<NetOf>::passes());
        static_assert(detail::StackSentence<Evaluated, T>::passes());
        alignas(64) T y[detail::padded(outputs)] = {};
        Evaluated::forward(values_is_an_implementation_detail_, Sample<const T, false>{input}, Sample<T>{y},
                           Context<>{});
        Output output{};
        for (std::size_t o = 0; o < outputs; ++o) output[o] = y[o];
        return output;
    }
    template <class Xs, class Ys> constexpr void evaluate_all(Xs xs, Ys ys, bool equal_sizes) const noexcept {
        static_assert(detail::StateSentence<NetOf>::passes());
        if (equal_sizes)
            detail::run_blocks<Evaluated, 0>(
                values_is_an_implementation_detail_, xs, [&](std::size_t first, auto y) {
                    detail::write_outputs<outputs>(y, [=](std::size_t s) { return ys[first + s].data(); });
                });
        else fill_with_nan(ys);
    }
    template <class Ys> static constexpr void fill_with_nan(Ys ys) noexcept {
        for (std::size_t s = 0; s < ys.size(); ++s)
            for (std::size_t o = 0; o < outputs; ++o) ys[s].data()[o] = math::not_a_number<T>();
    }
};

/// NetOf<float, Layers...>.
template <class... Layers>
    requires(detail::layers_fit<Layers...>())
using Net = NetOf<float, Layers...>;

} // namespace tenon

#include <tenon/config/epilogue.hpp>
