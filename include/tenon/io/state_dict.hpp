// Reads PyTorch's state_dict as JSON.
#pragma once

#include <tenon/exchange/tensor_names.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/json_numbers.hpp>
#include <tenon/tensor.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// PyTorch's state_dict as JSON. The part of a name before the last dot, "0" in "0.weight", is a module;
/// the modules, in their order, belong to the net's layers that have tensors. Modules of a Sequential are
/// ordered by number, others as in the file. A recurrent module of several layers, whose names end in _l0,
/// _l1 and so on, counts as as many modules. The second bias of a cell that has one is added to it.
template <class T> class StateDict {
    struct Entry {
        std::string_view name;  // as of a module's first layer: "weight_ih_l0"
        std::string_view whole; // as in the file: "rec.weight_ih_l1"
        const JsonValue* value;
    };
    struct Module {
        std::string prefix;
        std::size_t layer; // of a recurrent module
        std::vector<Entry> entries;
    };
    std::string file_;
    std::vector<Module> modules_;
    std::size_t next_ = 0;

public:
    StateDict(std::string file, const JsonValue& tensors) : file_(std::move(file)) {
        for (std::size_t i = 0; i < tensors.items.size(); ++i) {
            const std::string_view full = tensors.names[i];
            const std::size_t point = full.rfind('.') + 1; // 0 without a point
            const std::string_view prefix = full.substr(0, point);
            const auto [name, layer] = name_and_layer(full.substr(point));
            if (name == "num_batches_tracked")
                continue; // PyTorch's count of steps, which BatchNorm needs not
            auto at = std::ranges::find_if(
                modules_, [&](const Module& m) { return m.prefix == prefix && m.layer == layer; });
            if (at == modules_.end()) {
                if (modules_.size() == 4096) throw Error{file_, "at most 4096 layers", "more"};
                at = modules_.insert(at, {std::string{prefix}, layer, {}});
            }
            at->entries.push_back({name, full, &tensors.items[i]});
        }
        if (std::ranges::all_of(modules_, [](const Module& m) { return is_numbered(m.prefix); }))
            std::ranges::sort(modules_, {}, [](const Module& m) {
                return std::tuple{numbers_of(m.prefix), m.prefix, m.layer};
            });
    }

    /// Copies the tensors of layer L, if it has any, from the next module.
    template <class L> void read(T* parameters) {
        if constexpr (tensors_of<L>.size() > 0) {
            if (next_ == modules_.size())
                throw Error{file_, "tensors of " + spelled_layer<L>(), "no more tensors"};
            const Module& module = modules_[next_++];
            std::vector<std::string_view> names;
            for (Tensor tensor : tensors_of<L>) {
                const std::string_view second = second_bias_of<L>(tensor);
                copy<L, false>(module, tensor, parameters);
                names.push_back(tensor.name);
                if (second.empty()) continue;
                tensor.name = second;
                copy<L, true>(module, tensor, parameters);
                names.push_back(tensor.name);
            }
            for (const Entry& entry : module.entries)
                if (std::ranges::find(names, entry.name) == names.end())
                    throw Error{place(entry.whole), "no such tensor in " + spelled_layer<L>(),
                                entry.value->described()};
        }
    }
    void end() const {
        if (next_ != modules_.size())
            throw Error{file_, "no more tensors", quote(std::string{modules_[next_].entries[0].whole})};
    }

private:
    std::string place(std::string_view name) const { return file_ + ", tensor " + quote(std::string{name}); }
    template <class L, bool Added>
    void copy(const Module& module, const Tensor& tensor, T* parameters) const {
        const auto at = std::ranges::find(module.entries, tensor.name, &Entry::name);
        const std::string where =
            place(at != module.entries.end() ? std::string{at->whole} : whole_name(module, tensor.name));
        const std::vector<std::size_t> shape(tensor.shape.begin(),
                                             tensor.shape.begin() + static_cast<std::ptrdiff_t>(tensor.rank));
        const std::string wanted = "shape " + shape_text(shape) + " (" + spelled_layer<L>() + ')';
        if (at == module.entries.end()) throw Error{where, wanted, "no such tensor"};
        if (at->value->kind != JsonValue::Kind::tensor || at->value->shape != shape)
            throw Error{where, wanted, at->value->described()};
        for (std::size_t i = 0; i < at->value->numbers.size(); ++i) {
            T& to = parameters[tensor.place_of(i)];
            const T number = NumbersOfJson<T>::number(where, at->value->numbers[i]);
            to = Added ? to + number : number;
        }
    }
    /// "weight_ih_l2" is tensor "weight_ih_l0" of layer 2; other names are of layer 0.
    static std::pair<std::string_view, std::size_t> name_and_layer(std::string_view name) noexcept {
        for (const std::string_view first : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"}) {
            const std::size_t start = first.size() - 1;
            if (!name.starts_with(first.substr(0, start)) || name.size() > start + 4) continue;
            std::size_t layer = 0;
            const auto [end, error] = std::from_chars(name.data() + start, name.data() + name.size(), layer);
            if (error == std::errc{} && end == name.data() + name.size()) return {first, layer};
        }
        return {name, 0};
    }
    static std::string whole_name(const Module& module, std::string_view name) {
        std::string whole = module.prefix + std::string{name};
        if (module.layer > 0) whole.replace(whole.size() - 1, 1, std::to_string(module.layer));
        return whole;
    }
    static bool is_numbered(std::string_view prefix) noexcept {
        const auto known = [](char c) { return c == '.' || (c >= '0' && c <= '9'); };
        return std::ranges::all_of(prefix, known);
    }
    static std::vector<std::string> numbers_of(std::string_view prefix) {
        std::vector<std::string> numbers(1);
        for (const char c : prefix)
            if (c == '.') numbers.emplace_back();
            else numbers.back() += c;
        for (std::string& number : numbers) // so that "10" follows "9"
            number.insert(0, 20 - std::min<std::size_t>(20, number.size()), '0');
        return numbers;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
