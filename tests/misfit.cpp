// The words of messages: when they match, and that a program may use their names.
#include <tenon/tenon.hpp>

#include "catch.hpp"

#include <cstddef>

using namespace tenon;

namespace agreement {

using namespace tenon::misfit;

// The condition of a sentence holds only if the numbers match.
static_assert(fits<layer<1>, gives<3>, but_layer<2>, takes<3>>);
static_assert(!fits<layer<1>, gives<3>, but_layer<2>, takes<4>>);
static_assert(!fits<layer<1>, gives<2, 3>, but_layer<2>, takes<6>>);
static_assert(!fits<layer<1>, gives<2, 3>, but_layer<2>, takes<3, 2>>);
static_assert(fits<takes<2>, but_given<2>> && !fits<takes<2>, but_given<3>>);
static_assert(fits<gives<1>, but_given<1>> && !fits<gives<1>, but_given<2>>);
static_assert(fits<branch<1>, gives<2, 5>, but_branch<2>, gives<3, 5>>);
static_assert(!fits<branch<1>, gives<2, 5>, but_branch<2>, gives<2, 4>>);
static_assert(fits<branch<1>, takes_part<2, 5>, but_branch<2>, takes_part<3, 5>>);
static_assert(!fits<branch<1>, takes_part<2, 5>, but_branch<2>, takes_part<10>>);
static_assert(shape_mismatch<layer<4>, gives<2, 5, 5>, but_layer<5>, takes<2, 5, 5>>::passes());
static_assert(input_mismatch<takes<2>, but_given<2>>::passes() &&
              target_mismatch<gives<1>, but_given<1>>::passes());

} // namespace agreement

// A program's own names, in the global namespace, beside `using namespace tenon`.
struct layer {
    int index = 0;
};
template <int N> struct gives {
    static constexpr int number = N;
};
static bool fits(int size, int space) { return size <= space; }
static int takes(layer l) { return l.index; }
static int ends_in(int digit) { return digit % 10; }
enum class zero_size { no };
static constexpr int but_given = 4, no_layers = 0, width = 28;

TEST_CASE("a program may use the words of messages as its own names") {
    const layer mine{7};
    CHECK(takes(mine) == 7);
    CHECK(fits(1, 2));
    CHECK(ends_in(17) == 7);
    CHECK(gives<3>::number + but_given + no_layers + width == 35);
    CHECK(zero_size::no == zero_size{});
    Net<Dense<2, 1>> net;
    net.layer<0>().bias(0) = 1;
    CHECK(net({0.f, 1.f})[0] == 1);
}
