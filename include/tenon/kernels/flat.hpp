// Flat arrays with one number for each parameter of a net, and loops over several of them.
#pragma once

#include <tenon/kernels/plain.hpp>
#include <tenon/views.hpp>

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// N numbers, then zeros up to whole registers: a gradient or an optimizer's moments.
template <class T, std::size_t N> struct Flat {
    alignas(64) T data[N + 64 / sizeof(T)] = {};

    /// The last element, which no register reaches: a place for one more number.
    constexpr T& spare() noexcept { return data[N + 64 / sizeof(T) - 1]; }
    constexpr const T& spare() const noexcept { return data[N + 64 / sizeof(T) - 1]; }
};

namespace detail {

/// Up to this many parameters are updated one by one; such a net is also trained in registers if its batch
/// fills exactly one.
inline constexpr std::size_t max_scalar_update = 16;

/// A formula of an update that is not the same for all parameters: f(i, p, g, m...) is called for the
/// register that begins at parameter i, in ascending order.
template <class F>
concept IndexedFormula = requires { requires F::is_indexed; };

/// The formula for arrays that begin at parameter `first` of those that f is for.
template <class F> constexpr F starting_at(F f, std::size_t first) noexcept {
    if constexpr (IndexedFormula<F>) f.first += first;
    return f;
}

/// An optimizer's step over N parameters in one loop. With threads, threads.hpp divides it among them
/// instead.
/// Padded: the arrays extend to whole registers, and the numbers past N may be written.
template <std::size_t N, bool Padded = true> struct Update {
    /// p_i = f(p_i, g_i, m_i...) for each i < N. f may change the moments m_i and must leave a zero parameter
    /// whose gradient is zero at zero. Returns true: everything was updated.
    template <class F, class T, class... Moments>
    constexpr bool operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        if constexpr (IndexedFormula<F>)
            if (std::is_constant_evaluated() || !optimized) {
                for (std::size_t i = 0; i < N; ++i)
                    parameters[i] = f(i, parameters[i], gradient[i], moments[i]...);
                return true;
            }
        if constexpr (!IndexedFormula<F>)
            if (std::is_constant_evaluated()) {
                using Indices = std::conditional_t<(sizeof...(Moments) > 0), plain::Loop<N>, plain::Each<N>>;
                plain::update(Indices{}, f, parameters, gradient, moments...);
                return true;
            }
        if constexpr (!optimized && !IndexedFormula<F>) {
            plain::update(plain::Loop<N>{}, f, parameters, gradient, moments...);
            return true;
        }
        // So few numbers were just stored one by one, and a wide load would wait for these stores.
        using V = Value<T, N <= max_scalar_update ? 1 : lanes_for<T>(N)>;
        constexpr std::size_t end = Padded ? N : N / lane_count<V> * lane_count<V>;
        for (std::size_t i = 0; i < end; i += lane_count<V>)
            [&](auto... m) {
                const V g = N <= max_scalar_update ? V(load_unmerged(gradient + i)) : load<V>(gradient + i);
                if constexpr (IndexedFormula<F>)
                    store(parameters + i, f(i, load<V>(parameters + i), g, m...));
                else store(parameters + i, f(load<V>(parameters + i), g, m...));
                (store(moments + i, m), ...);
            }(load<V>(moments + i)...);
        if constexpr (end < N && IndexedFormula<F>)
            for (std::size_t i = end; i < N; ++i)
                parameters[i] = f(i, parameters[i], gradient[i], moments[i]...);
        else if constexpr (end < N)
            plain::update(plain::Loop<N - end>{}, f, parameters + end, gradient + end, (moments + end)...);
        return true;
    }
};

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
