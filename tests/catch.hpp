// Catch2, version 3 or 2.13, with the names of version 3.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <catch2/matchers/catch_matchers_floating_point.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

using Catch::Approx;
#else
#define CATCH_CONFIG_NO_CPP17_STRING_VIEW // because Debian's compiled main is built as C++14
#include <catch2/catch.hpp>               // declares Approx globally
#endif
