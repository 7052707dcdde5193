// Headers written by earlier versions compile and give the same outputs as then. A release adds a folder with
// nets of its new layers, and their outputs here. What is here never changes.
#include "catch.hpp"
#include "old_headers/0.1.0/double_net.hpp"
#include "old_headers/0.1.0/float_net.hpp"
#include "support.hpp"

#include <array>

namespace {

constexpr std::array<FloatNet::Output, 3> float_outputs{{{0.379177064f, 0.557672262f, 0.0631506443f},
                                                         {0.406447142f, 0.51865238f, 0.0749005154f},
                                                         {0.40718177f, 0.520592451f, 0.0722257346f}}};
constexpr std::array<DoubleNet::Output, 3> double_outputs{{{-0.57586381630014982, -0.82603650517787774},
                                                           {-0.56467836888627154, -0.84058737588778665},
                                                           {-0.55185046283747596, -0.85774632723988675}}};

template <class Net> constexpr typename Net::Input input(std::size_t i) {
    constexpr double x[] = {-1.5, 0.25, 2};
    typename Net::Input input{};
    for (std::size_t j = 0; j < Net::inputs; ++j)
        input[j] = static_cast<typename Net::Input::value_type>(j == 0 ? x[i] : j == 1 ? 0.5 : -x[i]);
    return input;
}

} // namespace

TEST_CASE("headers of version 0.1.0 give the same outputs as then, at compile time and at run time") {
    constexpr FloatNet::Output float_constant = float_net(input<FloatNet>(1));
    constexpr DoubleNet::Output double_constant = double_net(input<DoubleNet>(1));
    CHECK(largest_error(float_constant, float_outputs[1]) < 1e-6);
    CHECK(largest_error(double_constant, double_outputs[1]) < 1e-14);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(largest_error(float_net(input<FloatNet>(i)), float_outputs[i]) < 1e-6);
        CHECK(largest_error(double_net(input<DoubleNet>(i)), double_outputs[i]) < 1e-14);
    }
}
