// Updater: an optimizer and its state for a net, or for some of its layers, for training loops of one's own.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/train/set_up.hpp>
#include <tenon/train/tape.hpp>
#include <tenon/train/whole_step.hpp>

#include <cstddef>
#include <memory> // construct_at; xsimd includes it, too
#include <span>
#include <type_traits>
#include <utility>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

struct AllLayers {};
template <std::size_t... I> struct OnlyLayers {};
/// Selects layers of a net, counted from 0: `Updater head{net, Adam{}, only_layers<2>}`.
template <std::size_t... I> inline constexpr OnlyLayers<I...> only_layers{};

namespace detail {

/// The layers of a net, those that are not selected frozen.
template <class Net, class Selection> struct SelectedLayers {
    using type = StackOf<Net>;
};
template <class T, class... Layers, std::size_t... I>
struct SelectedLayers<NetOf<T, Layers...>, OnlyLayers<I...>> {
    static_assert(sizeof...(I) > 0, "only_layers needs at least one layer");
    static_assert(((layer_index<I, sizeof...(Layers)>() < sizeof...(Layers)) && ...));
    template <std::size_t J, class L> using Layer = std::conditional_t<((I == J) || ...), L, Frozen<L>>;
    template <std::size_t... J>
    static std::type_identity<Stack<Layer<J, Layers>...>> choose(std::index_sequence<J...>);
    using type = typename decltype(choose(std::index_sequence_for<Layers...>{}))::type;
};

} // namespace detail

/// An optimizer for gradients of one's own: `Updater updater{net, Adam{}};`, then `updater.step(tape)`, or
/// `updater.step(gradient)`. With `only_layers<...>`, the other layers do not change; several updaters
/// of one net, each with settings of its own, are what PyTorch calls parameter groups.
///
/// Lifetime: the updater refers to the net, which must outlive it, at the same address. It owns copies of the
/// optimizer and its state.
template <class Net, class Optimizer, class Selection = AllLayers>
    requires(detail::UpdaterSentence<Net, Optimizer>::passes())
class Updater {
    using Layers = typename detail::SelectedLayers<Net, Selection>::type;

public:
    using Scalar = typename Net::Scalar;
    using Gradient = std::span<const Scalar, Net::parameter_count>;

    /// Refers to `net`, and copies `optimizer`.
    constexpr Updater(Net& net, Optimizer optimizer, Selection = {}) noexcept
        : net_(net), optimizer_(optimizer) {}

    /// The optimizer, to change its learning rate between steps.
    constexpr Optimizer& optimizer() noexcept { return optimizer_; }

    /// The learning rate of the next step: with Scheduled, that of the schedule.
    constexpr double learning_rate() const noexcept { return learning_rate_of(optimizer_, step_.state); }
    /// Exchanges the parameters that this updater changes with their averages (Averaged); does nothing before
    /// the first step that counts. Call it again before training goes on.
    constexpr void swap_averages() noexcept {
        detail::swap_averages<Layers, Optimizer>(step_.state, net_.values_is_an_implementation_detail_);
    }

    /// Updates once with a gradient in the order of the net's parameters. Returns whether it did: nothing
    /// changes if the gradient or an updated number is not finite.
    constexpr bool step(Gradient gradient) noexcept {
        detail::copy_trained<Layers>(gradient, gradient_.data);
        return update(gradient_.data);
    }
    /// Updates once with a tape's gradient, and moves the running statistics of layers such as BatchNorm.
    template <std::size_t Batch, class ModeOf>
    constexpr bool step(const Tape<Net, Batch, ModeOf>& tape) noexcept {
        if (!tape.statistics_are_finite_) return false;
        bool done = false;
        if constexpr (std::is_same_v<Selection, AllLayers>) done = update(tape.gradient_.data);
        else done = step(tape.gradient());
        if constexpr (Layers::any_statistics)
            if (done && tape.counted_ > 0)
                Layers::settle(net_.values_is_an_implementation_detail_, tape.statistics_.sums(),
                               tape.counted_);
        return done;
    }

    /// Sets the optimizer's state back to the start. The net and the optimizer's settings stay.
    constexpr void reset() noexcept { std::construct_at(&step_); }

private:
    constexpr bool update(const Scalar* gradient) noexcept {
        Scalar* const parameters = net_.values_is_an_implementation_detail_;
        if (!detail::in_compiler()) return step_(optimizer_, parameters, gradient);
        step_.in_compiler(optimizer_, parameters, gradient);
        return true;
    }

    [[maybe_unused]] detail::SetUpAtStart set_up_{};
    Net& net_;
    Optimizer optimizer_;
    detail::WholeStep<Optimizer, Scalar, Layers> step_{};
    Flat<Scalar, Net::parameter_count> gradient_;
};

template <class Net, class Optimizer>
Updater(Net&, Optimizer) -> Updater<detail::UpdatersNet<Net, Optimizer>, Optimizer>;
template <class Net, class Optimizer, std::size_t... I>
Updater(Net&, Optimizer, OnlyLayers<I...>)
    -> Updater<detail::UpdatersNet<Net, Optimizer>, Optimizer, OnlyLayers<I...>>;

/// Replaces an updater that was refused, so that its use produces no more messages.
template <class Optimizer, class Selection> class Updater<detail::NoNet, Optimizer, Selection> {
public:
    constexpr Updater(const auto&...) noexcept {}
    constexpr bool step(detail::Anything) noexcept { return false; }
    constexpr void reset() noexcept {}
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
