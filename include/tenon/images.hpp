// Layers of images and signals: convolutions, pools, padding, upsampling. Not part of tenon.hpp, because it
// takes a tenth longer to compile. No heap, no exceptions, constexpr.
#pragma once

#include <tenon/misfit/bytes.hpp> // first, because compilers list the includes before a message
#include <tenon/misfit/convolutions.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/misfit/parts.hpp>
#include <tenon/misfit/samples.hpp>
#include <tenon/misfit/windows.hpp>
//
#include <tenon/tenon.hpp>
//
#include <tenon/layers/convolution.hpp>
#include <tenon/layers/global_pool.hpp>
#include <tenon/layers/pad.hpp>
#include <tenon/layers/pool.hpp>
#include <tenon/layers/upsample.hpp>
