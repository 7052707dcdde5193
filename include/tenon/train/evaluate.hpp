// Measures of a trained net: loss, accuracy, confusion matrix.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/refused.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The loss of the answers y to samples `first` ..., summed.
template <std::size_t Outputs, class Loss, class T, std::size_t Stride, class Target>
constexpr T loss_of_answers(const Loss& loss, Block<T, Stride> y, std::span<const Target> ts,
                            std::size_t first) noexcept {
    alignas(64) T targets[Outputs * Stride];
    const auto t = y.rebind(targets + 0);
    load_targets<Outputs>(t, ts, [=](std::size_t s) { return first + s; });
    return loss_of<Outputs>(loss, y.read_only(), t.read_only(), NoView{}, T(1));
}
template <std::size_t Outputs, class Loss, class T, class Target>
constexpr T loss_of_answers(const Loss& loss, Sample<T> y, std::span<const Target> ts,
                            std::size_t at) noexcept {
    const auto loss_to = [&](const T* t) {
        return loss_of<Outputs>(loss, y.read_only(), Sample<const T, false>{t}, NoView{}, T(1));
    };
    if constexpr (std::integral<Target>) {
        T t[Outputs] = {};
        write_one_hot<Outputs>(t, 1, ts[at]);
        return loss_to(t);
    } else return loss_to(ts[at].data());
}

/// The mean loss over the samples; NaN if there are none or not as many targets.
template <class Net, class Loss, class Target>
constexpr typename Net::Scalar mean_loss(const Net& net, const Loss& loss,
                                         std::span<const typename Net::Input> xs,
                                         std::span<const Target> ts) noexcept {
    using T = typename Net::Scalar;
    if constexpr (!tenon::Loss<Loss>) static_assert(LossSentence<Loss>::passes());
    else {
        static_assert(misfit::loss_mismatch<Loss, EndsIn<Net>>::passes());
        if (!xs.empty() && xs.size() == ts.size() && first_without_class<Net::outputs>(ts) == ts.size()) {
            double sum = 0;
            run_blocks<typename Trained<Net, Loss>::type, Net::outputs>(
                net.values_is_an_implementation_detail_, xs, [&](std::size_t first, auto y) {
                    sum += static_cast<double>(loss_of_answers<Net::outputs>(loss, y, ts, first));
                });
            return static_cast<T>(sum / static_cast<double>(xs.size()));
        }
    }
    return math::not_a_number<T>();
}

/// mean_loss in a trainer, which has the memory for a net that is too wide for the stack.
template <class Net, class Passes, class Target>
constexpr typename Net::Scalar validation_loss(const Net& net, Passes& passes,
                                               std::span<const typename Net::Input> xs,
                                               std::span<const Target> ts) noexcept {
    using T = typename Net::Scalar;
    if constexpr (keeps_to_stack<StackOf<Net>, T>) return mean_loss(net, passes.loss, xs, ts);
    else {
        double sum = 0;
        for (std::size_t s = 0; s < xs.size(); ++s)
            sum += static_cast<double>(loss_of_answers<Net::outputs>(
                passes.loss, passes.passes().answer(net.values_is_an_implementation_detail_, xs[s]), ts, s));
        return static_cast<T>(sum / static_cast<double>(xs.size()));
    }
}

} // namespace detail

/// The mean loss over the samples; NaN if there are none or not as many targets. A target is an output, or a
/// class index for a loss over classes. Its working memory is on the stack, as that of net(xs, ys).
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
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

template <class T, class... Layers, class Loss, class Xs, class Ts>
    requires detail::NoTargets<NetOf<T, Layers...>, Loss, Xs, Ts>
constexpr T evaluate(const NetOf<T, Layers...>&, const Loss&, const Xs&, const Ts&) noexcept {
    detail::refuse_kind<NetOf<T, Layers...>, Ts>();
    return {};
}

/// The class that an output names: the largest of its values, or for a single value whether it is over one
/// half. An output with NaN names none: look with math::is_nan if that may be.
template <class T, std::size_t N> constexpr std::size_t class_of(const std::array<T, N>& output) noexcept {
    if constexpr (N == 1) return output[0] > T(0.5) ? 1 : 0;
    else return static_cast<std::size_t>(std::max_element(output.begin(), output.end()) - output.begin());
}

namespace detail {

/// right / total; NaN of none.
constexpr double share(std::size_t right, std::size_t total) noexcept {
    if (total == 0) return math::not_a_number<double>();
    return static_cast<double>(right) / static_cast<double>(total);
}

} // namespace detail

/// counts[target][answer]: how many samples of each class were given each answer. unanswered[target]: how
/// many were given none, because the output holds NaN; they count as wrong.
template <std::size_t Classes> struct ConfusionMatrix {
    std::array<std::array<std::size_t, Classes>, Classes> counts{};
    std::array<std::size_t, Classes> unanswered{};

    constexpr std::size_t total() const noexcept {
        std::size_t sum = 0;
        for (const std::size_t count : unanswered) sum += count;
        for (const auto& row : counts)
            for (const std::size_t count : row) sum += count;
        return sum;
    }
    /// The share of samples that were given their own class; NaN of none.
    constexpr double accuracy() const noexcept {
        std::size_t right = 0;
        for (std::size_t c = 0; c < Classes; ++c) right += counts[c][c];
        return detail::share(right, total());
    }
};

namespace detail {

template <class Net> using MatrixOf = ConfusionMatrix<classes<Net::outputs>>;

/// The class that an output names; one more than there are if it holds NaN.
template <class T, std::size_t N>
constexpr std::size_t class_or_none(const std::array<T, N>& output) noexcept {
    for (const T value : output)
        if (math::is_nan(value)) return classes<N>;
    return class_of(output);
}

/// Calls use(class of the target, class_or_none of the answer) for each sample, but for those whose target is
/// no class; for none if there are not as many targets as inputs.
template <class Net, class Target, class Use>
constexpr void for_each_answer(const Net& net, std::span<const typename Net::Input> xs,
                               std::span<const Target> ts, Use use) noexcept {
    if (xs.size() != ts.size()) return;
    run_blocks<StackOf<Net>, 0>(net.values_is_an_implementation_detail_, xs, [&](std::size_t first, auto y) {
        for (std::size_t s = 0; s < y.samples; ++s) {
            typename Net::Output answer{};
            for (std::size_t o = 0; o < Net::outputs; ++o) answer[o] = y.subview(o).data[s];
            const std::size_t target = [&] {
                if constexpr (std::integral<Target>) return static_cast<std::size_t>(ts[first + s]);
                else return class_or_none(ts[first + s]);
            }();
            if (is_class<Net::outputs>(target)) use(target, class_or_none(answer));
        }
    });
}

template <class Net, class Target>
constexpr MatrixOf<Net> matrix_of(const Net& net, std::span<const typename Net::Input> xs,
                                  std::span<const Target> ts) noexcept {
    MatrixOf<Net> matrix;
    for_each_answer(net, xs, ts, [&](std::size_t target, std::size_t answer) {
        if (is_class<Net::outputs>(answer)) ++matrix.counts[target][answer];
        else ++matrix.unanswered[target];
    });
    return matrix;
}

/// Without a matrix, which may be larger than the stack.
template <class Net, class Target>
constexpr double accuracy_of(const Net& net, std::span<const typename Net::Input> xs,
                             std::span<const Target> ts) noexcept {
    std::size_t right = 0, total = 0;
    for_each_answer(net, xs, ts, [&](std::size_t target, std::size_t answer) {
        right += target == answer;
        ++total;
    });
    return share(right, total);
}

} // namespace detail

/// Answers to xs held against ts, outputs or class indices, sample by sample. Indices that are no class and
/// targets with NaN are left out. No sample is counted if there are not as many targets as inputs. The matrix
/// is returned by value: it takes 8 bytes times the square of the classes.
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
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

/// The share of samples whose answer names their class, which none with NaN does; NaN if there are none or
/// not as many targets.
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
template <class T, class... Layers, class Xs, class Ts>
    requires detail::Misfits<NetOf<T, Layers...>, Xs, Ts>
constexpr double accuracy(const NetOf<T, Layers...>&, const Xs&, const Ts&) noexcept {
    detail::refuse<NetOf<T, Layers...>, detail::Many<Xs>, detail::Many<Ts>>();
    return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
