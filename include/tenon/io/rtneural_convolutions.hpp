// Causal convolutions of RTNeural's JSON.
#pragma once

#include <tenon/cells/causal_conv.hpp>
#include <tenon/cells/causal_conv_2d.hpp>
#include <tenon/io/rtneural_layers.hpp>
#include <tenon/tensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Keras' kernel is [K][In / groups][Out], PyTorch's and tenon's tensor [Out, In / groups, K].
template <std::size_t In, std::size_t Out, class Size, class... Options>
struct RtneuralEntry<CausalConv<In, Out, Size, Options...>> {
    using L = CausalConv<In, Out, Size, Options...>;
    using A = typename L::OutputActivation;
    static constexpr bool exists =
        is_rtneural_activation<A> && stride_over_time<L> == 1 && L::tensors.size() == 2;
    static constexpr const Tensor &weight = L::tensors[0], &bias = L::tensors[L::tensors.size() - 1];
    static constexpr std::size_t in_of_group = weight.shape[1], groups = In / in_of_group, kernel = L::kernel;

    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        if constexpr (!exists) reader.template no_such_layer<L>();
        else {
            std::vector<T> values(weight.size());
            reader.template layer<L>("conv1d", 2);
            reader.template setting<L>("kernel_size", static_cast<double>(kernel));
            reader.template setting<L>("dilation", static_cast<double>(L::dilation), 1);
            reader.template setting<L>("groups", static_cast<double>(groups), 1);
            if (groups > 1 && reader.order.is_other())
                reader.template refuse<L>("no groups behind a Flatten of frames", std::to_string(groups));
            reader.template array<L>(0, std::array{kernel, in_of_group, Out}, values.data());
            for_each(std::exchange(reader.order, {}),
                     [&](std::size_t p, std::size_t e) { parameters[p] = values[e]; });
            reader.template array<L>(1, std::array{Out}, parameters + bias.offset);
            reader.template activation<L, A>();
        }
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> values(weight.size());
        if (groups > 1 && writer.order.is_other())
            writer.template refuse<L>("no groups behind a Flatten of frames", std::to_string(groups));
        for_each(std::exchange(writer.order, {}),
                 [&](std::size_t p, std::size_t e) { values[e] = parameters[p]; });
        writer.template layer<L>("conv1d");
        writer.array(std::array{kernel, in_of_group, Out}, values.data());
        writer.array(std::array{Out}, parameters + bias.offset);
        writer.setting("kernel_size", std::array{kernel});
        writer.setting("dilation", std::array{L::dilation});
        writer.setting("groups", groups);
        writer.end();
        writer.template activation<L, A>();
    }

private:
    template <class F> static void for_each(const RtneuralOrder& order, F f) {
        for (std::size_t o = 0; o < Out; ++o)
            for (std::size_t i = 0; i < in_of_group; ++i)
                for (std::size_t k = 0; k < kernel; ++k)
                    f(weight.at(o, i, k), (k * in_of_group + order.in_file(i)) * Out + o);
    }
};

/// Keras' kernel is [K][kernel over features][In][Out]. RTNeural has a dilation of the time and a stride of
/// the features; it has no groups, and always a bias.
template <class Frame, std::size_t Out, class Size, class... Options>
struct RtneuralEntry<CausalConv2D<Frame, Out, Size, Options...>> {
    using L = CausalConv2D<Frame, Out, Size, Options...>;
    using A = typename L::OutputActivation;
    using Features = typename L::Plan::Columns;
    static constexpr ConvolutionOptions options = L::Plan::options, as_same = [] {
        ConvolutionOptions same = options;
        same.same = true;
        return same;
    }();
    static constexpr bool is_valid = Features::before == 0 && Features::after == 0,
                          is_same =
                              Features::before == as_same.padding_of(1, L::features, Features::span, false) &&
                              Features::after == as_same.padding_of(1, L::features, Features::span, true);
    static constexpr bool exists = is_rtneural_activation<A> && (is_valid || is_same) &&
                                   options.groups == 1 && options.bias && Features::dilation == 1;
    static constexpr std::string_view padding = is_valid ? "valid" : "same",
                                      or_padding = is_same ? "same" : "valid";
    static constexpr const Tensor& weight = L::tensors[0];
    static constexpr std::array shape{L::kernel, Features::kernel, L::channels, Out};

    /// Calls f(name, number) for each setting that is a number.
    template <class F> static void for_each_setting(F f) {
        f("kernel_size_time", L::kernel);
        f("kernel_size_feature", Features::kernel);
        f("dilation", L::dilation);
        f("strides", Features::stride);
        f("num_filters_in", L::channels);
        f("num_features_in", L::features);
        f("num_filters_out", Out);
    }
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        if constexpr (!exists) reader.template no_such_layer<L>();
        else {
            std::vector<T> values(weight.size());
            reader.template layer<L>("conv2d", 2);
            for_each_setting([&](const char* name, std::size_t value) {
                reader.template setting<L>(name, static_cast<double>(value));
            });
            reader.template setting<L>("padding", padding, or_padding);
            reader.template array<L>(0, shape, values.data());
            for_each([&](std::size_t p, std::size_t e) { parameters[p] = values[e]; });
            reader.template array<L>(1, std::array{Out}, parameters + weight.size());
            reader.template activation<L, A>();
        }
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> values(weight.size());
        for_each([&](std::size_t p, std::size_t e) { values[e] = parameters[p]; });
        writer.template layer<L>("conv2d");
        writer.array(shape, values.data());
        writer.array(std::array{Out}, parameters + weight.size());
        for_each_setting([&](const char* name, std::size_t value) { writer.setting(name, value); });
        writer.setting("padding", padding);
        writer.end();
        writer.template activation<L, A>();
    }

private:
    /// Calls f(parameter, number in the file) for each weight.
    template <class F> static void for_each(F f) {
        std::size_t e = 0;
        for (std::size_t k = 0; k < shape[0]; ++k)
            for (std::size_t j = 0; j < shape[1]; ++j)
                for (std::size_t i = 0; i < shape[2]; ++i)
                    for (std::size_t o = 0; o < Out; ++o) f(weight.at(o, i, k, j), e++);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
