// What the residual layers of a WaveNet are: their options, and where their parameters lie.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/concepts.hpp>
#include <tenon/layers/convolution_options.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The dilations of layers, in steps, one for each layer.
template <std::size_t... Distances> struct Dilations {};
/// Convolutions have twice the channels, and their second half gates the first (Gated).
struct WithGate {};
/// Each layer has a convolution of one step to these channels; their sum over the layers is the input of the
/// head, in place of the sum of the layers' own channels.
template <std::size_t Channels> struct SkipConv {};
/// The layers get no condition: the input of the WaveNet enters the first layer alone.
struct NoCondition {};

namespace detail {

template <class> inline constexpr std::size_t dilation_count = 0;
template <std::size_t... D> inline constexpr std::size_t dilation_count<Dilations<D...>> = sizeof...(D);
template <class> inline constexpr std::array<std::size_t, 1> dilations_of{1};
template <std::size_t First, std::size_t... D>
inline constexpr std::array<std::size_t, 1 + sizeof...(D)> dilations_of<Dilations<First, D...>>{First, D...};
template <class> inline constexpr bool dilations_are_steps = false;
template <std::size_t... D>
inline constexpr bool dilations_are_steps<Dilations<D...>> = sizeof...(D) > 0 && ((D > 0) && ...);

template <class> inline constexpr std::size_t skip_conv_channels = 0;
template <std::size_t N> inline constexpr std::size_t skip_conv_channels<SkipConv<N>> = N;
template <class> inline constexpr bool is_skip_conv = false;
template <std::size_t N> inline constexpr bool is_skip_conv<SkipConv<N>> = true;
template <class O>
inline constexpr bool is_skip_option =
    is_skip_conv<O> || std::is_same_v<O, WithGate> || std::is_same_v<O, NoCondition>;

/// The activation among the options; else Tanh.
template <class... Options> struct SkipActivation {
    using type = Tanh;
};
template <class First, class... Rest>
struct SkipActivation<First, Rest...>
    : std::conditional_t<is_skip_option<First>, SkipActivation<Rest...>, std::type_identity<First>> {};

template <std::size_t Channels, std::size_t Head, class Size, class Steps, class... Options>
consteval bool skip_layers_fit() {
    constexpr Option size = option_of<Size>;
    constexpr std::size_t gates = (std::size_t{std::is_same_v<Options, WithGate>} + ... + 0),
                          conditions = (std::size_t{std::is_same_v<Options, NoCondition>} + ... + 0),
                          skips = (std::size_t{is_skip_conv<Options>} + ... + 0),
                          others = (std::size_t{!is_skip_option<Options>} + ... + 0);
    constexpr bool activates = [] {
        if constexpr (others == 0) return true;
        else return Elementwise<typename SkipActivation<Options...>::type>;
    }();
    constexpr bool fits = size.kind == OptionKind::kernel && size.count == 1 && !size.has_zero &&
                          dilations_are_steps<Steps> && gates <= 1 && conditions <= 1 && skips <= 1 &&
                          others <= 1 && activates && Channels > 0 && Head > 0 &&
                          ((!is_skip_conv<Options> || skip_conv_channels<Options> > 0) && ...);
    return misfit::skip_layers_options<std::bool_constant<fits>,
                                       misfit::but_found<Size, Steps, Options...>>::passes();
}

} // namespace detail

/// Layers of a WaveNet with `Channels` channels and a head of `Head` outputs; one layer for each dilation.
/// Kernel<K> has K taps. From Shape<channels before> to Shape<Head>: a layer array of Neural Amp Modeler.
/// Options in any order: an activation (Tanh), WithGate, SkipConv<N> and NoCondition.
template <std::size_t Channels, std::size_t Head, class Size, class Steps, class... Options>
    requires(detail::skip_layers_fit<Channels, Head, Size, Steps, Options...>())
struct SkipLayers {
    using A = typename detail::SkipActivation<Options...>::type;
    static constexpr std::size_t channels = Channels, head = Head,
                                 kernel = detail::option_of<Size>.numbers[0];
    static constexpr auto dilations = detail::dilations_of<Steps>;
    static constexpr std::size_t layers = dilations.size();
    static constexpr bool has_gate = (std::is_same_v<Options, WithGate> || ...),
                          has_condition = !(std::is_same_v<Options, NoCondition> || ...),
                          has_skip_conv = (detail::is_skip_conv<Options> || ...);
    /// The channels that the layers add up.
    static constexpr std::size_t skip =
        has_skip_conv ? (detail::skip_conv_channels<Options> + ... + 0) : Channels;
};

namespace detail {

/// The parameters of SkipLayers that take In values and a condition of Inputs values: `rechannel`, then those
/// of each layer, then `head_rechannel`. Of a layer: its convolution, [K][Channels][Out], with the weights
/// of the condition, [Inputs][Out], and a bias; then the pointwise convolutions to the next layer and to
/// the sum, [Channels][Channels + Skip], and a bias.
template <std::size_t In, std::size_t Inputs, class L> struct SkipLayersTable {
    /// The values that a convolution reads and gives, and those that the pointwise convolutions give.
    static constexpr std::size_t channels = L::channels, layers = L::layers, skip = L::skip,
                                 conv_out = L::has_gate ? 2 * channels : channels,
                                 condition = L::has_condition ? Inputs : 0,
                                 conv_in = L::kernel * channels + condition,
                                 pointwise_out = L::has_skip_conv ? channels + skip : channels;
    /// Where the layers begin, within a layer the pointwise convolutions, and the head.
    static constexpr std::size_t layers_offset = In * channels, pointwise_offset = (conv_in + 1) * conv_out,
                                 layer_size = pointwise_offset + (channels + 1) * pointwise_out,
                                 head_offset = layers_offset + layers * layer_size,
                                 parameter_count = head_offset + (skip + 1) * L::head;
    static constexpr std::size_t multiply_adds =
        In * channels + layers * (conv_in * conv_out + channels * pointwise_out) + skip * L::head;
    static constexpr auto tensors = [] {
        constexpr std::size_t c = channels, k = L::kernel, n = layers, o = conv_out, p = pointwise_out,
                              size = layer_size, conv = layers_offset,
                              pointwise = layers_offset + pointwise_offset,
                              tensor_count = 7 + (condition > 0 ? 1 : 0) + (L::has_skip_conv ? 2 : 0);
        std::array<Tensor, tensor_count> table{};
        std::size_t i = 0;
        table[i++] = {"rechannel.weight", 0, 2, {c, In}, {1, c}, In, c};
        table[i++] = {"conv.weight", conv, 4, {n, o, c, k}, {size, 1, o, c * o}, k * c, k * o};
        table[i++] = {"conv.bias", conv + conv_in * o, 2, {n, o}, {size, 1}};
        if constexpr (condition > 0)
            table[i++] = {"input_mixer.weight", conv + k * c * o, 3, {n, o, Inputs}, {size, 1, o}, Inputs, o};
        table[i++] = {"layer1x1.weight", pointwise, 3, {n, c, c}, {size, 1, p}, c, c};
        table[i++] = {"layer1x1.bias", pointwise + c * p, 2, {n, c}, {size, 1}};
        if constexpr (L::has_skip_conv) {
            table[i++] = {"skip.weight", pointwise + c, 3, {n, skip, c}, {size, 1, p}, c, skip};
            table[i++] = {"skip.bias", pointwise + c * p + c, 2, {n, skip}, {size, 1}};
        }
        table[i++] = {"head_rechannel.weight", head_offset, 2, {L::head, skip}, {1, L::head}, skip, L::head};
        table[i++] = {"head_rechannel.bias", head_offset + skip * L::head, 1, {L::head}, {1}};
        return table;
    }();
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
