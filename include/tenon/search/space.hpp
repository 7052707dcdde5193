// Which settings a search tries: all combinations of a grid, or draws from distributions.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/random.hpp>
#include <tenon/search/settings.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// How a random search draws a setting's value: made by uniform, log_uniform, integer and choice.
struct Distribution {
    enum class Kind { uniform, log_uniform, integer, choice } kind = Kind::uniform;
    double low = 0, high = 1;
    std::vector<SettingValue> values = {}; // of a choice

    /// Draws a value. Numbers that are not integers are rounded to 4 significant digits, so that a table
    /// shows them as they are.
    SettingValue operator()(Random& random) const {
        const double u = static_cast<double>(random() >> 11) * 0x1p-53; // in [0, 1)
        switch (kind) {
        case Kind::uniform:
            return rounded(low + u * (high - low));
        case Kind::log_uniform:
            return rounded(std::exp(std::log(low) + u * (std::log(high) - std::log(low))));
        case Kind::integer:
            return std::min(low + std::floor(u * (high - low + 1)), high);
        case Kind::choice:
            break;
        }
        return values[static_cast<std::size_t>(u * static_cast<double>(values.size()))];
    }

private:
    double rounded(double value) const {
        char text[32];
        const auto written = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, 3);
        std::from_chars(text, written.ptr, value);
        return std::clamp(value, low, high);
    }
};

/// Uniform from low to high, which are included.
inline Distribution uniform(double low, double high) { return {Distribution::Kind::uniform, low, high}; }
/// From low to high, above 0, with a uniform logarithm: as many values from 0.001 to 0.01 as from 0.01 to
/// 0.1.
inline Distribution log_uniform(double low, double high) {
    return {Distribution::Kind::log_uniform, low, high};
}
/// A whole number from low to high, which are included; each is equally likely.
inline Distribution integer(long long low, long long high) {
    return {Distribution::Kind::integer, static_cast<double>(low), static_cast<double>(high)};
}
/// One of the values, numbers or words, each equally likely: `choice(16, 32, 64)`, `choice("sgd", "adam")`.
template <class... Values> Distribution choice(const Values&... values) {
    return {Distribution::Kind::choice, 0, 0, {SettingValue(values)...}};
}

/// A setting of a random search.
struct RandomSetting {
    std::string name;
    Distribution distribution;
};
/// A setting of a grid, and the values that it takes.
struct GridSetting {
    std::string name;
    std::vector<SettingValue> values;
};

namespace detail {

/// Refuses names that are empty or occur twice.
template <class Space> void check_names(const Space& space) {
    for (auto setting = space.begin(); setting != space.end(); ++setting) {
        if (setting->name.empty()) throw Error{"a search", "names for all settings", "an empty name"};
        const auto same = [&](const auto& other) { return other.name == setting->name; };
        if (std::any_of(space.begin(), setting, same))
            throw Error{"a search", "each setting once", quote(setting->name) + " twice"};
    }
}

inline void check(const RandomSetting& setting) {
    using Kind = Distribution::Kind;
    const auto& [kind, low, high, values] = setting.distribution;
    const std::string place = "setting " + setting.name, found = quote(low) + " and " + quote(high);
    if (kind == Kind::choice && values.empty())
        throw Error{place, "at least one value to choose from", "none"};
    if (kind != Kind::choice && !(low <= high && std::isfinite(low) && std::isfinite(high - low)))
        throw Error{place, "a finite low, and a high that is not below it", found};
    if (kind == Kind::log_uniform && !(low > 0))
        throw Error{place, "a low above 0, because its logarithm is uniform", found};
}

} // namespace detail

/// All combinations of values: `GridSearch{{{"learning_rate", {1e-3, 1e-2}}, {"batch", {16, 32}}}}`. The last
/// setting varies fastest (as in scikit-learn's ParameterGrid, which sorts the names before).
struct GridSearch {
    std::vector<GridSetting> space;

    /// The combinations. Throws Error if a setting has no name, no values, or is there twice.
    std::vector<Settings> candidates(std::uint64_t = 0) const {
        detail::check_names(space);
        std::vector<Settings> all(1);
        for (const GridSetting& setting : space) {
            if (setting.values.empty()) throw Error{"setting " + setting.name, "at least one value", "none"};
            std::vector<Settings> longer;
            for (const Settings& settings : all)
                for (const SettingValue& value : setting.values) {
                    longer.push_back(settings);
                    longer.back().settings.push_back({setting.name, value});
                }
            all = std::move(longer);
        }
        return all;
    }
};

/// `count` draws: `RandomSearch{40, {{"learning_rate", log_uniform(1e-4, 1e-1)}, {"batch", choice(16,
/// 32)}}}`. A larger count continues a smaller one: the first 20 of 40 draws are those of 20.
struct RandomSearch {
    std::size_t count = 0;
    std::vector<RandomSetting> space = {};

    /// The draws of this seed. Throws Error if a setting has no name or is there twice, if a distribution is
    /// empty, or if count is 0.
    std::vector<Settings> candidates(std::uint64_t seed) const {
        detail::check_names(space);
        for (const RandomSetting& setting : space) detail::check(setting);
        if (count == 0) throw Error{"a random search", "at least one draw", "a count of 0"};
        std::vector<Settings> all(count);
        for (std::size_t c = 0; c < count; ++c) {
            Random random(Random::mix(seed + (c + 1) * Random::golden_gamma));
            for (const auto& [name, distribution] : space)
                all[c].settings.push_back({name, distribution(random)});
        }
        return all;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
