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
#include <tenon/softmax.hpp>
#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

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

/// How RTNeural's JSON writes layer L. An entry has
///   exists                      whether RTNeural has such a layer
///   read(reader, parameters)    takes the next layer of the file, and copies its numbers
///   write(writer, parameters)
/// Reader: layer<L>(type) takes the next layer if it is of this type and of L's size; array<L>(i, shape, to)
/// copies array i of its weights; setting<L>(name, value) compares a number; activation<L, A>() takes the
/// next activation, fixed_activation<L>(name) compares that of a recurrent layer. Writer: layer(type, size,
/// fixed activation), array(shape, from), setting(name, value), end(); activation<A>(size).
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
        reader.template layer<L>("dense", Bias ? 2 : 1);
        reader.template array<L>(0, std::array{In, Out}, parameters);
        if constexpr (Bias) reader.template array<L>(1, std::array{Out}, parameters + In * Out);
        reader.template activation<L, A>();
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        writer.layer("dense", Out);
        writer.array(std::array{In, Out}, parameters);
        if constexpr (Bias) writer.array(std::array{Out}, parameters + In * Out);
        writer.end();
        writer.template activation<A>(Out);
    }
};

template <class Values, class A> struct RtneuralEntry<Activate<Values, A>> {
    using L = Activate<Values, A>;
    static constexpr bool exists = is_rtneural_activation<A>;
    template <class Reader, class T> static void read(Reader& reader, T*) {
        reader.template activation<L, A>();
    }
    template <class Writer, class T> static void write(Writer& writer, const T*) {
        writer.template activation<A>(Values::size);
    }
};

/// Only of one dimension: RTNeural's values of several are channels-last.
template <std::size_t Size, class Momentum, class Epsilon, bool Affine>
struct RtneuralEntry<BatchNorm<Shape<Size>, Momentum, Epsilon, Affine>> {
    using L = BatchNorm<Shape<Size>, Momentum, Epsilon, Affine>;
    static constexpr bool exists = true;
    static constexpr std::size_t arrays = Affine ? 4 : 2;
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        reader.template layer<L>("batchnorm", arrays);
        reader.template setting<L>("epsilon", number<Epsilon>);
        for (std::size_t i = 0; i < arrays; ++i)
            reader.template array<L>(i, std::array{Size}, parameters + i * Size);
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        writer.layer("batchnorm", Size);
        for (std::size_t i = 0; i < arrays; ++i) writer.array(std::array{Size}, parameters + i * Size);
        writer.setting("epsilon", number<Epsilon>);
        writer.end();
    }
};

template <std::size_t Size> struct RtneuralEntry<PRelu<Shape<Size>>> {
    using L = PRelu<Shape<Size>>;
    static constexpr bool exists = true;
    template <class Reader, class T> static void read(Reader& reader, T* parameters) {
        reader.template layer<L>("prelu", 1);
        reader.template array<L>(0, std::array{std::size_t{1}, Size}, parameters);
    }
    template <class Writer, class T> static void write(Writer& writer, const T* parameters) {
        writer.layer("prelu", Size);
        writer.array(std::array{std::size_t{1}, Size}, parameters);
        writer.end();
    }
};

/// Layers that do nothing outside training, or to values in a row, have none in the file.
struct NoRtneuralLayer {
    static constexpr bool exists = true;
    template <class Reader, class T> static void read(Reader&, T*) noexcept {}
    template <class Writer, class T> static void write(Writer&, const T*) noexcept {}
};
template <class Values, std::size_t Percent>
struct RtneuralEntry<Dropout<Values, Percent>> : NoRtneuralLayer {};
template <class Values> struct RtneuralEntry<Flatten<Values>> : NoRtneuralLayer {};

template <class L> struct RtneuralEntry<Frozen<L>> : RtneuralEntry<L> {};

/// The layers of a nested net stand in the file one after another.
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
