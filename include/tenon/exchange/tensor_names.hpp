// The tensors of a net by PyTorch's names: 0.weight, 1.0.bias.
#pragma once

#include <tenon/activations.hpp>
#include <tenon/exchange/message.hpp>
#include <tenon/layers/global_pool.hpp>
#include <tenon/layers/layer_list.hpp>
#include <tenon/net.hpp>
#include <tenon/tensor.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// How the layers of a net are counted in the names of its tensors.
enum class Numbering {
    layers,     ///< as in the net: the second Dense of Net<Dense<2, 3, Tanh>, Dense<3, 1>> is 1
    sequential, ///< as in torch.nn.Sequential, where activations are modules of their own: it is 2
};

/// A tensor or a layer that a file calls otherwise: {"0.weight", "fc1.w"} renames one tensor, {"0", "fc1"}
/// all tensors of layer 0, and {"", "model"} all tensors of the net. `tenon` is a name by Numbering::layers.
/// The longest name that applies counts.
struct Renamed {
    std::string_view tenon, file;
};

namespace detail {

template <class L> inline constexpr bool is_global_pool = false;
template <class Values> inline constexpr bool is_global_pool<GlobalAveragePool<Values>> = true;
template <class Values> inline constexpr bool is_global_pool<GlobalMaxPool<Values>> = true;

/// The modules that L is in a torch.nn.Sequential: an activation after parameters is one of its own, and so
/// is the Flatten after an adaptive pool.
template <class L> consteval std::size_t modules_of() {
    if constexpr (is_global_pool<L>) return 2;
    else if constexpr (!HasLayers<L> && L::parameter_count > 0 && requires { typename L::OutputActivation; })
        return std::is_same_v<typename L::OutputActivation, Identity> ? 1 : 2;
    else return 1;
}
/// Layers beside one another are counted as such, whatever their activations are.
template <class Container>
concept HasBranches = requires { typename StackOf<Container>::template Branch<0>; };

/// The numbers before a tensor's name, the outermost first.
struct LayerPath {
    const LayerPath* outer = nullptr;
    std::size_t number = 0;

    template <class Out> constexpr void write(Out& out) const noexcept {
        if (outer) outer->write(out);
        write_number(out, number);
        out(".");
    }
};

/// A tensor as a file has it. If `is_added`, its numbers are added to those of the tensor before it:
/// PyTorch's second bias of a cell that has one, which is written as zeros.
struct FileTensor : Tensor {
    bool is_added = false;
};

/// The name of the second bias that a file has after this tensor of L, if L has one bias for both.
template <class L> constexpr std::string_view second_bias_of(const Tensor& tensor) noexcept {
    if (tensor.gates == 0) return {};
    constexpr std::string_view pairs[][2] = {{"bias_ih_l0", "bias_hh_l0"},
                                             {"bias_ih_l0_reverse", "bias_hh_l0_reverse"}};
    for (const auto& [first, second] : pairs)
        if (tensor.name == first &&
            std::ranges::find(tensors_of<L>, second, &Tensor::name) == tensors_of<L>.end())
            return second;
    return {};
}

/// Calls f(path, FileTensor) for each tensor of a container, in the order of the parameters. The tensor's
/// offset is that among the parameters of the outermost container.
template <class Container, class F>
constexpr void for_each_tensor(F& f, Numbering numbering, const LayerPath* outer, std::size_t first) {
    LayerPath path{outer, 0};
    for_each_layer<Container>([&]<class L>(std::size_t offset) {
        if constexpr (HasLayers<L>) for_each_tensor<L>(f, numbering, &path, first + offset);
        else
            for (const Tensor& of_layer : tensors_of<L>) {
                FileTensor tensor{of_layer};
                tensor.offset += first + offset;
                f(path, tensor);
                tensor.name = second_bias_of<L>(of_layer);
                tensor.is_added = true;
                if (!tensor.name.empty()) f(path, tensor);
            }
        path.number += numbering == Numbering::sequential && !HasBranches<Container> ? modules_of<L>() : 1;
    });
}

/// The number of a net's tensors, and of the characters of their names.
struct TensorCount {
    std::size_t tensors = 0, characters = 0;
};
template <class Net, Numbering By>
inline constexpr TensorCount tensor_count = [] {
    TensorCount count;
    Counter counter;
    auto f = [&](const LayerPath& path, const FileTensor& tensor) {
        ++count.tensors;
        path.write(counter);
        counter(tensor.name);
    };
    for_each_tensor<Net>(f, By, nullptr, 0);
    count.characters = counter.size;
    return count;
}();

/// The full names of a net's tensors, one after another in one text.
template <std::size_t Count, std::size_t Characters> struct NameTable {
    std::array<char, Characters> text{};
    std::array<std::size_t, Count + 1> ends{};

    constexpr std::string_view operator[](std::size_t i) const noexcept {
        return {text.data() + ends[i], ends[i + 1] - ends[i]};
    }
};
template <class Net, Numbering By>
inline constexpr auto tensor_names = [] {
    constexpr TensorCount count = tensor_count<Net, By>;
    NameTable<count.tensors, count.characters> table;
    std::size_t at = 0, i = 0;
    auto out = [&](std::string_view piece) {
        for (const char c : piece) table.text[at++] = c;
    };
    auto f = [&](const LayerPath& path, const Tensor& tensor) {
        path.write(out);
        out(tensor.name);
        table.ends[++i] = at;
    };
    for_each_tensor<Net>(f, By, nullptr, 0);
    return table;
}();
template <class Net>
inline constexpr auto net_tensors = [] {
    std::array<FileTensor, tensor_count<Net, Numbering::layers>.tensors> tensors{};
    std::size_t i = 0;
    auto f = [&](const LayerPath&, const FileTensor& tensor) { tensors[i++] = tensor; };
    for_each_tensor<Net>(f, Numbering::layers, nullptr, 0);
    return tensors;
}();
/// How many numbers a file has of a net.
template <class Net>
inline constexpr std::size_t file_numbers = [] {
    std::size_t count = 0;
    for (const FileTensor& tensor : net_tensors<Net>) count += tensor.size();
    return count;
}();
/// Whether both numberings give the same names.
template <class Net>
inline constexpr bool one_numbering = tensor_names<Net, Numbering::layers>.text.size() ==
                                          tensor_names<Net, Numbering::sequential>.text.size() &&
                                      std::ranges::equal(tensor_names<Net, Numbering::layers>.text,
                                                         tensor_names<Net, Numbering::sequential>.text);

template <class Net> constexpr std::string_view tensor_name(Numbering by, std::size_t i) noexcept {
    return by == Numbering::layers ? tensor_names<Net, Numbering::layers>[i]
                                   : tensor_names<Net, Numbering::sequential>[i];
}

/// Whether `name` is the tensor or the layer `prefix`, or within it.
constexpr bool is_within(std::string_view name, std::string_view prefix) noexcept {
    return prefix.empty() ||
           (name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.'));
}

/// The name of a tensor in a file: `head`, then `tail`.
struct FileName {
    std::string_view head, tail;

    template <class Out> constexpr void write(Out& out) const noexcept {
        out(head);
        if (!head.empty() && !tail.empty()) out(".");
        out(tail);
    }
};
template <class Net>
constexpr FileName file_name(Numbering by, std::span<const Renamed> renamed, std::size_t i) noexcept {
    const std::string_view name = tensor_name<Net>(Numbering::layers, i);
    const Renamed* longest = nullptr;
    for (const Renamed& one : renamed)
        if (is_within(name, one.tenon) && (!longest || one.tenon.size() > longest->tenon.size()))
            longest = &one;
    std::string_view tail = tensor_name<Net>(by, i);
    if (!longest) return {{}, tail};
    std::size_t parts = longest->tenon.empty() ? 0 : 1;
    for (const char c : longest->tenon) parts += c == '.';
    for (; parts > 0; --parts) {
        const std::size_t dot = index_of(tail, '.');
        tail.remove_prefix(dot < tail.size() ? dot + 1 : dot);
    }
    return {longest->file, tail};
}

/// Whether a text of a file, here a string of JSON, is this name.
template <class String> constexpr bool is_named(const String& string, const FileName& name) noexcept {
    if (name.head.empty()) return string == name.tail;
    if (name.tail.empty()) return string == name.head;
    std::size_t i = 0;
    const std::size_t size = name.head.size() + 1 + name.tail.size();
    return string.for_each_byte([&](char c) {
        const std::size_t at = i++;
        if (at >= size) return false;
        return c == (at < name.head.size()    ? name.head[at]
                     : at == name.head.size() ? '.'
                                              : name.tail[at - name.head.size() - 1]);
    }) && i == size;
}

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
