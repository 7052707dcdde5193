// Reads the list of layers of RTNeural's JSON.
#pragma once

#include <tenon/io/error.hpp>
#include <tenon/io/json.hpp>
#include <tenon/io/json_numbers.hpp>
#include <tenon/io/rtneural_layers.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The "layers" of RTNeural's JSON, from the first to the last. An activation within a layer counts as a
/// layer of its own.
template <class T> class RtneuralLayers {
    struct Step {
        std::string type, activation, place;
        const JsonValue* layer = nullptr;
    };
    std::string file_;
    std::vector<Step> steps_;
    std::size_t next_ = 0;

public:
    RtneuralOrder order{};

    RtneuralLayers(std::string file, const JsonValue& layers) : file_(std::move(file)) {
        const bool is_empty = layers.shape == std::vector<std::size_t>{0};
        if (layers.kind != JsonValue::Kind::array && !is_empty)
            throw Error{file_, "an array of layers", layers.described()};
        for (std::size_t i = 0; i < layers.size(); ++i) add(layers.items[i], i);
    }

    /// Takes the next layer, which is of this type and gives L's output. It has `arrays` arrays of weights.
    template <class L> void layer(std::string_view type, std::size_t arrays) {
        if (next_ == steps_.size() || !is_of(steps_[next_].type, type)) throw wrong_layer<L>();
        const Step& step = steps_[next_++];
        const JsonValue* const shape = step.layer->find("shape");
        if (!shape || !ends_in<typename L::OutputShape>(*shape))
            throw Error{step.place, "a shape that ends in " + sizes<typename L::OutputShape>() + wanted<L>(),
                        shape ? shape->described() : "none"};
        const std::size_t found = weights(step).size();
        if (found != arrays)
            throw Error{step.place, std::to_string(arrays) + " arrays of weights" + wanted<L>(),
                        std::to_string(found)};
    }
    /// Copies array `i` of the weights of the layer that was taken last.
    template <class L, std::size_t Rank>
    void array(std::size_t i, const std::array<std::size_t, Rank>& shape, T* to) const {
        const Step& step = steps_[next_ - 1];
        const JsonTensor found = weights(step).part(i);
        const std::string place = step.place + ", weights " + std::to_string(i + 1);
        if (!std::ranges::equal(found.shape, shape))
            throw Error{place, "numbers of shape " + shape_text(shape) + wanted<L>(),
                        weights(step).described(i)};
        for (const double value : found.numbers) *to++ = NumbersOfJson<T>::number(place, value);
    }
    /// The same, where a single number is all of them.
    template <class L, std::size_t Rank>
    void array_or_one(std::size_t i, const std::array<std::size_t, Rank>& shape, T* to) const {
        if (weights(steps_[next_ - 1]).part(i).numbers.size() != 1) return array<L>(i, shape, to);
        std::array<std::size_t, Rank> one;
        one.fill(1);
        array<L>(i, one, to);
        std::size_t count = 1;
        for (const std::size_t size : shape) count *= size;
        std::fill_n(to, count, *to);
    }
    /// Compares two numbers of the layer that was taken last, of which L has one.
    template <class L> void same(T a, T b) const {
        if (a != b && (a == a || b == b))
            throw Error{steps_[next_ - 1].place,
                        "the same number for all features of a channel" + wanted<L>(),
                        quote(static_cast<double>(a)) + " and " + quote(static_cast<double>(b))};
    }
    /// The activation within the layer that was taken last, where its type leaves no other: a file that names
    /// none is taken.
    template <class L> void fixed_activation(std::string_view activation) const {
        const Step& step = steps_[next_ - 1];
        const JsonValue* const found = step.layer->find("activation");
        if (found && !found->text.empty() && found->text != activation)
            throw Error{step.place, "the activation " + quote(std::string{activation}) + wanted<L>(),
                        found->described()};
    }
    /// Compares a setting that is part of the net's type. In the file it is a number, or an array that ends
    /// in it; one that is not there is `if_missing`.
    template <class L>
    void setting(const std::string& name, double wanted_value, double if_missing = -1) const {
        const Step& step = steps_[next_ - 1];
        const JsonValue* const found = step.layer->find(name);
        const bool has_number = found && found->kind == JsonValue::Kind::tensor && found->shape.size() <= 1 &&
                                !found->numbers.empty();
        const double value = has_number ? found->numbers.back() : found ? -1 : if_missing;
        const double difference = value - wanted_value;
        if (!(difference <= 1e-6 * wanted_value && -difference <= 1e-6 * wanted_value))
            throw Error{step.place, name + ' ' + quote(wanted_value) + wanted<L>(),
                        found ? found->described() : "none"};
    }
    /// Compares a setting that is a text, of which the net's type leaves these two.
    template <class L>
    void setting(const std::string& name, std::string_view wanted_text, std::string_view or_text) const {
        const Step& step = steps_[next_ - 1];
        const JsonValue* const found = step.layer->find(name);
        if (!found || found->kind != JsonValue::Kind::text ||
            (found->text != wanted_text && found->text != or_text))
            throw Error{step.place, name + ' ' + quote(std::string{wanted_text}) + wanted<L>(),
                        found ? found->described() : "none"};
    }
    /// An error about the layer that was taken last.
    template <class L>
    [[noreturn]] void refuse(const std::string& what, const std::string& found_instead) const {
        throw Error{steps_[next_ - 1].place, what + wanted<L>(), found_instead};
    }
    template <class L, class A> void activation() {
        if constexpr (std::is_same_v<A, Identity>) return;
        else if constexpr (!is_rtneural_activation<A>) no_such_layer<L>();
        else {
            if (next_ == steps_.size() || steps_[next_].activation != rtneural_activation<A>)
                throw wrong_layer<L>();
            ++next_;
        }
    }
    template <class L> [[noreturn]] void no_such_layer() const {
        throw Error{file_, "a net of layers that RTNeural has", spelled_layer<L>()};
    }
    void end() const {
        if (next_ != steps_.size()) throw Error{steps_[next_].place, "no more layers", found()};
    }

private:
    void add(const JsonValue& layer, std::size_t i) {
        const std::string place = file_ + ", layer " + std::to_string(i + 1);
        const JsonValue *const type = layer.find("type"), *const activation = layer.find("activation");
        if (!type || type->kind != JsonValue::Kind::text)
            throw Error{place, "a layer with a type", type ? type->described() : layer.described()};
        if (activation && activation->kind != JsonValue::Kind::text)
            throw Error{place, "an activation", activation->described()};
        if (type->text != "activation") steps_.push_back({type->text, {}, place, &layer});
        if (activation && !activation->text.empty() && is_applied(type->text))
            steps_.push_back({"activation", activation->text, place, &layer});
    }
    /// Whether "activation" is a step of its own: a recurrent layer has its activation inside.
    static bool is_applied(std::string_view type) noexcept {
        return type == "activation" || is_of(type, "dense") || type.starts_with("conv");
    }
    static bool is_of(std::string_view found, std::string_view type) noexcept {
        return found == type || (type == "dense" && found == "time-distributed-dense");
    }

public:
    /// The sizes of a row, or of a frame, which is [features, channels] in a file.
    template <class Values> static std::string sizes() {
        using Channels = ChannelsOf<Values>;
        if constexpr (Values::rank != 2) return std::to_string(Values::size);
        else return std::to_string(Channels::positions) + ", " + std::to_string(Channels::count);
    }
    /// Whether an array of sizes ends in them.
    template <class Values> static bool ends_in(const JsonValue& array) {
        using Channels = ChannelsOf<Values>;
        const std::size_t count = array.size();
        if constexpr (Values::rank != 2) return count > 0 && holds(array, count - 1, Values::size);
        else
            return count > 1 && holds(array, count - 2, Channels::positions) &&
                   holds(array, count - 1, Channels::count);
    }

private:
    static bool holds(const JsonValue& array, std::size_t i, std::size_t value) {
        const JsonTensor part = array.part(i);
        return part.shape.empty() && part.numbers.size() == 1 &&
               part.numbers[0] == static_cast<double>(value);
    }
    const JsonValue& weights(const Step& step) const {
        const JsonValue* const found = step.layer->find("weights");
        if (!found || (found->kind != JsonValue::Kind::array && found->kind != JsonValue::Kind::tensor))
            throw Error{step.place, "an array of weights", found ? found->described() : "none"};
        return *found;
    }
    template <class L> static std::string wanted() { return " (" + spelled_layer<L>() + ')'; }
    template <class L> Error wrong_layer() const {
        return {next_ == steps_.size() ? file_ : steps_[next_].place, spelled_layer<L>(), found()};
    }
    std::string found() const {
        if (next_ == steps_.size()) return "no more layers";
        const Step& step = steps_[next_];
        return step.activation.empty() ? "a layer of type " + quote(step.type)
                                       : "the activation " + quote(step.activation);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
