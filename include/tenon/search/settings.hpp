// Settings: named values of a training run, such as learning_rate = 0.01 or optimizer = "adam".
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/version.hpp>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// A number or a word.
struct SettingValue {
    double number = 0;
    std::string word = {}; // empty if the value is a number

    SettingValue() = default;
    template <class Number>
        requires std::integral<Number> || std::floating_point<Number>
    SettingValue(Number value) : number(static_cast<double>(value)) {}
    SettingValue(std::string text) : word(std::move(text)) {}
    SettingValue(const char* text) : word(text) {}

    bool is_word() const noexcept { return !word.empty(); }
    /// The word, or the shortest decimal number from which the same double is read.
    std::string text() const { return is_word() ? word : detail::quote(number); }

    friend bool operator==(const SettingValue&, const SettingValue&) = default;
};

struct Setting {
    std::string name;
    SettingValue value;

    friend bool operator==(const Setting&, const Setting&) = default;
};

/// Settings, looked up by name: `trial["learning_rate"]`, `trial.count("batch")`, `trial.word("optimizer")`.
/// A name that is not among them, or a value of another kind, is an Error that lists those there are.
struct Settings {
    std::vector<Setting> settings = {};

    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    double operator[](std::string_view name) const { return number(name); }
    double number(std::string_view name) const {
        const SettingValue& value = at(name);
        if (value.is_word()) throw wrong_kind(name, "a number", value);
        return value.number;
    }
    /// A whole number from 0 on: a count, such as a minibatch size.
    std::size_t count(std::string_view name) const {
        const double value = number(name);
        if (!(value >= 0 && value < 0x1p53 && std::floor(value) == value))
            throw wrong_kind(name, "a whole number from 0 on", value);
        return static_cast<std::size_t>(value);
    }
    const std::string& word(std::string_view name) const {
        const SettingValue& value = at(name);
        if (!value.is_word()) throw wrong_kind(name, "a word", value);
        return value.word;
    }
    /// The number, or `otherwise` if there is no such setting.
    double number_or(std::string_view name, double otherwise) const {
        return has(name) ? number(name) : otherwise;
    }
    std::size_t count_or(std::string_view name, std::size_t otherwise) const {
        return has(name) ? count(name) : otherwise;
    }

    /// `learning_rate 0.01, optimizer adam`
    std::string text() const {
        std::string all;
        for (const Setting& setting : settings)
            all += (all.empty() ? "" : ", ") + setting.name + ' ' + setting.value.text();
        return all;
    }

    friend bool operator==(const Settings&, const Settings&) = default;

private:
    const SettingValue* find(std::string_view name) const noexcept {
        for (const Setting& setting : settings)
            if (setting.name == name) return &setting.value;
        return nullptr;
    }
    const SettingValue& at(std::string_view name) const {
        if (const SettingValue* const value = find(name)) return *value;
        std::string names;
        for (const Setting& setting : settings) names += (names.empty() ? "" : ", ") + setting.name;
        throw Error{"settings", "a setting " + detail::quote(name), names.empty() ? "none" : names};
    }
    static Error wrong_kind(std::string_view name, const std::string& wanted, const SettingValue& found) {
        return {"setting " + std::string{name}, wanted, found.text()};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
