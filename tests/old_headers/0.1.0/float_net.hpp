// FloatNet, a trained net, written by tenon 0.1.0. Use it in any C++20 program:
//
//     FloatNet::Output y = float_net(x);    // x is a FloatNet::Input
//
//          Layer                     Output  Parameters  Multiply-adds  Bytes
//     -----------------------------------------------------------------------
//     1    Dense<3, 6, Tanh>              6          24             18     96
//     2.1  Dense<6, 5, Relu, false>       5          30             30    120
//     2.2  Activate<Shape<5>, Gelu>       5           0              0      0
//     3    Dense<5, 4, LeakyRelu>         4          24             20     96
//     4    Dense<4, 3, Elu>               3          15             12     60
//     5    Dense<3, 4, Silu>              4          16             12     64
//     6    Dense<4, 3, Softmax>           3          15             12     60
//     -----------------------------------------------------------------------
//          Total                          3         124            104    496
#pragma once

#include <tenon/tenon.hpp>

// clang-format off
using FloatNet = tenon::Net<tenon::Dense<3, 6, tenon::Tanh>, tenon::Net<tenon::Dense<6, 5, tenon::Relu, false>, tenon::Activate<tenon::Shape<5>, tenon::Gelu>>, tenon::Dense<5, 4, tenon::LeakyRelu>, tenon::Dense<4, 3, tenon::Elu>, tenon::Dense<3, 4, tenon::Silu>, tenon::Dense<4, 3, tenon::Softmax>>;
static_assert(FloatNet::parameter_count == 124, "float_net was written for another version of tenon");

// Layer after layer; in each, the weights by input, then the biases.
inline constexpr FloatNet float_net = {{
    // 1  Dense<3, 6, Tanh>
    0.10869454f, 0.40135992f, 0.76914424f, -0.090861045f, -0.09101542f, 0.4293047f, 0.61620784f, 0.03766857f,
    -0.3502629f, 0.48009443f, -0.15653521f, 0.17215075f, -0.073586114f, 0.049118746f, -0.1045681f,
    -0.5437296f, 0.23733045f, 0.5149653f, -0.099999964f, -0.7f, -0.39999998f, 0.39999998f, -0.7f, -0.9f,
    // 2.1  Dense<6, 5, Relu, false>
    0.36340988f, 0.7686491f, -0.86807966f, -0.8371707f, -0.008240104f, -0.7537823f, -0.42617738f, -0.9041977f,
    0.031039715f, 0.4275415f, -0.9125035f, 0.9954957f, 0.19570434f, 0.17319024f, -0.20566154f, -0.12202656f,
    -0.49345374f, 0.05951476f, 0.08734155f, 0.49647057f, 0.6360669f, 0.33714688f, 0.72365654f, 0.41635847f,
    -0.527279f, 0.31247103f, 0.7378179f, 0.67866254f, -0.35113358f, -0.68164146f,
    // 3  Dense<5, 4, LeakyRelu>
    0.8630772f, 0.90415895f, -0.43411124f, -0.8071571f, -0.3819081f, 0.9643727f, -0.23297451f, -0.9032365f,
    0.2345342f, -0.75481105f, 1.0041553f, 0.8229318f, 0.0579621f, -0.945654f, 0.55287427f, 0.07463587f,
    0.4828879f, -0.48213693f, -1.0134315f, -1.0472091f, 0.5f, -0.3f, -0.5f, -0.7f,
    // 4  Dense<4, 3, Elu>
    0.1676858f, -0.9307656f, -0.82862234f, 0.79200715f, 1.1578445f, 0.46806413f, 0.16074449f, -0.072042234f,
    0.30370396f, 0.8821963f, 0.74893177f, -0.9576319f, -0.099999964f, -0.39999998f, 0.f,
    // 5  Dense<3, 4, Silu>
    0.42308977f, -0.7897731f, -0.21854003f, 1.0950729f, 0.5234561f, 1.2468817f, 0.70872486f, -1.0557101f,
    -0.91366667f, 0.6734154f, 0.79313606f, -0.31647852f, -0.9f, 0.f, 0.8000001f, -0.3f,
    // 6  Dense<4, 3, Softmax>
    -0.74657696f, 0.8385905f, 0.17949621f, -0.75194156f, 0.6591089f, 0.6366021f, -0.92560875f, -0.35424775f,
    0.4372275f, 0.16453208f, 0.3055335f, -0.030622017f, 0.f, 1.f, -0.9f,
}};
