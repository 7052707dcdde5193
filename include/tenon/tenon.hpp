// tenon: neural networks as types. The core: no heap, no exceptions, no RTTI, no streams.
#pragma once

// g++ would say at each instantiation which name in a lambda here is also that of a variable of the program.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif

#include <tenon/version.hpp>
//
#include <tenon/misfit.hpp>
#include <tenon/shape.hpp>
//
#include <tenon/concepts.hpp>
//
#include <tenon/activations.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/net.hpp>
#include <tenon/summary.hpp>
//
#include <tenon/initialize.hpp>
#include <tenon/losses.hpp>
#include <tenon/optimizers/adam.hpp>
#include <tenon/optimizers/sgd.hpp>
//
#include <tenon/train/evaluate.hpp>
#include <tenon/train/gradient.hpp>
#include <tenon/train/trainer.hpp>
//
#include <tenon/denormals.hpp>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
