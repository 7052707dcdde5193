// Random numbers that are the same on every compiler and CPU, at run time and in constant expressions.
#pragma once

#include <tenon/version.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

#include <tenon/config/prologue.hpp>

namespace tenon::inline TENON_ABI {

/// SplitMix64 (Steele, Lea, Flood, 2014): 64 random bits per call, from any seed.
struct Random {
    static constexpr std::uint64_t golden_gamma =
        0x9e3779b97f4a7c15; ///< the paper's name: 2^64 / golden ratio
    std::uint64_t state;

    constexpr explicit Random(std::uint64_t seed) noexcept : state(seed) {}

    constexpr std::uint64_t operator()() noexcept { return mix(state += golden_gamma); }

    /// Uniform in [0, 1), in steps of 2^-24.
    constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 40) * 0x1p-24; }

    /// Nearly normal with mean 0 and variance 1, rounded to 24 bits: the number of ones in 1024 random bits,
    /// plus a uniform number that fills the gaps between whole counts. No step depends on how a compiler
    /// rounds, as a logarithm would; the largest value is 32.
    constexpr double normal() noexcept {
        int ones = 0;
        for (int i = 0; i < 16; ++i) ones += std::popcount((*this)());
        const double gap = uniform() - 0.5;
        // By 1 / sqrt(1024 / 4 + 1 / 12).
        return static_cast<double>(static_cast<float>((ones - 512 + gap) * 0.062489832));
    }

    /// SplitMix64's output function (Stafford's variant 13), a bijection of 64 bits.
    static constexpr std::uint64_t mix(std::uint64_t bits) noexcept {
        bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
        return bits ^ bits >> 31;
    }
};

/// The numbers 0 ... count - 1 in a random order, computed one by one without a table: a keyed bijection on
/// [0, next power of two), applied until its result is below count ("cycle walking").
struct Permutation {
    std::uint64_t count, mask;
    int shift;
    std::uint64_t keys[4];

    constexpr Permutation(std::size_t n, std::uint64_t seed) noexcept
        : count(n), mask(std::bit_ceil(std::uint64_t{n}) - 1),
          shift(static_cast<int>(std::bit_width(mask) + 1) / 2), keys{} {
        if (shift == 0) shift = 1;
        Random random(seed);
        for (std::uint64_t& key : keys) key = random();
    }

    /// Element i of the permutation, for i < count.
    constexpr std::size_t operator()(std::size_t i) const noexcept {
        std::uint64_t value = i;
        do {
            for (const std::uint64_t key : keys) {
                // Both lines are invertible modulo mask + 1: odd factor and sum; xor with a shift.
                value = (value * (key >> 32 | 1) + key) & mask;
                value ^= value >> shift;
            }
        } while (value >= count);
        return static_cast<std::size_t>(value);
    }
};

} // namespace tenon

#include <tenon/config/epilogue.hpp>
