"""tenon's layers as Python values: a layer knows its C++ type, its parameters and its values. A new layer is one class here,
and one entry in each format that has it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Iterator, Optional, Sequence

import numpy as np

from tenon_import.activations import IDENTITY, Activation, activation, ratio

Shape = tuple[int, ...]


def shape_text(shape: Shape, prefix: str) -> str:
    return f"{prefix}Shape<{', '.join(map(str, shape))}>"


def ratio_text(value: Fraction) -> str:
    return f"std::ratio<{value.numerator}{f', {value.denominator}' if value.denominator != 1 else ''}>"


class Layer:
    """Base of all layers. Shapes are those of a sample, in PyTorch's order."""

    input_shape: Shape
    output_shape: Shape
    multiply_adds = 0
    trainable = 0  # how many of the parameters are trained

    @property
    def parts(self) -> Sequence[Layer]:
        """The layers within this one."""
        return ()

    def text(self, prefix: str) -> str:
        """The C++ type; each name of tenon begins with the prefix, "tenon::" or nothing."""
        raise NotImplementedError

    def row_text(self) -> str:
        """The type in a summary: a container without its layers."""
        return self.text("")

    def tensors(self) -> dict[str, np.ndarray]:
        """The tensors by PyTorch's names, in tenon's order."""
        return {}

    def parameters(self) -> np.ndarray:
        """All parameters in tenon's order."""
        parts = [part.parameters() for part in self.parts] + [t.ravel() for t in self.tensors().values()]
        return np.concatenate(parts) if parts else np.zeros(0)

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        """The outputs for the rows of x."""
        raise NotImplementedError


@dataclass(eq=False)
class Dense(Layer):
    weight: np.ndarray  # [out, in]
    bias: Optional[np.ndarray]
    activation: Activation = IDENTITY

    def __post_init__(self) -> None:
        out, inputs = self.weight.shape
        self.input_shape, self.output_shape = (inputs,), (out,)
        self.multiply_adds = inputs * out
        self.trainable = self.weight.size + (out if self.bias is not None else 0)

    @property
    def is_linear(self) -> bool:
        return self.activation == IDENTITY

    def text(self, prefix: str) -> str:
        text = f"{prefix}Dense<{self.weight.shape[1]}, {self.weight.shape[0]}"
        if not self.is_linear or self.bias is None:
            text += f", {self.activation.text(prefix)}"
        return text + (">" if self.bias is not None else ", false>")

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weight": self.weight} | ({} if self.bias is None else {"bias": self.bias})

    def parameters(self) -> np.ndarray:
        weight = self.weight.T.ravel()
        return weight if self.bias is None else np.concatenate([weight, self.bias])

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        z = x @ self.weight.T
        return self.activation.evaluate(z if self.bias is None else z + self.bias)


@dataclass(eq=False)
class SameShape(Layer):
    """A layer that gives the shape that it takes."""

    shape: Shape

    def __post_init__(self) -> None:
        self.input_shape = self.output_shape = self.shape

    @property
    def size(self) -> int:
        return math.prod(self.shape)


@dataclass(eq=False)
class Activate(SameShape):
    activation: Activation

    def text(self, prefix: str) -> str:
        return f"{prefix}Activate<{shape_text(self.shape, prefix)}, {self.activation.text(prefix)}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return self.activation.evaluate(x)


@dataclass(eq=False)
class BatchNorm(SameShape):
    weight: Optional[np.ndarray]
    bias: Optional[np.ndarray]
    running_mean: np.ndarray
    running_var: np.ndarray
    momentum: Fraction = Fraction(1, 10)
    epsilon: Fraction = Fraction(1, 100000)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = self.size
        self.trainable = 0 if self.weight is None else 2 * self.weight.size

    def text(self, prefix: str) -> str:
        text = f"{prefix}BatchNorm<{shape_text(self.shape, prefix)}"
        has_epsilon = self.weight is None or self.epsilon != Fraction(1, 100000)
        if has_epsilon or self.momentum != Fraction(1, 10):
            text += f", {ratio_text(self.momentum)}"
        if has_epsilon:
            text += f", {ratio_text(self.epsilon)}"
        return text + (">" if self.weight is not None else ", false>")

    def tensors(self) -> dict[str, np.ndarray]:
        affine = {} if self.weight is None else {"weight": self.weight, "bias": self.bias}
        return affine | {"running_mean": self.running_mean, "running_var": self.running_var}

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        positions = self.size // self.running_mean.size
        each = {name: np.repeat(values, positions) for name, values in self.tensors().items()}
        h = (x - each["running_mean"]) / np.sqrt(each["running_var"] + float(self.epsilon))
        return h if self.weight is None else h * each["weight"] + each["bias"]


@dataclass(eq=False)
class LayerNorm(SameShape):
    weight: Optional[np.ndarray]
    bias: Optional[np.ndarray]
    epsilon: Fraction = Fraction(1, 100000)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = 3 * self.size
        self.trainable = 0 if self.weight is None else 2 * self.size

    def text(self, prefix: str) -> str:
        text = f"{prefix}LayerNorm<{shape_text(self.shape, prefix)}"
        if self.weight is None or self.epsilon != Fraction(1, 100000):
            text += f", {ratio_text(self.epsilon)}"
        return text + (">" if self.weight is not None else ", false>")

    @property
    def tensor_shape(self) -> Shape:
        """Shape of weight and bias: that of the values, or one dimension if they have more than tenon's tensors."""
        return self.shape if len(self.shape) <= 4 else (self.size,)

    def tensors(self) -> dict[str, np.ndarray]:
        if self.weight is None:
            return {}
        return {"weight": self.weight.reshape(self.tensor_shape), "bias": self.bias.reshape(self.tensor_shape)}

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        difference = x - x.mean(axis=-1, keepdims=True)
        h = difference / np.sqrt((difference**2).mean(axis=-1, keepdims=True) + float(self.epsilon))
        return h if self.weight is None else h * self.weight.ravel() + self.bias.ravel()


@dataclass(eq=False)
class PRelu(SameShape):
    weight: np.ndarray  # one for each channel

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = self.size
        self.trainable = self.weight.size

    def text(self, prefix: str) -> str:
        return f"{prefix}PRelu<{shape_text(self.shape, prefix)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weight": self.weight}

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, x, np.repeat(self.weight, self.size // self.weight.size) * x)


@dataclass(eq=False)
class Scale(SameShape):
    mean: np.ndarray
    deviation: np.ndarray

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = self.size

    def text(self, prefix: str) -> str:
        return f"{prefix}Scale<{shape_text(self.shape, prefix)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "deviation": self.deviation}

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return (x - self.mean) / self.deviation


@dataclass(eq=False)
class Flatten(SameShape):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.output_shape = (self.size,)

    def text(self, prefix: str) -> str:
        return f"{prefix}Flatten<{shape_text(self.shape, prefix)}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x


@dataclass(eq=False)
class Unflatten(SameShape):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.input_shape = (self.size,)

    def text(self, prefix: str) -> str:
        return f"{prefix}Unflatten<{shape_text(self.shape, prefix)}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x


@dataclass(eq=False)
class Part(Layer):
    """`count` of `size` values, from `first` on. A Split has no layer for it at the beginning of a branch; elsewhere it is a Dense."""

    size: int
    first: int
    count: int

    def __post_init__(self) -> None:
        self.input_shape, self.output_shape = (self.size,), (self.count,)

    def as_dense(self) -> Dense:
        return Dense(np.eye(self.count, self.size, self.first), None)

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x[:, self.first:self.first + self.count]


@dataclass(eq=False)
class Dropout(SameShape):
    """It is read, and left out of the net."""

    percent: int = 0

    def text(self, prefix: str) -> str:
        return f"{prefix}Dropout<{shape_text(self.shape, prefix)}, {self.percent}>"

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x


@dataclass(eq=False)
class Container(Layer):
    layers: Sequence[Layer]
    name: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.multiply_adds = sum(layer.multiply_adds for layer in self.layers)
        self.trainable = sum(layer.trainable for layer in self.layers)

    @property
    def parts(self) -> Sequence[Layer]:
        return self.layers

    def text(self, prefix: str) -> str:
        return f"{prefix}{self.name}<{', '.join(layer.text(prefix) for layer in self.layers)}>"

    def row_text(self) -> str:
        return f"{self.name}<...>"

    def evaluate_all(self, x: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            x = layer.evaluate(x)
        return x


@dataclass(eq=False)
class Net(Container):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "Net"
        self.input_shape, self.output_shape = self.layers[0].input_shape, self.layers[-1].output_shape

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return self.evaluate_all(x)


@dataclass(eq=False)
class Residual(Container):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "Residual"
        self.input_shape = self.output_shape = self.layers[0].input_shape

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return x + self.evaluate_all(x)


@dataclass(eq=False)
class Concat(Container):
    """Branches, each a layer; several layers in a row are a Net."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "Concat"
        self.input_shape = self.layers[0].input_shape
        outputs = [layer.output_shape for layer in self.layers]
        self.output_shape = (sum(shape[0] for shape in outputs), *outputs[0][1:])

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return np.concatenate([layer.evaluate(x) for layer in self.layers], axis=1)


@dataclass(eq=False)
class Split(Container):
    """Branches of which each takes its part of the values, one after another."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "Split"
        shapes = lambda sides: (sum(shape[0] for shape in sides), *sides[0][1:])
        self.input_shape = shapes([layer.input_shape for layer in self.layers])
        self.output_shape = shapes([layer.output_shape for layer in self.layers])

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        ends = np.cumsum([math.prod(layer.input_shape) for layer in self.layers])
        parts = np.split(x, ends[:-1], axis=1)
        return np.concatenate([layer.evaluate(part) for layer, part in zip(self.layers, parts)], axis=1)


def walk(layers: Sequence[Layer], place: str = "", first: int = 1) -> Iterator[tuple[str, Layer]]:
    """Every layer with its number, 4.2 for the second layer within layer 4; a container before its layers."""
    for i, layer in enumerate(layers):
        here = f"{place}{i + first}"
        yield here, layer
        yield from walk(layer.parts, here + ".", first)


__all__ = ["Activate", "Activation", "BatchNorm", "Concat", "Dense", "Dropout", "Flatten", "Layer", "LayerNorm", "Net",
           "PRelu", "Part", "Residual", "Scale", "Split", "Unflatten", "activation", "ratio", "walk"]
