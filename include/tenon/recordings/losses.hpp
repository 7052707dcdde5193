// Losses over the steps of a sequence.
#pragma once

#include <tenon/losses.hpp>
#include <tenon/train/loss_of.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

/// Values without the first `First`.
template <class Registers, std::size_t First> struct RegistersAfterWarmUp {
    using Register = typename Registers::Register;
    static constexpr std::size_t count = Registers::count - First, size = Registers::size - First;
    Registers values;

    constexpr auto get(std::size_t i, auto padding) const noexcept { return values.get(i + First, padding); }
    constexpr void set(std::size_t i, auto value) const noexcept { values.set(i + First, value); }
    static constexpr auto zero_padding(std::size_t i, auto value) noexcept {
        return Registers::zero_padding(i + First, value);
    }
    static constexpr auto reduce_max(auto value) noexcept { return Registers::reduce_max(value); }
    static constexpr auto reduce_sum(auto value) noexcept { return Registers::reduce_sum(value); }
};
template <class V, std::size_t First> struct DerivativesAfterWarmUp {
    V derivatives;
    constexpr void set(std::size_t i, auto value) const noexcept { derivatives.set(i + First, value); }
};

} // namespace detail

/// The loss of the outputs after the first Outputs ones, which do not count: the steps in which cells that
/// begin with a state of zero warm up. Outputs is a number of steps times the outputs of a step:
///     Trainer trainer{windows, AfterWarmUp<64, MeanSquaredError>{}, Adam{}};
template <std::size_t Outputs, class Loss> struct AfterWarmUp {
    static_assert(
        !requires { typename Loss::After; }, "AfterWarmUp takes a loss of outputs, without an activation");
    Loss loss{};
    static constexpr bool one_by_one = true;
    static constexpr std::size_t warm_up_outputs = Outputs;

    template <class V, class Ys, class Targets, class Derivatives>
    constexpr V sample(Ys y, Targets t, Derivatives dy, V scale) const noexcept {
        static_assert(Outputs < Ys::size, "the warm-up of AfterWarmUp leaves at least one output");
        for (std::size_t i = 0; i < Outputs; ++i) dy.set(i, V(0));
        return detail::sample_loss<V>(loss, detail::RegistersAfterWarmUp<Ys, Outputs>{y},
                                      detail::RegistersAfterWarmUp<Targets, Outputs>{t},
                                      detail::DerivativesAfterWarmUp<Derivatives, Outputs>{dy},
                                      math::first_lane(scale));
    }
};

/// The error-to-signal ratio of a sequence, PerStep outputs a step (Wright et al., "Real-time black-box
/// modelling with recurrent neural networks", 2019), with the first-order pre-emphasis filter of that paper:
///
///     mean(e^2) / (mean(s^2) + epsilon),  e = p(y - t), s = p(t), p(v)_n = v_n - pre_emphasis v_{n-1}
///
/// with v_{-1} = 0. epsilon keeps silent sequences from counting too much. Without pre-emphasis (0), 1 is the
/// loss of an output of zeros.
template <std::size_t PerStep> struct ErrorToSignalOf {
    double pre_emphasis = 0.85;
    double epsilon = 1e-5;
    static constexpr bool one_by_one = true;
    static constexpr std::size_t outputs_of_step = PerStep;

    template <class V, class Ys, class Targets, class Derivatives>
    constexpr V sample(Ys y, Targets t, Derivatives dy, V scale) const noexcept {
        static_assert(Ys::size % PerStep == 0, "the outputs of a sequence are a multiple of those of a step");
        constexpr std::size_t n = Ys::size;
        const V factor = V(pre_emphasis);
        const auto filtered = [&](std::size_t i, auto at) {
            return i < PerStep ? at(i) : at(i) - factor * at(i - PerStep);
        };
        const auto target = [&](std::size_t i) { return t.get(i, 0); };
        const auto difference = [&](std::size_t i) { return y.get(i, 0) - t.get(i, 0); };
        V errors(0), signal(0);
        for (std::size_t i = 0; i < n; ++i) {
            const V e = filtered(i, difference), s = filtered(i, target);
            errors = errors + e * e;
            signal = signal + s * s;
        }
        const V energy = signal + V(epsilon) * V(n), error_factor = V(2) * scale / energy;
        for (std::size_t i = 0; i < n; ++i) {
            const V e = filtered(i, difference);
            dy.set(i, error_factor * (i + PerStep < n ? e - factor * filtered(i + PerStep, difference) : e));
        }
        return errors / energy;
    }
};

/// The error-to-signal ratio of sequences with one output a step: `ErrorToSignal{.pre_emphasis = 0.85}`.
using ErrorToSignal = ErrorToSignalOf<1>;

/// The error-to-signal ratio of a whole recording: sum((y - t)^2) / sum(t^2), without pre-emphasis. Of spans
/// or vectors of Net::Output, or of numbers. NaN if the sizes differ or without outputs; infinity or NaN if
/// all targets are 0.
template <class Outputs, class Targets>
constexpr double error_to_signal(const Outputs& ys, const Targets& ts) noexcept {
    if (ys.size() != ts.size()) return math::not_a_number<double>();
    double errors = 0, signal = 0;
    const auto add = [&](double y, double t) {
        errors += (y - t) * (y - t);
        signal += t * t;
    };
    for (std::size_t i = 0; i < ys.size(); ++i)
        if constexpr (requires { ys[i].size(); })
            for (std::size_t o = 0; o < ys[i].size(); ++o) add(ys[i][o], ts[i][o]);
        else add(ys[i], ts[i]);
    return errors / signal;
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
