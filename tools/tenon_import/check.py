"""Compiles a header and compares its net with the original on random inputs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Optional

import numpy as np

from tenon_import.errors import ImportProblem
from tenon_import.model import Model

_PROGRAM = """\
#include "net.hpp"
#include <cstdio>
int main() {
    using N = decltype(auto(%(name)s));
    double number = 0;
    %(before)s
    for (N::Input x;;) {
        for (auto& value : x) {
            if (std::fread(&number, sizeof number, 1, stdin) != 1) return 0;
            value = static_cast<N::Scalar>(number);
        }
        %(between)s
        for (const auto value : %(call)s) std::fwrite(&(number = value), sizeof number, 1, stdout);
    }
}
""".replace("decltype(auto(%(name)s))", "std::remove_const_t<decltype(%(name)s)>")


def include_folder(given: Optional[Path]) -> Optional[Path]:
    """The folder that has tenon/tenon.hpp: the given one, the package's own, or the repository's. None if the compiler is to
    find it."""
    if given:
        if not (given / "tenon" / "tenon.hpp").is_file():
            raise ImportProblem(f"{given}: there is no tenon/tenon.hpp.")
        return given
    package = Path(__file__).resolve().parent
    for folder in (package / "include", package.parent.parent / "include"):
        if (folder / "tenon" / "tenon.hpp").is_file():
            return folder
    return None


def version(include: Optional[Path]) -> str:
    """The version of the library that the header is for."""
    import re

    text = (include / "tenon" / "version.hpp").read_text() if include else ""
    found = re.search(r'TENON_VERSION "([\d.]+)"', text)
    if found:
        return found[1]
    from importlib.metadata import version as version_of

    return version_of("tenon-import")


def compiler() -> Optional[list[str]]:
    """The C++ compiler that CXX names, or the first that is found."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++", "clang++-19", "clang++-16", "c++"]
    for name in names:
        if shutil.which(name.split()[0]):
            return name.split()
    return None


def _has_header(command: list[str], name: str) -> bool:
    run = subprocess.run([*command, "-E", "-x", "c++", "-"], input=f"#include <{name}>\n", capture_output=True, text=True)
    return run.returncode == 0


class Checker:
    """Why a check is impossible, or its result."""

    def __init__(self, include: Optional[Path]) -> None:
        self.include, self.command = include, compiler()

    def impossible(self, model: Model) -> Optional[str]:
        if model.steps > 1_000_000:
            return f"it reads {model.steps} steps back"
        if self.command is None:
            return "there is no C++ compiler"
        if not _has_header(self.command, "boost/hana/tuple.hpp"):
            return "the compiler does not find Boost.Hana (Debian: libboost-dev)"
        return None

    def outputs(self, header: str, name: str, inputs: np.ndarray, count: int, steps: int = 0) -> np.ndarray:
        """Outputs of the header's net; of a net that runs step by step, for every step of a row."""
        assert self.command is not None
        parts = {"name": "::" + name, "call": f"::{name}(x)", "before": "", "between": ""}
        if steps:
            parts |= {"call": f"::{name}.step(state, x)", "before": "tenon::State<N> state;\n    unsigned long step = 0;",
                      "between": f"if (step++ % {steps} == 0) state.reset();"}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "net.hpp").write_text(header)
            Path(folder, "main.cpp").write_text(_PROGRAM % parts)
            # The fastest to compile, and without xsimd.
            flags = ["-std=c++20", "-O0", "-DTENON_SCALAR", *([f"-I{self.include}"] if self.include else [])]
            program = str(Path(folder, "net"))
            compiled = subprocess.run([*self.command, *flags, str(Path(folder, "main.cpp")), "-o", program], capture_output=True,
                                      text=True)
            if compiled.returncode != 0:
                errors = [line for line in compiled.stderr.splitlines() if "error" in line]
                raise ImportProblem(f"{' '.join(self.command)} does not compile the header: {(errors or ['no message'])[0]}")
            run = subprocess.run([program], input=inputs.astype(np.float64).tobytes(), capture_output=True)
            if run.returncode != 0:
                raise ImportProblem(f"the program with the header ends with {run.returncode}.")
            return np.frombuffer(run.stdout).reshape(inputs.shape[0], max(steps, 1) * count)

    def largest_difference(self, model: Model, header: str, name: str) -> tuple[float, float]:
        """The largest difference between the net's outputs and the original's, and the largest output, of 64 samples, or
        fewer of long sequences."""
        samples = min(64, max(2, 65536 // max(model.steps, 1)))
        inputs = model.samples(samples)
        expected = np.asarray(model.reference(inputs), float).reshape(samples, -1)
        if expected.shape[1] not in (model.outputs, max(model.steps, 1) * model.outputs):
            raise ImportProblem(f"the original gives {expected.shape[1]} values, and the net {model.outputs}.")
        found = model.compared(self.outputs(header, name, inputs, model.outputs, model.steps), expected)
        if not np.isfinite(found).all() or not np.isfinite(expected).all():
            raise ImportProblem("the net or the original gives outputs that are not finite.")
        return float(np.abs(found - expected).max()), float(np.abs(expected).max())
