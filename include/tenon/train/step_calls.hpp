// StepCalls: the forms of Trainer::step with class indices and with values in braces, and the refused ones.
#pragma once

#include <tenon/train/loss_of.hpp>
#include <tenon/train/refused.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// A contiguous range of integers.
template <class Range>
concept Integers = ClassIndices<Range>;

/// The base of Trainer with all forms of `step` but those with an output as target.
template <class Trainer, class Net, class Loss, std::size_t Batch> class StepCalls {
    using Scalar = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

    constexpr StepCalls() noexcept = default;
    friend Trainer;

public:
    template <std::integral Class>
        requires OverClasses<Loss>
    constexpr Scalar step(const Input& x, Class t) noexcept {
        return trainer().step_sample(x, t);
    }
    template <std::size_t N, std::size_t M>
    constexpr Scalar step(const Scalar (&x)[N], const Scalar (&t)[M]) noexcept {
        if constexpr (sample_fits<Net, N, M>())
            return trainer().step_sample(std::to_array(x), std::to_array(t));
        else return {};
    }
    template <std::size_t N, TargetOf<Output, Loss> Target>
    constexpr Scalar step(const Scalar (&x)[N], const Target& t) noexcept {
        if constexpr (sample_fits<Net, N>()) return trainer().step_sample(std::to_array(x), t);
        else return {};
    }
    template <std::size_t M> constexpr Scalar step(const Input& x, const Scalar (&t)[M]) noexcept {
        if constexpr (sample_fits<Net, Net::inputs, M>()) return trainer().step_sample(x, std::to_array(t));
        else return {};
    }
    template <ClassIndices Classes>
        requires OverClasses<Loss>
    constexpr Scalar step(std::span<const Input> xs, const Classes& ts) noexcept {
        return trainer().step_minibatch(xs, read_only(std::span(ts)));
    }

    /// Updates once with the minibatch of the samples xs[i], ts[i] whose indices i are given: no sample is
    /// copied by the caller. An index may occur several times. Returns NaN and does nothing if an index is
    /// out of range.
    template <Integers Indices>
    constexpr Scalar step(std::span<const Input> xs, std::span<const Output> ts,
                          const Indices& indices) noexcept {
        return trainer().step_selected(xs, ts, read_only(std::span(indices)));
    }
    template <ClassIndices Classes, Integers Indices>
        requires OverClasses<Loss>
    constexpr Scalar step(std::span<const Input> xs, const Classes& ts, const Indices& indices) noexcept {
        return trainer().step_selected(xs, read_only(std::span(ts)), read_only(std::span(indices)));
    }

    // Refused: samples that do not fit the net, each with a sentence.
    template <class X, std::size_t N, class Target>
        requires(std::is_arithmetic_v<X> && MisfitOne<Net, std::array<X, N>, Target>)
    constexpr Scalar step(const std::array<X, N>&, const Target&) noexcept {
        refuse<Net, One<std::array<X, N>>, One<Target>>();
        return {};
    }
    template <class Target>
        requires NoTarget<Net, Loss, Target>
    constexpr Scalar step(const Input&, const Target&) noexcept {
        refuse_kind<Net, Target>();
        return {};
    }
    template <std::size_t N, class Target>
        requires NoTarget<Net, Loss, Target>
    constexpr Scalar step(const Scalar (&)[N], const Target&) noexcept {
        refuse_kind<Net, Target>();
        return {};
    }
    template <class Xs, class Ts>
        requires NoTargets<Net, Loss, Xs, Ts>
    constexpr Scalar step(const Xs&, const Ts&) noexcept {
        refuse_kind<Net, Ts>();
        return {};
    }
    template <std::size_t N, class Targets>
        requires(N > Batch)
    constexpr Scalar step(const Input (&)[N], const Targets&) noexcept {
        return refuse_size<N>();
    }
    template <std::size_t N, class Targets>
        requires(N > Batch)
    constexpr Scalar step(const std::array<Input, N>&, const Targets&) noexcept {
        return refuse_size<N>();
    }
    template <class T, std::size_t N, class Targets>
        requires(N > Batch && N != std::dynamic_extent)
    constexpr Scalar step(std::span<T, N>, const Targets&) noexcept {
        return refuse_size<N>();
    }
    template <class Xs, class Ts>
        requires Misfits<Net, Xs, Ts>
    constexpr Scalar step(const Xs&, const Ts&) noexcept {
        refuse<Net, Many<Xs>, Many<Ts>>();
        return {};
    }

private:
    constexpr Trainer& trainer() noexcept { return static_cast<Trainer&>(*this); }

    template <std::size_t N> static constexpr Scalar refuse_size() noexcept {
        static_assert(misfit::batch_too_large<misfit::takes<Batch>, misfit::but_given<N>>::passes());
        return {};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
