// to_rtneural_json: a net as RTNeural's JSON.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/json_numbers.hpp>
#include <tenon/io/rtneural_cells.hpp>
#include <tenon/io/rtneural_convolutions.hpp>
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
    RtneuralOrder order{};

    /// For a net that takes these values.
    template <class Values> explicit RtneuralText(Values) {
        text_ = "{\"in_shape\": " + shape<Values>() + ", \"layers\": [";
    }
    /// A recurrent layer has its activation inside.
    template <class L> void layer(std::string_view type, std::string_view fixed_activation = "") {
        begin(type, fixed_activation, shape<typename L::OutputShape>());
    }
    template <class L, class A> void activation() {
        if constexpr (!std::is_same_v<A, Identity>) {
            layer<L>("activation", rtneural_activation<A>);
            end();
        }
    }
    template <std::size_t Rank, class T>
    void array(const std::array<std::size_t, Rank>& shape, const T* from) {
        text_ += has_arrays_ ? ",\n" : "\n";
        has_arrays_ = true;
        nested(shape.data(), Rank, from);
    }
    template <class Number> void setting(std::string_view name, Number value) {
        settings_.append(", \"").append(name) += "\": ";
        append_number(settings_, value);
    }
    /// A number as an array of one.
    void setting(std::string_view name, std::array<std::size_t, 1> value) {
        settings_.append(", \"").append(name) += "\": [" + std::to_string(value[0]) + ']';
    }
    void setting(std::string_view name, std::string_view value) {
        settings_.append(", \"").append(name).append("\": \"").append(value) += '"';
    }
    template <class L> [[noreturn]] void refuse(const std::string& what, const std::string& found) const {
        throw Error{"to_rtneural_json", what + " (" + spelled_layer<L>() + ')', found};
    }
    void end() {
        text_ += ']' + std::exchange(settings_, {}) + '}';
        has_arrays_ = false;
    }
    std::string finished() && { return std::move(text_ += "\n]}\n"); }

private:
    /// Behind the sizes of batch and time, which are not known, a row or a frame's [features, channels].
    template <class Values> static std::string shape() {
        using Channels = ChannelsOf<Values>;
        if constexpr (Values::rank == 2)
            return "[null, null, " + std::to_string(Channels::positions) + ", " +
                   std::to_string(Channels::count) + ']';
        else return "[null, " + std::to_string(Values::size) + ']';
    }
    void begin(std::string_view type, std::string_view activation, const std::string& shape_text) {
        text_ += has_layers_ ? ",\n" : "\n";
        has_layers_ = true;
        text_.append("{\"type\": \"").append(type).append("\", \"activation\": \"").append(activation);
        text_ += "\", \"shape\": " + shape_text + ", \"weights\": [";
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
    detail::RtneuralText text{typename Net::InputShape{}};
    if constexpr (detail::RtneuralEntry<Net>::exists)
        detail::RtneuralEntry<Net>::write(text, net.parameters().data());
    return std::move(text).finished();
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
