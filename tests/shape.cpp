#include <tenon/shape.hpp>

#include "catch.hpp"

#include <array>
#include <type_traits>

using namespace tenon;

static_assert(Shape<7>::rank == 1 && Shape<7>::size == 7);
static_assert(Shape<3, 28, 28>::rank == 3 && Shape<3, 28, 28>::size == 3 * 28 * 28);
static_assert(Shape<>::size == 1 && Shape<4, 0, 2>::size == 0);
static_assert(std::is_same_v<Shape<8, 24, 24>::said_as<takes>, takes<8, 24, 24>>);

// The words of a sentence agree only where the numbers do.
static_assert(fits<layer<1>, gives<3>, but_layer<2>, takes<3>>);
static_assert(!fits<layer<1>, gives<3>, but_layer<2>, takes<4>>);
static_assert(!fits<layer<1>, gives<2, 3>, but_layer<2>, takes<6>>);
static_assert(!fits<layer<1>, gives<2, 3>, but_layer<2>, takes<3, 2>>);
static_assert(fits<takes<2>, but_given<2>> && !fits<takes<2>, but_given<3>>);
static_assert(fits<gives<1>, but_given<1>> && !fits<gives<1>, but_given<2>>);
static_assert(shape_mismatch<layer<4>, gives<2, 5, 5>, but_layer<5>, takes<2, 5, 5>>::none());
static_assert(input_mismatch<takes<2>, but_given<2>>::none() &&
              target_mismatch<gives<1>, but_given<1>>::none());

static_assert(detail::first_true(std::array{false, true, true}) == 1);
static_assert(detail::first_true(std::array{false, false}) == 2);
static_assert(std::is_same_v<detail::At<0, int, float>::type, int>);
static_assert(std::is_same_v<detail::At<2, int, float, char>::type, char>);

TEST_CASE("shapes are checked by the compiler") { SUCCEED("this file compiles"); }
