// Training nets with cells on long recordings: truncated backpropagation through time, and losses over time.
// Not part of tenon.hpp. No heap, no exceptions, constexpr.
#pragma once

#include <tenon/misfit/recordings.hpp> // first, because compilers list the includes before a message
//
#include <tenon/tenon.hpp>
//
#include <tenon/recordings/losses.hpp>
#include <tenon/recordings/recording_trainer.hpp>
