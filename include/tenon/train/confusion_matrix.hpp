// Measures of a classifier: confusion matrix and accuracy.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/loss_of.hpp>
#include <tenon/train/refused.hpp>
#include <tenon/train/weights.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// Returns the class that an output names: the index of its largest value. A single value names class 1 if it
/// is above one half, else class 0. An output with NaN names no class: check with math::is_nan if it may have
/// one.
template <class T, std::size_t N> constexpr std::size_t class_of(const std::array<T, N>& output) noexcept {
    if constexpr (N == 1) return output[0] > T(0.5) ? 1 : 0;
    else return static_cast<std::size_t>(std::max_element(output.begin(), output.end()) - output.begin());
}

namespace detail {

/// Returns right / total, or NaN if total is 0.
constexpr double fraction(std::size_t right, std::size_t total) noexcept {
    if (total == 0) return math::not_a_number<double>();
    return static_cast<double>(right) / static_cast<double>(total);
}

} // namespace detail

/// counts[actual][predicted] is a number of samples. unanswered[actual] counts samples without a prediction,
/// because the output contains NaN; they count as wrong.
template <std::size_t Classes> struct ConfusionMatrix {
    std::array<std::array<std::size_t, Classes>, Classes> counts{};
    std::array<std::size_t, Classes> unanswered{};

    /// Number of samples.
    constexpr std::size_t total() const noexcept {
        std::size_t sum = 0;
        for (const std::size_t count : unanswered) sum += count;
        for (const auto& row : counts)
            for (const std::size_t count : row) sum += count;
        return sum;
    }
    /// Fraction of samples whose prediction is right; NaN without samples.
    constexpr double accuracy() const noexcept {
        std::size_t right = 0;
        for (std::size_t c = 0; c < Classes; ++c) right += counts[c][c];
        return detail::fraction(right, total());
    }
};

namespace detail {

template <class Net> using MatrixOf = ConfusionMatrix<classes<Net::outputs>>;

/// Calls use(actual class, class_or_none of the output) for each sample, except those whose target names no
/// class. Calls nothing if the sizes differ. Samples are spans, or Selected of the same indices.
template <class Net, class Inputs, class Targets, class Use>
constexpr void for_each_prediction(const Net& net, Inputs xs, Targets ts, Use use) noexcept {
    using Target = std::remove_cvref_t<decltype(ts[0])>;
    if (xs.size() != ts.size()) return;
    run_blocks<EvaluatedStack<StackOf<Net>>, 0>(
        net.values_is_an_implementation_detail_, xs, [&](std::size_t first, auto y) {
            for (std::size_t s = 0; s < y.samples; ++s) {
                const std::size_t actual = [&] {
                    if constexpr (std::integral<Target>) return static_cast<std::size_t>(ts[first + s]);
                    else return class_or_none<Net::outputs>(ts[first + s].data(), 1);
                }();
                if (is_class<Net::outputs>(actual))
                    use(actual, class_or_none<Net::outputs>(y.data + s, decltype(y)::stride));
            }
        });
}

template <class Net, class Inputs, class Targets>
constexpr MatrixOf<Net> matrix_of(const Net& net, Inputs xs, Targets ts) noexcept {
    MatrixOf<Net> matrix;
    for_each_prediction(net, xs, ts, [&](std::size_t actual, std::size_t predicted) {
        if (is_class<Net::outputs>(predicted)) ++matrix.counts[actual][predicted];
        else ++matrix.unanswered[actual];
    });
    return matrix;
}

/// Does not compute the matrix, which may be larger than the stack.
template <class Net, class Inputs, class Targets>
constexpr double accuracy_of(const Net& net, Inputs xs, Targets ts) noexcept {
    std::size_t right = 0, total = 0;
    for_each_prediction(net, xs, ts, [&](std::size_t actual, std::size_t predicted) {
        right += actual == predicted;
        ++total;
    });
    return fraction(right, total);
}

} // namespace detail

/// Compares a net's predictions for xs with ts, which are outputs or class indices:
/// `const auto matrix = confusion_matrix(net, xs, ts);`, then `matrix.counts[actual][predicted]`. Samples
/// whose target names no class or contains NaN are left out. All counts are 0 if the sizes differ. The matrix
/// is returned by value, and has 8 bytes times the square of the number of classes.
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

/// The same for some of the samples, by their positions. All counts are 0 if a position is not below
/// xs.size().
template <class T, class... Layers>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(
    const NetOf<T, Layers...>& net, std::span<const typename NetOf<T, Layers...>::Input> xs,
    std::span<const typename NetOf<T, Layers...>::Output> ts, std::span<const std::size_t> indices) noexcept {
    if (xs.size() != ts.size() || !detail::are_positions(indices, xs.size())) return {};
    return detail::matrix_of(net, detail::Selected{xs, indices}, detail::Selected{ts, indices});
}
template <class T, class... Layers, detail::ClassIndices Classes>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(
    const NetOf<T, Layers...>& net, std::span<const typename NetOf<T, Layers...>::Input> xs,
    const Classes& ts, std::span<const std::size_t> indices) noexcept {
    const auto classes = detail::read_only(std::span(ts));
    if (xs.size() != classes.size() || !detail::are_positions(indices, xs.size())) return {};
    return detail::matrix_of(net, detail::Selected{xs, indices}, detail::Selected{classes, indices});
}

template <class T, class... Layers, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr detail::MatrixOf<NetOf<T, Layers...>> confusion_matrix(const NetOf<T, Layers...>&, const Xs&,
                                                                 const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

/// Returns the fraction of samples classified correctly, or NaN if xs is empty or the sizes differ. An output
/// that contains NaN is wrong; samples whose target names no class or contains NaN are left out.
template <class T, class... Layers>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs,
                          std::span<const typename NetOf<T, Layers...>::Output> ts) noexcept {
    return detail::accuracy_of(net, xs, ts);
}
template <class T, class... Layers, detail::ClassIndices Classes>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs,
                          const Classes& ts) noexcept {
    return detail::accuracy_of(net, xs, detail::read_only(std::span(ts)));
}

/// The same for some of the samples, by their positions. Returns NaN too if a position is not below
/// xs.size().
template <class T, class... Layers>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs,
                          std::span<const typename NetOf<T, Layers...>::Output> ts,
                          std::span<const std::size_t> indices) noexcept {
    if (xs.size() != ts.size() || !detail::are_positions(indices, xs.size()))
        return math::not_a_number<double>();
    return detail::accuracy_of(net, detail::Selected{xs, indices}, detail::Selected{ts, indices});
}
template <class T, class... Layers, detail::ClassIndices Classes>
constexpr double accuracy(const NetOf<T, Layers...>& net,
                          std::span<const typename NetOf<T, Layers...>::Input> xs, const Classes& ts,
                          std::span<const std::size_t> indices) noexcept {
    const auto classes = detail::read_only(std::span(ts));
    if (xs.size() != classes.size() || !detail::are_positions(indices, xs.size()))
        return math::not_a_number<double>();
    return detail::accuracy_of(net, detail::Selected{xs, indices}, detail::Selected{classes, indices});
}

template <class T, class... Layers, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr double accuracy(const NetOf<T, Layers...>&, const Xs&, const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
