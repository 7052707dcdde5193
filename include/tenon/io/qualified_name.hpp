// The names of a constant and its type in a header, within namespaces.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/names.hpp>
#include <tenon/version.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The name of the type of a constant: XorNet for xor_net, XorGateNet for xor_gate.
inline std::string type_name_for(std::string_view name) {
    std::string type;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool first = i == 0 || name[i - 1] == '_', lower = name[i] >= 'a' && name[i] <= 'z';
        if (name[i] != '_') type += first && lower ? static_cast<char>(name[i] - 'a' + 'A') : name[i];
    }
    if (!type.ends_with("Net") || type == "Net") type += "Net"; // Net alone is tenon's
    return type == name ? type + "Type" : type;
}

/// A name such as `a::b::name`, split into namespaces and name.
struct QualifiedName {
    std::string spaces; // "a::b", or empty
    std::string name;

    /// Throws Error if a part is no valid name, or is in use already.
    QualifiedName(std::string_view text, const std::string& file) {
        const auto last = text.rfind("::");
        if (last != text.npos) spaces = text.substr(0, last);
        name = text.substr(last == text.npos ? 0 : last + 2);
        bool is_global = true;
        for (const std::string& part : parts()) {
            if (!is_identifier(part)) throw Error{file, "a name that a C++ variable may have", quote(text)};
            if (const std::string_view owner = owner_of(part, is_global); !owner.empty())
                throw Error{file, "a name that is not taken", quote(part) + " (" + std::string{owner} + ')'};
            is_global = false;
        }
    }

    std::vector<std::string> parts() const {
        std::vector<std::string> all;
        const std::string text = spaces.empty() ? name : spaces + "::" + name;
        for (std::size_t begin = 0, end = 0; end != text.npos; begin = end + 2) {
            end = text.find("::", begin);
            all.push_back(text.substr(begin, end - begin));
        }
        return all;
    }

    std::string qualified(const std::string& what) const {
        return spaces.empty() ? what : spaces + "::" + what;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
