// tenon: neural networks as types. The core: no heap, no exceptions, no RTTI, no streams.
#pragma once

#include <tenon/version.hpp>
//
#include <tenon/misfit/bytes.hpp>
#include <tenon/misfit/cells.hpp>
#include <tenon/misfit/convolutions.hpp>
#include <tenon/misfit/layers.hpp>
#include <tenon/misfit/parts.hpp>
#include <tenon/misfit/samples.hpp>
#include <tenon/misfit/windows.hpp>
#include <tenon/shape.hpp>
//
#include <tenon/concepts.hpp>
//
#include <tenon/activations.hpp>
#include <tenon/layers/activate.hpp>
#include <tenon/layers/batch_norm.hpp>
#include <tenon/layers/branches.hpp>
#include <tenon/layers/convolution.hpp>
#include <tenon/layers/dense.hpp>
#include <tenon/layers/dropout.hpp>
#include <tenon/layers/flatten.hpp>
#include <tenon/layers/frozen.hpp>
#include <tenon/layers/gated.hpp>
#include <tenon/layers/global_pool.hpp>
#include <tenon/layers/layer_norm.hpp>
#include <tenon/layers/pad.hpp>
#include <tenon/layers/pool.hpp>
#include <tenon/layers/prelu.hpp>
#include <tenon/layers/residual.hpp>
#include <tenon/layers/scale.hpp>
#include <tenon/layers/upsample.hpp>
#include <tenon/net.hpp>
//
#include <tenon/cells/bidirectional.hpp>
#include <tenon/cells/branches_over_time.hpp>
#include <tenon/cells/causal_conv.hpp>
#include <tenon/cells/causal_conv_2d.hpp>
#include <tenon/cells/gru.hpp>
#include <tenon/cells/lstm.hpp>
#include <tenon/cells/rnn.hpp>
#include <tenon/cells/sequence.hpp>
#include <tenon/cells/state.hpp>
#include <tenon/cells/stream_window.hpp>
#include <tenon/cells/trained_state.hpp>
//
#include <tenon/copy_parameters.hpp>
#include <tenon/fold.hpp>
#include <tenon/standardize.hpp>
//
#include <tenon/text/summary.hpp>
//
#include <tenon/exchange/checksum.hpp>
#include <tenon/exchange/parse_safetensors.hpp>
#include <tenon/exchange/to_bytes.hpp>
#include <tenon/exchange/verify.hpp>
//
#include <tenon/initialize.hpp>
#include <tenon/losses.hpp>
#include <tenon/optimizers/adagrad.hpp>
#include <tenon/optimizers/adam.hpp>
#include <tenon/optimizers/averaged.hpp>
#include <tenon/optimizers/clip.hpp>
#include <tenon/optimizers/decay.hpp>
#include <tenon/optimizers/lion.hpp>
#include <tenon/optimizers/nadam.hpp>
#include <tenon/optimizers/one_cycle.hpp>
#include <tenon/optimizers/rmsprop.hpp>
#include <tenon/optimizers/rprop.hpp>
#include <tenon/optimizers/scheduled.hpp>
#include <tenon/optimizers/schedules.hpp>
#include <tenon/optimizers/sgd.hpp>
#include <tenon/orthogonal.hpp>
//
#include <tenon/train/auc.hpp>
#include <tenon/train/confusion_matrix.hpp>
#include <tenon/train/evaluate.hpp>
#include <tenon/train/gradient.hpp>
#include <tenon/train/input_gradient.hpp>
#include <tenon/train/measure.hpp>
#include <tenon/train/metrics.hpp>
#include <tenon/train/refused_trainer.hpp>
#include <tenon/train/soft_update.hpp>
#include <tenon/train/tape.hpp>
#include <tenon/train/trainer.hpp>
#include <tenon/train/updater.hpp>
//
#include <tenon/denormals.hpp>
