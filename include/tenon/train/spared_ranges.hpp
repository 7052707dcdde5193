// The update of an optimizer whose weight decay spares biases and normalisation.
#pragma once

#include <tenon/layers/layer_list.hpp>
#include <tenon/optimizers/wrapper.hpp>
#include <tenon/tensor.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Calls f(first, end) for ranges of the parameters of L that together are its tensors with fan_in 0.
template <class L, class F> constexpr void for_each_spared(F& f, std::size_t offset) noexcept {
    if constexpr (requires { L::layer_count; })
        for_each_layer<L>([&]<class Inner>(std::size_t place) { for_each_spared<Inner>(f, offset + place); });
    else
        for (const Tensor& tensor : tensors_of<L>) {
            if (tensor.fan_in > 0 || tensor.size() == 0) continue;
            const std::size_t first = offset + tensor.offset, count = tensor.size();
            const std::size_t end = offset + tensor.place_of(count - 1) + 1;
            if (end - first == count) f(first, end);
            else
                for (std::size_t i = 0; i < count; ++i) {
                    const std::size_t place = offset + tensor.place_of(i);
                    f(place, place + 1);
                }
        }
}

template <class Layers> consteval std::size_t spared_count() {
    std::size_t count = 0;
    auto add = [&](std::size_t, std::size_t) { ++count; };
    for_each_spared<Layers>(add, 0);
    return count;
}

/// Where segments of the parameters end that decay and are spared in turn; the first one decays, and may be
/// empty. The last one has no end.
template <class Layers>
inline constexpr auto segment_ends = [] {
    constexpr std::size_t count = spared_count<Layers>();
    std::array<Range, count + 1> spared{};
    std::size_t used = 0;
    auto insert = [&](std::size_t first, std::size_t end) {
        std::size_t place = used++;
        for (; place > 0 && spared[place - 1].first > first; --place) spared[place] = spared[place - 1];
        spared[place] = {first, end};
    };
    for_each_spared<Layers>(insert, 0);
    std::array<std::size_t, 2 * count + 1> ends{};
    std::size_t segments = 0;
    for (std::size_t i = 0; i < used; ++i)
        if (segments > 0 && ends[segments - 1] == spared[i].first) ends[segments - 1] = spared[i].end;
        else {
            ends[segments++] = spared[i].first;
            ends[segments++] = spared[i].end;
        }
    for (; segments < ends.size(); ++segments) ends[segments] = static_cast<std::size_t>(-1);
    return ends;
}();

/// An update's formula, without its weight decay for the parameters that are spared.
template <class F, class Layers> struct SparingFormula {
    static constexpr bool is_indexed = true;

    F decayed, spared;
    std::size_t first = 0, segment = 0;

    template <class V, class... Moments>
    constexpr V operator()(std::size_t i, V p, V g, Moments&... m) noexcept {
        const std::size_t begin = first + i;
        while (segment_ends<Layers>[segment] <= begin) ++segment;
        if (segment_ends<Layers>[segment] - begin >= lane_count<V>)
            return segment % 2 == 0 ? decayed(p, g, m...) : spared(p, g, m...);
        if constexpr (lane_count<V> == 1) return p; // does not occur
        else return mixed(begin, p, g, m...);
    }

private:
    /// A register with parameters of both kinds.
    template <class V, class... Moments> V mixed(std::size_t begin, V p, V g, Moments&... m) const noexcept {
        using T = math::Scalar<V>;
        alignas(64) T is_spared[lane_count<V>];
        std::size_t s = segment;
        for (std::size_t k = 0; k < lane_count<V>; ++k) {
            while (segment_ends<Layers>[s] <= begin + k) ++s;
            is_spared[k] = static_cast<T>(s % 2);
        }
        const auto mask = load<V>(is_spared) > V(0);
        return [&](auto... of_decayed) {
            const V with = decayed(p, g, of_decayed...), without = spared(p, g, m...);
            ((m = math::select(mask, m, of_decayed)), ...);
            return math::select(mask, without, with);
        }(m...);
    }
};

/// An update that calls `update` with such a formula.
template <class Update, class Layers> struct SparingUpdate {
    [[no_unique_address]] Update update{};

    template <class F, class T, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        return update(SparingFormula<F, Layers>{f, without_decay(f)}, parameters, gradient, moments...);
    }
    static constexpr bool spares(std::size_t i) noexcept {
        std::size_t segment = 0;
        while (segment_ends<Layers>[segment] <= i) ++segment;
        return segment % 2 == 1;
    }
};

/// `update` as this optimizer needs it for a net of these layers.
template <class Optimizer, class Layers, class Update> constexpr auto update_for(Update update) noexcept {
    if constexpr (spares_biases<Optimizer>) return SparingUpdate<Update, Layers>{update};
    else return update;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
