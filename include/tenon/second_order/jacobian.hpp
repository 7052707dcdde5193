// Jacobian: the derivatives of every output of every sample with respect to a net's trained parameters.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/net.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/trained_ranges.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Number of the first `end` parameters that are trained.
template <class Layers> constexpr std::size_t trained_before(std::size_t end) {
    std::size_t count = 0;
    for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r) {
        const Range range = Layers::trainable_ranges.ranges[r];
        if (range.first < end) count += (range.end < end ? range.end : end) - range.first;
    }
    return count;
}

/// Where derivatives are written: for each output of each sample a row with a number for each parameter, or a
/// column if Transposed. From row to row of memory there are Pitch numbers.
template <class T, std::size_t Pitch, bool Transposed> struct JacobianRows {
    T* data;
    constexpr JacobianRows subview(std::size_t row, std::size_t parameter) const noexcept {
        return {Transposed ? data + parameter * Pitch + row : data + row * Pitch + parameter};
    }
    constexpr T& at(std::size_t row, std::size_t parameter) const noexcept {
        return *subview(row, parameter).data;
    }
};

/// How a layer writes its columns of the Jacobian for a block of samples. `direct` is false if it cannot: its
/// net is then passed through sample by sample, and each gradient is a row.
template <class L> struct JacobianOf {
    static constexpr bool direct = trainable_ranges<L>.count == 0 && backward_without_gradient<L>;
    template <class X, class Dz, class Rows> static constexpr void write(X, Dz, Rows) noexcept {}
};
/// The gradient of one sample is the outer product of x and dz, and dz.
template <std::size_t In, std::size_t Out, class A, bool Bias> struct JacobianOf<Dense<In, Out, A, Bias>> {
    static constexpr bool direct = true;
    template <class T, std::size_t Stride, std::size_t Pitch>
    static constexpr void write(Block<const T, Stride> x, Block<T, Stride> dz,
                                JacobianRows<T, Pitch, false> rows) noexcept {
        with_lanes<T, lanes_for<T>(Out)>([&]<class V>() {
            constexpr std::size_t whole = Out / lane_count<V> * lane_count<V>;
            alignas(64) T dz_s[Out] = {};
            for (std::size_t s = 0; s < x.samples; ++s) {
                T* const row = rows.data + s * Pitch;
                for (std::size_t o = 0; o < Out; ++o) dz_s[o] = dz.data[o * Stride + s];
                for (std::size_t i = 0; i < In; ++i) {
                    const T x_i = x.data[i * Stride + s];
                    T* const to = row + i * Out;
                    if constexpr (whole > 0)
                        for (std::size_t o = 0; o < whole; o += lane_count<V>)
                            store(to + o, V(x_i) * load<V>(dz_s + o));
                    if constexpr (whole < Out)
                        for (std::size_t o = whole; o < Out; ++o) to[o] = x_i * dz_s[o];
                }
                if constexpr (Bias)
                    for (std::size_t o = 0; o < Out; ++o) row[In * Out + o] = dz_s[o];
            }
        });
    }
    template <class T, std::size_t Stride, std::size_t Pitch>
    static constexpr void write(Block<const T, Stride> x, Block<T, Stride> dz,
                                JacobianRows<T, Pitch, true> rows) noexcept {
        with_lanes<T, widest<T>>([&]<class V>() {
            T* to = rows.data;
            for (std::size_t i = 0; i < In + Bias; ++i)
                for (std::size_t o = 0; o < Out; ++o, to += Pitch) {
                    const T *const x_i = x.data + (i < In ? i : 0) * Stride, *const dz_o =
                                                                                 dz.data + o * Stride;
                    std::size_t s = 0;
                    for (; s + lane_count<V> <= x.samples; s += lane_count<V>)
                        store(to + s, i < In ? load<V>(x_i + s) * load<V>(dz_o + s) : load<V>(dz_o + s));
                    for (; s < x.samples; ++s) to[s] = i < In ? x_i[s] * dz_o[s] : dz_o[s];
                }
        });
    }
};

template <class List> inline constexpr bool has_direct_jacobian = false;
template <class... Layers>
inline constexpr bool has_direct_jacobian<Stack<Layers...>> = (JacobianOf<Layers>::direct && ...);

/// Memory for the passes over a block of samples. Writes rows [J r]: the derivatives of an output with
/// respect to the trained parameters, in their order, then output - target.
template <class Net> class Jacobian {
    using T = typename Net::Scalar;
    using Layers = StackOf<Net>;
    static constexpr bool direct = has_direct_jacobian<Layers>;
    static constexpr std::size_t outputs = Net::outputs,
                                 stride = direct
                                              ? block_stride<T>(training_block<Layers, T, block_samples<T>>())
                                              : 1,
                                 columns = trained_before<Layers>(Net::parameter_count);
    using View = std::conditional_t<direct, Block<T, stride>, Sample<T>>;
    static constexpr std::size_t buffer_size(std::size_t n) { return View::buffer_size(n) + 1; }

public:
    /// Rows that are written together.
    static constexpr std::size_t block = training_block<Layers, T, block_samples<T>>();

    /// Writes all rows of the samples, in blocks, from `rows` on, or from there again after each call of
    /// visit(count), which comes when there is not a block left of `capacity` rows, and at the end.
    template <class Rows, class Visit>
    constexpr void run(const T* parameters, std::span<const typename Net::Input> xs,
                       std::span<const typename Net::Output> ts, Rows rows, std::size_t capacity,
                       Visit visit) noexcept {
        std::size_t count = 0;
        const auto written = [&](std::size_t more) {
            count += more;
            if (count + block <= capacity) return;
            visit(count);
            count = 0;
        };
        if constexpr (direct) blocks(parameters, xs, ts, rows, count, written);
        else single_samples(parameters, xs, ts, rows, count, written);
        if (count > 0) visit(count);
    }

private:
    template <class Inputs, class Targets, class Rows, class Written>
    constexpr void blocks(const T* parameters, Inputs xs, Targets ts, Rows rows, const std::size_t& count,
                          Written written) noexcept {
        for (std::size_t first = 0; first < xs.size(); first += block) {
            const std::size_t samples = xs.size() - first < block ? xs.size() - first : block;
            const View x{x_, samples}, y{y_, samples}, dy{dy_, samples}, trace{trace_, samples};
            fill<Net::inputs>(x, [=](std::size_t s) { return xs[first + s].data(); });
            Layers::forward(parameters, x.read_only(), y, Context<View>{trace});
            for (std::size_t o = 0; o < outputs; ++o) {
                for (std::size_t i = 0; i < outputs * stride; ++i) dy.data[i] = i / stride == o ? T(1) : T(0);
                layers_from<Layers::count - 1>(parameters, dy, rows.subview(count, 0));
                for (std::size_t s = 0; s < samples; ++s)
                    rows.at(count + s, columns) = y.data[o * stride + s] - ts[first + s][o];
                written(samples);
            }
        }
    }

    /// The backward pass through layer I and those before it, which writes their columns.
    template <std::size_t I, class Rows>
    constexpr void layers_from(const T* parameters, View dy, Rows rows) noexcept {
        using L = typename Layers::template Layer<I>;
        constexpr auto& plan = Layers::plan;
        const auto view = [&](T* data, std::size_t first) { return dy.rebind(data).subview(first); };
        const auto x = [&] {
            if constexpr (I == 0) return view(x_, 0).read_only();
            else return view(trace_, plan.output[I - 1]).read_only();
        }();
        const auto y =
            I + 1 == Layers::count ? view(y_, 0).read_only() : view(trace_, plan.output[I]).read_only();
        const auto context =
            Layers::List::template context_of<I, plan.trace[I]>(Context<View>{view(trace_, 0)});
        const auto dx = [&] {
            if constexpr (I <= first_trained) return NoView{};
            else return view(scratch_, plan.place[I - 1]);
        }();
        L::backward(parameters + Layers::offsets[I], x, y, context, dy, dx, view(scratch_, plan.neighbours),
                    NoView{}, false); // dy is dz now
        JacobianOf<L>::write(x, dy, rows.subview(0, trained_before<Layers>(Layers::offsets[I])));
        if constexpr (I > first_trained) layers_from<I - 1>(parameters, dx, rows);
    }
    static constexpr std::size_t first_trained = [] {
        std::size_t i = 0;
        while (i + 1 < Layers::count && trained_before<Layers>(Layers::offsets[i + 1]) == 0) ++i;
        return i;
    }();

    template <class Inputs, class Targets, class Rows, class Written>
    constexpr void single_samples(const T* parameters, Inputs xs, Targets ts, Rows rows,
                                  const std::size_t& count, Written written) noexcept {
        const View y{y_}, dy{dy_};
        const Context<View> context{View{trace_}};
        for (std::size_t s = 0; s < xs.size(); ++s) {
            const Sample<const T, false> x{xs[s].data()};
            Layers::forward(parameters, x, y, context);
            for (std::size_t o = 0; o < outputs; ++o) {
                for (std::size_t i = 0; i < outputs; ++i) dy.data[i] = i == o ? T(1) : T(0);
                Layers::backward(parameters, x, y.read_only(), context, dy, NoView{}, View{scratch_},
                                 gradient_.data, false);
                std::size_t c = 0;
                for (std::size_t r = 0; r < Layers::trainable_ranges.count; ++r)
                    for (std::size_t p = Layers::trainable_ranges.ranges[r].first;
                         p < Layers::trainable_ranges.ranges[r].end; ++p)
                        rows.at(count, c++) = gradient_.data[p];
                rows.at(count, c) = y.data[o] - ts[s][o];
                written(1);
            }
        }
    }

    alignas(64) T x_[direct ? buffer_size(Net::inputs) : 1] = {};
    alignas(64) T y_[buffer_size(outputs)] = {};
    alignas(64) T dy_[buffer_size(outputs)] = {};
    alignas(64) T trace_[buffer_size(Layers::trace)] = {};
    alignas(64) T scratch_[buffer_size(Layers::scratch)] = {};
    [[no_unique_address]] std::conditional_t<direct, NoView, Flat<T, Net::parameter_count>> gradient_{};
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
