// to_rtneural_json: a net as RTNeural's JSON.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/rtneural_cells.hpp>
#include <tenon/io/rtneural_layers.hpp>
#include <tenon/misfit/exports.hpp>
#include <tenon/net.hpp>
#include <tenon/shape.hpp>
#include <tenon/simd/primitives.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Whether RTNeural has every layer; a compile-time message names the first that it does not have.
template <class... Layers> consteval bool rtneural_fits() {
    constexpr std::size_t other = first_true(std::array{!RtneuralEntry<Layers>::exists..., true});
    if constexpr (other == sizeof...(Layers)) return true;
    else
        return misfit::not_in_rtneural<misfit::layer<other + 1>,
                                       misfit::but_found<typename At<other, Layers...>::type>>::passes();
}

/// Throws Error if a parameter is not finite, which JSON cannot hold.
template <class Values> void refuse_not_finite(const std::string& where, Values parameters) {
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (!math::is_finite(parameters[i]))
            throw Error{where + ", parameter " + std::to_string(i), "a finite number",
                        quote(static_cast<double>(parameters[i]))};
}

/// The shortest decimal number that is read back as the same bits, under every locale.
template <class T> void append_number(std::string& to, T value) {
    std::array<char, 32> digits;
    to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

/// Writes the layers of RTNeural's JSON, one after another.
class RtneuralText {
    std::string text_;
    std::string settings_; // of the layer that is open
    bool has_layers_ = false, has_arrays_ = false;

public:
    explicit RtneuralText(std::size_t inputs) {
        text_ = "{\"in_shape\": [null, " + std::to_string(inputs) + "], \"layers\": [";
    }
    /// A recurrent layer has its activation inside.
    void layer(std::string_view type, std::size_t size, std::string_view fixed_activation = "") {
        begin(type, fixed_activation, size);
    }
    template <class A> void activation(std::size_t size) {
        if constexpr (!std::is_same_v<A, Identity>) {
            begin("activation", rtneural_activation<A>, size);
            end();
        }
    }
    template <std::size_t Rank, class T>
    void array(const std::array<std::size_t, Rank>& shape, const T* from) {
        text_ += has_arrays_ ? ",\n" : "\n";
        has_arrays_ = true;
        nested(shape.data(), Rank, from);
    }
    void setting(std::string_view name, double value) {
        settings_.append(", \"").append(name) += "\": ";
        append_number(settings_, value);
    }
    void end() {
        text_ += ']' + std::exchange(settings_, {}) + '}';
        has_arrays_ = false;
    }
    std::string finished() && { return std::move(text_ += "\n]}\n"); }

private:
    void begin(std::string_view type, std::string_view activation, std::size_t size) {
        text_ += has_layers_ ? ",\n" : "\n";
        has_layers_ = true;
        text_.append("{\"type\": \"").append(type).append("\", \"activation\": \"").append(activation);
        text_ += "\", \"shape\": [null, " + std::to_string(size) + "], \"weights\": [";
    }
    /// Writes numbers of this shape, and advances `from`.
    template <class T> void nested(const std::size_t* shape, std::size_t rank, const T*& from) {
        if (rank == 0) return append_number(text_, *from++);
        for (std::size_t i = 0; i < *shape; ++i) {
            text_ += i ? ", " : "[";
            nested(shape + 1, rank - 1, from);
        }
        text_ += ']';
    }
};

} // namespace detail

/// The net in RTNeural's JSON, which RTNeural and load read. Dropout and Flatten are left out. A net with a
/// layer or an activation that RTNeural does not have is refused at compile time. Throws Error if a parameter
/// is not finite. The same text under every locale.
template <class T, class... Layers> std::string to_rtneural_json(const NetOf<T, Layers...>& net) {
    using Net = NetOf<T, Layers...>;
    static_assert(detail::rtneural_fits<Layers...>());
    detail::refuse_not_finite("to_rtneural_json", net.parameters());
    detail::RtneuralText text{Net::inputs};
    if constexpr (detail::RtneuralEntry<Net>::exists)
        detail::RtneuralEntry<Net>::write(text, net.parameters().data());
    return std::move(text).finished();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
