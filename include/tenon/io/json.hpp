// JSON as values in which an array of numbers, nested or not, is one tensor. Read by nlohmann-json 3, where
// that is present.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// "[2, 3]"
inline std::string shape_text(std::span<const std::size_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + ']';
}

/// Numbers of a shape, row by row; a number alone has no axis.
struct JsonTensor {
    std::vector<std::size_t> shape;
    std::span<const double> numbers;

    /// What it is, for a message.
    std::string described() const {
        if (numbers.empty()) return "no numbers";
        return shape.empty() ? quote(numbers[0]) : "numbers of shape " + shape_text(shape);
    }
};

/// A value of a JSON file. Arrays in which all parts are tensors of one shape are tensors, too: a matrix of a
/// million weights is one array of doubles. Other arrays are lists.
struct JsonValue {
    enum class Kind { null, boolean, text, tensor, array, object } kind = Kind::null;
    std::string text{};
    std::vector<std::size_t> shape{}; ///< of a tensor
    std::vector<double> numbers{};
    std::vector<JsonValue> items{}; ///< of a list or an object
    std::vector<std::string> names{};

    /// The member of an object; null if there is none.
    const JsonValue* find(std::string_view name) const noexcept {
        const auto at = std::ranges::find(names, name);
        return at == names.end() ? nullptr : &items[static_cast<std::size_t>(at - names.begin())];
    }
    std::size_t size() const noexcept {
        if (kind != Kind::tensor) return items.size();
        return shape.empty() ? 0 : shape[0];
    }
    bool is_number() const noexcept { return kind == Kind::tensor && shape.empty(); }
    /// Part `i` of an array, if that is a tensor; else a tensor without numbers and axes.
    JsonTensor part(std::size_t i) const {
        if (kind == Kind::array && items[i].kind == Kind::tensor) return {items[i].shape, items[i].numbers};
        if (kind != Kind::tensor || shape.empty()) return {};
        const std::size_t width = numbers.size() / shape[0];
        return {{shape.begin() + 1, shape.end()}, std::span{numbers}.subspan(i * width, width)};
    }
    /// What it is, for a message.
    std::string described() const {
        if (kind == Kind::null) return "null";
        if (kind == Kind::boolean) return "true or false";
        if (kind == Kind::text) return quote(text);
        if (kind == Kind::array) return described_list();
        if (kind == Kind::object) return "an object";
        return JsonTensor{shape, numbers}.described();
    }
    /// What part `i` of an array is.
    std::string described(std::size_t i) const {
        return kind == Kind::array ? items[i].described() : part(i).described();
    }

private:
    /// A list as it is in the file, such as "[null, 3]"; of tensors, the first of another shape.
    std::string described_list() const {
        const auto other = std::ranges::find_if(items, [&](const JsonValue& item) {
            return item.kind != Kind::tensor || item.shape != items[0].shape;
        });
        if (other->kind == Kind::tensor)
            return items[0].described() + " and, in row " + std::to_string(other - items.begin() + 1) + ", " +
                   other->described();
        constexpr std::size_t max_items = 8;
        std::string result = "[";
        for (std::size_t i = 0; i < std::min(items.size(), max_items); ++i)
            result += (i ? ", " : "") + (items[i].kind == Kind::array ? "an array" : items[i].described());
        return result + (items.size() > max_items ? ", ...]" : "]");
    }
};

#if __has_include(<nlohmann/json.hpp>)
/// Receives what nlohmann's parser finds. Values that are no numbers are limited in number and in depth, so
/// that memory stays within a small multiple of the file's size.
class JsonBuilder {
    static constexpr std::size_t max_depth = 16, max_items = 50'000;

    struct Open {
        JsonValue value;
        std::string name; // of the next member
        bool is_empty = true;
    };
    std::string file_;
    std::size_t size_; // of the file
    std::vector<Open> open_;
    std::size_t items_ = 0;

public:
    JsonValue root;

    JsonBuilder(std::string file, std::size_t size) : file_(std::move(file)), size_(size) {}

    bool null() { return add({}); }
    bool boolean(bool) { return add({.kind = JsonValue::Kind::boolean}); }
    bool number_integer(nlohmann::json::number_integer_t value) { return number(static_cast<double>(value)); }
    bool number_unsigned(nlohmann::json::number_unsigned_t value) {
        return number(static_cast<double>(value));
    }
    bool number_float(nlohmann::json::number_float_t value, const std::string&) { return number(value); }
    bool string(std::string& text) { return add({.kind = JsonValue::Kind::text, .text = std::move(text)}); }
    bool binary(nlohmann::json::binary_t&) { return false; } // there is none in JSON
    bool start_object(std::size_t) { return begin(JsonValue::Kind::object); }
    bool start_array(std::size_t) { return begin(JsonValue::Kind::tensor); }
    bool key(std::string& name) {
        open_.back().name = std::move(name);
        return true;
    }
    bool end_object() {
        std::vector<std::string_view> names(open_.back().value.names.begin(), open_.back().value.names.end());
        std::ranges::sort(names);
        if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
            throw Error{file_, "each name once in an object", quote(*twice) + " twice"};
        return end();
    }
    bool end_array() {
        Open& array = open_.back();
        if (array.is_empty) array.value.shape = {0};
        return end();
    }
    bool parse_error(std::size_t byte, const std::string& token, const nlohmann::json::exception&) {
        throw Error{file_ + ", byte " + std::to_string(byte), "JSON",
                    byte > size_ ? "the end of the file" : quote(token)};
    }

private:
    bool number(double value) {
        return add({.kind = JsonValue::Kind::tensor, .numbers = std::vector<double>(1, value)});
    }
    bool begin(JsonValue::Kind kind) {
        if (open_.size() == max_depth)
            throw Error{file_, "at most " + std::to_string(max_depth) + " values within one another", "more"};
        open_.push_back({.value = {.kind = kind}, .name = {}});
        return true;
    }
    bool end() {
        JsonValue value = std::move(open_.back().value);
        open_.pop_back();
        return add(std::move(value));
    }
    void add_item(JsonValue& to, JsonValue value) {
        if (++items_ > max_items)
            throw Error{file_, "at most " + std::to_string(max_items) + " values that are no numbers",
                        "more"};
        to.items.push_back(std::move(value));
    }
    bool add(JsonValue value) {
        if (open_.empty()) {
            root = std::move(value);
            return true;
        }
        auto& [to, name, is_empty] = open_.back();
        if (to.kind == JsonValue::Kind::object) {
            to.names.push_back(std::move(name));
            add_item(to, std::move(value));
        } else add_part(to, std::move(value), std::exchange(is_empty, false));
        return true;
    }
    /// Adds a part to an array, which becomes a list if the part differs from those before it.
    void add_part(JsonValue& to, JsonValue value, bool is_first) {
        if (to.kind == JsonValue::Kind::tensor && value.kind == JsonValue::Kind::tensor) {
            if (is_first) {
                to.shape = value.shape;
                to.shape.insert(to.shape.begin(), 0);
            }
            if (std::ranges::equal(std::span{to.shape}.subspan(1), value.shape)) {
                ++to.shape[0];
                if (is_first) to.numbers = std::move(value.numbers);
                else to.numbers.insert(to.numbers.end(), value.numbers.begin(), value.numbers.end());
                return;
            }
        }
        if (to.kind == JsonValue::Kind::tensor) {
            const std::size_t count = to.size();
            for (std::size_t i = 0; i < count; ++i) {
                const JsonTensor part = to.part(i);
                add_item(to, {.kind = JsonValue::Kind::tensor,
                              .shape = part.shape,
                              .numbers = {part.numbers.begin(), part.numbers.end()}});
            }
            to.kind = JsonValue::Kind::array;
            to.shape.clear();
            to.numbers = {};
        }
        add_item(to, std::move(value));
    }
};

/// The value of a JSON text. Throws Error, with the place of what is no JSON.
inline JsonValue parse_json(const std::string& file, std::string_view text) {
    JsonBuilder builder{file, text.size()};
    nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
    return std::move(builder.root);
}
#else
[[noreturn]] inline JsonValue parse_json(const std::string& file, std::string_view) {
    throw Error{file, "another format, since the program was built without nlohmann-json", "JSON"};
}
#endif

} // namespace tenon

#include <tenon/config/epilogue.hpp>
