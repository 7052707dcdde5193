"""Tests of the .keras files that tenon-import writes, and with a file's name after --keras, the script that loads them with Keras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np


def samples(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Rows of inputs and of outputs beside a file."""
    rows, outputs = np.loadtxt(path.with_suffix(".txt")), OUTPUTS[path.stem.removeprefix("keras_of_")]
    return rows[:, :-outputs], rows[:, -outputs:]


OUTPUTS = {"row": 5, "activations": 3, "stream": 9, "amp": 9, "windows": 2, "last_of_cell": 2, "finals": 2, "all_steps": 2, "doubles": 9}
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


from helpers import check, check_near, compiled, folder, imported, problem_of, python_with, run
from tenon_import import formats
from tenon_import.cells import Sequence
from tenon_import.formats import Options
from tenon_import.layers import Net


def test_keras_files_that_are_written() -> None:
    subprocess.run([str(compiled("keras"))], check=True, cwd=folder)
    for name in OUTPUTS:
        path = folder / f"keras_of_{name}.keras"
        imported(path.with_suffix(".safetensors"), "-o", path.name, "--no-check", "--no-fold")
        if name == "windows":  # Cropping1D, which is not read
            continue
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


def test_keras_files_that_are_written_in_keras() -> None:
    python = python_with("keras", os.environ.get("KERAS_PYTHON", ""))
    if not python:
        print("skipped: written files in Keras, without a Python with keras (KERAS_PYTHON)")
        return
    done = subprocess.run([python, __file__, str(folder)], capture_output=True, text=True)
    check(done.returncode == 0, done.stderr[-600:])
