// Applies a loss to the samples of a view.
#pragma once

#include <tenon/concepts.hpp>
#include <tenon/kernels/map.hpp>
#include <tenon/kernels/transpose.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/losses.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span> // with the concepts of ranges: <ranges> alone takes 0.3 s to compile (g++ 12)
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// Whether the loss includes the net's last activation.
template <class Loss> inline constexpr bool fused_loss = requires { requires Loss::fused; };

/// Whether the loss takes the outputs of a sample one by one: no register may have several of them.
template <class Loss> inline constexpr bool one_by_one = requires { requires Loss::one_by_one; };

/// Whether the loss may follow a net whose last activation is A.
template <class Loss, class A> consteval bool suits() {
    if constexpr (requires { Loss::template suits<A>; }) return Loss::template suits<A>;
    else if constexpr (requires { typename Loss::After; }) return std::is_same_v<typename Loss::After, A>;
    else return true;
}

/// A loss whose targets may be class indices.
template <class Loss>
concept OverClasses = requires { typename Loss::After; };

/// A sample's target: an output, or a class index for a loss over classes.
template <class Target, class Output, class Loss>
concept TargetOf = std::same_as<Target, Output> || (OverClasses<Loss> && std::integral<Target>);

/// A contiguous range of class indices, such as an array.
template <class Range>
concept ClassIndices =
    std::ranges::contiguous_range<Range> && std::integral<std::ranges::range_value_t<Range>>;

/// Number of classes that this number of outputs distinguishes.
template <std::size_t Outputs> inline constexpr std::size_t classes = Outputs == 1 ? 2 : Outputs;
/// Whether an index names a class.
template <std::size_t Outputs> constexpr bool is_class(std::integral auto index) noexcept {
    return static_cast<std::size_t>(index) < classes<Outputs>;
}

/// Writes a class as a one-hot target, or as 0 or 1 if there is one output. Successive values are `step`
/// apart, and are zero before. If the index names no class, the target becomes NaN, and so the loss.
template <std::size_t Outputs, class T, std::integral Class>
constexpr void write_one_hot(T* t, std::size_t step, Class index) noexcept {
    if (!is_class<Outputs>(index)) t[0] = math::not_a_number<T>();
    else if constexpr (Outputs == 1) t[0] = static_cast<T>(index);
    else t[static_cast<std::size_t>(index) * step] = 1;
}

/// Copies the targets ts[order(s)], outputs or class indices, to a block.
template <std::size_t Outputs, class T, std::size_t Stride, class Targets, class Order>
constexpr void load_targets(Block<T, Stride> to, Targets ts, Order order) noexcept {
    if constexpr (std::integral<std::remove_cvref_t<decltype(ts[0])>>) {
        for (std::size_t i = 0; i < Outputs * Stride; ++i) to.data[i] = 0;
        for (std::size_t s = 0; s < to.samples; ++s)
            write_one_hot<Outputs>(to.data + s, Stride, ts[order(s)]);
    } else fill<Outputs>(to, [=](std::size_t s) { return ts[order(s)].data(); });
}

/// Takes the place of derivatives that are not needed.
struct Discard {
    template <class V> constexpr void set(std::size_t, V) const noexcept {}
};

/// Returns the loss of one sample (one in each lane of V), and sets dy to its derivatives times `scale`.
template <class V, class Loss, class Outputs, class Targets, class Derivatives>
constexpr V sample_loss(const Loss& loss, Outputs y, Targets t, Derivatives dy,
                        math::Scalar<V> scale) noexcept {
    if constexpr (requires { loss.template sample<V>(y, t, dy, V(scale)); })
        return loss.template sample<V>(y, t, dy, V(scale));
    else {
        const V factor(Loss::mean ? scale / static_cast<math::Scalar<V>>(Outputs::size) : scale);
        V sum(0);
        for (std::size_t i = 0; i < Outputs::count; ++i) {
            const V out = y.get(i, 0), target = t.get(i, 0);
            sum = sum + Outputs::zero_padding(i, loss.value(out, target));
            dy.set(i, factor * loss.derivative(out, target));
        }
        if constexpr (Loss::mean) return Outputs::reduce_sum(sum) / V(Outputs::size);
        else return Outputs::reduce_sum(sum);
    }
}

/// The values of one sample, or of lane_count<V> samples of a block from sample s on.
template <class V, std::size_t N, class T, bool Padded>
constexpr SampleRegisters<V, N, T, Padded> values_at(Sample<T, Padded> view, std::size_t) noexcept {
    return {view.data};
}
template <class V, std::size_t N, class T, std::size_t Stride>
constexpr BlockRegisters<V, N, Stride, T> values_at(Block<T, Stride> view, std::size_t s) noexcept {
    return {view.data + s};
}
template <class V, std::size_t N> constexpr Discard values_at(NoView, std::size_t) noexcept { return {}; }

/// Returns the sum of the samples' losses. Sets dy, unless it is NoView, to the gradient of scale * (that
/// sum) with respect to y.
template <std::size_t N, class Loss, class T, class Dy>
constexpr T loss_of(const Loss& loss, Sample<const T> y, Sample<const T, false> t, Dy dy, T scale) noexcept {
    using V = Value<T, one_by_one<Loss> ? 1 : lanes_for<T>(N)>;
    if (std::is_constant_evaluated())
        return sample_loss<T>(loss, values_at<T, N>(y, 0), values_at<T, N>(t, 0), values_at<T, N>(dy, 0),
                              scale);
    return math::first_lane(
        sample_loss<V>(loss, values_at<V, N>(y, 0), values_at<V, N>(t, 0), values_at<V, N>(dy, 0), scale));
}
/// If `weights` points to a weight for each sample, and zeros up to a whole register, each sample's loss and
/// derivatives are multiplied by its weight.
template <std::size_t N, class Loss, class T, std::size_t Stride, class Dy, class Weights = NoView>
constexpr T loss_of(const Loss& loss, Block<const T, Stride> y, Block<const T, Stride> t, Dy dy, T scale,
                    [[maybe_unused]] Weights weights = {}) noexcept {
    T sum = 0;
    with_lanes<T, Block<T, Stride>::lanes>([&]<class V>() {
        for (std::size_t s = 0; s < y.end(); s += lane_count<V>) {
            V losses = sample_loss<V>(loss, values_at<V, N>(y, s), values_at<V, N>(t, s),
                                      values_at<V, N>(dy, s), scale);
            if constexpr (!std::is_same_v<Weights, NoView>) {
                const V weight = load<V>(weights + s);
                losses = losses * weight;
                for (std::size_t o = 0; o < N; ++o)
                    store(dy.data + o * Stride + s, load<V>(dy.data + o * Stride + s) * weight);
            }
            if (const std::size_t left = y.samples - s; left < lane_count<V>) {
                sum += math::first_lane(math::sum(first_lanes(left, losses, V(0))));
                // Zeros in the unused lanes; nobody depends on them ("Unused lanes" in views.hpp).
                if constexpr (!std::is_same_v<Dy, NoView>)
                    for (std::size_t o = 0; o < N; ++o)
                        store(dy.data + o * Stride + s,
                              first_lanes(left, load<V>(dy.data + o * Stride + s), V(0)));
            } else sum += math::first_lane(math::sum(losses));
        }
    });
    return sum;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
