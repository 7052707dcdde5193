// The hosted part of tenon: data sets, nets in files of other programs, errors as exceptions, pictures in a
// terminal.
#pragma once

#include <tenon/io/error.hpp>
//
#include <tenon/data/csv.hpp>
#include <tenon/data/dataset.hpp>
#include <tenon/data/fann.hpp>
#include <tenon/data/folds.hpp>
#include <tenon/data/idx.hpp>
#include <tenon/data/labels.hpp>
#include <tenon/data/standardize.hpp>
//
#include <tenon/io/checkpoint.hpp>
#include <tenon/io/header.hpp>
#include <tenon/io/load.hpp>
#include <tenon/io/onnx.hpp>
#include <tenon/io/rtneural_text.hpp>
#include <tenon/io/safetensors.hpp>
//
#include <tenon/show/history_csv.hpp>
#include <tenon/show/history_svg.hpp>
#include <tenon/show/loss_curve.hpp>
#include <tenon/show/pictures.hpp>
#include <tenon/show/print.hpp>
#include <tenon/show/progress.hpp>
