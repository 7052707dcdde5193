// Tag types and the condition of tenon's static_assert messages.
#pragma once

#include <cstddef>
#include <type_traits>

#include <tenon/config/prologue.hpp>

// The words of messages have a namespace of their own, so that they are not ambiguous with names of a program
// that declares `using namespace tenon`. It is not inside the inline namespace, because they generate no
// code: messages read tenon::misfit::layer<1>.
namespace tenon::misfit {

// Tag types that appear in compiler messages; never defined. Layers are counted from 1.
template <std::size_t I> struct layer;
template <std::size_t I> struct but_layer;
template <std::size_t... N> struct takes;
template <std::size_t... N> struct gives;
template <std::size_t... N> struct takes_part;
template <std::size_t N> struct but_given;
template <class... What> struct but_found;
template <class A> struct ends_in;
template <class T> struct numbers;
template <std::size_t N> struct layers;
template <std::size_t I> struct but_asked_for;
template <std::size_t Bytes> struct evaluation_takes;
template <std::size_t Bytes> struct gradient_takes;
template <std::size_t Bytes> struct outputs_take;
template <std::size_t Bytes> struct but_the_stack_holds;
template <std::size_t I> struct branch;
template <std::size_t I> struct but_branch;
template <class Count> struct threads_hpp;
template <std::size_t N> struct percent;
template <std::size_t Bytes> struct net_takes_bytes;

/// The asserted condition. It is a variable template because clang prints it, with its arguments, before the
/// message.
template <class... Words> inline constexpr bool fits = false;
template <class Found> inline constexpr bool fits<std::true_type, Found> = true;
template <std::size_t I, std::size_t J, std::size_t... N>
inline constexpr bool fits<layer<I>, gives<N...>, but_layer<J>, takes<N...>> = true;
template <std::size_t... N> inline constexpr bool fits<takes<N...>, gives<N...>> = true;
template <std::size_t I, std::size_t J, std::size_t... N>
inline constexpr bool fits<branch<I>, takes<N...>, but_branch<J>, takes<N...>> = true;
template <std::size_t I, std::size_t J, std::size_t First, std::size_t Other, std::size_t... N>
inline constexpr bool fits<branch<I>, gives<First, N...>, but_branch<J>, gives<Other, N...>> = true;
template <std::size_t I, std::size_t J, std::size_t First, std::size_t Other, std::size_t... N>
inline constexpr bool fits<branch<I>, takes_part<First, N...>, but_branch<J>, takes_part<Other, N...>> = true;
template <std::size_t N> inline constexpr bool fits<takes<N>, but_given<N>> = true;
template <std::size_t N> inline constexpr bool fits<gives<N>, but_given<N>> = true;
template <std::size_t N, std::size_t M>
inline constexpr bool fits<evaluation_takes<N>, but_the_stack_holds<M>> = N <= M;
template <std::size_t N, std::size_t M>
inline constexpr bool fits<gradient_takes<N>, but_the_stack_holds<M>> = N <= M;
template <std::size_t N, std::size_t M>
inline constexpr bool fits<outputs_take<N>, but_the_stack_holds<M>> = N <= M;
template <std::size_t N, std::size_t I> inline constexpr bool fits<layers<N>, but_asked_for<I>> = I < N;
template <std::size_t N> inline constexpr bool fits<percent<N>> = N < 100;
template <std::size_t N, std::size_t M> inline constexpr bool fits<net_takes_bytes<N>, but_given<M>> = N <= M;

} // namespace tenon::misfit

#include <tenon/config/epilogue.hpp>
