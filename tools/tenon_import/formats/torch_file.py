"""Reads PyTorch's .pt: a saved Sequential or state_dict without PyTorch, and TorchScript with it.

A saved module is a pickle. It is read by a pickle machine that knows tensors and makes stand-ins for the modules of torch.nn;
nothing in the file is run.
"""

from __future__ import annotations

import math
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from tenon_import import fold, graph
from tenon_import.activations import Activation, activation
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, refuse_options_of_weights, torch_images
from tenon_import.formats.state_dict import layers_of_tensors
from tenon_import.graph import Node, Value
from tenon_import.layers import Layer, Net, Shape
from tenon_import.model import Model, of_file

CELLS = ("LSTM", "GRU", "RNN")
_types = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4",
          "BFloat16Storage": "bfloat16", "ByteStorage": "<u1", "BoolStorage": "?", "ShortStorage": "<i2", "CharStorage": "<i1"}


class Module:
    """A stand-in for a module of PyTorch."""

    kind = ""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def setting(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)

    def array(self, name: str) -> Optional[np.ndarray]:
        for group in ("_parameters", "_buffers"):
            found = self.__dict__.get(group, {}).get(name)
            if found is not None:
                return np.asarray(found).astype(float)
        return None

    def children(self) -> dict[str, Module]:
        return self.__dict__.get("_modules", {})


def _tensor(storage: np.ndarray, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> np.ndarray:
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides))
    if min([offset, *shape, *strides, 0]) < 0 or (0 not in shape and last >= storage.size):
        raise ImportProblem("a tensor lies outside of its storage")
    view = np.lib.stride_tricks.as_strided(storage[offset:], shape, [stride * storage.itemsize for stride in strides])
    return view.copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(archive.open(folder + "data.pkl"))
        self.archive, self.folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor_v2", "_rebuild_tensor"):
            return _tensor
        if module == "torch._utils" and name.startswith("_rebuild_parameter"):
            return lambda data, *_: data
        if module == "torch" and name in _types:
            return _types[name]
        if (module, name) in (("builtins", "set"), ("__builtin__", "set")):
            return set
        if module.startswith("torch.nn.modules."):
            return type(name, (Module,), {"kind": name})
        raise ImportProblem(f"it contains a {module}.{name}: tenon-import reads a state_dict, and a Sequential of the modules of "
                            "torch.nn; export others as ONNX")

    def persistent_load(self, saved: Any) -> np.ndarray:
        _, kind, key, _, _ = saved
        data = self.archive.read(f"{self.folder}data/{key}")
        if kind == "bfloat16":
            return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
        return np.frombuffer(data, kind)


def _function(name: str, **constants: tuple[str, float]) -> Callable[[Module, Value], Value]:
    def express(module: Module, x: Value) -> Value:
        return graph.activate(x, activation(name, *(float(module.setting(*c)) for c in constants.values())))

    return express


def _linear(module: Module, x: Value) -> Value:
    weight = module.array("weight")
    if x.shape[-1] != x.size or weight.shape[1] != x.size:
        raise ImportProblem(f"a weight of shape {list(weight.shape)} for an input of shape {list(x.shape)}")
    return graph.dense(x, weight, module.array("bias"))


def _batch_norm(module: Module, x: Value) -> Value:
    mean, variance = module.array("running_mean"), module.array("running_var")
    if mean is None:
        raise ImportProblem("it has no running statistics")
    return graph.batch_norm(x, module.array("weight"), module.array("bias"), mean, variance, module.setting("eps", 1e-5), module.fold)


def _layer_norm(module: Module, x: Value) -> Value:
    weight, bias = module.array("weight"), module.array("bias")
    if math.prod(module.setting("normalized_shape") or x.shape) != x.size:
        raise ImportProblem(f"it is over {list(module.setting('normalized_shape'))} of {list(x.shape)}, and tenon's is over all values")
    return graph.layer_norm(x, None if weight is None else weight.ravel(), None if bias is None else bias.ravel(),
                            module.setting("eps", 1e-5))


def _softmax(name: str) -> Callable[[Module, Value], Value]:
    def express(module: Module, x: Value) -> Value:
        if module.setting("dim") not in (None, -1, 1):
            raise ImportProblem(f"its dim is {module.setting('dim')}")
        if len(x.shape) != 1:
            raise ImportProblem(f"it is over one of the axes {list(x.shape)}, and tenon's is over all values")
        return graph.activate(x, Activation(name))

    return express


def _gelu(module: Module, x: Value) -> Value:
    return graph.activate(x, Activation("GeluTanh" if module.setting("approximate", "none") == "tanh" else "Gelu"))


def _prelu(module: Module, x: Value) -> Value:
    """A factor for each channel, or one for all."""
    return graph.prelu(x, module.array("weight").reshape(-1, *(1 for _ in x.shape[1:])))


def _unchanged(module: Module, x: Value) -> Value:
    return x


# PyTorch's Softplus is z itself for beta z > threshold, where the difference is below 2e-9 with the usual threshold.
ENTRIES: dict[str, Callable[[Module, Value], Value]] = {
    "Linear": _linear,
    "ReLU": _function("Relu"),
    "LeakyReLU": _function("LeakyReluWith", slope=("negative_slope", 0.01)),
    "ELU": _function("EluWith", alpha=("alpha", 1.0)),
    "SELU": _function("Selu"),
    "GELU": _gelu,
    "SiLU": _function("Silu"),
    "Sigmoid": _function("Sigmoid"),
    "Tanh": _function("Tanh"),
    "Softplus": _function("SoftplusWith", beta=("beta", 1.0)),
    "Softsign": _function("Softsign"),
    "Hardsigmoid": _function("HardSigmoid"),
    "ReLU6": lambda module, x: graph.clip(x, 0.0, 6.0),
    "Hardtanh": lambda module, x: graph.clip(x, float(module.setting("min_val", -1)), float(module.setting("max_val", 1))),
    "Softmax": _softmax("Softmax"),
    "LogSoftmax": _softmax("LogSoftmax"),
    "PReLU": _prelu,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Flatten": torch_images.flatten,
    "Unflatten": torch_images.unflatten,
    **torch_images.ENTRIES,
    **{name: _unchanged for name in ("Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout", "Identity")},
}


def _leaves(module: Module, prefix: str = "") -> list[tuple[str, Module]]:
    """The modules of nested Sequentials, in a row, with their names."""
    if module.kind != "Sequential":
        return [(prefix.rstrip("."), module)]
    return [leaf for name, child in module.children().items() for leaf in _leaves(child, f"{prefix}{name}.")]


def _input_shape(leaves: list[tuple[str, Module]], options: Options) -> Shape:
    if options.input_shape:
        return options.input_shape
    for name, module in leaves:
        if module.kind in torch_images.ENTRIES or module.kind == "BatchNorm2d":
            raise ImportProblem(f'module "{name}", {module.kind}: the size of its images is not in the file: give the shape of the '
                                "inputs, as in --input-shape 1x28x28")
        weight = module.array("weight")
        mean = module.array("running_mean")
        if weight is not None and module.kind == "LayerNorm":
            return (weight.size,)
        if weight is not None or mean is not None:
            return (mean if weight is None else weight).shape[-1:]
    raise ImportProblem("it has no module with weights, from which the number of inputs would follow")


def _express(leaves: list[tuple[str, Module]], options: Options) -> list[Layer]:
    shape = _input_shape(leaves, options)
    root = Node(math.prod(shape))
    value = Value.of(root, shape)
    for name, module in leaves:
        place = f'module "{name}", {module.kind}'
        entry = ENTRIES.get(module.kind)
        if entry is None:
            if module.kind in CELLS:
                raise ImportProblem(f"{place}: it gives a pair, which no Sequential takes: export the model as ONNX, or save its "
                                    "state_dict")
            raise ImportProblem(f"{place}: a module that tenon cannot express")
        module.fold = options.fold
        try:
            value = entry(module, value)
        except ImportProblem as problem:
            raise ImportProblem(f"{place}: {problem}") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise ImportProblem(f"{place}: its settings and weights do not fit ({error})") from None
    return fold.joined(graph.layers_of(value, root))


def _with_torch(path: Path, shape: Optional[Shape]) -> tuple[Any, Optional[Callable[[np.ndarray], np.ndarray]]]:
    """A TorchScript module as stand-ins, and its outputs by PyTorch; or the state_dict of a version before 1.6."""
    try:
        import torch
    except ModuleNotFoundError:
        raise ImportProblem("it is TorchScript, or of a version before 1.6: reading it needs the Python package torch") from None
    try:
        script = torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError:
        try:
            saved = torch.load(str(path), map_location="cpu", weights_only=True)
        except Exception as error:  # of PyTorch, pickle and the system
            raise ImportProblem(f"PyTorch reads neither TorchScript nor a state_dict ({str(error).splitlines()[0]})") from None
        as_array = lambda v: v.detach().float().numpy() if v.dtype == torch.bfloat16 else v.detach().numpy()
        return {name: as_array(v) if isinstance(v, torch.Tensor) else v for name, v in dict(saved).items()}, None

    def stand_in(module: Any) -> Module:
        made = type(module.original_name, (Module,), {"kind": module.original_name})()
        names = ("negative_slope", "alpha", "beta", "eps", "dim", "approximate", "min_val", "max_val", *torch_images.SETTINGS)
        made.__dict__.update({n: getattr(module, n) for n in names if hasattr(module, n)})
        made._parameters = {n: p.detach().numpy() for n, p in module.named_parameters(recurse=False)}
        made._buffers = {n: b.numpy() for n, b in module.named_buffers(recurse=False)}
        made._modules = {n: stand_in(child) for n, child in module.named_children()}
        return made

    dtype = next(script.parameters()).dtype
    as_samples = lambda x: torch.as_tensor(x).to(dtype).reshape(len(x), *(shape or x.shape[1:]))
    return stand_in(script), lambda x: script(as_samples(x)).detach().numpy()


def _of_zip(path: Path) -> Any:
    """Content of the pickle in a zip file; None for other files, and for TorchScript."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        pickles = [name for name in names if name.endswith("/data.pkl")]
        if len(pickles) != 1 or any(name.endswith("/constants.pkl") for name in names):
            return None
        try:
            return _Unpickler(archive, pickles[0][: -len("data.pkl")]).load()
        except (pickle.UnpicklingError, EOFError, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError) as error:
            raise ImportProblem(f"it is no file that PyTorch has saved ({error})") from None


def read(path: Path, options: Options) -> Model:
    saved, reference, runner = _of_zip(path), None, "PyTorch's formulas in NumPy"
    if saved is None:
        saved, reference = _with_torch(path, options.input_shape)
        runner = runner if reference is None else "PyTorch"
    if isinstance(saved, dict) and isinstance(saved.get("state_dict"), dict):
        saved = saved["state_dict"]
    if isinstance(saved, Module):
        refuse_options_of_weights("it has a module", options)
        leaves = _leaves(saved)
        layers = _express(leaves, options)
        if reference is None:
            unfolded = Net(_express(leaves, replace(options, fold=False)))
            reference = unfolded.evaluate
        weights = [m.__dict__.get("_parameters", {}).get("weight") for _, m in leaves]
        is_double = any(w is not None and np.asarray(w).dtype == np.float64 for w in weights)
    elif isinstance(saved, dict) and all(isinstance(v, np.ndarray) for v in saved.values()):
        layers = layers_of_tensors(saved, options)
        return of_file(layers, layers, runner, any(v.dtype == np.float64 for v in saved.values()))
    else:
        raise ImportProblem("it holds neither a module nor a state_dict")
    return Model(layers, reference, runner, is_double)


__all__ = ["ENTRIES", "read"]
