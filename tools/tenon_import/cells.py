"""tenon's layers over time as Python values, and what they compute. A cell has state: its outputs for the steps of a sequence are
`evaluate_steps`, from a state of zero. A sequence is [steps, values]."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Optional, Sequence as Many

import numpy as np

from tenon_import.activations import IDENTITY, Activation
from tenon_import.errors import ImportProblem
from tenon_import.images import Convolution, correlated, option, spans
from tenon_import.layers import Container, Flatten, Layer, Residual, Shape, shape_text

TANH = Activation("Tanh")


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return Activation("Sigmoid").evaluate(z)


class OverTime(Layer):
    """A layer whose outputs depend on the steps before."""

    lag = 0  # how many steps back a convolution reads

    def evaluate_steps(self, x: np.ndarray) -> np.ndarray:
        """The outputs [samples, steps, out] for sequences [samples, steps, in]."""
        raise NotImplementedError

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return self.evaluate_steps(x.reshape(len(x), 1, -1))[:, 0]


def over_steps(layer: Layer, x: np.ndarray) -> np.ndarray:
    """The outputs [samples, steps, out] of a layer for sequences [samples, steps, in]."""
    if isinstance(layer, OverTime):
        return layer.evaluate_steps(x)
    if has_state(layer):  # a container
        y = x
        for part in layer.layers:
            y = over_steps(part, y)
        return x + y if isinstance(layer, Residual) else y
    return layer.evaluate(x.reshape(-1, x.shape[-1])).reshape(*x.shape[:2], -1)


def has_state(layer: Layer) -> bool:
    """Whether a layer's outputs depend on the steps before."""
    is_container = isinstance(layer, Container) and not isinstance(layer, Sequence)
    return isinstance(layer, OverTime) or (is_container and any(map(has_state, layer.layers)))


def _by_unit(values: np.ndarray, gates: int) -> np.ndarray:
    """Rows of gates in tenon's order: by groups of 16 units, of each the values gate after gate."""
    units = values.shape[-1] // gates
    split = values.reshape(*values.shape[:-1], gates, units)
    groups = [split[..., first:first + 16].reshape(*values.shape[:-1], -1) for first in range(0, units, 16)]
    return np.concatenate(groups, axis=-1)


@dataclass(eq=False)
class Cell(OverTime):
    """A recurrent cell with PyTorch's tensors, whose rows are gates, each of all units, in PyTorch's order. Of cells with one bias,
    it is the sum of PyTorch's two."""

    weight_ih: np.ndarray  # [gates * units, in]
    weight_hh: np.ndarray  # [gates * units, units]
    bias_ih: np.ndarray
    bias_hh: Optional[np.ndarray] = None
    gates = 0
    biases = 1

    def __post_init__(self) -> None:
        row, units = self.weight_hh.shape
        self.bias_hh = np.zeros(row) if self.bias_hh is None else self.bias_hh
        if row != self.gates * units or self.weight_ih.ndim != 2 or self.weight_ih.shape[0] != row:
            raise ImportProblem(f"weights of shape {list(self.weight_ih.shape)} and {list(self.weight_hh.shape)}, and of "
                                f"{units} units there are {self.gates * units} rows")
        if self.bias_ih.shape != (row,) or self.bias_hh.shape != (row,):
            raise ImportProblem(f"biases of shape {list(self.bias_ih.shape)} and {list(self.bias_hh.shape)} for {row} rows")
        if self.biases == 1:
            self.bias_ih, self.bias_hh = self.bias_ih + self.bias_hh, np.zeros(row)
        self.units = units
        self.input_shape, self.output_shape = (self.weight_ih.shape[1],), (units,)
        self.multiply_adds = (self.weight_ih.shape[1] + units) * row + self.more_products * units
        self.trainable = self.parameters().size

    more_products = 3

    def arguments(self, prefix: str) -> list[str]:
        return []

    def text(self, prefix: str) -> str:
        sizes = [str(self.weight_ih.shape[1]), str(self.units)]
        return f"{prefix}{type(self).__name__}<{', '.join([*sizes, *self.arguments(prefix)])}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weight_ih_l0": self.weight_ih, "weight_hh_l0": self.weight_hh, "bias_ih_l0": self.bias_ih,
                "bias_hh_l0": self.bias_hh}

    def parameters(self) -> np.ndarray:
        matrices = [_by_unit(w.T, self.gates).ravel() for w in (self.weight_ih, self.weight_hh)]
        biases = [_by_unit(b, self.gates) for b in (self.bias_ih, self.bias_hh)]
        return np.concatenate([*matrices, biases[0]] if self.biases == 1 else [matrices[0], biases[0], matrices[1], biases[1]])

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The next h and c for inputs x that are multiplied by weight_ih, with its bias, already."""
        raise NotImplementedError

    def evaluate_steps(self, x: np.ndarray, states: Many[np.ndarray] = ()) -> np.ndarray:
        """From the states h and c, zero where they are not given."""
        h, c = (np.zeros((len(x), self.units)) + values for values in (*states, 0, 0)[:2])
        sums, outputs = x @ self.weight_ih.T + self.bias_ih, []
        for t in range(x.shape[1]):
            h, c = self.step(sums[:, t], h, c)
            outputs.append(h)
        return np.stack(outputs, axis=1)

    def silent(self) -> Cell:
        """A cell of the same type whose output is 0."""
        zeros = {name: np.zeros_like(getattr(self, name)) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
        cell = replace(self, **zeros)
        if cell.evaluate(np.zeros((1, self.input_shape[0]))).any():
            raise ImportProblem(f"{self.text('')} from the last step to the first, and tenon has no cell that reads backwards alone")
        return cell


@dataclass(eq=False)
class LSTM(Cell):
    gates = 4

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i, f, g, o = np.split(x + h @ self.weight_hh.T + self.bias_hh, 4, axis=-1)
        c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
        return _sigmoid(o) * np.tanh(c), c


@dataclass(eq=False)
class GRU(Cell):
    gates = 3
    biases = 2

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (xr, xz, xn), (hr, hz, hn) = np.split(x, 3, axis=-1), np.split(h @ self.weight_hh.T + self.bias_hh, 3, axis=-1)
        z, n = _sigmoid(xz + hz), np.tanh(xn + _sigmoid(xr + hr) * hn)
        return (1 - z) * n + z * h, c


@dataclass(eq=False)
class GRUResetBefore(Cell):
    """GRU<In, Hidden, ResetBefore>."""

    gates = 3

    def text(self, prefix: str) -> str:
        return f"{prefix}GRU<{self.weight_ih.shape[1]}, {self.units}, {prefix}ResetBefore>"

    def parameters(self) -> np.ndarray:
        """Gate by gate: the weights, the recurrent weights and the bias."""
        gates = zip(*(np.split(values, 3) for values in (self.weight_ih, self.weight_hh, self.bias_ih)))
        return np.concatenate([np.concatenate([w.T.ravel(), u.T.ravel(), b]) for w, u, b in gates])

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        (xr, xz, xn), (ur, uz, un) = np.split(x, 3, axis=-1), np.split(self.weight_hh, 3)
        r, z = _sigmoid(xr + h @ ur.T), _sigmoid(xz + h @ uz.T)
        return (1 - z) * np.tanh(xn + (r * h) @ un.T) + z * h, c


@dataclass(eq=False)
class RNN(Cell):
    gates = 1
    more_products = 0
    activation: Activation = TANH

    def arguments(self, prefix: str) -> list[str]:
        return [] if self.activation == TANH else [self.activation.text(prefix)]

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.activation.evaluate(x + h @ self.weight_hh.T + self.bias_hh), c


@dataclass(eq=False)
class TrainedState(OverTime):
    """A cell that begins with states of its own."""

    cell: Cell
    initial_h: np.ndarray
    initial_c: Optional[np.ndarray] = None  # of an LSTM

    def __post_init__(self) -> None:
        self.input_shape, self.output_shape = self.cell.input_shape, self.cell.output_shape
        self.multiply_adds = self.cell.multiply_adds
        self.trainable = self.parameters().size
        if any(values.shape != self.output_shape for values in self.states()):
            raise ImportProblem(f"{self.cell.units} units, and initial states of another size")

    def states(self) -> list[np.ndarray]:
        return [self.initial_h] + ([] if self.initial_c is None else [self.initial_c])

    def text(self, prefix: str) -> str:
        return f"{prefix}TrainedState<{self.cell.text(prefix)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return self.cell.tensors() | dict(zip(("initial_h", "initial_c"), self.states()))

    def parameters(self) -> np.ndarray:
        return np.concatenate([self.cell.parameters(), *self.states()])

    def evaluate_steps(self, x: np.ndarray) -> np.ndarray:
        return self.cell.evaluate_steps(x, self.states())


@dataclass(eq=False)
class CausalConv(OverTime):
    weight: np.ndarray  # [out, in / groups, kernel]
    bias: Optional[np.ndarray]
    activation: Activation = IDENTITY
    dilation: int = 1
    groups: int = 1

    def __post_init__(self) -> None:
        out, inputs, self.kernel = self.weight.shape
        self.input_shape, self.output_shape = (inputs * self.groups,), (out,)
        self.multiply_adds = self.weight.size
        self.trainable = self.weight.size + (0 if self.bias is None else out)

    @property
    def lag(self) -> int:
        return (self.kernel - 1) * self.dilation

    @property
    def is_linear(self) -> bool:
        return self.activation == IDENTITY

    def text(self, prefix: str) -> str:
        arguments = [str(self.input_shape[0]), str(self.output_shape[0]), option("Kernel", prefix, [self.kernel])]
        arguments += [] if self.is_linear else [self.activation.text(prefix)]
        arguments += [option("Dilation", prefix, [self.dilation])] if self.dilation > 1 else []
        arguments += [option("Groups", prefix, [self.groups])] if self.groups > 1 else []
        arguments += [prefix + "NoBias"] if self.bias is None else []
        return f"{prefix}CausalConv<{', '.join(arguments)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weight": self.weight} | ({} if self.bias is None else {"bias": self.bias})

    def parameters(self) -> np.ndarray:
        """The weight step by step; with groups, or without a bias, input by input."""
        if self.bias is None:
            return self.weight.transpose(1, 2, 0).ravel()
        return np.concatenate([self.weight.transpose((2, 1, 0) if self.groups == 1 else (1, 2, 0)).ravel(), self.bias])

    def evaluate_steps(self, x: np.ndarray) -> np.ndarray:
        padded, outputs = np.pad(x, [(0, 0), (self.lag, 0), (0, 0)]), []
        for inputs, weight in zip(np.split(padded, self.groups, axis=2), np.split(self.weight, self.groups)):
            taps = (inputs[:, k * self.dilation:][:, :x.shape[1]] @ weight[:, :, k].T for k in range(self.kernel))
            outputs.append(sum(taps))  # tap by tap: kernels of thousands of taps need little memory
        y = np.concatenate(outputs, axis=2)
        return self.activation.evaluate(y if self.bias is None else y + self.bias)


@dataclass(eq=False)
class CausalConv2D(OverTime, Convolution):
    """A Conv2D of images [channels, steps, features] that reads no later steps. The shape is that of a frame, [channels, features];
    stride, pads and dilation are those of steps and features."""

    def __post_init__(self) -> None:
        self.stride, self.dilation = self.stride or (1, 1), self.dilation or (1, 1)
        self.pads, self.kernel = self.pads or ((0, 0), (0, 0)), self.weight.shape[2:]
        self._check()
        self.input_shape, self.output_shape = self.shape, (self.channels, *self.output_sizes())
        if min(self.output_shape) < 1:
            raise ImportProblem(f"nothing is left of a frame of shape {list(self.shape)}")
        self.multiply_adds = self.weight.size * self.output_shape[1]
        self.trainable = self.weight.size + (0 if self.bias is None else self.bias.size)

    def _check(self) -> None:
        if len(self.shape) != 2 or self.weight.ndim != 4 or self.weight.shape[1] * self.groups != self.shape[0]:
            raise ImportProblem(f"a weight of shape {list(self.weight.shape)} with {self.groups} groups for frames of shape "
                                f"{list(self.shape)}")
        self.same = self.same or any(before != after for before, after in self.pads)

    def output_sizes(self) -> tuple[int, ...]:
        span = spans(self.kernel, self.dilation)[1]
        return ((self.shape[1] + sum(self.pads[1]) - span) // self.stride[1] + 1,)

    def name(self) -> str:
        return "CausalConv2D"

    @property
    def lag(self) -> int:
        return (self.kernel[0] - 1) * self.dilation[0]

    def evaluate_steps(self, x: np.ndarray) -> np.ndarray:
        images = x.reshape(*x.shape[:2], *self.shape).swapaxes(1, 2)
        padded = np.pad(images, [(0, 0), (0, 0), (self.lag, 0), self.pads[1]])
        y = correlated(padded, self.weight, self.stride, self.dilation, self.groups)
        if self.bias is not None:
            y = y + self.bias.reshape(-1, 1, 1)
        return self.activation.evaluate(y.swapaxes(1, 2).reshape(*x.shape[:2], -1))


@dataclass(eq=False)
class Sequence(Container):
    steps: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds *= self.steps
        self.name = "Sequence"
        self.input_shape = (self.steps, *self.layers[0].input_shape)
        self.output_shape = (self.steps, *self.layers[-1].output_shape)

    def text(self, prefix: str) -> str:
        return f"{prefix}Sequence<{self.steps}, {', '.join(layer.text(prefix) for layer in self.layers)}>"

    def row_text(self) -> str:
        return f"Sequence<{self.steps}, ...>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        y = x.reshape(len(x), self.steps, -1)
        for layer in self.layers:
            y = over_steps(layer, y)
        return y.reshape(len(x), -1)


@dataclass(eq=False)
class LastStep(Layer):
    input_shape: Shape

    def __post_init__(self) -> None:
        self.output_shape = self.input_shape[1:]

    def text(self, prefix: str) -> str:
        return f"{prefix}LastStep<{shape_text(self.input_shape, prefix)}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x[:, -math.prod(self.output_shape):]


@dataclass(eq=False)
class Bidirectional(Layer):
    steps: int
    forward: Cell
    backward: Cell

    def __post_init__(self) -> None:
        self.units = self.forward.units
        self.input_shape = (self.steps, *self.forward.input_shape)
        self.output_shape = (self.steps, 2 * self.units)
        self.multiply_adds = 2 * self.steps * self.forward.multiply_adds
        self.trainable = self.parameters().size
        if self.forward.text("") != self.backward.text(""):
            raise ImportProblem(f"two directions of {self.forward.text('')} and {self.backward.text('')}, and tenon's are of one type")

    def text(self, prefix: str) -> str:
        return f"{prefix}Bidirectional<{self.steps}, {self.forward.text(prefix)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return self.forward.tensors() | {f"{name}_reverse": values for name, values in self.backward.tensors().items()}

    def parameters(self) -> np.ndarray:
        return np.concatenate([self.forward.parameters(), self.backward.parameters()])

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        sequences = x.reshape(len(x), self.steps, -1)
        back = self.backward.evaluate_steps(sequences[:, ::-1])[:, ::-1]
        return np.concatenate([self.forward.evaluate_steps(sequences), back], axis=-1).reshape(len(x), -1)


@dataclass(eq=False)
class FinalStates(Layer):
    """The first half of the last step's values, and the second half of the first step's."""

    input_shape: Shape

    def __post_init__(self) -> None:
        self.output_shape = self.input_shape[1:]

    def text(self, prefix: str) -> str:
        return f"{prefix}FinalStates<{shape_text(self.input_shape, prefix)}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        steps, half = x.reshape(len(x), *self.input_shape), self.input_shape[1] // 2
        return np.concatenate([steps[:, -1, :half], steps[:, 0, half:]], axis=1)


def streamed(layers: Many[Layer]) -> tuple[list[Layer], bool]:
    """The layers of a net that runs step by step, of those of one over sequences; whether its last output alone is the other's.
    Raises ImportProblem if a layer needs all steps."""
    found: list[Layer] = []
    gives_last = False
    for layer in layers:
        is_single = isinstance(layer, Flatten) and len(layer.input_shape) == 2 and layer.input_shape[0] == 1
        if (isinstance(layer, LastStep) or is_single) and not gives_last:  # of one step, it is the last one
            gives_last = True
        elif isinstance(layer, Sequence) and not gives_last:
            found += layer.layers
        elif gives_last and len(layer.input_shape) == 1:
            found.append(layer)
        else:
            raise ImportProblem(f"{layer.text('')} takes all steps of a sequence, which a stream has not: give their number with "
                                "--steps")
    return found, gives_last


__all__ = ["Bidirectional", "CausalConv", "CausalConv2D", "Cell", "FinalStates", "GRU", "GRUResetBefore", "LSTM", "LastStep",
           "OverTime", "RNN", "Sequence", "TANH", "TrainedState", "over_steps", "has_state", "streamed"]
