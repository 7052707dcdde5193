"""Tests of the .keras files that tenon-import writes; run as a script with their folder, it loads them with Keras."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np


def samples(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Rows of inputs and of outputs beside a file."""
    rows, outputs = np.loadtxt(path.with_suffix(".txt")), OUTPUTS[path.stem.removeprefix("keras_of_")]
    return rows[:, :-outputs], rows[:, -outputs:]


OUTPUTS = {"row": 5, "activations": 3, "stream": 9, "amp": 9, "windows": 2, "last_of_cell": 2, "finals": 2, "all_steps": 2,
           "doubles": 9, "mirrored": 3, "unchanged": 2, "flat": 2}  # how many numbers of a row are outputs
REFUSED = {"residual": "layer 2, Residual<Dense<3, 3>>: such a layer is not written to .keras files.",
           "activation": "layer 1, Dense<2, 3, GeluTanh>: the activation GeluTanh is not written to .keras files.",
           "finals": "layer 2, FinalStates<Shape<3, 2>>: such a layer is not written to .keras files."}


def load_with_keras(folder: Path) -> None:
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    import keras

    for name in OUTPUTS:
        x, y = samples(folder / f"keras_of_{name}.keras")
        model = keras.models.load_model(folder / f"keras_of_{name}.keras")
        sizes = [size or 9 for size in model.input_shape[1:]]
        found = np.asarray(model(x.reshape(len(x), *sizes).astype(model.inputs[0].dtype))).reshape(len(x), -1)
        difference = float(np.abs(found - y).max()) if found.shape == y.shape else float("inf")
        assert difference < 2e-6, f"{name}: outputs {found.shape} differ by {difference:.3g}"
        model.save(folder / f"again_{name}.keras")


if __name__ == "__main__":
    load_with_keras(Path(sys.argv[1]))
    raise SystemExit


from helpers import check, check_equal, check_near, compiled, folder, imported, problem_of, python_with, run
from tenon_import import formats
from tenon_import.activations import IDENTITY, activation
from tenon_import.cells import LSTM, Bidirectional, Sequence
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.keras_output import keras_bytes
from tenon_import.layers import Activate, Dense, Flatten, Net, Scale


def small_nets() -> None:
    """Writes nets that need care: a Scale that Keras' Normalization cannot be, a net without effect, a Flatten of the inputs."""
    random = np.random.default_rng(2)
    for name, layers in {"mirrored": [Scale((3,), np.array([1.0, 2.0, 0.0]), np.array([-2.0, 0.5, 1e-8]))],
                         "unchanged": [Activate((2,), IDENTITY)],
                         "flat": [Flatten((2, 3)), Dense(random.normal(size=(2, 6)), None, activation("LeakyReluWith", 0.3))],
                         }.items():
        x = random.normal(size=(4, layers[0].size))
        x = x * layers[0].deviation + layers[0].mean if name == "mirrored" else x
        path = folder / f"keras_of_{name}.keras"
        path.write_bytes(keras_bytes(layers, True))
        np.savetxt(path.with_suffix(".txt"), np.hstack([x, Net(layers).evaluate(x)]))


def cell() -> LSTM:
    return LSTM(np.zeros((8, 3)), np.zeros((8, 2)), np.zeros(8))


def test_keras_files_that_are_written() -> None:
    subprocess.run([str(compiled("keras"))], check=True, cwd=folder)
    small_nets()
    for name in OUTPUTS:
        path = folder / f"keras_of_{name}.keras"
        if not path.exists():
            imported(path.with_suffix(".safetensors"), "-o", path.name, "--no-check", "--no-fold")
        check_parts(path)
        x, y = samples(path)
        model = formats.read(path, Options())
        found = (Sequence(model.layers, 9) if model.steps else Net(model.layers)).evaluate(x)
        check_near(found[:, -y.shape[1]:], y, 2e-6)
    for name, wanted in REFUSED.items():
        path = folder / f"keras_of_refused_{name}.safetensors"
        (folder / "old.keras").write_text("old")
        done = run(path, "-o", "old.keras", "--no-check")
        check(done.returncode == 1 and done.stderr == f"tenon-import: {path}: {wanted}\n", done.stderr)
        check((folder / "old.keras").read_text() == "old", f"{name}: an old file was lost")
    check("no problem" not in problem_of(folder / "old.keras"), "a file that is no model was read")
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / "h5py.py").write_text("raise ModuleNotFoundError(\"No module named 'h5py'\", name='h5py')")
    path = folder / "keras_of_amp.safetensors"
    done = run(path, "-o", "old.keras", "--no-check", environment={"PYTHONPATH": str(hidden)})
    check_equal(done.stderr, f"tenon-import: {path}: writing a .keras file needs the Python package h5py.\n")
    check((folder / "old.keras").read_text() == "old", "without h5py, an old file was lost")


def check_parts(path: Path) -> None:
    """The momentum, and a group "vars" of the model, its layers and the layers in these: Keras 3.5 and older need it."""
    import h5py

    with zipfile.ZipFile(path) as archive:
        config, file = json.loads(archive.read("config.json")), h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
    for layer in config["config"]["layers"][1:]:
        place = f"layers/{layer['config']['name']}"
        inner = ("/forward_layer", "/backward_layer") if layer["class_name"] == "Bidirectional" else ()
        for group in ("", place, *(place + part for part in inner)):
            check(f"{group}/vars" in file, f"{path.name}: {group}/vars is missing")
        if layer["class_name"] == "BatchNormalization" and path.stem == "keras_of_row":  # BatchNorm's is 1/100
            check_equal(layer["config"]["momentum"], 0.99)


def test_nets_that_are_no_keras_model() -> None:
    several = "a layer whose steps have several dimensions is not written to .keras files"
    for layers, wanted in (([Bidirectional(2, cell(), cell()), Flatten((2, 4)), Dense(np.eye(3, 8), None), cell()],
                            f"layer 1, Bidirectional<2, LSTM<3, 2>>: {several}"),
                           ([Sequence([Sequence([cell()], 4)], 5)], f"layer 1.1, Sequence<4, LSTM<3, 2>>: {several}"),
                           ([Activate((2,), activation("LeakyReluWith", -0.5))],
                            "layer 1, Activate<Shape<2>, LeakyReluWith<std::ratio<-1, 2>>>: the activation "
                            "LeakyReluWith<std::ratio<-1, 2>> is not written to .keras files")):
        try:
            keras_bytes(layers, False)
        except ImportProblem as problem:
            check_equal(str(problem), wanted)
        else:
            check(False, f"written: {wanted}")


def test_keras_files_that_are_written_in_keras() -> None:
    python = python_with("keras", os.environ.get("KERAS_PYTHON", ""))
    if not python:
        print("skipped: written files in Keras, without a Python with keras (KERAS_PYTHON)")
        return
    done = subprocess.run([python, __file__, str(folder)], capture_output=True, text=True)
    check(done.returncode == 0, done.stderr[-600:])
