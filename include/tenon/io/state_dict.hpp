// Reads PyTorch's state_dict as JSON.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/json_numbers.hpp>
#include <tenon/tensor.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// PyTorch's state_dict as JSON. What stands before the last point of a name, "0" in "0.weight", is a module;
/// the modules, in their order, belong to the net's layers that have tensors. Modules of a Sequential are
/// ordered by number, others as in the file.
template <class T> class StateDict {
    struct Entry {
        std::string_view name;
        const JsonValue* value;
    };
    struct Module {
        std::string prefix;
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
            const std::string_view prefix = full.substr(0, point), name = full.substr(point);
            if (name == "num_batches_tracked")
                continue; // PyTorch's count of steps, which BatchNorm needs not
            auto at = std::ranges::find(modules_, prefix, &Module::prefix);
            if (at == modules_.end()) {
                if (modules_.size() == 4096) throw Error{file_, "at most 4096 layers", "more"};
                at = modules_.insert(at, {std::string{prefix}, {}});
            }
            at->entries.push_back({name, &tensors.items[i]});
        }
        if (std::ranges::all_of(modules_, [](const Module& m) { return is_numbered(m.prefix); }))
            std::ranges::sort(modules_, {},
                              [](const Module& m) { return std::pair{numbers_of(m.prefix), m.prefix}; });
    }

    /// Copies the tensors of layer L, if it has any, from the next module.
    template <class L> void read(T* parameters) {
        if constexpr (tensors_of<L>.size() > 0) {
            if (next_ == modules_.size())
                throw Error{file_, "tensors of " + spelled_layer<L>(), "no more tensors"};
            const Module& module = modules_[next_++];
            for (const Tensor& tensor : tensors_of<L>) copy<L>(module, tensor, parameters);
            for (const Entry& entry : module.entries)
                if (std::ranges::find(tensors_of<L>, entry.name, &Tensor::name) == tensors_of<L>.end())
                    throw Error{place(module, entry.name), "no such tensor in " + spelled_layer<L>(),
                                entry.value->described()};
        }
    }
    void end() const {
        if (next_ != modules_.size())
            throw Error{file_, "no more tensors",
                        quote(modules_[next_].prefix + std::string{modules_[next_].entries[0].name})};
    }

private:
    std::string place(const Module& module, std::string_view name) const {
        return file_ + ", tensor " + quote(module.prefix + std::string{name});
    }
    template <class L> void copy(const Module& module, const Tensor& tensor, T* parameters) const {
        const auto at = std::ranges::find(module.entries, tensor.name, &Entry::name);
        const std::string where = place(module, tensor.name);
        const std::vector<std::size_t> shape(tensor.shape.begin(),
                                             tensor.shape.begin() + static_cast<std::ptrdiff_t>(tensor.rank));
        const std::string wanted = "shape " + shape_text(shape) + " (" + spelled_layer<L>() + ')';
        if (at == module.entries.end()) throw Error{where, wanted, "no such tensor"};
        if (at->value->kind != JsonValue::Kind::tensor || at->value->shape != shape)
            throw Error{where, wanted, at->value->described()};
        for (std::size_t i = 0; i < at->value->numbers.size(); ++i)
            parameters[tensor.place_of(i)] = NumbersOfJson<T>::number(where, at->value->numbers[i]);
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
