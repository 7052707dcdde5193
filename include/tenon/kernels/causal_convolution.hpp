// Convolutions over the steps of one stream, several of which are computed at once.
#pragma once

#include <tenon/kernels/for_parts.hpp>
#include <tenon/kernels/tile.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// The most steps that are computed at once, and the most values of all of them in a layer's working memory,
/// so that they stay in near caches.
inline constexpr std::size_t max_window = 32, max_window_values = 16 * 1024;

/// What the sums of causal_convolution begin with: b, zero, or what is in z.
enum class SumsFrom { bias, zero, z };

/// z_t = b + the sum over k < Kernel of W_k x_(t + k apart), for t < Steps: a row of x is of Pitch values,
/// the first In of which are read; a row of z is of whole registers V. W is stored as [Kernel][In][Out],
/// followed by b.
template <class V, std::size_t Steps, std::size_t In, std::size_t Out, std::size_t Kernel = 1,
          std::size_t Pitch = In, SumsFrom From = SumsFrom::bias, class T>
void causal_convolution(const T* w, const T* x, std::size_t apart, T* z) noexcept {
    constexpr std::size_t lanes = lane_count<V>, row = registers<V>(Out) * lanes;
    for_strips<V>(registers<V>(Out), [&]<std::size_t Columns>(std::size_t n) {
        constexpr std::size_t most = tile_rows<V> * tile_columns<V> / Columns;
        for_parts<Steps, (Steps < most ? Steps : most)>([&]<std::size_t Rows>(std::size_t first) {
            V sum[Rows][Columns];
            const auto for_each_sum = [&](auto f) TENON_INLINE_LAMBDA {
                unrolled<Rows>([&](auto t) TENON_INLINE_LAMBDA {
                    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                        f(sum[t][c], t, c, z + (first + t) * row + (n + c) * lanes);
                    });
                });
            };
            for_each_sum([&](V& s, auto, auto c, const T* from) TENON_INLINE_LAMBDA {
                if constexpr (From == SumsFrom::z) s = load<V>(from);
                else if constexpr (From == SumsFrom::zero) s = T(0);
                else s = load<V>(w + Kernel * In * Out + (n + c) * lanes);
            });
            for (std::size_t k = 0; k < Kernel; ++k) {
                const T *const inputs = x + (first + k * apart) * Pitch, *const weights =
                                                                             w + k * In * Out + n * lanes;
#ifdef __clang__ // which would otherwise load inputs as registers, and broadcast them from there
#pragma clang loop unroll(disable)
#endif
                for (std::size_t i = 0; i < In; ++i) {
                    V w_row[Columns];
                    unrolled<Columns>([&](auto c) TENON_INLINE_LAMBDA {
                        w_row[c] = math::keep_in_register(load<V>(weights + i * Out + c * lanes));
                    });
                    for_each_sum([&](V& s, auto t, auto c, const T*) TENON_INLINE_LAMBDA {
                        s = math::fma(V(inputs[t * Pitch + i]), w_row[c], s);
                    });
                }
            }
            for_each_sum([&](V s, auto, auto, T* to) TENON_INLINE_LAMBDA { store(to, s); });
        });
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
