"""Reads RTNeural's JSON: the list of layers, and PyTorch's state_dict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from tenon_import import fold, graph
from tenon_import.activations import IDENTITY, Activation
from tenon_import.cells import GRU, LSTM, CausalConv, CausalConv2D
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, refuse_options_of_weights
from tenon_import.formats.state_dict import layers_of_tensors
from tenon_import.graph import Node, Value
from tenon_import.images import same_pads
from tenon_import.layers import Layer
from tenon_import.model import Model, of_file

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
    arrays = [_array(layer, i, x.shape[-1:]) for i in range(len(layer["weights"]))]
    if len(arrays) not in (2, 4):
        raise ImportProblem(f"it has {len(arrays)} arrays of weights, not 2 or 4")
    gamma, beta = arrays[:2] if len(arrays) == 4 else (None, None)
    return graph.batch_norm(x, gamma, beta, arrays[-2], arrays[-1], float(layer["epsilon"]), options.fold, len(x.shape) - 1)


def _row(layer: dict[str, Any], x: Value, options: Options) -> Value:
    """BatchNorm has an element of its arrays for each value of a row, also of one that was frames."""
    return _batch_norm(layer, x.reshaped((x.size,)), options).reshaped(x.shape)


def _prelu(layer: dict[str, Any], x: Value, options: Options) -> Value:
    """A factor for each value, or one for all."""
    found = _array(layer, 0, (1, -1))
    if found.size not in (1, x.size):
        raise ImportProblem(f"it has {found.size} factors for {x.size} values")
    return graph.prelu(x, np.broadcast_to(found, (1, x.size)).reshape(x.shape))


def _number(layer: dict[str, Any], name: str, default: Optional[int] = None) -> int:
    """A setting that is a number, or an array that ends in it."""
    found = layer.get(name, default)
    found = found[-1] if isinstance(found, list) and found else found
    if not isinstance(found, (int, float)) or isinstance(found, bool) or found != int(found) or found < 1:
        raise ImportProblem(f"its {name} is {found!r}, and a number from 1 up is needed")
    return int(found)


def _inputs(x: Value, weight: np.ndarray) -> tuple[Node, np.ndarray]:
    """A node, and a weight [rows, inputs, ...] for its outputs, which may be in another order."""
    if not (x.is_unscaled and x.is_permutation):
        return x.settled(), weight
    ordered = np.empty_like(weight)
    ordered[:, x.source.ravel()] = weight
    return x.node, ordered


def _cell(layer: dict[str, Any], x: Value, options: Options) -> Value:
    """LSTM, whose gates i, f, c, o are PyTorch's; GRU, whose gates are z, r, h, PyTorch's r, z, n."""
    kind, gates = (LSTM, 4) if layer["type"] == "lstm" else (GRU, 3)
    if layer.get("activation", "tanh") not in ("", "tanh"):
        raise ImportProblem(f'the activation "{layer["activation"]}", and RTNeural\'s is tanh')
    units = layer["shape"][-1]
    row = gates * units
    in_order = lambda a: a if gates == 4 else np.concatenate([np.split(a, 3)[gate] for gate in (1, 0, 2)])
    node, weight = _inputs(x, in_order(_array(layer, 0, (x.size, row)).T))
    recurrent = in_order(_array(layer, 1, (units, row)).T)
    biases = [_array(layer, 2, (row,))] if gates == 4 else list(_array(layer, 2, (2, row)))
    return Value.of(node.then(kind(weight, recurrent, *map(in_order, biases))), (units,))


def _conv1d(layer: dict[str, Any], x: Value, options: Options) -> Value:
    """A kernel [K, in / groups, out] over the last K steps, `dilation` apart."""
    groups, out = _number(layer, "groups", 1), layer["shape"][-1]
    if x.size % groups or out % groups:
        raise ImportProblem(f"{groups} groups of {x.size} inputs and {out} outputs")
    weight = _array(layer, 0, (_number(layer, "kernel_size"), x.size // groups, out)).transpose(2, 1, 0)
    node, weight = _inputs(x, weight) if groups == 1 else (x.settled(), weight)
    made = CausalConv(weight, _array(layer, 1, (out,)), IDENTITY, _number(layer, "dilation", 1), groups)
    return graph.activate(Value.of(node.then(made), (out,)), _activation(layer))


def _conv2d(layer: dict[str, Any], x: Value, options: Options) -> Value:
    """A kernel [K, kernel over features, in, out] over the last K frames [features, channels]."""
    features, channels, out = (_number(layer, name) for name in ("num_features_in", "num_filters_in", "num_filters_out"))
    kernel = (_number(layer, "kernel_size_time"), _number(layer, "kernel_size_feature"))
    stride, dilation = (1, _number(layer, "strides")), (_number(layer, "dilation"), 1)
    if x.size != features * channels:
        raise ImportProblem(f"frames of {features} x {channels} values, and there are {x.size}")
    if layer.get("padding") not in ("valid", "same"):
        raise ImportProblem(f'the padding {layer.get("padding")!r}, and RTNeural has "valid" and "same"')
    pads = ((0, 0), *same_pads((features,), kernel[1:], stride[1:])) if layer["padding"] == "same" else ()
    weight, bias = _array(layer, 0, (*kernel, channels, out)).transpose(3, 2, 0, 1), _array(layer, 1, (out,))
    frame = x.reshaped((features, channels)).map(np.transpose)
    made = graph.image(frame, lambda shape: CausalConv2D(shape, weight, bias, IDENTITY, stride, pads, dilation))
    if list(layer["shape"][-2:]) != [made.shape[1], out]:
        raise ImportProblem(f'its shape ends in {layer["shape"][-2:]}, and its outputs are {[made.shape[1], out]}')
    return graph.activate(made.map(np.transpose), _activation(layer))


ENTRIES: dict[str, Callable[[dict[str, Any], Value, Options], Value]] = {
    "dense": _dense,
    "time-distributed-dense": _dense,
    "activation": lambda layer, x, options: graph.activate(x, _activation(layer)),
    "batchnorm": _row,
    "batchnorm2d": _batch_norm,
    "prelu": _prelu,
    "lstm": _cell,
    "gru": _cell,
    "conv1d": _conv1d,
    "conv2d": _conv2d,
}


def _root(shape: list[Any]) -> Value:
    """The input of a step: a row, or a frame [features, channels], which is [channels, features] in tenon."""
    if len(shape) == 4:
        features, channels = map(int, shape[2:])
        return graph.channels_first(Node(features * channels), (features, channels))
    return Value.of(Node(int(shape[-1])), (int(shape[-1]),))


def _express(model: dict[str, Any], options: Options) -> list[Layer]:
    value = _root(model["in_shape"])
    root = value.node
    for i, layer in enumerate(model["layers"], 1):
        kind = layer.get("type")
        place = f"layer {i}, {kind}"
        if kind not in ENTRIES:
            raise ImportProblem(f"{place}: a layer that RTNeural does not have")
        try:
            value = ENTRIES[kind](layer, value, options)
        except ImportProblem as problem:
            raise ImportProblem(f"{place}: {problem}") from None
    # What it gives is in tenon's order, as what it takes.
    return fold.joined(graph.layers_of(value if not value.is_permutation else value.in_node_order(), root))


def read(path: Path, options: Options) -> Model:
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(model, dict):
            raise ImportProblem("it is no object with layers or tensors")
        if "layers" in model:
            refuse_options_of_weights("it has layers", options)
            layers, original = _express(model, options), _express(model, Options(fold=False))
        else:
            tensors = model.get("state_dict", model)
            arrays = {name: np.array(values, float) for name, values in tensors.items()}
            layers = original = layers_of_tensors(arrays, options)
    except RecursionError:
        raise ImportProblem("its values are nested too deep") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, UnicodeDecodeError) as error:
        raise ImportProblem(f"it is no model in RTNeural's JSON ({error})") from None
    return of_file(layers, original, "RTNeural's formulas in NumPy")
