// Several steps of a stream of SkipLayers at once.
#pragma once

#include <tenon/cells/layer_rings.hpp>
#include <tenon/cells/ring.hpp>
#include <tenon/cells/skip_layers.hpp>
#include <tenon/kernels/causal_convolution.hpp>
#include <tenon/kernels/channels.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/views.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Computes Steps steps of one stream of Cell, a SkipLayersCell, whose comment has the equations. x(t) and
/// y(t) are views of step t. Each convolution computes all steps, so that it loads a weight once for many of
/// them.
template <class Cell, std::size_t Steps, class T, class X, class Y>
void run_skip_layers(const T* parameters, X x_of, Y y_of, T* state) noexcept {
    using L = typename Cell::Layers;
    using Table = typename Cell::Table;
    constexpr std::size_t channels = L::channels, skip = L::skip, head = L::head, kernel = L::kernel,
                          inputs = Cell::InputShape::size, given = Cell::given, conv_out = Table::conv_out,
                          pointwise_out = Table::pointwise_out;
    using Conv = Value<T, lanes_for<T>(conv_out)>;
    using Pointwise = Value<T, lanes_for<T>(pointwise_out)>;
    using Channels = Value<T, lanes_for<T>(channels)>;
    using Head = Value<T, lanes_for<T>(head)>;
    constexpr std::size_t u_row = registers<Conv>(conv_out) * lane_count<Conv>,
                          p_row = registers<Pointwise>(pointwise_out) * lane_count<Pointwise>,
                          x_row = registers<Channels>(channels) * lane_count<Channels>,
                          head_row = registers<Head>(head) * lane_count<Head>,
                          z_row = L::has_gate ? channels : u_row;
    alignas(64) T x[padded(Steps * inputs)], column[padded(kernel * Steps * channels)],
        layer_x[padded(Steps * channels)], sum[padded(Steps * skip)], u[Steps * u_row],
        z[L::has_gate ? padded(Steps * channels) : 1], p[Steps * p_row], first_x[Steps * x_row],
        heads[Steps * head_row];
    const auto at = [](auto* row) { return Sample<std::remove_pointer_t<decltype(row)>>{row}; };
    const auto for_each_step = [](auto f) TENON_INLINE_LAMBDA {
        for (std::size_t t = 0; t < Steps; ++t) f(t);
    };

    for_each_step([&](std::size_t t) { copy_values<inputs>(x_of(t).data, inputs, x + t * inputs); });
    const T* const condition = x + (inputs - given);
    causal_convolution<Channels, Steps, Cell::in, channels, 1, inputs, SumsFrom::zero>(parameters, x, 0,
                                                                                       first_x + 0);
    for_each_step([&](std::size_t t) {
        copy_values<channels>(first_x + t * x_row, channels, layer_x + t * channels);
        if constexpr (Cell::is_first) fill_exactly_with_zero<skip>(at(sum + t * skip));
        else copy_values<skip>(x + t * inputs + Cell::in, skip, sum + t * skip);
    });
    for (std::size_t l = 0; l < L::layers; ++l) {
        const T* const w = parameters + Table::layers_offset + l * Table::layer_size;
        const std::size_t tap_distance =
            Cell::Rings::template exchange_window<Steps>(l, state, column + 0, layer_x + 0);
        if constexpr (L::has_condition)
            causal_convolution<Conv, Steps, given, conv_out, 1, inputs>(w + kernel * channels * conv_out,
                                                                        condition, 0, u + 0);
        causal_convolution<Conv, Steps, channels, conv_out, kernel, channels,
                           L::has_condition ? SumsFrom::z : SumsFrom::bias>(w, column + 0, tap_distance,
                                                                            u + 0);
        const T* values = u;
        if constexpr (L::has_gate) {
            values = z;
            for_each_step([&](std::size_t t) {
                const T* const row = u + t * u_row;
                gate<typename L::A, channels>(at(z + t * channels), at(row), at(row + channels));
            });
        } else activate<typename L::A, Steps * u_row>(at(static_cast<const T*>(u)), at(u + 0));
        causal_convolution<Pointwise, Steps, channels, pointwise_out, 1, z_row>(w + Table::pointwise_offset,
                                                                                values, 0, p + 0);
        for_each_step([&](std::size_t t) {
            const T* const row = p + t * p_row;
            add_exactly<skip>(at(sum + t * skip), at(L::has_skip_conv ? row + channels : values + t * z_row));
            add_exactly<channels>(at(layer_x + t * channels), at(row));
        });
    }
    causal_convolution<Head, Steps, skip, head>(parameters + Table::head_offset, sum + 0, 0, heads + 0);
    for_each_step([&](std::size_t t) {
        T* to = y_of(t).data;
        if constexpr (!Cell::is_last) {
            copy_values<channels>(layer_x + t * channels, channels, to);
            copy_values<given>(condition + t * inputs, given, to + channels + head);
            to += channels;
        }
        copy_values<head>(heads + t * head_row, head, to);
    });
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
