// Reads RTNeural's JSON into a net: the list of layers, and PyTorch's state_dict.
#pragma once

#include <tenon/io/bytes.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/rtneural_cells.hpp>
#include <tenon/io/rtneural_convolutions.hpp>
#include <tenon/io/rtneural_layers.hpp>
#include <tenon/io/rtneural_list.hpp>
#include <tenon/io/state_dict.hpp>
#include <tenon/net.hpp>
#include <tenon/tensor.hpp>
#include <tenon/text/summary.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Reads both forms into a copy of the net, which replaces it if all is well.
template <class T, class... Layers>
void load_rtneural(NetOf<T, Layers...>& net, const std::string& file, std::string_view text) {
    using Net = NetOf<T, Layers...>;
    const JsonValue root = parse_json(file, text);
    std::vector<T> read(net.parameters().begin(), net.parameters().end());
    if (const JsonValue* const layers = root.find("layers")) {
        const JsonValue* const inputs = root.find("in_shape");
        RtneuralLayers<T> reader{file, *layers};
        using Taken = typename Net::InputShape;
        if (!inputs || !reader.template ends_in<Taken>(*inputs))
            throw Error{file, "an in_shape that ends in " + reader.template sizes<Taken>(),
                        inputs ? inputs->described() : "none"};
        RtneuralEntry<Net>::read(reader, read.data());
        reader.end();
    } else {
        const JsonValue* const nested = root.find("state_dict");
        const JsonValue& tensors = nested ? *nested : root;
        if (tensors.kind != JsonValue::Kind::object)
            throw Error{file, "an object with \"layers\", or with PyTorch's tensors", tensors.described()};
        StateDict<T> reader{file, tensors};
        T* parameters = read.data();
        auto of_layer = [&]<class L>(Place) {
            if constexpr (!HasLayers<L>) {
                reader.template read<L>(parameters);
                parameters += L::parameter_count;
            }
        };
        for_each_layer_within<Net>(of_layer, {});
        reader.end();
    }
    std::ranges::copy(read, net.parameters().begin());
}

} // namespace detail

/// Reads the weights of a net from a file in RTNeural's JSON: the list of layers that its Python scripts
/// write for a Keras model, or PyTorch's state_dict. Each layer's type, shape and settings are compared with
/// the net's before any number is taken. Throws Error, which names the layer or tensor, what was wanted and
/// what was found; the net is then unchanged.
template <class T, class... Layers>
void load_rtneural_json(NetOf<T, Layers...>& net, const std::filesystem::path& path) {
    detail::load_rtneural(net, path.string(), detail::read_bytes(path));
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
