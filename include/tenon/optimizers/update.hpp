// How an optimizer goes over the parameters: here in one loop; threads share it out instead.
#pragma once

#include <tenon/simd/flat.hpp>

#include <cstddef>

namespace tenon::inline TENON_ABI::detail {

/// p_i = f(p_i, g_i, m_i...) for all N parameters, as detail::update.
template <std::size_t N> struct Update {
    template <class F, class T, class... Moments>
    constexpr void operator()(F f, T* parameters, const T* gradient, Moments*... moments) const noexcept {
        update<N>(f, parameters, gradient, moments...);
    }
};

} // namespace tenon
