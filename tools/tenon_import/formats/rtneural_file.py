"""Reads RTNeural's JSON: the list of layers, and PyTorch's state_dict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import numpy as np

from tenon_import import fold, graph
from tenon_import.activations import Activation
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.formats.state_dict import layers_of_tensors
from tenon_import.graph import Node, Value
from tenon_import.layers import Net
from tenon_import.model import Model

LATER = ("lstm", "gru", "conv1d", "conv2d", "batchnorm2d")
_activations = {"": Activation("Identity"), "tanh": Activation("Tanh"), "relu": Activation("Relu"), "sigmoid": Activation("Sigmoid"),
                "softmax": Activation("Softmax"), "elu": Activation("Elu")}


def _array(layer: dict[str, Any], i: int, shape: tuple[int, ...]) -> np.ndarray:
    """Array i of the weights, of this shape; -1 is any size."""
    try:
        found = np.array(layer["weights"][i], float)
    except (IndexError, TypeError, ValueError, KeyError):
        raise ImportProblem(f"there is no array {i + 1} of numbers among its weights") from None
    if found.ndim != len(shape) or any(want not in (-1, size) for want, size in zip(shape, found.shape)):
        raise ImportProblem(f"array {i + 1} of its weights has the shape {list(found.shape)}, not {list(shape)}")
    return found


def _activation(layer: dict[str, Any]) -> Activation:
    name = layer.get("activation", "")
    if name not in _activations:
        raise ImportProblem(f'the activation "{name}", which RTNeural does not have')
    return _activations[name]


def _dense(layer: dict[str, Any], x: Value, options: Options) -> Value:
    out = layer["shape"][-1]
    bias = _array(layer, 1, (out,)) if len(layer["weights"]) > 1 else None
    return graph.activate(graph.dense(x, _array(layer, 0, (x.size, out)).T, bias), _activation(layer))


def _batch_norm(layer: dict[str, Any], x: Value, options: Options) -> Value:
    arrays = [_array(layer, i, (x.size,)) for i in range(len(layer["weights"]))]
    if len(arrays) not in (2, 4):
        raise ImportProblem(f"it has {len(arrays)} arrays of weights, not 2 or 4")
    gamma, beta = arrays[:2] if len(arrays) == 4 else (None, None)
    return graph.batch_norm(x, gamma, beta, arrays[-2], arrays[-1], float(layer["epsilon"]), options.fold)


ENTRIES: dict[str, Callable[[dict[str, Any], Value, Options], Value]] = {
    "dense": _dense,
    "time-distributed-dense": _dense,
    "activation": lambda layer, x, options: graph.activate(x, _activation(layer)),
    "batchnorm": _batch_norm,
    "prelu": lambda layer, x, options: graph.prelu(x, _array(layer, 0, (1, x.size))[0]),
}


def _express(model: dict[str, Any], options: Options) -> Net:
    root = Node(int(model["in_shape"][-1]))
    value = Value.of(root, (root.size,))
    for i, layer in enumerate(model["layers"], 1):
        kind = layer.get("type")
        place = f"layer {i}, {kind}"
        if kind not in ENTRIES:
            later = "that tenon does not have yet" if kind in LATER else "that RTNeural does not have"
            raise ImportProblem(f"{place}: a layer {later}")
        try:
            value = ENTRIES[kind](layer, value, options)
        except ImportProblem as problem:
            raise ImportProblem(f"{place}: {problem}") from None
    return Net(fold.joined(graph.layers_of(value, root)))


def read(path: Path, options: Options) -> Model:
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(model, dict):
            raise ImportProblem("it is no object with layers or tensors")
        if "layers" in model:
            net = _express(model, options)
            reference = _express(model, Options(fold=False))
        else:
            tensors = model.get("state_dict", model)
            arrays = {name: np.array(values, float) for name, values in tensors.items()}
            net = reference = Net(layers_of_tensors(arrays, options))
    except RecursionError:
        raise ImportProblem("its values are nested too deep") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, UnicodeDecodeError) as error:
        raise ImportProblem(f"it is no model in RTNeural's JSON ({error})") from None
    return Model(list(net.layers), reference.evaluate, "RTNeural's formulas in NumPy")
