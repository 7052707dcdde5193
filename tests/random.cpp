// Random numbers and permutations: known values, distributions, constant expressions.
#include <tenon/random.hpp>

#include "catch.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

using namespace tenon;

namespace {

constexpr std::array<std::uint64_t, 3> first_three(std::uint64_t seed) {
    Random random(seed);
    const std::uint64_t a = random(), b = random(), c = random();
    return {a, b, c};
}

// Output of the authors' splitmix64.c for the seeds 0 and 1234567.
static_assert(first_three(0) ==
              std::array<std::uint64_t, 3>{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f});
static_assert(first_three(1234567) ==
              std::array<std::uint64_t, 3>{6457827717110365317u, 3203168211198807973u, 9817491932198370423u});

static_assert(Random(42).uniform() == static_cast<double>(first_three(42)[0] >> 40) / (1 << 24));
static_assert(Permutation(1, 3)(0) == 0);

constexpr bool is_permutation(std::size_t count, std::uint64_t seed) {
    std::array<bool, 300> seen{};
    const Permutation permutation(count, seed);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t element = permutation(i);
        if (element >= count || seen[element]) return false;
        seen[element] = true;
    }
    return true;
}
static_assert(is_permutation(13, 7) && is_permutation(16, 8) && is_permutation(2, 9));

} // namespace

TEST_CASE("uniform numbers are evenly distributed over [0, 1), in steps of 2^-24") {
    constexpr int count = 1 << 20;
    Random random(1);
    std::array<int, 64> bins{};
    for (int i = 0; i < count; ++i) {
        const double u = random.uniform();
        REQUIRE((u >= 0 && u < 1));
        REQUIRE(u * (1 << 24) == std::floor(u * (1 << 24)));
        ++bins[static_cast<std::size_t>(u * 64)];
    }
    double chi_squared = 0;
    for (const int bin : bins) chi_squared += (bin - count / 64.) * (bin - count / 64.) / (count / 64.);
    CHECK(chi_squared < 103.4); // 63 degrees of freedom, p = 0.001
    CHECK(chi_squared > 32.5);
}

// Standard errors of the four moments of 2^18 numbers: 0.002, 0.0028, 0.0076, 0.019. Tolerances are four
// times these. The kurtosis of a sum of 1024 bits is 3 - 2/1024.
TEST_CASE("normal numbers have the moments of the normal distribution") {
    constexpr int count = 1 << 18;
    Random random(2);
    double sums[4] = {};
    std::array<int, 3> within{};
    for (int i = 0; i < count; ++i) {
        const double z = random.normal();
        REQUIRE(static_cast<double>(static_cast<float>(z)) == z);
        for (int power = 0; power < 4; ++power) sums[power] += std::pow(z, power + 1) / count;
        for (std::size_t sigma = 0; sigma < 3; ++sigma)
            within[sigma] += std::abs(z) < static_cast<double>(sigma + 1);
    }
    CHECK(std::abs(sums[0]) < 0.008);
    CHECK(std::abs(sums[1] - 1) < 0.011);
    CHECK(std::abs(sums[2]) < 0.031);
    CHECK(std::abs(sums[3] - 3) < 0.077);
    CHECK(std::abs(within[0] / double(count) - 0.6827) < 0.004);
    CHECK(std::abs(within[1] / double(count) - 0.9545) < 0.002);
    CHECK(std::abs(within[2] / double(count) - 0.9973) < 0.0005);
}

TEST_CASE("a permutation is one-to-one for every count from 1 to 300") {
    for (std::size_t count = 1; count <= 300; ++count)
        for (std::uint64_t seed = 0; seed < 5; ++seed) REQUIRE(is_permutation(count, seed));
}

TEST_CASE("permutations of four numbers produce all 24 orders, none far more often than another") {
    std::vector<int> times(256);
    for (std::uint64_t seed = 0; seed < 24000; ++seed) {
        const Permutation order(4, seed);
        ++times[order(0) * 64 + order(1) * 16 + order(2) * 4 + order(3)];
    }
    int orders = 0, lowest = 24000, highest = 0;
    for (const int n : times)
        if (n > 0) {
            ++orders;
            lowest = std::min(lowest, n);
            highest = std::max(highest, n);
        }
    CHECK(orders == 24);
    CHECK(lowest > 500);
    CHECK(highest < 1500);
}

// In a random order, 2 (n - 1) / n of the n - 1 pairs of neighbours are expected to stay neighbours: about 2.
TEST_CASE("few neighbours are still neighbours after a permutation") {
    for (const std::size_t count : {100u, 256u, 1000u, 60000u}) {
        double neighbours = 0;
        constexpr int seeds = 50;
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            const Permutation order(count, seed);
            for (std::size_t i = 0; i + 1 < count; ++i)
                neighbours += order(i) + 1 == order(i + 1) || order(i + 1) + 1 == order(i);
        }
        INFO(count);
        CHECK(neighbours / seeds < 4);
    }
}

TEST_CASE("each number is moved to each position about equally often") {
    constexpr std::size_t count = 12;
    constexpr int seeds = 12000;
    std::array<std::array<int, count>, count> times{};
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const Permutation order(count, seed);
        for (std::size_t i = 0; i < count; ++i) ++times[i][order(i)];
    }
    for (const auto& row : times)
        for (const int n : row)
            CHECK(std::abs(n - seeds / static_cast<int>(count)) < 200); // 6 standard deviations
}
