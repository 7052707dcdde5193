// Shape: its rank and size; the first true of flags, and a type of a list by index.
#include <tenon/shape.hpp>

#include "catch.hpp"

#include <array>
#include <type_traits>

using namespace tenon;

template <std::size_t...> struct Sizes;

static_assert(Shape<7>::rank == 1 && Shape<7>::size == 7);
static_assert(Shape<3, 28, 28>::rank == 3 && Shape<3, 28, 28>::size == 3 * 28 * 28);
static_assert(Shape<>::size == 1 && Shape<4, 0, 2>::size == 0);
static_assert(std::is_same_v<Shape<8, 24, 24>::rebind_to<Sizes>, Sizes<8, 24, 24>>);

static_assert(detail::first_true(std::array{false, true, true}) == 1);
static_assert(detail::first_true(std::array{false, false}) == 2);
static_assert(std::is_same_v<detail::At<0, int, float>::type, int>);
static_assert(std::is_same_v<detail::At<2, int, float, char>::type, char>);

TEST_CASE("shapes are checked by the compiler") { SUCCEED("this file compiles"); }
