"""Readers, by the ending of a file's name. Each has read(path, options) and returns a Model."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from tenon_import.errors import ImportProblem
from tenon_import.model import Model

_modules = {
    ".onnx": "onnx_file",
    ".keras": "keras_file",
    ".h5": "keras_file",
    ".hdf5": "keras_file",
    ".pt": "torch_file",
    ".pth": "torch_file",
    ".safetensors": "safetensors_file",
    ".json": "rtneural_file",
    ".nnet": "nnet_file",
    ".nam": "nam_file",
}


@dataclass
class Options:
    fold: bool = True
    activations: Optional[list[str]] = None  # of the Dense and RNN layers, where the file has none
    steps: Optional[int] = None  # of the sequences, where the file leaves them open
    last_step: bool = False  # what is behind the cells takes the last step alone, where the file has weights alone
    input_shape: Optional[tuple[int, ...]] = None  # of a sample, where the file has none
    net: Optional[str] = None  # the C++ type, where the file has weights alone
    modules: Optional[list[str]] = None  # the names of the modules in the order of the net, where the file has weights alone
    stream: bool = False  # a net that runs step by step, although the file has a number of steps


def refuse_options_of_weights(found: str, options: Options, end: str = "") -> None:
    """Raises ImportProblem if there are options that say what files with weights alone do not."""
    for name in ("net", "modules"):
        if getattr(options, name):
            raise ImportProblem(f"{found}, and --{name} is for files that have weights alone{end}")


def read(path: Path, options: Options) -> Model:
    """Reads a model. Raises ImportProblem, whose message begins with the file's name."""
    name = _modules.get(path.suffix.lower())
    if name is None:
        raise ImportProblem(f"{path}: tenon-import reads files that end in {', '.join(_modules)}.")
    if not path.is_file():
        raise ImportProblem(f"{path}: there is no such file.")
    if name not in ("torch_file", "safetensors_file", "rtneural_file"):
        refuse_options_of_weights(f"{path}: it has a model", options, ".")
    if options.input_shape and name != "torch_file":
        raise ImportProblem(f"{path}: --input-shape is for PyTorch's modules (.pt), whose files have no shape of the inputs.")
    try:
        return importlib.import_module(f"tenon_import.formats.{name}").read(path, options)
    except ImportProblem as problem:
        sentence = " ".join(str(problem).split())  # a damaged name may contain line breaks
        raise ImportProblem(f"{path}: {sentence.rstrip('.')}.") from None
    except ModuleNotFoundError as missing:
        raise ImportProblem(f"{path}: reading it needs the Python package {missing.name}.") from None
    except Exception as error:  # whatever packages raise of damaged files
        reason = " ".join(str(error).split())[:200] or "no reason given"
        raise ImportProblem(f"{path}: it is damaged, or in a form that tenon-import does not read ({reason}).") from None
