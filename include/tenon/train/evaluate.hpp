// evaluate: the mean loss of a net over samples.
#pragma once

#include <tenon/kernels/blocks.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/train/backpropagation.hpp>
#include <tenon/train/bad_samples.hpp>
#include <tenon/train/history.hpp>
#include <tenon/train/refused.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// The summed loss of the outputs y, whose targets are ts[first], ts[first + 1], ...
template <std::size_t Outputs, class Loss, class T, std::size_t Stride, class Targets>
constexpr T loss_of_outputs(const Loss& loss, Block<T, Stride> y, Targets ts, std::size_t first) noexcept {
    alignas(64) T targets[Outputs * Stride];
    const auto t = y.rebind(targets + 0);
    load_targets<Outputs>(t, ts, [=](std::size_t s) { return first + s; });
    return loss_of<Outputs>(loss, y.read_only(), t.read_only(), NoView{}, T(1));
}
template <std::size_t Outputs, class Loss, class T, class Targets>
constexpr T loss_of_outputs(const Loss& loss, Sample<T> y, Targets ts, std::size_t at) noexcept {
    const auto loss_with = [&](const T* t) {
        return loss_of<Outputs>(loss, y.read_only(), Sample<const T, false>{t}, NoView{}, T(1));
    };
    if constexpr (std::integral<std::remove_cvref_t<decltype(ts[at])>>) {
        T t[Outputs] = {};
        write_one_hot<Outputs>(t, 1, ts[at]);
        return loss_with(t);
    } else return loss_with(ts[at].data());
}

/// In place of a loss, if only metrics are measured.
struct NoMeasuredLoss {};

/// In place of metrics, if only the loss is measured.
struct NoMetrics {
    static constexpr bool any = false;
    static constexpr bool again() noexcept { return false; }
};

/// Evaluates the net for all samples in one pass, gives the outputs to the metrics, and returns the sum of
/// the losses if with_loss. If the loss includes the last activation, that is applied afterwards for the
/// metrics, so that the net is evaluated once. Samples are spans, or Selected of the same indices.
template <class Net, class Loss, class Inputs, class Targets, class Metrics>
constexpr double pass_over(const Net& net, const Loss& loss, Inputs xs, Targets ts, Metrics& metrics,
                           bool with_loss) noexcept {
    static_assert(StateSentence<Net>::passes());
    using Target = std::remove_cvref_t<decltype(ts[0])>;
    constexpr bool has_loss = !std::is_same_v<Loss, NoMeasuredLoss>;
    constexpr std::size_t targets = has_loss ? Net::outputs : 0,
                          one_hot = std::integral<Target> ? targets : 0;
    using Evaluated = EvaluatedStack<typename Trained<Net, Loss>::type>;
    static_assert(StackSentence<Evaluated, typename Net::Scalar, one_hot>::passes()); // for a shorter message
    double sum = 0;
    run_blocks<Evaluated, targets, one_hot>(
        net.values_is_an_implementation_detail_, xs, [&](std::size_t first, auto y) {
            if constexpr (has_loss)
                if (!Metrics::any || with_loss)
                    sum += static_cast<double>(loss_of_outputs<Net::outputs>(loss, y, ts, first));
            if constexpr (Metrics::any) {
                if constexpr (fused_loss<Loss>)
                    activate<typename Ending<Net>::type, Net::outputs>(y.read_only(), y);
                metrics.add(y.read_only(), ts, first);
            }
        });
    return sum;
}

/// Number of the samples of which `ts` are targets: all, if some of them are selected.
template <class Target> constexpr std::size_t count_all(std::span<const Target> ts) noexcept {
    return ts.size();
}
template <class Target> constexpr std::size_t count_all(Selected<Target> ts) noexcept {
    return ts.all.size();
}

/// Returns the mean loss, or NaN if xs is empty, the sizes differ, or a class index names no class. Samples
/// are spans, or Selected of the same indices.
template <class Net, class Loss, class Inputs, class Targets>
constexpr typename Net::Scalar mean_loss(const Net& net, const Loss& loss, Inputs xs, Targets ts) noexcept {
    using T = typename Net::Scalar;
    if constexpr (!tenon::Loss<Loss>) static_assert(LossSentence<Loss>::passes());
    else {
        static_assert(misfit::loss_mismatch<Loss, EndsIn<Net>>::passes());
        if (!xs.empty() && xs.size() == ts.size() && first_without_class<Net::outputs>(ts) == count_all(ts)) {
            NoMetrics none;
            const double sum = pass_over(net, loss, xs, ts, none, true);
            return static_cast<T>(sum / static_cast<double>(xs.size()));
        }
    }
    return math::not_a_number<T>();
}

} // namespace detail

/// Returns the mean loss of a net over samples: `float loss = evaluate(net, CrossEntropy{}, xs, ts);`.
/// Returns NaN if xs is empty, if the sizes differ, or if a class index names no class. A target is an
/// output, or a class index for a loss over classes. The working memory is on the stack, as that of net(xs,
/// ys).
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

/// The same for some of the samples, by their positions: `evaluate(net, CrossEntropy{}, xs, ts,
/// fold.validation)`. Copies nothing. Returns NaN too if a position is not below xs.size().
template <class T, class... Layers, class Loss>
constexpr T evaluate(const NetOf<T, Layers...>& net, const Loss& loss,
                     std::span<const typename NetOf<T, Layers...>::Input> xs,
                     std::span<const typename NetOf<T, Layers...>::Output> ts,
                     std::span<const std::size_t> indices) noexcept {
    if (xs.size() != ts.size() || !detail::are_positions(indices, xs.size())) return math::not_a_number<T>();
    return detail::mean_loss(net, loss, detail::Selected{xs, indices}, detail::Selected{ts, indices});
}
template <class T, class... Layers, class Loss, detail::ClassIndices Classes>
    requires detail::OverClasses<Loss>
constexpr T evaluate(const NetOf<T, Layers...>& net, const Loss& loss,
                     std::span<const typename NetOf<T, Layers...>::Input> xs, const Classes& ts,
                     std::span<const std::size_t> indices) noexcept {
    const auto classes = detail::read_only(std::span(ts));
    if (xs.size() != classes.size() || !detail::are_positions(indices, xs.size()))
        return math::not_a_number<T>();
    return detail::mean_loss(net, loss, detail::Selected{xs, indices}, detail::Selected{classes, indices});
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

} // namespace tenon

#include <tenon/config/epilogue.hpp>
