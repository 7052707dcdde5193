"""Tests of tenon-import with files of Neural Amp Modeler."""

from __future__ import annotations

import json
from pathlib import Path

import nam_models
import numpy as np
from helpers import check, check_equal, check_near, difference_in, folder, imported, problem_of, run
from nam_models import STEPS, array, wavenet
from tenon_import import formats, header
from tenon_import.cells import Sequence
from tenon_import.formats import Options


def _saved(name: str, model: dict) -> Path:
    path = folder / f"{name}.nam"
    path.write_text(json.dumps(model))
    return path


def test_neural_amp_modeler() -> None:
    for name, (model, wanted) in nam_models.models().items():
        path = _saved(name, model)
        for fold in True, False:
            found = formats.read(path, Options(fold))
            y = Sequence(found.layers, STEPS).evaluate(nam_models.inputs(found.inputs))
            try:
                check_near(y[0, -4:], np.array(nam_models.OUTPUTS[name]), 1e-6)
                if fold:
                    check_equal(header.type_text(found.layers, False, ""), wanted)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from None
    unfolded = formats.read(folder / "conv_net_normalised.nam", Options(False))
    check("BatchNorm<Shape<4>" in header.type_text(unfolded.layers, False, ""), "BatchNorm is no layer of its own")
    for name in "wavenet", "mixed", "lstm":
        text = imported(folder / f"{name}.nam", "-o", "out.hpp")
        check(difference_in(text) < 1e-6, f"{name}: {text}")
    done = run(_saved("far", wavenet(79, array(3, 1, 2, [1, 2_000_000]))), "-o", "out.hpp")
    check(done.returncode == 0 and "not compared with the original: it reads 2000013 steps back" in done.stderr, done.stderr)


def test_neural_amp_modeler_that_is_refused() -> None:
    plain, film = array(3, 1, 2, [1, 2]), {"active": True, "shift": True, "groups": 1}
    reads_back = {"head": {"out_channels": 3, "kernel_size": 4, "bias": True}}
    changes = {
        "it has 78 weights, and its net needs more": wavenet(78, plain),
        "it has 80 weights, and its net needs 79": wavenet(80, plain),
        'layer array 1: the activation "Hardtanh", which tenon does not have': wavenet(79, plain | {"activation": "Hardtanh"}),
        "layer array 1: bottleneck is 2, and tenon's WaveNet has 3 alone": wavenet(79, plain | {"bottleneck": 2}),
        "layer array 1: it has head1x1 or FiLM": wavenet(79, plain | {"conv_post_film": film}),
        "layer array 1: layers that are blended, and tenon's are gated or not": wavenet(79, plain | {"gating_mode": "blended"}),
        "layer array 1: a gate by Tanh, and tenon's is a sigmoid": wavenet(
            79, plain | {"gating_mode": "gated", "secondary_activation": "Tanh"}),
        "layer array 1: 2 settings for 3 layers": wavenet(79, array(3, 1, [2, 3], [1, 2, 4])),
        "layer array 2: before it is a head of 4 taps": wavenet(200, plain | reads_back, array(3, 1, 2, [1], takes=3)),
        "layer array 2: input_size is 2, and tenon's WaveNet has 3 alone": wavenet(
            200, array(3, 3, 2, [1]), array(3, 1, 2, [1], takes=2)),
        "SkipLayers<3, 2, Kernel<2>, Dilations<1>> before": wavenet(94, array(3, 2, 2, [1]), array(3, 1, 2, [1], takes=3)),
        "it has a condition_dsp": wavenet(79, plain, condition_dsp={"architecture": "Linear"}),
        'a net of the architecture "Transformer", and tenon-import reads WaveNet, LSTM, ConvNet, Linear':
            nam_models.model("Transformer", {}, 1),
        "it is no model of Neural Amp Modeler ('config')": {"architecture": "LSTM", "weights": []},
        "its weights are no list of numbers": wavenet(79, plain) | {"weights": [[1.0]]},
    }
    for wanted, model in changes.items():
        found = problem_of(_saved("refused", model))
        check(wanted in found and len(found.splitlines()) == 1, f"wanted {wanted!r}, found {found!r}")
    (folder / "refused.nam").write_text("{")
    check("it is no model of Neural Amp Modeler" in problem_of(folder / "refused.nam"), problem_of(folder / "refused.nam"))
