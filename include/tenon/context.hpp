// Context: what a pass through a layer is given besides its data and its parameters.
#pragma once

#include <tenon/views.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// The step of training that a pass belongs to, for layers that declare `uses_step`.
struct TrainingStep {
    std::uint64_t key;        ///< random bits of this step and this layer, the same for all its blocks
    std::size_t first_sample; ///< the position of the block's first sample in the minibatch
    std::uint64_t sequence_key = key; ///< in a Sequence, key differs from step to step, and this does not

    /// The step for layer `index` of a container.
    constexpr TrainingStep of_layer(std::uint64_t index) const noexcept {
        return {next(key, index), first_sample, next(sequence_key, index)};
    }
    /// The step for step `index` of a sequence.
    constexpr TrainingStep of_step(std::uint64_t index) const noexcept {
        return {next(key, index), first_sample, sequence_key};
    }

private:
    static constexpr std::uint64_t next(std::uint64_t bits, std::uint64_t index) noexcept {
        return (bits + index + 1) * 0xd1342543de82ef95; // an odd factor: a bijection
    }
};

/// What a layer's forward and backward are given. A member that does not apply is NoView: `trace` during
/// inference, or if the layer's trace is 0; `step` outside training, or if the layer does not declare
/// `uses_step`. Such members are static, because a copy of each would count as an operation of constant
/// evaluation. `state`, that of a stream, is there only if a net is run step by step (State), or over a
/// window of a longer sequence: cells then begin with it, and store their last state in it.
template <class Trace = NoView, class Step = NoView, class State = NoView> struct Context {
    static constexpr bool keeps_trace = !std::is_same_v<Trace, NoView>,
                          is_training = !std::is_same_v<Step, NoView>;
    [[no_unique_address]] Trace trace;
    [[no_unique_address]] Step step;
    State state;
};
template <class Trace, class Step> struct Context<Trace, Step, NoView> {
    static constexpr bool keeps_trace = true, is_training = true;
    Trace trace;
    Step step;
};
template <class Trace> struct Context<Trace, NoView, NoView> {
    static constexpr bool keeps_trace = true, is_training = false;
    static constexpr NoView step{};
    Trace trace;
};
template <class Step> struct Context<NoView, Step, NoView> {
    static constexpr bool keeps_trace = false, is_training = true;
    static constexpr NoView trace{};
    Step step;
};
template <> struct Context<NoView, NoView, NoView> {
    static constexpr bool keeps_trace = false, is_training = false;
    static constexpr NoView trace{}, step{};
};

namespace detail {
/// Whether a context has the state of a stream.
template <class C>
concept OfStream = requires(const C& context) { context.state; };

/// The context with this state.
template <class Outer, class State> constexpr auto with_state(const Outer& context, State state) noexcept {
    return Context<std::remove_cvref_t<decltype(context.trace)>, std::remove_cvref_t<decltype(context.step)>,
                   State>{context.trace, context.step, state};
}
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
