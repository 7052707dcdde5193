// OneCycle: the learning rate rises once and falls; the momentum falls once and rises.
#pragma once

#include <tenon/optimizers/schedule.hpp>

#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// From 1 / div_factor to 1 in the first part of the steps, then to 1 / (div_factor final_div_factor): Smith
/// and Topin, 2018, as PyTorch's OneCycleLR, whose max_lr is the optimizer's learning rate. The momentum, or
/// Adam's beta1, moves the other way, between max_momentum and base_momentum. After `steps` steps, where
/// PyTorch raises an error, all stays as in the last one.
struct OneCycle {
    std::size_t steps = 0;         ///< of the whole cycle, total_steps of PyTorch; 0: the factor is 1
    double pct_start = 0.3;        ///< share of the steps in which the rate rises, from 0 to 1
    bool cosine = true;            ///< along a cosine, else on lines; anneal_strategy of PyTorch
    bool cycle_momentum = true;    ///< whether the momentum moves, if the optimizer has one
    double base_momentum = 0.85;   ///< at the largest learning rate
    double max_momentum = 0.95;    ///< at the beginning and the end
    double div_factor = 25;        ///< largest learning rate over the first one
    double final_div_factor = 1e4; ///< first learning rate over the last one
    bool three_phase = false;      ///< falls to the first learning rate as fast as it rose, then further

    constexpr double operator()(std::size_t step) const noexcept {
        if (steps == 0) return 1;
        const double first = 1 / div_factor;
        return at(step, {first, 1, first, first / final_div_factor});
    }
    constexpr double momentum(std::size_t step, double own) const noexcept {
        if (steps == 0 || !cycle_momentum) return own;
        return at(step, {max_momentum, base_momentum, max_momentum, max_momentum});
    }

private:
    /// A value at the beginning, at the top, after the symmetric fall, and at the end.
    struct Corners {
        double first, top, symmetric, last;
    };

    constexpr double at(std::size_t step, Corners value) const noexcept {
        const double total = static_cast<double>(steps), last_step = total - 1;
        const double t = static_cast<double>(step) < last_step ? static_cast<double>(step) : last_step;
        const double top = pct_start * total - 1, symmetric = 2 * pct_start * total - 2;
        if (t <= top) return between(value.first, value.top, t, top);
        if (!three_phase) return between(value.top, value.last, t - top, last_step - top);
        if (t <= symmetric) return between(value.top, value.symmetric, t - top, symmetric - top);
        return between(value.symmetric, value.last, t - symmetric, last_step - symmetric);
    }
    constexpr double between(double start, double end, double t, double width) const noexcept {
        const double share = width > 0 ? t / width : 1;
        return cosine ? detail::cosine_between(start, end, share) : (end - start) * share + start;
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
