"""The operators of ONNX over time: LSTM, GRU and RNN."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from tenon_import import steps
from tenon_import.activations import IDENTITY, Activation
from tenon_import.cells import GRU, LSTM, RNN, Cell, GRUResetBefore
from tenon_import.errors import ImportProblem
from tenon_import.graph import Value

# Gate g of PyTorch's order is gate ORDERS[kind][g] of ONNX': i, o, f, c and z, r, h.
_ORDERS = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
_USUAL = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}
_OF_RNN = {"tanh": Activation("Tanh"), "relu": Activation("Relu"), "sigmoid": Activation("Sigmoid"),
           "softsign": Activation("Softsign"), "softplus": Activation("Softplus")}


class Missing:
    """An output that tenon does not compute; it may be there if nothing uses it."""

    def __init__(self, what: str) -> None:
        self.what = what


def _reordered(rows: np.ndarray, kind: str, biases: int = 1) -> np.ndarray:
    """Rows of gates in PyTorch's order; those of each bias one after another."""
    order = _ORDERS[kind]
    gates = rows.reshape(biases, len(order), -1, *rows.shape[1:])
    return gates[:, list(order)].reshape(rows.shape)


def _activation(op: Any, kind: str, direction: int) -> Activation:
    """The activation of an RNN. Raises ImportProblem if other cells do not have their usual ones."""
    usual = _USUAL[kind]
    names = [name.decode().lower() for name in op.attributes.get("activations", [])] or usual * (direction + 1)
    found = names[direction * len(usual):(direction + 1) * len(usual)]
    if kind == "RNN" and found[0] in _OF_RNN and not op.attributes.get("activation_alpha"):
        return _OF_RNN[found[0]]
    if found != usual:
        raise ImportProblem(f"the activations {', '.join(found)}, and tenon's {kind} has {', '.join(usual)}")
    return IDENTITY


def _cell(op: Any, kind: str, direction: int) -> Cell:
    activation = _activation(op, kind, direction)
    weight, recurrent = (_reordered(op.constant(i)[direction].astype(float), kind) for i in (1, 2))
    bias = op.constant(3)
    row = weight.shape[0]
    biases = np.zeros(2 * row) if bias is None else _reordered(bias[direction].astype(float), kind, 2)
    if kind == "LSTM":
        return LSTM(weight, recurrent, biases[:row], biases[row:])
    if kind == "RNN":
        return RNN(weight, recurrent, biases[:row], biases[row:], activation)
    kind_of_gru = GRU if op.attributes.get("linear_before_reset", 0) else GRUResetBefore
    return kind_of_gru(weight, recurrent, biases[:row], biases[row:])


def _refuse(op: Any, kind: str, count: int) -> None:
    """Raises ImportProblem of what tenon's cells do not have."""
    for name, usual in (("clip", 0.0), ("input_forget", 0)):
        if op.attributes.get(name, usual) != usual:
            raise ImportProblem(f"{name} is {op.attributes[name]}, which tenon's {kind} does not have")
    lengths = op.constant(4)
    if lengths is not None and (lengths != count).any():
        raise ImportProblem(f"sequences of {lengths.ravel().tolist()} steps of {count}, and tenon's all have the same number")
    states = [("the state before the first step", 5), ("the state before the first step", 6), ("peephole weights", 7)]
    for what, place in states[:3 if kind == "LSTM" else 1]:
        if op.constant(place) is not None and op.constant(place).any():
            raise ImportProblem(f"{what}: there are such that are not 0")


def _recurrent(kind: str) -> Callable[[Any], list[Any]]:
    def express(op: Any) -> list[Any]:
        x, is_batch_first = op.value(), op.attributes.get("layout", 0)
        if len(x.shape) != 3 or x.shape[0 if is_batch_first else 1] != 1:
            raise ImportProblem(f"an input of shape {list(x.shape)}, which is no sequence of one sample")
        row, count = steps.sequence(x, 1 if is_batch_first else 0), x.shape[1 if is_batch_first else 0]
        _refuse(op, kind, count)
        direction = op.attributes.get("direction", b"forward").decode()
        cell = _cell(op, kind, 0)
        if direction == "forward":
            one = Value.of(row.settled().then(cell), (1, 1, 1, cell.units))
            y = steps.all_of(one, 0)
            ends = steps.last(y.map(lambda a: a[-1]))
        else:
            other = _cell(op, kind, 1) if direction == "bidirectional" else cell
            if direction == "reverse":  # both directions, of which the first is always 0
                cell = other.silent()
            both = steps.both_ways(row, cell, other).reshaped((count, 2, 1, cell.units))
            y = both.map(lambda a: a[:, 1:]) if direction == "reverse" else both
            ends = both.map(lambda a: np.stack([a[-1, 0], a[0, 1]])[1 if direction == "reverse" else 0:])
        if is_batch_first:
            y, ends = y.map(lambda a: a.transpose(2, 0, 1, 3)), ends.map(lambda a: a.transpose(1, 0, 2))
        return [y, ends, Missing("the cells' memory behind the last step")]

    return express


EXPRESSED: dict[str, Callable[[Any], Any]] = {kind: _recurrent(kind) for kind in _ORDERS}
