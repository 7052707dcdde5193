// write_header: a trained net as C++, a constant that a program holds without reading any file.
#pragma once

#include <tenon/detail/identifier.hpp>
#include <tenon/detail/spelling.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/summary.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tenon::inline TENON_ABI {

namespace detail {

/// xor_net as XorNet, and xor_gate as XorGateNet.
inline std::string type_name_for(std::string_view name) {
    std::string type;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool first = i == 0 || name[i - 1] == '_', lower = name[i] >= 'a' && name[i] <= 'z';
        if (name[i] != '_') type += first && lower ? static_cast<char>(name[i] - 'a' + 'A') : name[i];
    }
    if (!type.ends_with("Net") || type == "Net") type += "Net"; // Net alone is tenon's
    return type == name ? type + "Type" : type;
}

/// The words in a type's spelling that are neither tenon's nor C++'s, as "A and B"; empty if there are none.
inline std::string words_of_the_user(std::string_view spelling) {
    std::string words;
    for (std::size_t i = 0; i < spelling.size();) {
        std::size_t end = i;
        while (end < spelling.size() && (is_word_character(spelling[end]) || spelling[end] == ':')) ++end;
        const std::string word{spelling.substr(i, end - i)};
        const bool number = !word.empty() && word[0] <= '9';
        if (is_identifier(word.substr(0, word.find(':'))) && !number && !word.starts_with("tenon::") &&
            words.find(word) == words.npos)
            words += (words.empty() ? "" : " and ") + word;
        i = end == i ? i + 1 : end;
    }
    return words;
}

/// The shortest decimal number that reads back as the same bits, under every locale, as a literal of type T.
template <class T> std::string literal(T value) {
    std::array<char, 32> digits;
    std::string text{digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
    if (text.find_first_of(".e") == text.npos) text += '.';
    return sizeof(T) == sizeof(float) ? text + 'f' : text;
}

/// The text of a header with one net.
template <class Net> class HeaderText {
    std::string file_, text_;

public:
    HeaderText(const Net& net, std::string file, std::string_view name) : file_(std::move(file)) {
        if (!is_identifier(name)) throw Error{file_, "a name that a C++ variable may have", quote(name)};
        const std::string type = type_name_for(name), spelling = spelled<Net, true>();
        if (spelling.find_first_of("(){}$'\"") != spelling.npos)
            throw Error{file_, "a net whose types have names outside of functions", spelling};

        add_comment(name, type, words_of_the_user(spelling));
        add({"#pragma once\n\n#include <tenon/tenon.hpp>\n\n// clang-format off\nusing ", type, " = ",
             spelling});
        add({";\nstatic_assert(", type, "::parameter_count == ", std::to_string(Net::parameter_count)});
        add({", \"", name, " was written for another version of tenon\");\n\n"});
        add({"// Layer after layer; in each, the weights by input, then the biases.\n"});
        add({"inline constexpr ", type, " ", name, " = {{"});
        std::size_t first = 0;
        auto add_layer = [&]<class L>(Place place) {
            if (L::parameter_count == 0) return;
            std::string number;
            auto out = appender(number);
            place.write(out);
            add({"\n    // ", number, "  ", spelled<L, false>()});
            add_values(net.parameters().subspan(first, L::parameter_count), number);
            first += L::parameter_count;
        };
        for_each_innermost_layer<Net>(add_layer, {});
        add({"\n}};\n"});
    }

    const std::string& text() const noexcept { return text_; }

private:
    static auto appender(std::string& to) {
        return [&to](std::string_view piece) { to += piece; };
    }
    template <class T, bool Qualified> static std::string spelled() {
        std::string spelling;
        auto out = appender(spelling);
        Spelling<T, Qualified>::write(out);
        return spelling;
    }

    void add(std::initializer_list<std::string_view> pieces) {
        for (const std::string_view piece : pieces) text_ += piece;
    }

    void add_comment(std::string_view name, std::string_view type, std::string_view words) {
        add({"// ", type,
             ", a trained net, written by tenon " TENON_VERSION ". Use it in any C++20 program:\n//\n"});
        add({"//     ", type, "::Output y = ", name, "(x);    // x is a ", type, "::Input\n//\n"});
        const auto table = summary<Net>();
        for (std::string_view rest = table; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
            add({"//     ", rest.substr(0, rest.find('\n') + 1)});
        if (!words.empty()) add({"//\n// Before this file, include what declares ", words, ".\n"});
    }

    template <class Values> void add_values(Values values, const std::string& layer) {
        constexpr std::size_t longest_line = 110;
        std::size_t column = longest_line;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!(values[i] - values[i] == 0))
                throw Error{file_ + ", layer " + layer + ", parameter " + std::to_string(i),
                            "a finite number", values[i] != values[i] ? "NaN" : "infinity"};
            const std::string number = literal(values[i]) + ',';
            const bool fits = column + 1 + number.size() <= longest_line;
            add({fits ? " " : "\n    ", number});
            column = (fits ? column + 1 : 4) + number.size();
        }
    }
};

} // namespace detail

/// Writes a header with the net as the constant `name`, and its type: for "xor_net", `using XorNet =
/// tenon::Net<...>` and `inline constexpr XorNet xor_net`. The numbers read back as the same bits. Types of
/// the user are spelled as the compiler calls them, or by their `static constexpr std::string_view name`.
/// Throws Error, and then leaves an old file as it was, where the name is none, a parameter is not finite, or
/// the file cannot be written.
template <class T, class... Layers>
void write_header(const NetOf<T, Layers...>& net, const std::filesystem::path& path, std::string_view name) {
    write_file(path, detail::HeaderText<NetOf<T, Layers...>>{net, path.string(), name}.text());
}

} // namespace tenon
