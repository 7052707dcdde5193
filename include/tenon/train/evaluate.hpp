// Measures of a trained net: loss, gradient, accuracy, confusion matrix.
#pragma once

#include <tenon/detail/batch.hpp>
#include <tenon/train/backpropagation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>

namespace tenon::inline TENON_ABI {

/// The mean loss over the samples; NaN where there are none or not as many targets.
template <class T, class... Layers, class Loss>
constexpr T evaluate(const NetOf<T, Layers...>& net, const Loss& loss,
                     std::span<const typename NetOf<T, Layers...>::Input> xs,
                     std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    using Net = NetOf<T, Layers...>;
    static_assert(loss_mismatch<Loss, detail::EndsIn<Net>>::none());
    if (xs.empty() || xs.size() != ts.size()) return std::numeric_limits<T>::quiet_NaN();
    using Passes = typename detail::Trained<Net, Loss>::type;
    alignas(64) T targets[Net::outputs * detail::block_samples<T>];
    double sum = 0;
    detail::run_blocks<Passes>(net.values, xs, [&](std::size_t first, auto y) {
        const auto t = y.with(targets);
        detail::fill<Net::outputs>(t, [=](std::size_t s) { return ts[first + s].data(); });
        sum += static_cast<double>(
            detail::loss_of<Net::outputs>(loss, y.read_only(), t.read_only(), Nothing{}, T(1)));
    });
    return static_cast<T>(sum / static_cast<double>(xs.size()));
}

template <class T, class... Layers, class Loss, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr T evaluate(const NetOf<T, Layers...>&, const Loss&, const Xs&, const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, Xs, Ts>();
    return {};
}

/// The gradient of the loss of one sample by the net's parameters, in their order. The stack holds it twice.
template <class T, class... Layers, class Loss>
constexpr std::array<T, NetOf<T, Layers...>::parameter_count> gradient(
    const NetOf<T, Layers...>& net, const Loss& loss, const typename NetOf<T, Layers...>::Input& x,
    const typename NetOf<T, Layers...>::Output& t) noexcept {
    using Net = NetOf<T, Layers...>;
    static_assert(loss_mismatch<Loss, detail::EndsIn<Net>>::none());
    detail::Backpropagation<Net, Loss, 1> passes(loss);
    passes.one(net.values, x, t);
    std::array<T, Net::parameter_count> result{};
    std::copy_n(passes.gradient_data(), result.size(), result.begin());
    return result;
}

template <class T, class... Layers, class Loss, std::size_t N, std::size_t M>
constexpr auto gradient(const NetOf<T, Layers...>& net, const Loss& loss, const T (&x)[N],
                        const T (&t)[M]) noexcept {
    static_assert(input_mismatch<takes<NetOf<T, Layers...>::inputs>, but_given<N>>::none());
    static_assert(target_mismatch<gives<NetOf<T, Layers...>::outputs>, but_given<M>>::none());
    return gradient(net, loss, std::to_array(x), std::to_array(t));
}

/// The class that an output names: the largest of its values, or for a single value whether it is over one
/// half.
template <class T, std::size_t N> constexpr std::size_t class_of(const std::array<T, N>& output) noexcept {
    if constexpr (N == 1) return output[0] > T(0.5) ? 1 : 0;
    else return static_cast<std::size_t>(std::max_element(output.begin(), output.end()) - output.begin());
}

/// counts[target][answer]: how many samples of each class were given each answer.
template <std::size_t Classes> struct ConfusionMatrix {
    std::array<std::array<std::size_t, Classes>, Classes> counts{};

    constexpr std::size_t total() const noexcept {
        std::size_t sum = 0;
        for (const auto& row : counts)
            for (const std::size_t count : row) sum += count;
        return sum;
    }
    /// The share of samples that were given their own class; NaN of none.
    constexpr double accuracy() const noexcept {
        std::size_t right = 0;
        for (std::size_t c = 0; c < Classes; ++c) right += counts[c][c];
        return static_cast<double>(right) / static_cast<double>(total());
    }
};

/// Answers to xs held against ts, sample by sample, as many as the shorter has.
template <class T, class... Layers>
constexpr auto confusion_matrix(const NetOf<T, Layers...>& net,
                                std::span<const typename NetOf<T, Layers...>::Input> xs,
                                std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    using Net = NetOf<T, Layers...>;
    ConfusionMatrix<Net::outputs == 1 ? 2 : Net::outputs> matrix;
    detail::run_blocks<typename Net::Stack>(
        net.values, xs.first(std::min(xs.size(), ts.size())), [&](std::size_t first, auto y) {
            for (std::size_t s = 0; s < y.samples; ++s) {
                typename Net::Output answer{};
                for (std::size_t o = 0; o < Net::outputs; ++o) answer[o] = y.from(o).data[s];
                ++matrix.counts[class_of(ts[first + s])][class_of(answer)];
            }
        });
    return matrix;
}

/// The share of samples whose answer names their class.
template <class T, class... Layers>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs,
                          std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return confusion_matrix(net, xs, ts).accuracy();
}

} // namespace tenon
