"""Tests of tenon-import with nets over time."""

from __future__ import annotations

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
        "double": "Net<LSTM<2, 3>, Dense<3, 1>>",
    }.items():
        path = folder / f"stream_{name}.onnx"
        onnx.checker.check_model(onnx.load(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        rows, inputs = np.loadtxt(path.with_suffix(".txt")), session.get_inputs()[0].shape[2]
        x, y = rows[:, :9 * inputs].reshape(4, 9, inputs), rows[:, 9 * inputs:].reshape(4, 9, -1)
        for ends in ([9], list(range(1, 10)), [2, 3, 8, 9]) if name != "double" else ():  # onnxruntime has no cells of doubles
            check_near(_in_calls(session, x.astype(np.float32), ends), y, 1e-6)
        model = check_outputs(path, x.reshape(4, -1), y.reshape(4, -1))
        check_equal(header.type_text(model.layers, False, ""), wanted)
        check_equal(model.is_double, name == "double")
