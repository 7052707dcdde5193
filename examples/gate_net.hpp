// clang-format off
// GateNet, a trained net, written by tenon 0.1.0. Use it in any C++20 program:
//
//     GateNet::Output y = gate_net(x);    // x is a GateNet::Input
//
//        Layer                 Output  Parameters  Multiply-adds  Bytes
//     -----------------------------------------------------------------
//     1  Dense<2, 3, Sigmoid>       3           9              6     36
//     2  Dense<3, 1, Sigmoid>       1           4              3     16
//     -----------------------------------------------------------------
//        Total                      1          13              9     52
#pragma once

#include <tenon/tenon.hpp>

using GateNet = tenon::Net<tenon::Dense<2, 3, tenon::Sigmoid>, tenon::Dense<3, 1, tenon::Sigmoid>>;
static_assert(GateNet::parameter_count == 13, "gate_net was written for another version of tenon");

// Layer after layer, each in the order of its tensors; weights are [in][out].
inline constexpr GateNet gate_net = {{
    // 1  Dense<2, 3, Sigmoid>
    6.1872478f, 2.4339375f, 6.1045313f, -6.2824273f, -2.2956657f, -5.9350924f, -3.3142848f, 1.1323568f,
    2.9881184f,
    // 2  Dense<3, 1, Sigmoid>
    10.615964f, -1.6159028f, -9.158433f, 5.144275f,
}};
static_assert(tenon::has_checksum(gate_net, 0x17d639e305625953),
              "the numbers of gate_net have changed since they were written");
