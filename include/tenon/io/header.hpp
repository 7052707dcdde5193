// write_header: writes a trained net as a C++ constant, so that a program contains it and reads no file.
#pragma once

#include <tenon/exchange/checksum.hpp>
#include <tenon/exchange/verify.hpp>
#include <tenon/io/error.hpp>
#include <tenon/io/qualified_name.hpp>
#include <tenon/io/write_file.hpp>
#include <tenon/simd/primitives.hpp>
#include <tenon/text/characters.hpp>
#include <tenon/text/spelling.hpp>
#include <tenon/text/summary.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Test vectors of a header: inputs, and the outputs wanted for them; those of the net if `y` is empty.
template <class Net> struct HeaderOptions {
    std::span<const typename Net::Input> x{};
    std::span<const typename Net::Output> y{};
};

namespace detail {

/// The names in a type's spelling that belong neither to tenon nor to C++, each once.
inline std::vector<std::string> user_type_names(std::string_view spelling) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < spelling.size();) {
        std::size_t end = i;
        while (end < spelling.size() && (is_word_character(spelling[end]) || spelling[end] == ':')) ++end;
        const std::string word{spelling.substr(i, end - i)};
        const bool number = !word.empty() && word[0] <= '9';
        if (is_identifier(word.substr(0, word.find(':'))) && !number && !word.starts_with("tenon::") &&
            !word.starts_with("std::") && !std::ranges::count(names, word))
            names.push_back(word);
        i = end == i ? i + 1 : end;
    }
    return names;
}

/// A literal of type T: the shortest decimal number that is read back as the same bits, under every locale.
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
    HeaderText(const Net& net, std::string file, std::string_view full_name,
               const HeaderOptions<Net>& options)
        : file_(std::move(file)) {
        const QualifiedName name{full_name, file_};
        const std::string type = type_name_for(name.name), spelling = spelled<Net, true>();
        if (spelling.find_first_of("(){}$'\"") != spelling.npos)
            throw Error{file_, "a net whose types are declared outside of functions", spelling};
        const std::vector<std::string> user_types = user_type_names(spelling);
        for (const std::string& user_type : user_types) refuse_to_hide(user_type, name);

        add_comment(name, type, user_types);
        const bool has_wavenet = spelling.find("tenon::WaveNet<") != spelling.npos; // not in tenon.hpp
        add({"#pragma once\n\n#include <tenon/", has_wavenet ? "wavenet" : "tenon", ".hpp>\n\n"});
        if (!name.spaces.empty()) add({"namespace ", name.spaces, " {\n\n"});
        add({"using ", type, " = ", spelling});
        add({";\nstatic_assert(", type, "::parameter_count == ", std::to_string(Net::parameter_count)});
        add({", \"", name.name, " was written for another version of tenon\");\n\n"});
        add({"// Layer after layer, each in the order of its tensors; weights are [in][out].\n"});
        add({"inline constexpr ", type, " ", name.name, " = {{"});
        std::size_t first = 0;
        auto add_layer = [&]<class L>(Place place) {
            if (HasLayers<L> || L::parameter_count == 0) return;
            std::string number;
            auto out = appender(number);
            place.write(out);
            add({"\n    // ", number, "  ", spelled<L, false>()});
            add_values(net.parameters().subspan(first, L::parameter_count), "    ",
                       "layer " + number + ", parameter ");
            first += L::parameter_count;
        };
        for_each_layer_within<Net>(add_layer, {});
        add({"\n}};\n"});
        add({"static_assert(tenon::has_checksum(", name.name, ", 0x", hexadecimal(checksum(net)),
             "),\n              \"the numbers of ", name.name,
             " have changed since they were written\");\n"});
        if (!options.x.empty()) add_vectors(net, options, name, type);
        if (!name.spaces.empty()) add({"\n} // namespace ", name.spaces, "\n"});
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

    /// Throws Error if the constant would hide a type of the user that the header names.
    void refuse_to_hide(const std::string& user_type, const QualifiedName& name) const {
        const std::vector<std::string> parts = name.parts();
        const bool is_global = parts.size() == 1;
        if (std::find(parts.begin() + (is_global ? 0 : 1), parts.end(),
                      user_type.substr(0, user_type.find(':'))) != parts.end())
            throw Error{file_, "a name that does not hide " + user_type, quote(parts.back())};
    }

    void add_comment(const QualifiedName& name, const std::string& type,
                     const std::vector<std::string>& user_types) {
        add({"// clang-format off\n// ", type,
             ", a trained net, written by tenon " TENON_VERSION ". Use it in any C++20 program:\n//\n"});
        const std::string net_type = name.qualified(type);
        const std::string net = name.qualified(name.name);
        if constexpr (Net::state_count == 0)
            add({"//     ", net_type, "::Output y = ", net, "(x);    // x is a ", net_type, "::Input\n//\n"});
        else
            add({"//     tenon::State<", net_type, "> state;    // of one stream of inputs\n//     ",
                 net_type, "::Output y = ", net, ".step(state, x);    // x is a ", net_type,
                 "::Input\n//\n"});
        const auto table = summary<Net>();
        for (std::string_view lines = table; !lines.empty(); lines.remove_prefix(lines.find('\n') + 1))
            add({"//     ", lines.substr(0, lines.find('\n') + 1)});
        for (std::size_t i = 0; i < user_types.size(); ++i)
            add({i == 0 ? "//\n// Before this file, include what declares " : " and ", user_types[i]});
        if (!user_types.empty()) add({".\n"});
    }

    static std::string hexadecimal(std::uint64_t number) {
        std::string digits(16, '0');
        for (std::size_t i = 16; i-- > 0; number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
        return digits;
    }

    void add_vectors(const Net& net, const HeaderOptions<Net>& options, const QualifiedName& name,
                     const std::string& type) {
        if (!options.y.empty() && options.y.size() != options.x.size())
            throw Error{file_, "as many y as x",
                        std::to_string(options.x.size()) + " x and " + std::to_string(options.y.size()) +
                            " y"};
        add({"\n// Inputs and outputs wanted for them: tenon::verify(", name.name, ", ", name.name, "_x, ",
             name.name, "_y) is the largest error.\n"});
        const auto begin = [&](std::string_view kind, std::string_view suffix) {
            add({"inline constexpr ", type, kind, name.name, suffix, "[] = {\n"});
        };
        const auto add_vector = [&](std::span<const typename Net::Scalar> values, const std::string& what) {
            add({"    {{"});
            add_values(values, "      ", what);
            add({"\n    }},\n"});
        };
        begin("::Input ", "_x");
        for (std::size_t s = 0; s < options.x.size(); ++s)
            add_vector(options.x[s], "x of sample " + std::to_string(s) + ", value ");
        add({"};\n"});
        begin("::Output ", "_y");
        OutputsInOrder<Net> outputs{net};
        for (std::size_t s = 0; s < options.x.size(); ++s)
            add_vector(options.y.empty() ? outputs(options.x[s]) : options.y[s],
                       "y of sample " + std::to_string(s) + ", value ");
        add({"};\n"});
    }

    template <class Values> void add_values(Values values, std::string_view indent, const std::string& what) {
        constexpr std::size_t max_line = 110;
        std::size_t column = max_line;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (!math::is_finite(values[i]))
                throw Error{file_ + ", " + what + std::to_string(i), "a finite number",
                            quote(static_cast<double>(values[i]))};
            const std::string number = literal(values[i]) + ',';
            const bool fits = column + 1 + number.size() <= max_line;
            add({fits ? " " : "\n", fits ? "" : indent, number});
            column = (fits ? column + 1 : indent.size()) + number.size();
        }
    }
};

} // namespace detail

/// Writes a header with the net as the constant `name`, and its type. For "xor_net" these are `using XorNet =
/// tenon::Net<...>` and `inline constexpr XorNet xor_net`; for "a::b::xor_net" they are in namespaces. The
/// numbers are read back as the same bits. Types of the user have the compiler's name, or that of their
/// `static constexpr std::string_view name`. The header asserts the checksum of its numbers. With test
/// vectors, write_header(net, path, "xor_net", {.x = xs}), it has them as the constants xor_net_x and
/// xor_net_y. Throws Error if the name is invalid or in use (std, errno, printf), if a number is not finite,
/// or if the file cannot be written; an old file is then unchanged.
template <class T, class... Layers>
void write_header(const NetOf<T, Layers...>& net, const std::filesystem::path& path, std::string_view name,
                  const HeaderOptions<NetOf<T, Layers...>>& options = {}) {
    detail::write_file(path,
                       detail::HeaderText<NetOf<T, Layers...>>{net, path.string(), name, options}.text());
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
