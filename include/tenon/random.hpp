// Random numbers that are the same on every compiler and CPU, at run time and in constant expressions.
#pragma once

#include <tenon/version.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tenon::inline TENON_ABI {

/// SplitMix64 (Steele, Lea, Flood, 2014): 64 random bits a call, from any seed.
struct Random {
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15; ///< 2^64 / the golden ratio
    std::uint64_t state;

    constexpr explicit Random(std::uint64_t seed) noexcept : state(seed) {}

    constexpr std::uint64_t operator()() noexcept { return mixed(state += golden); }

    /// Uniform in [0, 1), in steps of 2^-24.
    constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 40) * 0x1p-24; }

    /// Nearly normal with mean 0 and variance 1, in 24 bits: 1024 fair bits counted, spread evenly between
    /// whole counts. No step depends on how a compiler rounds, as a logarithm would; the largest value is 32.
    constexpr double normal() noexcept {
        int ones = 0;
        for (int i = 0; i < 16; ++i) ones += std::popcount((*this)());
        const double between = uniform() - 0.5;
        // By 1 / sqrt(1024 / 4 + 1 / 12).
        return static_cast<double>(static_cast<float>((ones - 512 + between) * 0.062489832));
    }

    static constexpr std::uint64_t mixed(std::uint64_t bits) noexcept {
        bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
        return bits ^ bits >> 31;
    }
};

/// The numbers 0 ... count - 1 in a random order, computed one by one without a table: a keyed bijection of
/// the next power of two, walked until it lands below count.
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

    /// Where number `i` < count goes.
    constexpr std::size_t operator()(std::size_t i) const noexcept {
        std::uint64_t at = i;
        do {
            for (const std::uint64_t key :
                 keys) { // odd factor, added key, xor shift: each undoable below the mask
                at = (at * (key >> 32 | 1) + key) & mask;
                at ^= at >> shift;
            }
        } while (at >= count);
        return static_cast<std::size_t>(at);
    }
};

} // namespace tenon
