// TapeCalls: the forms of a Tape's functions with values in braces, and the refused ones.
#pragma once

#include <tenon/demands.hpp>
#include <tenon/samples.hpp>
#include <tenon/train/batch_size.hpp>
#include <tenon/train/refused.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI::detail {

/// In place of a sentence, if everything fits.
struct NoSentence {
    static consteval bool passes() { return true; }
};

/// The sentence about a net that a Tape cannot refer to, or that an Updater cannot change.
template <class Net, bool Changes> consteval auto net_sentence() {
    if constexpr (std::is_same_v<Net, NoNet>) return std::type_identity<NoSentence>{};
    else if constexpr (!IsNet<Net>)
        return std::type_identity<misfit::tape_without_a_net<misfit::but_found<Net>>>{};
    else if constexpr (Changes && std::is_const_v<Net>)
        return std::type_identity<misfit::updater_of_const_net<misfit::but_found<Net>>>{};
    else if constexpr (!Changes && Net::state_count > 0)
        return std::type_identity<misfit::state_missing<Net>>{};
    else return std::type_identity<NoSentence>{};
}
template <class Net> using TapeSentence = typename decltype(net_sentence<Net, false>())::type;

/// The sentence about an updater's net or optimizer.
template <class Net, class O> consteval auto updater_sentence() {
    using OfNet = typename decltype(net_sentence<Net, true>())::type;
    if constexpr (std::is_same_v<OfNet, NoSentence> && !Optimizer<O>) return optimizer_sentence<O>();
    else return std::type_identity<OfNet>{};
}
template <class Net, class O> using UpdaterSentence = typename decltype(updater_sentence<Net, O>())::type;

template <class Net> using TapesNet = std::conditional_t<IsNet<Net>, Net, NoNet>;
template <class Net, class O>
using UpdatersNet = std::conditional_t<IsNet<Net> && !std::is_const_v<Net> && Optimizer<O>, Net, NoNet>;

/// One sample, or many, with another number of values than Values, or of another type than T.
template <class T, std::size_t Values, class Given>
concept MisfitOfAny = Misfit<T, Values, One<Given>> || Misfit<T, Values, Many<Given>>;

/// Refuses derivatives that do not match the net, with a sentence.
template <class T, std::size_t Values, class Given> consteval void refuse_derivatives() {
    using Numbers = std::conditional_t<One<Given>::values != 0, One<Given>, Many<Given>>;
    if constexpr (Misfit<T, Values, Numbers>) {
        if constexpr (!std::is_same_v<typename Numbers::Number, T>)
            static_assert(misfit::number_mismatch<misfit::numbers<T>,
                                                  misfit::but_found<typename Numbers::Number>>::passes());
        else
            static_assert(misfit::derivative_mismatch<misfit::takes<Values>,
                                                      misfit::but_given<Numbers::values>>::passes());
    }
}

/// What a Tape's backward is given: dLoss/dy, and perhaps dLoss/dx.
template <class Net, class Dys, class... Dxs>
concept MisfitDerivatives = MisfitOfAny<typename Net::Scalar, Net::outputs, Dys> ||
                            (MisfitOfAny<typename Net::Scalar, Net::inputs, Dxs> || ...);

/// The base of Tape with all forms of its functions but those with an Input, an Output, or spans of them.
template <class Tape, class Net, std::size_t Batch> class TapeCalls {
    using T = typename Net::Scalar;
    using Input = typename Net::Input;
    using Output = typename Net::Output;

public:
    template <std::size_t N> constexpr const Output& forward(const T (&x)[N]) noexcept {
        Input copy{};
        if constexpr (sample_fits<Net, N>())
            for (std::size_t i = 0; i < N; ++i) copy[i] = x[i];
        return static_cast<Tape&>(*this).forward(copy);
    }

    // Refused: samples and derivatives that do not fit the net, each with a sentence.
    template <class Xs>
        requires MisfitOfAny<T, Net::inputs, Xs>
    constexpr std::span<const Output> forward(const Xs&) noexcept {
        refuse<Net, std::conditional_t<One<Xs>::values != 0, One<Xs>, Many<Xs>>>();
        return {};
    }
    template <class Xs>
        requires TooMany<Xs, Input, Batch>
    constexpr std::span<const Output> forward(const Xs&) noexcept {
        return refuse_size<static_count<Xs>>();
    }
    template <class Dys, class... Dxs>
        requires MisfitDerivatives<Net, Dys, Dxs...>
    constexpr void backward(const Dys&, const Dxs&...) noexcept {
        refuse_derivatives<T, Net::outputs, Dys>();
        (refuse_derivatives<T, Net::inputs, Dxs>(), ...);
    }
    template <class Dys, class... Dxs>
        requires TooMany<Dys, Output, Batch>
    constexpr void backward(const Dys&, const Dxs&...) noexcept {
        refuse_size<static_count<Dys>>();
    }
    template <class Dys, class... Dxs>
        requires MisfitDerivatives<Net, Dys, Dxs...>
    constexpr void accumulate(const Dys&, const Dxs&...) noexcept {
        refuse_derivatives<T, Net::outputs, Dys>();
        (refuse_derivatives<T, Net::inputs, Dxs>(), ...);
    }
    template <class Dys, class... Dxs>
        requires TooMany<Dys, Output, Batch>
    constexpr void accumulate(const Dys&, const Dxs&...) noexcept {
        refuse_size<static_count<Dys>>();
    }

private:
    template <std::size_t N> static constexpr std::span<const Output> refuse_size() noexcept {
        static_assert(misfit::minibatch_too_large<misfit::takes<Batch>, misfit::but_given<N>>::passes());
        return {};
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
