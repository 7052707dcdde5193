"""The command tenon-import."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Optional, Sequence

import numpy as np

from tenon_import import check, formats
from tenon_import.errors import ImportProblem
from tenon_import.header import check_name, default_name, header, type_text
from tenon_import.summary import summary

# Outputs of float and of double nets differ by rounding alone: more is a mistake.
TOLERANCE = {False: 1e-4, True: 1e-6}


def arguments(given: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tenon-import",
        description="Converts a trained network to a C++ header that needs tenon alone, to safetensors or to Keras, compiles the "
        "header, and compares its outputs with the original's.")
    parser.add_argument("model", type=Path, help="model.onnx, .keras, .h5, .pt, .safetensors, .json (RTNeural), .nam (Neural Amp "
                        "Modeler) or .nnet (ACAS Xu)")
    parser.add_argument("--name", help="name of the constant, such as a::b::my_net (default: the file's name)")
    parser.add_argument("-o", "--output", type=Path, help="OUT.hpp, OUT.safetensors or OUT.keras (default: NAME.hpp)")
    parser.add_argument("--double", action="store_true", help="a net of doubles")
    parser.add_argument("--summary", action="store_true", help="print the table of layers; without -o, write no file")
    parser.add_argument("--no-fold", action="store_true", help="keep BatchNorm as a layer where it could go into a Dense")
    parser.add_argument("--no-check", action="store_true", help="do not compile the header and compare its outputs")
    parser.add_argument("--include", type=Path, metavar="DIR", help="the folder with tenon/tenon.hpp (default: the package's own)")
    parser.add_argument("--activations", metavar="A,B,...",
                        help="the activations of the Dense and RNN layers, for files with weights alone: Relu,Relu,Identity")
    parser.add_argument("--net", metavar="TYPE", help='the net of files with weights alone: "Net<Conv2D<Shape<1, 28, 28>, 6, '
                        'Kernel<5, 5>, Relu>, ...>"')
    parser.add_argument("--modules", metavar="A,B,...",
                        help="the modules of files with weights alone, in the order of the net: conv1,conv2,fc")
    parser.add_argument("--input-shape", metavar="CxHxW", help="the shape of an input of PyTorch's modules: 1x28x28")
    parser.add_argument("--steps", type=int, metavar="N", help="sequences of N steps, where the file leaves their number open")
    parser.add_argument("--last-step", action="store_true",
                        help="the layers behind the cells take the last step alone, for files with weights alone")
    parser.add_argument("--stream", action="store_true", help="a net that runs step by step, where the file has a number of steps")
    return parser.parse_args(given)


def write(path: Path, data: bytes) -> None:
    """Replaces a file as a whole, or leaves it as it was."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tenon-", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise ImportProblem(f"{path}: it cannot be written ({error.strerror}).") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _shape(text: str) -> tuple[int, ...]:
    sizes = [int(size) if size.isdecimal() else 0 for size in text.split("x")]
    if not all(sizes) or len(sizes) > 3:
        raise ImportProblem(f"--input-shape {text}: it is the channels, rows and columns of an image, as in 1x28x28.")
    return tuple(sizes)


def run(options: argparse.Namespace) -> None:
    name = options.name or default_name(options.model.stem)
    check_name(name)
    output = options.output or Path(f"{name.rpartition('::')[2]}.hpp")
    if output.suffix not in (".hpp", ".h", ".hh", ".hxx", ".safetensors", ".keras"):
        raise ImportProblem(f"{output}: the output is a header (.hpp), .safetensors or .keras.")
    if options.steps is not None and (options.steps < 1 or options.stream):
        raise ImportProblem("--steps takes a number from 1 up, and not --stream, which has no number of steps.")
    if options.net and (options.activations or options.input_shape or options.steps or options.last_step):
        raise ImportProblem("--net is the whole net: --activations, --input-shape, --steps and --last-step say nothing more.")
    activations = options.activations.split(",") if options.activations else None
    shape = _shape(options.input_shape) if options.input_shape else None
    include = check.include_folder(options.include)
    version = check.version(include)
    model = formats.read(options.model, formats.Options(not options.no_fold, activations, options.steps, options.last_step, shape,
                                                        options.net, options.modules and options.modules.split(","), options.stream))
    is_double = options.double or model.is_double
    try:
        text = header(model.layers, name, is_double, version)
    except ImportProblem as problem:
        raise ImportProblem(f"{options.model}: {problem}") from None
    if options.summary:
        print(summary(model.layers, 8 if is_double else 4), end="")
    print(type_text(model.layers, is_double, ""))
    if not options.no_check:
        compare(check.Checker(include), options.model, model, text, name, is_double)
    if options.summary and not options.output:
        return
    if output.suffix == ".safetensors":
        from tenon_import.tensors import safetensors_bytes

        write(output, safetensors_bytes(model.layers, is_double, version))
    elif output.suffix == ".keras":
        from tenon_import.keras_output import keras_bytes

        try:
            data = keras_bytes(model.layers, is_double)
        except ImportProblem as problem:
            raise ImportProblem(f"{options.model}: {problem}.") from None
        write(output, data)
    else:
        write(output, text.encode())
    print(f"written: {output}")


def compare(checker: check.Checker, path: Path, model: formats.Model, text: str, name: str, is_double: bool) -> None:
    reason = checker.impossible(model)
    if reason:
        print(f"not compared with the original: {reason}", file=sys.stderr)
        return
    try:
        difference, largest = checker.largest_difference(model, text, name)
    except ImportProblem as problem:
        raise ImportProblem(f"{path}: {problem}") from None
    print(f"largest difference from {model.reference_name}: {difference:.3g} (outputs up to {largest:.3g})")
    if difference > TOLERANCE[is_double] * max(1.0, largest):
        raise ImportProblem(f"{path}: the net differs from the original by {difference:.3g}; nothing is written.")


def main(given: Optional[Sequence[str]] = None) -> int:
    np.seterr(all="ignore")
    try:
        run(arguments(given))
    except ImportProblem as problem:
        print(f"tenon-import: {problem}", file=sys.stderr)
        return 1
    return 0
