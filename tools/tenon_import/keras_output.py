"""Writes a net as the .keras file of a Sequential model of Keras 3. Keras itself is not needed."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any, Iterator, Optional, Sequence as Many

import numpy as np

from tenon_import import layers as of
from tenon_import.activations import IDENTITY, Activation, activation
from tenon_import.cells import (GRU, LSTM, RNN, Bidirectional, CausalConv, Cell, FinalStates, GRUResetBefore, LastStep, Sequence,
                                has_state)
from tenon_import.errors import ImportProblem
from tenon_import.layers import Layer

# Keras' names of layers of a class.
_NAMES = {"Activation": "activation", "BatchNormalization": "batch_normalization", "Bidirectional": "bidirectional",
          "Conv1D": "conv1d", "Cropping1D": "cropping1d", "Dense": "dense", "ELU": "elu", "Flatten": "flatten", "GRU": "gru",
          "LSTM": "lstm", "LayerNormalization": "layer_normalization", "LeakyReLU": "leaky_re_lu", "Normalization": "normalization",
          "PReLU": "p_re_lu", "Rescaling": "rescaling", "SimpleRNN": "simple_rnn"}
_ACTIVATIONS = {IDENTITY: "linear", Activation("LogProbabilities"): "linear", Activation("HardSigmoid"): "hard_sigmoid",
                activation("LeakyReluWith", 0.2): "leaky_relu", Activation("LogSoftmax"): "log_softmax"}
_ACTIVATIONS |= {Activation(name): name.lower() for name in
                 ("Relu", "Tanh", "Sigmoid", "Softmax", "Elu", "Selu", "Gelu", "Softplus", "Softsign", "Silu")}
# Keras' class, and PyTorch's gates in Keras' order: i, f, c, o and z, r, h.
_CELLS = {LSTM: ("LSTM", [0, 1, 2, 3]), GRU: ("GRU", [1, 0, 2]), GRUResetBefore: ("GRU", [1, 0, 2]), RNN: ("SimpleRNN", [0])}
_VERSION = "3.0.0"  # of the form of the file


def _leaves(layers: Many[Layer], steps: int, place: str = "") -> Iterator[tuple[str, Layer, int]]:
    """The layers with their numbers and their steps (0: none, -1: any number); those of a Net or a Sequence in place of it.
    A Sequence of what has steps already stays as it is."""
    for i, layer in enumerate(layers, 1):
        if type(layer) is of.Net or (type(layer) is Sequence and steps == 0):
            yield from _leaves(layer.layers, layer.steps if isinstance(layer, Sequence) else steps, f"{place}{i}.")
        else:
            yield f"{place}{i}", layer, steps


def _slope(function: Activation) -> float:
    """The slope of a LeakyRelu for negative numbers."""
    return float(function.constants[0]) if function.constants else 0.01


class _Writer:
    """Collects Keras' layers, and their weights by the path in the file."""

    def __init__(self, number: type):
        self.number = number
        self.layers: list[dict[str, Any]] = []
        self.weights: dict[str, list[np.ndarray]] = {"": []}  # an entry for every object, which Keras 3.5 and older need

    def described(self, kind: str, name: str, config: dict[str, Any]) -> dict[str, Any]:
        return {"module": "keras.layers", "class_name": kind, "registered_name": None,
                "config": {"name": name, "trainable": True, "dtype": np.dtype(self.number).name, **config}}

    def add(self, kind: str, config: dict[str, Any], *weights: Optional[np.ndarray], part: str = "") -> None:
        """A layer, and its weights or those of a part of it. Weights that are None are left out."""
        count = sum(layer["class_name"] == kind for layer in self.layers)
        name = _NAMES[kind] + (f"_{count}" if count else "")
        self.layers.append(self.described(kind, name, config))
        self.set_weights("")
        self.set_weights(part, *weights)

    def set_weights(self, part: str, *weights: Optional[np.ndarray]) -> None:
        """Sets the weights of a part of the last layer."""
        path = f"layers/{self.layers[-1]['config']['name']}{part}"
        self.weights.setdefault(path.removesuffix("/cell"), [])
        self.weights[path] = [w for w in weights if w is not None]

    def activate(self, function: Activation) -> None:
        if function in _ACTIVATIONS:
            if function != IDENTITY:
                self.add("Activation", {"activation": _ACTIVATIONS[function]})
        elif function.name in ("LeakyRelu", "LeakyReluWith") and 0 <= _slope(function) <= 1:  # that Keras computes as tenon does
            self.add("LeakyReLU", {"negative_slope": _slope(function)})
        elif function.name == "EluWith":
            self.add("ELU", {"alpha": float(function.constants[0])})
        else:
            raise ImportProblem(f"the activation {function.text('')}")

    def add_activated(self, kind: str, config: dict[str, Any], function: Activation, *weights: Optional[np.ndarray]) -> None:
        """A layer with an activation, which is a layer of its own behind it if Keras has no name for it."""
        self.add(kind, config | {"activation": _ACTIVATIONS.get(function, "linear")}, *weights)
        if function not in _ACTIVATIONS:
            self.activate(function)


def _cell(cell: Cell) -> tuple[str, dict[str, Any], list[np.ndarray]]:
    kind, order = _CELLS[type(cell)]
    by_gate = lambda values: np.concatenate([np.split(values, cell.gates)[gate] for gate in order])
    bias = by_gate(cell.bias_ih)
    config: dict[str, Any] = {"units": cell.units, "return_sequences": True}
    if isinstance(cell, (GRU, GRUResetBefore)):
        config["reset_after"] = isinstance(cell, GRU)
    if isinstance(cell, GRU):
        bias = np.stack([bias, by_gate(cell.bias_hh)])
    if isinstance(cell, RNN):
        if cell.activation not in _ACTIVATIONS:
            raise ImportProblem(f"the activation {cell.activation.text('')} of its units")
        config["activation"] = _ACTIVATIONS[cell.activation]
    return kind, config, [by_gate(cell.weight_ih).T, by_gate(cell.weight_hh).T, bias]


def _add(to: _Writer, layer: Layer, steps: int) -> None:
    """One layer; raises ImportProblem with what Keras' Sequential model has not, or what is not written."""
    is_vector = len(layer.input_shape) == 1
    if steps and not is_vector:  # Keras' would take the steps of the whole sequence
        raise ImportProblem("a layer whose steps have several dimensions")
    if isinstance(layer, of.Dense):
        to.add_activated("Dense", {"units": layer.output_shape[0], "use_bias": layer.bias is not None}, layer.activation,
                         layer.weight.T, layer.bias)
    elif isinstance(layer, of.Activate) and is_vector:
        to.activate(layer.activation)
    elif isinstance(layer, of.BatchNorm) and is_vector:
        is_affine = layer.weight is not None
        to.add("BatchNormalization", {"momentum": 1 - float(layer.momentum), "epsilon": float(layer.epsilon), "center": is_affine,
                                      "scale": is_affine}, layer.weight, layer.bias, layer.running_mean, layer.running_var)
    elif isinstance(layer, of.LayerNorm) and is_vector:
        is_affine = layer.weight is not None
        to.add("LayerNormalization", {"epsilon": float(layer.epsilon), "center": is_affine, "scale": is_affine}, layer.weight,
               layer.bias)
    elif isinstance(layer, of.PRelu) and is_vector:
        to.add("PReLU", {"shared_axes": [1] if steps else None}, layer.weight[None] if steps else layer.weight)
    elif isinstance(layer, of.Scale) and is_vector:
        if ((layer.deviation > 1e-6) & (layer.deviation < 1e18)).all():
            to.add("Normalization", {"mean": layer.mean.tolist(), "variance": (layer.deviation**2).tolist()})
        else:  # Keras divides by 1e-7 at least, and float has no larger squares
            to.add("Rescaling", {"scale": (1 / layer.deviation).tolist(), "offset": (-layer.mean / layer.deviation).tolist()})
    elif type(layer) in _CELLS:
        kind, config, weights = _cell(layer)
        to.add(kind, config, *weights, part="/cell")
    elif isinstance(layer, CausalConv):
        to.add_activated("Conv1D", {"filters": layer.output_shape[0], "kernel_size": [layer.kernel], "padding": "causal",
                                    "groups": layer.groups, "dilation_rate": [layer.dilation], "use_bias": layer.bias is not None},
                         layer.activation, layer.weight.transpose(2, 1, 0), layer.bias)
    elif isinstance(layer, Bidirectional):
        kind, config, weights = _cell(layer.forward)
        part = lambda way, back: to.described(kind, f"{way}_{_NAMES[kind]}", config | {"go_backwards": back})
        to.add("Bidirectional", {"merge_mode": "concat", "layer": part("forward", False), "backward_layer": part("backward", True)},
               *weights, part="/forward_layer/cell")
        to.set_weights("/backward_layer/cell", *_cell(layer.backward)[2])
    elif isinstance(layer, LastStep) and len(layer.input_shape) == 2:
        if to.layers and to.layers[-1]["class_name"] in ("LSTM", "GRU", "SimpleRNN"):
            to.layers[-1]["config"]["return_sequences"] = False
        else:
            to.add("Cropping1D", {"cropping": [layer.input_shape[0] - 1, 0]})
            to.add("Flatten", {})
    elif isinstance(layer, FinalStates) and to.layers and to.layers[-1]["class_name"] == "Bidirectional":
        for part in ("layer", "backward_layer"):
            to.layers[-1]["config"][part]["config"]["return_sequences"] = False
    elif isinstance(layer, of.Flatten) and len(layer.shape) == 2:
        to.add("Flatten", {})
    elif not isinstance(layer, of.Dropout) and not (isinstance(layer, of.Flatten) and is_vector):
        raise ImportProblem("such a layer")


def keras_bytes(layers: Many[Layer], is_double: bool) -> bytes:
    """The .keras file. A net that runs step by step becomes a model of sequences of any number of steps."""
    try:
        import h5py
    except ModuleNotFoundError:
        raise ImportProblem("writing a .keras file needs the Python package h5py") from None

    to = _Writer(np.float64 if is_double else np.float32)
    is_stream = any(map(has_state, layers))
    shape = [None, *layers[0].input_shape] if is_stream else list(layers[0].input_shape)
    for place, layer, steps in _leaves(layers, -1 if is_stream else 0):
        try:
            _add(to, layer, steps)
        except ImportProblem as problem:
            raise ImportProblem(f"layer {place}, {layer.text('')}: {problem} is not written to .keras files") from None
    if not to.layers:  # a model of an InputLayer alone cannot be called
        to.add("Activation", {"activation": "linear"})
    first = {"module": "keras.layers", "class_name": "InputLayer", "registered_name": None,
             "config": {"batch_shape": [None, *shape], "dtype": np.dtype(to.number).name, "name": "input_layer"}}
    config = {"module": "keras", "class_name": "Sequential", "registered_name": None,
              "config": {"name": "sequential", "trainable": True, "dtype": np.dtype(to.number).name, "layers": [first, *to.layers]}}
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        for path, arrays in to.weights.items():
            group = file.create_group(path + "/vars")
            for i, values in enumerate(arrays):
                group.create_dataset(str(i), data=np.ascontiguousarray(values, to.number))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        parts = {"metadata.json": json.dumps({"keras_version": _VERSION, "date_saved": "1980-01-01@00:00:00"}),
                 "config.json": json.dumps(config), "model.weights.h5": weights.getvalue()}
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()
