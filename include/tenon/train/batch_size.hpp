// batch_size: how many samples a Trainer or a Tape has memory for.
#pragma once

#include <tenon/version.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

template <std::size_t Samples> struct BatchSize {};
/// Sets a trainer's Batch: `Trainer{net, CrossEntropy{}, Adam{}, batch_size<64>}`, or that of a Tape.
template <std::size_t Samples> inline constexpr BatchSize<Samples> batch_size{};

namespace detail {

/// How many samples a type contains; 0 if the type does not tell. A sample is an array of numbers.
template <class Samples> inline constexpr std::size_t static_count = 0;
template <class S, std::size_t N> inline constexpr std::size_t static_count<S[N]> = N;
template <class S, std::size_t N>
inline constexpr std::size_t static_count<std::array<S, N>> = std::is_arithmetic_v<S> ? 0 : N;
template <class S, std::size_t N>
inline constexpr std::size_t static_count<std::span<S, N>> =
    std::is_arithmetic_v<S> || N == std::dynamic_extent ? 0 : N;

/// Whether a type contains more than Batch samples of type S.
template <class Samples, class S, std::size_t Batch>
concept TooMany =
    (static_count<Samples> > Batch) && requires(const Samples& samples) { std::span<const S>(samples); };

} // namespace detail

} // namespace tenon

#include <tenon/config/epilogue.hpp>
