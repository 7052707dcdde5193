"""What the tests of the importer have in common."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from tenon_import import formats
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options

root = Path(__file__).resolve().parents[2]
folder = Path(tempfile.mkdtemp(prefix="tenon-importer-"))
compiler = os.environ.get("CXX", "g++")
include = root / "include"


def check(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def check_equal(found: object, wanted: object) -> None:
    check(found == wanted, f"wanted {wanted!r}, found {found!r}")


def check_near(found: np.ndarray, wanted: np.ndarray, tolerance: float) -> None:
    check(found.shape == wanted.shape, f"wanted the shape {wanted.shape}, found {found.shape}")
    difference = float(np.abs(found - wanted).max())
    check(difference <= tolerance, f"a difference of {difference:.3g}, more than {tolerance:.3g}")


def run(*arguments: object, environment: dict | None = None) -> subprocess.CompletedProcess:
    """The installed command."""
    return subprocess.run(["tenon-import", *map(str, arguments)], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, **(environment or {})})


def imported(path: Path, *arguments: object) -> str:
    """What the command prints; it compiles the header and compares it with the original."""
    done = run(path, *arguments)
    check(done.returncode == 0, done.stderr)
    return done.stdout


def difference_in(text: str) -> float:
    return float(text.split("largest difference from ")[1].split(": ")[1].split(" ")[0])


def problem_of(path: Path, options: Options = Options()) -> str:
    try:
        formats.read(path, options)
    except ImportProblem as problem:
        return str(problem)
    return "no problem"


def python_with(module: str, *others: str) -> str | None:
    """A Python that has a module: one of the others, or that of PATH or of the system."""
    for python in (*others, "python3", "/usr/bin/python3"):
        if python and shutil.which(python) and subprocess.run([python, "-c", f"import {module}"], capture_output=True,
                                                              env={"KERAS_BACKEND": "numpy", **os.environ}).returncode == 0:
            return python
    return None


@functools.cache
def compiled(name: str) -> Path:
    """The program of this folder."""
    program = folder / name
    done = subprocess.run([compiler, "-std=c++20", "-O0", "-DTENON_SCALAR", f"-I{include}", f"-I{root}", f"-I{folder}",
                           str(root / f"tests/importer/{name}.cpp"), "-o", str(program), "-lz"], capture_output=True, text=True)
    check(done.returncode == 0, done.stderr[:2000])
    return program
