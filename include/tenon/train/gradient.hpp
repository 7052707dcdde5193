// gradient: the gradient of the loss of one sample with respect to a net's parameters.
#pragma once

#include <tenon/train/refused.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

namespace detail {

template <class Net> using Gradient = std::array<typename Net::Scalar, Net::parameter_count>;

/// The sentence of the compiler's message if one sample's passes need more than max_stack_bytes.
template <class Passes>
using GradientSentence = misfit::stack_exceeded_by_gradient<misfit::gradient_takes<sizeof(Passes)>,
                                                            misfit::but_the_stack_holds<max_stack_bytes>>;

template <class Net, class Loss, class Target>
constexpr Gradient<Net> gradient_of(const Net& net, const Loss& loss, const typename Net::Input& x,
                                    const Target& t) noexcept {
    Gradient<Net> result{};
    if constexpr (!tenon::Loss<Loss>) static_assert(LossSentence<Loss>::passes());
    else {
        static_assert(StateSentence<Net>::passes());
        static_assert(misfit::loss_mismatch<Loss, EndsIn<Net>>::passes());
        using Passes = BlockPasses<Net, Loss, 0, Mode::inference>;
        static_assert(GradientSentence<Passes>::passes());
        Passes passes;
        Flat<typename Net::Scalar, Net::parameter_count> padded; // kernels write whole registers
        passes.one(loss, net.values_is_an_implementation_detail_, x, t, padded.data);
        std::copy_n(padded.data, result.size(), result.begin());
    }
    return result;
}

} // namespace detail

/// Returns the gradient of the loss of one sample with respect to the net's parameters, in the order of
/// parameters(): `auto g = gradient(net, MeanSquaredError{}, x, t);`. A target is an output, or a class index
/// for a loss over classes. Stack use: twice the gradient, and at most 256 kB for the values between the
/// layers; a net that needs more is refused at compile time. For a large net, use a Trainer's gradient()
/// instead.
template <class T, class... Layers, class Loss>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(
    const NetOf<T, Layers...>& net, const Loss& loss, const typename NetOf<T, Layers...>::Input& x,
    const typename NetOf<T, Layers...>::Output& t) noexcept {
    return detail::gradient_of(net, loss, x, t);
}
template <class T, class... Layers, class Loss, std::integral Class>
    requires detail::OverClasses<Loss>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>& net, const Loss& loss,
                                                         const typename NetOf<T, Layers...>::Input& x,
                                                         Class t) noexcept {
    return detail::gradient_of(net, loss, x, t);
}

// Overloads for values in braces, and the one that refuses samples that do not fit the net.
template <class T, class... Layers, class Loss, std::size_t N, std::size_t M>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>& net, const Loss& loss,
                                                         const T (&x)[N], const T (&t)[M]) noexcept {
    if constexpr (detail::sample_fits<NetOf<T, Layers...>, N, M>())
        return detail::gradient_of(net, loss, std::to_array(x), std::to_array(t));
    else return {};
}
template <class T, class... Layers, class Loss, std::size_t N, class Target>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>& net, const Loss& loss,
                                                         const T (&x)[N], const Target& t) noexcept {
    if constexpr (detail::sample_fits<NetOf<T, Layers...>, N>())
        return gradient(net, loss, std::to_array(x), t);
    else return {};
}
template <class T, class... Layers, class Loss, std::size_t N, std::size_t M>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>& net, const Loss& loss,
                                                         const std::array<T, N>& x,
                                                         const T (&t)[M]) noexcept {
    if constexpr (detail::sample_fits<NetOf<T, Layers...>, N, M>())
        return detail::gradient_of(net, loss, x, std::to_array(t));
    else return {};
}
template <class T, class... Layers, class Loss, class X, std::size_t N, class Y, std::size_t M>
    requires detail::MisfitOne<NetOf<T, Layers...>, std::array<X, N>, std::array<Y, M>>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>&, const Loss&,
                                                         const std::array<X, N>&,
                                                         const std::array<Y, M>&) noexcept {
    detail::refuse<NetOf<T, Layers...>, detail::One<std::array<X, N>>, detail::One<std::array<Y, M>>>();
    return {};
}
template <class T, class... Layers, class Loss, class Target>
    requires detail::NoTarget<NetOf<T, Layers...>, Loss, Target>
constexpr detail::Gradient<NetOf<T, Layers...>> gradient(const NetOf<T, Layers...>&, const Loss&,
                                                         const typename NetOf<T, Layers...>::Input&,
                                                         const Target&) noexcept {
    detail::refuse_kind<NetOf<T, Layers...>, Target>();
    return {};
}

} // namespace tenon

#include <tenon/config/epilogue.hpp>
