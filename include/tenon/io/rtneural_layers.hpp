// The layers of RTNeural's JSON and tenon's: an entry for each, which reads and writes it.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/flatten.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/prelu.hpp>
#include <tenon/layers/stack.hpp>
#include <tenon/net.hpp>
#include <tenon/shape.hpp>
#include <tenon/softmax.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// RTNeural's name of an activation; empty if it has none.
template <class A> inline constexpr std::string_view rtneural_activation{};
template <> inline constexpr std::string_view rtneural_activation<Tanh>{"tanh"};
template <> inline constexpr std::string_view rtneural_activation<Relu>{"relu"};
template <> inline constexpr std::string_view rtneural_activation<Sigmoid>{"sigmoid"};
template <> inline constexpr std::string_view rtneural_activation<Softmax>{"softmax"};
template <> inline constexpr std::string_view rtneural_activation<Elu>{"elu"};

template <class A>
inline constexpr bool is_rtneural_activation = std::is_same_v<A, Identity> || !rtneural_activation<A>.empty();

/// The order of a layer's values in a file. Frames, Shape<channels, features>, are [features, channels] in
/// RTNeural's JSON, and stay so behind a Flatten, until a layer sums them.
struct RtneuralOrder {
    std::size_t channels = 1, features = 1;

    /// Where value `i` of tenon's is in the file.
    constexpr std::size_t in_file(std::size_t i) const noexcept {
        return channels == 1 || features == 1 ? i : i % features * channels + i / features;
    }
    constexpr bool is_other() const noexcept { return channels > 1 && features > 1; }
};

/// How RTNeural's JSON writes layer L. An entry has
///   exists                      whether RTNeural has such a layer
///   read(reader, parameters)    takes the next layer of the file, and copies its numbers
///   write(writer, parameters)
/// Reader: layer<L>(type, arrays) takes the next layer if it is of this type and of L's shape, with as many
/// arrays of weights; array<L>(i, shape, to) copies array i of them; setting<L>(name, value) compares a
/// number or a text, setting<L>(name, value, default) one that may be missing; activation<L, A>() takes the
/// next activation, fixed_activation<L>(name) compares that of a recurrent layer. Writer: layer<L>(type,
/// fixed activation), array(shape, from), setting(name, value), end(); activation<L, A>(). Both have an
/// `order`, that of the values that the next layer takes.
/// A layer that RTNeural does not have needs no entry.
template <class L> struct RtneuralEntry {
    static constexpr bool exists = false;
    template <class Reader, class T> static void read(Reader& reader, T*) {
        reader.template no_such_layer<L>();
    }
};

/// Keras' kernel is [in][out], as Dense's.
template <std::size_t In, std::size_t Out, class A, bool Bias> struct RtneuralEntry<Dense<In, Out, A, Bias>> {
    using L = Dense<In, Out, A, Bias>;
    static constexpr bool exists = is_rtneural_activation<A>;
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::vector<T> rows(In * Out);
        reader.template layer<L>("dense", Bias ? 2 : 1);
        reader.template array<L>(0, std::array{In, Out}, rows.data());
        for (std::size_t i = 0; i < In; ++i)
            std::copy_n(rows.data() + reader.order.in_file(i) * Out, Out, parameters + i * Out);
        if constexpr (Bias) reader.template array<L>(1, std::array{Out}, parameters + In * Out);
        reader.template activation<L, A>();
        reader.order = {};
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> rows(In * Out);
        for (std::size_t i = 0; i < In; ++i)
            std::copy_n(parameters + i * Out, Out, rows.data() + writer.order.in_file(i) * Out);
        writer.template layer<L>("dense");
        writer.array(std::array{In, Out}, rows.data());
        if constexpr (Bias) writer.array(std::array{Out}, parameters + In * Out);
        writer.end();
        writer.template activation<L, A>();
        writer.order = {};
    }
};

template <class Values, class A> struct RtneuralEntry<Activate<Values, A>> {
    using L = Activate<Values, A>;
    static constexpr bool exists = is_rtneural_activation<A>;
    template <class Reader, class T> static void read(Reader& reader, T*) {
        reader.template activation<L, A>();
    }
    template <class Writer, class T> static void write(Writer& writer, const T*) {
        writer.template activation<L, A>();
    }
};

/// Whether a file holds values of this shape: rows, and frames.
template <class Values> inline constexpr bool in_rtneural = Values::rank <= 2;

/// Of rows "batchnorm", of frames "batchnorm2d", with a number for each channel.
template <class Values, class Momentum, class Epsilon, bool Affine>
struct RtneuralEntry<BatchNorm<Values, Momentum, Epsilon, Affine>> {
    using L = BatchNorm<Values, Momentum, Epsilon, Affine>;
    static constexpr bool exists = in_rtneural<Values>, of_frames = Values::rank == 2;
    static constexpr std::size_t channels = L::channels, arrays = Affine ? 4 : 2;
    static constexpr std::string_view type = of_frames ? "batchnorm2d" : "batchnorm";
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::vector<T> values(channels);
        reader.template layer<L>(type, arrays);
        reader.template setting<L>("epsilon", number<Epsilon>);
        for (std::size_t i = 0; i < arrays; ++i) {
            reader.template array<L>(i, std::array{channels}, values.data());
            for (std::size_t c = 0; c < channels; ++c)
                parameters[i * channels + c] = values[reader.order.in_file(c)];
        }
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> values(channels);
        writer.template layer<L>(type);
        for (std::size_t i = 0; i < arrays; ++i) {
            for (std::size_t c = 0; c < channels; ++c)
                values[writer.order.in_file(c)] = parameters[i * channels + c];
            writer.array(std::array{channels}, values.data());
        }
        writer.setting("epsilon", number<Epsilon>);
        if constexpr (of_frames) {
            writer.setting("num_filters_in", channels);
            writer.setting("num_features_in", L::positions);
        }
        writer.end();
    }
};

/// In the file there is a factor for each value, or one for all.
template <class Values> struct RtneuralEntry<PRelu<Values>> {
    using L = PRelu<Values>;
    static constexpr bool exists = in_rtneural<Values>;
    static constexpr std::size_t size = Values::size, channels = L::Channels::count,
                                 positions = L::Channels::positions;
    /// Where the factor of a channel at a position is in the file.
    static constexpr std::size_t place(const RtneuralOrder& order, std::size_t c, std::size_t p) noexcept {
        return positions == 1 ? order.in_file(c)
                              : RtneuralOrder{channels, positions}.in_file(c * positions + p);
    }
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::vector<T> factors(size);
        reader.template layer<L>("prelu", 1);
        reader.template array_or_one<L>(0, std::array{std::size_t{1}, size}, factors.data());
        for (std::size_t c = 0; c < channels; ++c) {
            parameters[c] = factors[place(reader.order, c, 0)];
            for (std::size_t p = 1; p < positions; ++p)
                reader.template same<L>(parameters[c], factors[place(reader.order, c, p)]);
        }
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::vector<T> factors(size);
        for (std::size_t c = 0; c < channels; ++c)
            for (std::size_t p = 0; p < positions; ++p) factors[place(writer.order, c, p)] = parameters[c];
        writer.template layer<L>("prelu");
        writer.array(std::array{std::size_t{1}, size}, factors.data());
        writer.end();
    }
};

/// Layers that do nothing outside training, or to values in a row, are not in the file.
struct NoRtneuralLayer {
    static constexpr bool exists = true;
    template <class Reader, class T> static void read(Reader&, T*) noexcept {}
    template <class Writer, class T> static void write(Writer&, const T*) noexcept {}
};
template <class Values, std::size_t Percent, class Mask>
struct RtneuralEntry<Dropout<Values, Percent, Mask>> : NoRtneuralLayer {};
template <class Values> struct RtneuralEntry<Flatten<Values>> : NoRtneuralLayer {};
/// Of frames it changes nothing in the file.
template <std::size_t Channels, std::size_t Features>
struct RtneuralEntry<Flatten<Shape<Channels, Features>>> {
    static constexpr bool exists = true;
    template <class Reader, class T> static void read(Reader& reader, T*) noexcept {
        reader.order = {Channels, Features};
    }
    template <class Writer, class T> static void write(Writer& writer, const T*) noexcept {
        writer.order = {Channels, Features};
    }
};

template <class L> struct RtneuralEntry<Frozen<L>> : RtneuralEntry<L> {};

/// The layers of a nested net follow one another in the file.
template <class... Layers> struct RtneuralEntry<Stack<Layers...>> {
    static constexpr bool exists = (RtneuralEntry<Layers>::exists && ...);
    static constexpr auto offsets = LayerList<Layers...>::offsets;
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        std::size_t i = 0;
        (RtneuralEntry<Layers>::read(reader, parameters + offsets[i++]), ...);
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        std::size_t i = 0;
        (RtneuralEntry<Layers>::write(writer, parameters + offsets[i++]), ...);
    }
};
template <class T, class... Layers>
struct RtneuralEntry<NetOf<T, Layers...>> : RtneuralEntry<StackOf<NetOf<T, Layers...>>> {};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
