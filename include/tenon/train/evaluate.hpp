// Measures of a trained net: loss, accuracy, confusion matrix.
#pragma once

#include <tenon/detail/batch.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/history.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The mean loss over the samples; NaN where there are none or not as many targets.
template <class Net, class Loss, class Target>
constexpr typename Net::Scalar mean_loss(const Net& net, const Loss& loss,
                                         std::span<const typename Net::Input> xs,
                                         std::span<const Target> ts) noexcept {
    using T = typename Net::Scalar;
    static_assert(misfit::loss_mismatch<Loss, EndsIn<Net>>::none());
    if (xs.empty() || xs.size() != ts.size()) return std::numeric_limits<T>::quiet_NaN();
    alignas(64) T targets[Net::outputs * block_samples<T>];
    double sum = 0;
    run_blocks<typename Trained<Net, Loss>::type>(net.values, xs, [&](std::size_t first, auto y) {
        const auto t = y.with(targets);
        put_targets<Net::outputs>(t, ts, [=](std::size_t s) { return first + s; });
        sum +=
            static_cast<double>(loss_of<Net::outputs>(loss, y.read_only(), t.read_only(), Nothing{}, T(1)));
    });
    return static_cast<T>(sum / static_cast<double>(xs.size()));
}

} // namespace detail

/// The mean loss over the samples; NaN where there are none or not as many targets. A target is an output, or
/// a class index for a loss over classes.
template <class T, class... Layers, class Loss>
constexpr T evaluate(const NetOf<T, Layers...>& net, const Loss& loss,
                     std::span<const typename NetOf<T, Layers...>::Input> xs,
                     std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return detail::mean_loss(net, loss, xs, ts);
}
template <class T, class... Layers, class Loss, detail::ClassIndices Classes>
    requires detail::OverClasses<Loss>
constexpr T evaluate(const NetOf<T, Layers...>& net, const Loss& loss,
                     std::span<const typename NetOf<T, Layers...>::Input> xs, const Classes& ts) noexcept {
    return detail::mean_loss(net, loss, xs, detail::read_only(std::span(ts)));
}

template <class T, class... Layers, class Loss, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr T evaluate(const NetOf<T, Layers...>&, const Loss&, const Xs&, const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, Xs, Ts>();
    return {};
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

namespace detail {

template <class Net> using MatrixOf = ConfusionMatrix<classes<Net::outputs>>;

template <class Net, class Target>
constexpr MatrixOf<Net> matrix_of(const Net& net, std::span<const typename Net::Input> xs,
                                  std::span<const Target> ts) noexcept {
    ConfusionMatrix<classes<Net::outputs>> matrix;
    const auto count = [&](std::size_t target, const typename Net::Output& answer) {
        if (is_class<Net::outputs>(target)) ++matrix.counts[target][class_of(answer)];
    };
    run_blocks<typename Net::Stack>(net.values, xs.first(std::min(xs.size(), ts.size())),
                                    [&](std::size_t first, auto y) {
                                        for (std::size_t s = 0; s < y.samples; ++s) {
                                            typename Net::Output answer{};
                                            for (std::size_t o = 0; o < Net::outputs; ++o)
                                                answer[o] = y.from(o).data[s];
                                            if constexpr (std::integral<Target>)
                                                count(static_cast<std::size_t>(ts[first + s]), answer);
                                            else count(class_of(ts[first + s]), answer);
                                        }
                                    });
    return matrix;
}

} // namespace detail

/// Answers to xs held against ts, outputs or class indices, sample by sample, as many as the shorter has.
/// Indices that are no class are left out.
template <class T, class... Layers>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(
    const NetOf<T, Layers...>& net, std::span<const typename NetOf<T, Layers...>::Input> xs,
    std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return detail::matrix_of(net, xs, ts);
}
template <class T, class... Layers, detail::ClassIndices Classes>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(
    const NetOf<T, Layers...>& net, std::span<const typename NetOf<T, Layers...>::Input> xs,
    const Classes& ts) noexcept {
    return detail::matrix_of(net, xs, detail::read_only(std::span(ts)));
}
template <class T, class... Layers, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(const NetOf<T, Layers...>&, const Xs&,
                                                                 const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, Xs, Ts>();
    return {};
}

/// The share of samples whose answer names their class.
template <class T, class... Layers>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs,
                          std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return confusion_matrix(net, xs, ts).accuracy();
}
template <class T, class... Layers, class Xs, class Ts>
    requires detail::ClassIndices<Ts> || detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr double accuracy(const NetOf<T, Layers...>& net, const Xs& xs, const Ts& ts) noexcept {
    return confusion_matrix(net, xs, ts).accuracy();
}

} // namespace tenon
