// Second-order training over full batches: LevenbergMarquardt for sums of squares of small nets, Lbfgs for
// any loss. Not part of tenon.hpp. No heap, no exceptions, constexpr.
#pragma once

#include <tenon/misfit/second_order.hpp> // first, because compilers list the includes before a message
//
#include <tenon/tenon.hpp>
//
#include <tenon/second_order/lbfgs.hpp>
#include <tenon/second_order/levenberg_marquardt.hpp>
