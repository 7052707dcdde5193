// Vocabulary: words numbered from 0: the classes of a target or the categories of an input.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/text.hpp>
#include <tenon/version.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The words are either given, in a fixed order, or collected and sorted at the end.
class Vocabulary {
    std::vector<std::string> words_;
    std::map<std::string, std::size_t, std::less<>> numbers_;
    bool given_;

public:
    /// Throws Error if a word is given twice.
    Vocabulary(const std::vector<std::string>& given, const std::string& place) : given_(!given.empty()) {
        for (const std::string& word : given) {
            if (numbers_.contains(word)) throw Error{place, "each name once", quote(word) + " twice"};
            add(word);
        }
    }

    const std::vector<std::string>& words() const noexcept { return words_; }
    bool is_given() const noexcept { return given_; }

    /// The number of a word; none if words are given and it is not among them.
    std::optional<std::size_t> number(std::string_view word) {
        if (const auto found = numbers_.find(word); found != numbers_.end()) return found->second;
        if (given_) return std::nullopt;
        return add(std::string{word});
    }

    /// Sorts collected words: numbers first, by value (9 before 10), then words (as scikit-learn sorts its
    /// classes). Returns the new number of each old one.
    std::vector<std::size_t> sort() {
        std::vector<std::size_t> new_numbers(words_.size());
        const auto key = [](const std::string& word) {
            const Numeral numeral = parse_numeral(word);
            return std::tuple{numeral.kind != Numeral::finite, numeral.value, std::string_view{word}};
        };
        if (!given_) std::ranges::sort(words_, std::ranges::less{}, key);
        for (std::size_t i = 0; i < words_.size(); ++i)
            new_numbers[std::exchange(numbers_[words_[i]], i)] = i;
        return new_numbers;
    }

private:
    std::size_t add(std::string word) {
        words_.push_back(word);
        return numbers_.emplace(std::move(word), words_.size() - 1).first->second;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
