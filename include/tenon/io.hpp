// The hosted part of tenon: files, errors as exceptions, and what is shown in a terminal.
#pragma once

#include <tenon/io/error.hpp>
//
#include <tenon/io/csv.hpp>
#include <tenon/io/dataset.hpp>
#include <tenon/io/fann.hpp>
#include <tenon/io/idx.hpp>
#include <tenon/io/standardize.hpp>
//
#include <tenon/io/header.hpp>
//
#include <tenon/io/loss_curve.hpp>
#include <tenon/io/print.hpp>
#include <tenon/io/progress.hpp>
