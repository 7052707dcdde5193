"""Keras' layers over time. A sample is [steps, values]; weights are kernel [in, gates], recurrent kernel [units, gates] and bias."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from tenon_import import steps
from tenon_import.activations import Activation
from tenon_import.cells import GRU, LSTM, RNN, Cell, GRUResetBefore
from tenon_import.errors import ImportProblem
from tenon_import.graph import Value, dense
from tenon_import.steps import causal_conv

CELLS = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}  # and their gates
_ORDERS = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}  # PyTorch's gates among Keras' i, f, c, o and z, r, h

Functions = Callable[[Any], Any]  # of an activation's name in the configuration: tenon's, or Keras' formula


def kind_of(layer: Any) -> str:
    """Kind of the cell in a Bidirectional; else of the layer itself."""
    return layer.config["layer"]["class_name"] if layer.kind == "Bidirectional" else layer.kind


def is_stateful(layer: Any) -> bool:
    return bool(_settings(layer).get("stateful"))


def _settings(layer: Any) -> dict[str, Any]:
    return layer.config["layer"]["config"] if layer.kind == "Bidirectional" else layer.config


def _reset_after(settings: dict[str, Any], bias: Optional[np.ndarray]) -> bool:
    return bool(settings.get("reset_after", bias is not None and bias.ndim == 2))


def _cell(kind: str, settings: dict[str, Any], weights: list[np.ndarray], activation: Functions) -> Cell:
    if kind not in CELLS:
        raise ImportProblem(f"a {kind} in it, and tenon has LSTM, GRU and SimpleRNN")
    order, units = list(_ORDERS[kind]), weights[1].shape[0]
    by_gate = lambda v: v.astype(float).reshape(*v.shape[:-1], len(order), units)[..., order, :].reshape(v.shape)
    kernel, recurrent, *biases = map(by_gate, weights)
    bias = biases[0] if biases else np.zeros(kernel.shape[1])
    first, second = bias if bias.ndim == 2 else (bias, None)
    function = activation(settings.get("activation", "tanh"))
    if kind == "SimpleRNN":
        if function.needs_all_values:
            raise ImportProblem(f"the activation {function.name} of its units together")
        return RNN(kernel.T, recurrent.T, first, second, function)
    gates = activation(settings.get("recurrent_activation", "sigmoid"))
    if function != Activation("Tanh") or gates != Activation("Sigmoid"):
        raise ImportProblem(f"the activations {function.text('')} and {gates.text('')}, and tenon's {kind} has Tanh and Sigmoid")
    if kind == "LSTM":
        return LSTM(kernel.T, recurrent.T, first, second)
    return (GRU if _reset_after(settings, biases[0] if biases else None) else GRUResetBefore)(kernel.T, recurrent.T, first, second)


def express(layer: Any, x: Value, activation: Functions) -> Value:
    settings, kind = _settings(layer), kind_of(layer)
    gives_all = settings.get("return_sequences", False)
    if settings.get("return_state"):
        raise ImportProblem("return_state: a net gives one output")
    row = steps.sequence(x, 0)
    if layer.kind == "Bidirectional":
        half = len(layer.weights) // 2
        forward, backward = (_cell(kind, settings, part, activation) for part in (layer.weights[:half], layer.weights[half:]))
        y = steps.both_ways(row, forward, backward)
        return _merged(layer, y if gives_all else _ends(y, forward.units), forward.units, gives_all)
    cell = _cell(kind, settings, layer.weights, activation)
    if settings.get("go_backwards"):
        y = steps.both_ways(row, cell.silent(), cell).map(lambda a: a[:, cell.units:])
        return y.map(lambda a: a[::-1]) if gives_all else steps.last(y.map(lambda a: a[0]))
    y = steps.all_of(Value.of(row.settled().then(cell), (1, cell.units)), 0)
    return y if gives_all else steps.last(y.map(lambda a: a[-1]))


def _ends(y: Value, units: int) -> Value:
    """The last output of each direction."""
    return steps.last(y.map(lambda a: np.concatenate([a[-1, :units], a[0, units:]])))


def _merged(layer: Any, y: Value, units: int, gives_all: bool) -> Value:
    mode = layer.config.get("merge_mode", "concat")
    if mode == "concat":
        return y
    if mode not in ("sum", "ave"):
        raise ImportProblem(f'the merge_mode "{mode}", and tenon has concat, sum and ave')
    ones = np.hstack([np.eye(units)] * 2) / (2 if mode == "ave" else 1)
    if not gives_all:
        return dense(y, ones, None)
    return steps.all_of(dense(steps.sequence(y, 0), ones, None).reshaped((1, units)), 0)


def conv1d(layer: Any, x: Value) -> Value:
    """A Conv1D of a sequence [steps, channels] that reads no later steps."""
    weight = np.transpose(layer.weights[0].astype(float), (2, 1, 0))
    number = lambda name: int(np.ravel(layer.config.get(name) or 1)[0])
    span, kind = (weight.shape[2] - 1) * number("dilation_rate"), layer.config.get("padding", "valid")
    if kind != "causal" and span > 0:
        raise ImportProblem(f'the padding "{kind}": over the steps of a sequence tenon has causal convolutions')
    bias = layer.weights[1].astype(float) if layer.config.get("use_bias", True) else None
    y = causal_conv(x.map(np.transpose), weight, bias, number("strides"), (span, 0), number("dilation_rate"), number("groups"))
    return y.map(np.transpose)


# Keras' formulas


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def _scan(kind: str, settings: dict[str, Any], weights: list[np.ndarray], x: np.ndarray, function: Functions) -> np.ndarray:
    """The outputs [samples, steps, units] of a cell for the steps of x in their order."""
    kernel, recurrent, *biases = (w.astype(float) for w in weights)
    units, g = recurrent.shape[0], function(settings.get("activation", "tanh"))
    bias = biases[0] if biases else np.zeros(kernel.shape[1])
    resets_after = _reset_after(settings, biases[0] if biases else None)
    of_x, of_h = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    h, c, outputs = np.zeros((len(x), units)), np.zeros((len(x), units)), []
    part = lambda z, i: z[:, i * units:(i + 1) * units]
    for t in range(x.shape[1]):
        zx, zh = x[:, t] @ kernel + of_x, h @ recurrent + of_h
        if kind == "LSTM":
            i, f, o = (_sigmoid(part(zx, n) + part(zh, n)) for n in (0, 1, 3))
            c = f * c + i * g(part(zx, 2) + part(zh, 2))
            h = o * g(c)
        elif kind == "GRU":
            z, r = (_sigmoid(part(zx, n) + part(zh, n)) for n in (0, 1))
            of_reset = r * part(zh, 2) if resets_after else (r * h) @ recurrent[:, 2 * units:]
            h = z * h + (1 - z) * g(part(zx, 2) + of_reset)
        else:
            h = g(zx + zh)
        outputs.append(h)
    return np.stack(outputs, axis=1)


def numbers(layer: Any, x: np.ndarray, function: Functions) -> np.ndarray:
    settings, kind = _settings(layer), kind_of(layer)
    gives_all = settings.get("return_sequences", False)
    if layer.kind == "Bidirectional":
        half = len(layer.weights) // 2
        there = _scan(kind, settings, layer.weights[:half], x, function)
        back = _scan(kind, settings, layer.weights[half:], x[:, ::-1], function)
        pair = (there, back[:, ::-1]) if gives_all else (there[:, -1], back[:, -1])
        mode = layer.config.get("merge_mode", "concat")
        return np.concatenate(pair, -1) if mode == "concat" else (pair[0] + pair[1]) / (2 if mode == "ave" else 1)
    y = _scan(kind, settings, layer.weights, x[:, ::-1] if settings.get("go_backwards") else x, function)
    return y if gives_all else y[:, -1]


__all__ = ["CELLS", "conv1d", "express", "is_stateful", "kind_of", "numbers"]
