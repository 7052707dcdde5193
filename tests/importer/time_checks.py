"""Tests of tenon-import with nets over time."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import models
import numpy as np
import onnx
import onnxruntime
import time_models
from helpers import check, check_equal, check_near, compiled, difference_in, folder, imported, problem_of, python_with, root
from tenon_import import formats, header
from tenon_import.cells import Sequence
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.layers import Net
from tenon_import.model import Model


def check_outputs(path: Path, x: np.ndarray, y: np.ndarray) -> Model:
    """Compares the net of a file with known outputs, and with the reference of the importer."""
    try:
        model = formats.read(path, Options())
        check_near(outputs(model, x)[:, -y.shape[1]:], y, 1e-6)
        x = model.samples(8)
        y = model.reference(x)
        check_near(model.compared(model.evaluate(x), y), y, 1e-6 * max(1, float(np.abs(y).max())))
    except (AssertionError, ImportProblem) as error:
        raise AssertionError(f"{path.name}: {error}") from None
    return model


def outputs(model: Model, x: np.ndarray) -> np.ndarray:
    """Those of a net for sequences of any number of steps."""
    return (Sequence(model.layers, x.shape[1] // model.inputs) if model.steps else Net(model.layers)).evaluate(x)


def _saved(name: str) -> Path:
    nodes, shape, tensors, *_ = time_models.over_time()[name]
    used = {read for node in nodes for read in node.input}
    return models.onnx_model(folder / f"{name}.onnx", nodes, shape, {k: v for k, v in tensors.items() if k in used})


def test_onnx_over_time() -> None:
    for name, (_, _, _, wanted, options) in time_models.over_time().items():
        try:
            model = formats.read(_saved(name), Options(**options))
            check_equal(header.type_text(model.layers, False, ""), wanted)
            check_equal(model.reference_name, "onnxruntime")
            x = model.samples(8)
            y = model.reference(x)
            check_near(model.compared(model.evaluate(x), y), y, 1e-6 * max(1, float(np.abs(y).max())))
        except (AssertionError, ImportProblem) as error:
            raise AssertionError(f"{name}: {error}") from None


def test_onnx_over_time_that_is_refused() -> None:
    for name, (nodes, shape, tensors, wanted, options) in time_models.refused().items():
        found = problem_of(models.onnx_model(folder / f"{name}.onnx", nodes, shape, tensors), Options(**options))
        check(wanted in found and len(found.splitlines()) == 1, f"{name}: {found}")


def test_headers_over_time_compile_and_agree() -> None:
    """The program that compares a header runs sequences, and streams step by step."""
    for name in ("bidirectional", "gru_reset_before", "residual"):
        options = time_models.over_time()[name][4]
        text = imported(_saved(name), "-o", "out.hpp", *(part for pair in options.items() for part in (f"--{pair[0]}", pair[1])))
        check(difference_in(text) < 5e-6 and "onnxruntime" in text, f"{name}: {text}")
    text = imported(_saved("lstm_of_17"), "-o", "out.hpp", "--stream", "--summary")
    check("tenon::State<LstmOf17Net> state;" in (folder / "out.hpp").read_text() and "Net<LSTM<2, 17>>" in text, text)
    check(difference_in(text) < 5e-6, text)


def test_pytorch_over_time() -> None:
    python = "/usr/bin/python3"
    if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
        print("skipped: PyTorch's models over time, without torch for /usr/bin/python3")
        return
    subprocess.run([python, str(root / "tests/importer/torch_cells.py"), str(folder)], check=True, capture_output=True)
    found = sorted(folder.glob("cells_*.onnx"))
    check(len(found) >= 13, f"{len(found)} models")
    for path in found:
        data = np.load(path.with_suffix(".npz"))
        check_outputs(path, data["x"], data["y"])
    type_of = lambda name: header.type_text(formats.read(folder / f"cells_{name}.onnx", Options()).layers, False, "")
    for name, wanted in {
        "lstm_last": "Net<Sequence<9, LSTM<3, 6>>, LastStep<Shape<9, 6>>, Dense<6, 2, Tanh>>",
        "gru_two_layers": "Net<Sequence<9, GRU<3, 6>, GRU<6, 6>>, LastStep<Shape<9, 6>>, Dense<6, 2, Tanh>>",
        "rnn_relu": "Net<RNN<3, 6, Relu>, Dense<6, 2, Tanh>>",
        "bidirectional_states": "Net<Bidirectional<9, LSTM<3, 6>>, FinalStates<Shape<9, 12>>, Dense<12, 2, Tanh>>",
        "one_step": "Net<Residual<LSTM<1, 8>, Dense<8, 1>>>",
        "bidirectional_gru": "Net<Bidirectional<9, GRU<3, 6>>, Sequence<9, Dense<12, 2, Tanh>>>",
        "tcn": "Net<CausalConv<2, 4, Kernel<3>, Relu, Dilation<2>>, Residual<CausalConv<4, 4, Kernel<2>, Tanh, Dilation<4>>>, "
               "CausalConv<4, 1, Kernel<1>>>",
    }.items():
        check_equal(type_of(name), wanted)
    check_state_dicts()


def check_state_dicts() -> None:
    """Files that have weights alone; what is not in them is given."""
    for name, options in {
        "lstm_all": Options(activations=["Tanh"]),
        "lstm_last": Options(activations=["Tanh"], steps=9, last_step=True),
        "gru_two_layers": Options(activations=["Tanh"], steps=9, last_step=True),
        "rnn_relu": Options(activations=["Relu", "Tanh"], steps=9),
        "bidirectional_lstm": Options(activations=["Tanh"], steps=9, last_step=True),
        "bidirectional_gru": Options(activations=["Tanh"], steps=9),
    }.items():
        data = np.load(folder / f"cells_{name}.npz")
        model = formats.read(folder / f"cells_{name}.pt", options)
        check_near(outputs(model, data["x"])[:, -data["y"].shape[1]:], data["y"], 1e-6)
        check_near(model.reference(model.samples(3)), model.evaluate(model.samples(3)), 1e-12)
    for name, options, wanted in (
        ("rnn_relu", Options(activations=["Tanh"]), "--activations names 1, and there are 2 Dense and RNN layers"),
        ("rnn_relu", Options(), "name one for each of its 2 Dense and RNN layers"),
        ("bidirectional_gru", Options(activations=["Tanh"]), "Bidirectional<..., GRU<3, 6>> takes all steps of a sequence, which a stream"),
        ("lstm_last", Options(activations=["Tanh"], last_step=True), "the last step takes all steps of a sequence"),
    ):
        check(wanted in problem_of(folder / f"cells_{name}.pt", options), problem_of(folder / f"cells_{name}.pt", options))
    text = imported(folder / "cells_rnn_relu.pt", "--activations", "Relu,Tanh", "-o", "out.hpp")
    check("Net<RNN<3, 6, Relu>, Dense<6, 2, Tanh>>" in text and difference_in(text) < 1e-6, text)


FRAMES = {"in_shape": [None, None, 3, 2], "layers": [
    {"type": "conv2d", "activation": "", "shape": [None, None, 2, 2], "kernel_size_time": 2, "kernel_size_feature": 2, "dilation": 3,
     "strides": 1, "num_filters_in": 2, "num_features_in": 3, "num_filters_out": 2, "padding": "valid"},
    {"type": "batchnorm2d", "activation": "", "shape": [None, None, 2, 2], "epsilon": 0.001},
    {"type": "prelu", "activation": "", "shape": [None, None, 2, 2]},
    {"type": "conv1d", "activation": "tanh", "shape": [None, 4], "kernel_size": [2], "dilation": [2]},
    {"type": "conv1d", "activation": "relu", "shape": [None, 2], "kernel_size": [2], "dilation": [1], "groups": 2},
    {"type": "gru", "activation": "tanh", "shape": [None, 3]},
    {"type": "dense", "activation": "", "shape": [None, 1]}]}
SHAPES = [[(2, 2, 2, 2), (2,)], [(2,)] * 4, [(1, 4)], [(2, 4, 4), (4,)], [(2, 2, 2), (2,)], [(2, 9), (3, 9), (2, 9)], [(3, 1), (1,)]]


def _frames(path: Path) -> dict:
    """A model of RTNeural with random weights, in which frames go into a convolution of rows."""
    numbers = np.random.default_rng(0)
    for layer, shapes in zip(FRAMES["layers"], SHAPES):
        layer["weights"] = [numbers.uniform(0.1, 0.9, shape).tolist() for shape in shapes]
    path.write_text(json.dumps(FRAMES))
    return FRAMES


def _frames_by_loops(model: dict, x: np.ndarray) -> np.ndarray:
    """What RTNeural computes of frames [steps, features, channels]."""
    weights = [[np.array(w) for w in layer["weights"]] for layer in model["layers"]]
    sigmoid = lambda z: 1 / (1 + np.exp(-z))

    def causal(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, dilation: int, groups: int = 1) -> np.ndarray:
        past = [np.concatenate([np.zeros_like(x[:late]), x])[:len(x)] for late in
                (dilation * (len(kernel) - 1 - k) for k in range(len(kernel)))]
        sums = [np.concatenate([a @ w for a, w in zip(np.split(values, groups, axis=1), np.split(k, groups, axis=1))], axis=1)
                for values, k in zip(past, kernel)]
        return sum(sums) + bias

    kernel, bias = weights[0]
    places = [np.concatenate([x[:, f:f + 1], x[:, f + 1:f + 2]], axis=2).reshape(len(x), -1) for f in range(2)]
    y = np.stack([causal(p, kernel.reshape(2, 4, 2), bias, 3) for p in places], axis=1)  # [steps, features, channels]
    gamma, beta, mean, variance = weights[1]
    y = ((y - mean) / np.sqrt(variance + 0.001) * gamma + beta).reshape(len(x), -1)
    y = np.where(y > 0, y, y * weights[2][0][0])
    y = np.maximum(causal(np.tanh(causal(y, *weights[3], 2)), *weights[4], 1, 2), 0)
    w, u, (b, d) = weights[5]
    h, states = np.zeros(3), []
    for step in y:
        (xz, xr, xn), (hz, hr, hn) = np.split(step @ w + b, 3), np.split(h @ u + d, 3)
        z = sigmoid(xz + hz)
        h = z * h + (1 - z) * np.tanh(xn + sigmoid(xr + hr) * hn)
        states.append(h)
    return np.array(states) @ weights[6][0] + weights[6][1]


def test_rtneural_over_time() -> None:
    path = folder / "frames.json"
    model = _frames(path)
    x = np.random.default_rng(1).uniform(-1, 1, (20, 3, 2))
    for fold, wanted in (True, "CausalConv2D<Shape<2, 3>, 2, Kernel<2, 2>, Dilation<3, 1>>, Flatten<"), (False, "BatchNorm<Shape<2, 2>"):
        found = formats.read(path, Options(fold))
        y = Sequence(found.layers, 20).evaluate(x.transpose(0, 2, 1).reshape(1, -1))  # tenon's frames are [channels, features]
        check_near(y.reshape(20, 1), _frames_by_loops(model, x), 1e-12)
        check(wanted in header.type_text(found.layers, False, ""), header.type_text(found.layers, False, ""))
    for name, value, wanted in (
        ("padding", "causal", "layer 1, conv2d: the padding 'causal', and RTNeural has"),
        ("strides", 0, "layer 1, conv2d: its strides is 0, and a number from 1 up is needed"),
        ("num_features_in", 4, "layer 1, conv2d: frames of 4 x 2 values, and there are 6"),
        ("kernel_size_time", 3, "layer 1, conv2d: array 1 of its weights has the shape [2, 2, 2, 2], not [3, 2, 2, 2]"),
        ("shape", [None, None, 3, 2], "layer 1, conv2d: its shape ends in [3, 2], and its outputs are [2, 2]"),
    ):
        changed = {**model, "layers": [{**model["layers"][0], name: value}, *model["layers"][1:]]}
        path.write_text(json.dumps(changed))
        check(wanted in problem_of(path), problem_of(path))
    data = os.environ.get("TENON_DATA")
    if not data or not Path(data, "rtneural").is_dir():
        print("skipped: RTNeural's models over time, which TENON_DATA does not have")
        return
    for name in ("lstm", "lstm_1d", "gru", "gru_1d", "conv", "conv2d"):
        found = formats.read(Path(data, f"rtneural/models/{name}.json"), Options())
        x, y = (np.loadtxt(Path(data, f"rtneural/test_data/{name}_{v}_python.csv")) for v in "xy")
        outputs_found = Sequence(found.layers, x.size // found.inputs).evaluate(x.reshape(1, -1))
        if name == "conv2d":  # Keras has no steps before the first, and pads one in front of the second convolution
            outputs_found, y = outputs_found.reshape(50, 8)[14:].ravel(), y.reshape(39, 8)[1:37].ravel()
        check_near(outputs_found.ravel(), y, 1e-6)
    for name, wanted in {"conv": "Dilation<2>, Groups<2>>", "conv2d": "Kernel<4, 3>, Stride<1, 2>, Padding<0, 1>>"}.items():
        text = imported(Path(data, f"rtneural/models/{name}.json"), "-o", "out.hpp")
        check(difference_in(text) < 1e-6 and wanted in text, text)


def test_keras_over_time() -> None:
    """Files that Keras has saved, against its own outputs."""
    python = python_with("keras", os.environ.get("KERAS_PYTHON", ""))
    if not python:
        print("skipped: Keras' models over time, without a Python with keras (KERAS_PYTHON)")
        return
    subprocess.run([python, str(root / "tests/importer/keras_cells.py"), str(folder)], check=True, capture_output=True)
    types = {}
    for path in sorted(path for path in folder.glob("time_*") if path.suffix in (".keras", ".h5")):
        data = np.load(path.with_suffix(".npz"))
        types[path.name] = header.type_text(check_outputs(path, data["x"], data["y"]).layers, False, "")
    check(len(types) >= 26, f"{len(types)} models")
    for name, wanted in {
        "lstm.h5": "Net<Sequence<9, LSTM<3, 20>>, LastStep<Shape<9, 20>>, Dense<20, 2, Softmax>>",
        "gru_reset_before.keras": "Net<GRU<3, 5, ResetBefore>, GRU<5, 4>>",
        "gru_reset_after.keras": "Net<Sequence<9, GRU<3, 5>, Dense<5, 2, Tanh>>>",
        "bidirectional.h5": "Net<Bidirectional<9, LSTM<3, 4>>, Sequence<9, Dense<8, 3, Elu>>, Bidirectional<9, GRU<3, 3>>, "
                            "FinalStates<Shape<9, 6>>, Dense<6, 2>>",
        "backwards.keras": "Net<Bidirectional<9, LSTM<3, 4>>, FinalStates<Shape<9, 8>>, Dense<8, 2>>",
        "stateful.keras": "Net<GRU<2, 4>, LSTM<4, 3>, Dense<3, 1>>",
        "causal.h5": "Net<CausalConv<3, 4, Kernel<3>, Relu, Dilation<2>>, Scale<Shape<4>>, CausalConv<4, 3, Kernel<2>, Dilation<4>>, "
                     "PRelu<Shape<3>>, Dense<3, 1>>",
    }.items():
        check_equal(types[f"time_{name}"], wanted)
    text = header.type_text(formats.read(folder / "time_causal.keras", Options(steps=6)).layers, False, "")
    check(text.startswith("Net<Sequence<6, CausalConv<3, 4, Kernel<3>, Relu, Dilation<2>>, "), text)
    for name, wanted in {"hard": "the activations Tanh and HardSigmoid, and tenon's LSTM has Tanh and Sigmoid",
                         "merged": 'the merge_mode "mul"', "same": 'the padding "same": over the steps of a sequence',
                         "repeated": "RepeatVector: a layer that tenon cannot express",
                         "cropped": "LSTM: an input of shape [7, 2] that is no sequence of the model's steps",
                         "stream_backwards": "takes all steps of a sequence, which a stream has not"}.items():
        found = problem_of(folder / f"refused_{name}.keras")
        check(wanted in found, found)


def _in_calls(session: onnxruntime.InferenceSession, x: np.ndarray, ends: list[int]) -> np.ndarray:
    """The outputs for x, [samples, steps, values], in calls that end at these steps, with the states between."""
    states = {i.name: np.zeros([len(x) if size == "samples" else size for size in i.shape], x.dtype) for i in session.get_inputs()[1:]}
    check_equal([o.name for o in session.get_outputs()], ["output", *(f"{name}_next" for name in states)])
    outputs = []
    for first, end in zip([0, *ends], ends):
        y, *after = session.run(None, {"input": x[:, first:end], **states})
        states = dict(zip(states, after))
        outputs.append(y)
    return np.concatenate(outputs, axis=1)


def test_to_onnx_of_streams() -> None:
    """Several streams in onnxruntime, at once, step by step, and in calls of other lengths; and read back."""
    subprocess.run([str(compiled("export"))], check=True, cwd=folder)
    for name, wanted in {
        "lstm": "Net<LSTM<1, 20>, Dense<20, 1>>",
        "everything": "Net<CausalConv<2, 4, Kernel<3>, Tanh, Dilation<2>>, GRU<4, 17>, Residual<RNN<17, 17, Softsign>>, "
                      "GRU<17, 3, ResetBefore>, CausalConv<3, 2, Kernel<1>, Softmax>>",
        "grouped": "Net<CausalConv<4, 6, Kernel<2>, Tanh>>",
        "double": "Net<LSTM<2, 3>, Dense<3, 1>>",
        "frames": None,  # tenon-import does not read it
        "gates": None,
        "trained_states": None,
        "wavenet": None,
    }.items():
        path = folder / f"stream_{name}.onnx"
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        rows, sizes = np.loadtxt(path.with_suffix(".txt")), session.get_inputs()[0].shape[2:]
        inputs = 9 * int(np.prod(sizes))
        x, y = rows[:, :inputs].reshape(4, 9, *sizes), rows[:, inputs:].reshape(4, 9, -1)
        for ends in ([9], list(range(1, 10)), [2, 3, 8, 9]) if name != "double" else ():  # onnxruntime has no cells of doubles
            check_near(_in_calls(session, x.astype(np.float32), ends), y, 1e-6)
        if wanted is None:
            continue
        model = check_outputs(path, x.reshape(4, -1), y.reshape(4, -1))
        check_equal(header.type_text(model.layers, False, ""), wanted)
        check_equal(model.is_double, name == "double")
