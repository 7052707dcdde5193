"""The operators of ONNX over time: LSTM, GRU, RNN, and convolutions that read no later steps."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from tenon_import import steps
from tenon_import.activations import IDENTITY, Activation
from tenon_import.cells import GRU, LSTM, RNN, CausalConv, Cell, GRUResetBefore
from tenon_import.errors import ImportProblem
from tenon_import.graph import Value

# Gate g of PyTorch's order is gate ORDERS[kind][g] of ONNX': i, o, f, c and z, r, h.
_ORDERS = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
_USUAL = {"LSTM": ["sigmoid", "tanh", "tanh"], "GRU": ["sigmoid", "tanh"], "RNN": ["tanh"]}
_OF_RNN = {"tanh": Activation("Tanh"), "relu": Activation("Relu"), "sigmoid": Activation("Sigmoid"),
           "softsign": Activation("Softsign"), "softplus": Activation("Softplus"), "affine": IDENTITY}


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
    """That of an RNN. Raises ImportProblem if those of other cells are not the usual ones."""
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
                cell = _silent(other)
            both = steps.both_ways(row, cell, other).reshaped((count, 2, 1, cell.units))
            y = both.map(lambda a: a[:, 1:]) if direction == "reverse" else both
            ends = both.map(lambda a: np.stack([a[-1, 0], a[0, 1]])[1 if direction == "reverse" else 0:])
        if is_batch_first:
            y, ends = y.map(lambda a: a.transpose(2, 0, 1, 3)), ends.map(lambda a: a.transpose(1, 0, 2))
        return [y, ends, Missing("the cells' memory behind the last step")]

    return express


def _silent(cell: Cell) -> Cell:
    """A cell of the same type whose output is 0."""
    zeros = [np.zeros_like(values) for values in (cell.weight_ih, cell.weight_hh, cell.bias_ih)]
    if isinstance(cell, RNN):
        if float(cell.activation.evaluate(np.zeros(1))[0]) != 0:
            raise ImportProblem(f"a reverse RNN of {cell.activation.name}, and tenon has no cell that reads backwards alone")
        return RNN(*zeros, activation=cell.activation)
    return type(cell)(*zeros)


def causal_conv(x: Value, weight: np.ndarray, bias: Optional[np.ndarray], stride: int, pads: tuple[int, int], dilation: int,
                groups: int) -> Value:
    """The convolution [out, steps] of a value [in, steps], possibly with zeros before its first step."""
    span = (weight.shape[2] - 1) * dilation
    unknown = (x.source < 0) & (x.shift == 0)
    before = int(np.argmin(unknown.all(axis=0))) if unknown.any() else 0
    if stride != 1 or groups != 1:
        raise ImportProblem(f"a stride of {stride} and {groups} groups over time, and tenon's CausalConv has neither yet")
    if before + pads[0] != span or pads[1] != 0:
        raise ImportProblem(f"{before + pads[0]} zeros before the first step and {pads[1]} behind the last, and the kernel reads "
                            f"{span} steps back: over time tenon has convolutions that read no later steps")
    row = steps.sequence(x.map(lambda a: a[:, before:]), 1)
    bias = np.zeros(weight.shape[0]) if bias is None else bias
    one = Value.of(row.settled().then(CausalConv(weight, bias, dilation=dilation)), (weight.shape[0], 1))
    return steps.all_of(one, 1)


EXPRESSED: dict[str, Callable[[Any], Any]] = {kind: _recurrent(kind) for kind in _ORDERS}
