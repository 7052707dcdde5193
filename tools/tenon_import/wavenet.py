"""WaveNet: residual layers of dilated causal convolutions, whose skip outputs are added up to a head (tenon/wavenet.hpp)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

import numpy as np

from tenon_import.activations import Activation
from tenon_import.cells import TANH, OverTime
from tenon_import.errors import ImportProblem
from tenon_import.images import correlated
from tenon_import.layers import Container, Layer


@dataclass(eq=False)
class SkipLayers(Layer):
    """Layers of one kernel size. The first axis of their tensors is the layer; `sums` are the channels, twice as many with a gate."""

    dilations: tuple[int, ...]
    rechannel: np.ndarray  # [channels, in]
    conv: np.ndarray  # [layers, sums, channels, kernel]
    conv_bias: np.ndarray  # [layers, sums]
    input_mixer: Optional[np.ndarray]  # [layers, sums, inputs]; None without a condition
    layer1x1: np.ndarray  # [layers, channels, channels]
    layer1x1_bias: np.ndarray
    head: np.ndarray  # [head, channels or skip]
    head_bias: np.ndarray
    skip: Optional[np.ndarray] = None  # [layers, skip, channels]
    skip_bias: Optional[np.ndarray] = None
    activation: Activation = TANH
    has_gate: bool = False

    def __post_init__(self) -> None:
        self.channels, inputs = self.rechannel.shape
        self.kernel, self.input_shape, self.output_shape = self.conv.shape[3], (inputs,), (len(self.head),)
        self.multiply_adds = sum(values.size for name, values in self.tensors().items() if name.endswith("weight"))
        self.trainable = self.parameters().size

    @property
    def lag(self) -> int:
        return (self.kernel - 1) * max(self.dilations)

    def text(self, prefix: str) -> str:
        options = [f"{prefix}Kernel<{self.kernel}>", f"{prefix}Dilations<{', '.join(map(str, self.dilations))}>"]
        options += [self.activation.text(prefix)] if self.activation != TANH else []
        options += [f"{prefix}WithGate"] if self.has_gate else []
        options += [f"{prefix}SkipConv<{self.skip.shape[1]}>"] if self.skip is not None else []
        options += [f"{prefix}NoCondition"] if self.input_mixer is None else []
        return f"{prefix}SkipLayers<{self.channels}, {len(self.head)}, {', '.join(options)}>"

    def tensors(self) -> dict[str, np.ndarray]:
        found = {"rechannel.weight": self.rechannel, "conv.weight": self.conv, "conv.bias": self.conv_bias,
                 "input_mixer.weight": self.input_mixer, "layer1x1.weight": self.layer1x1, "layer1x1.bias": self.layer1x1_bias,
                 "skip.weight": self.skip, "skip.bias": self.skip_bias, "head_rechannel.weight": self.head,
                 "head_rechannel.bias": self.head_bias}
        return {name: values for name, values in found.items() if values is not None}

    def parameters(self) -> np.ndarray:
        parts = [self.rechannel.T]
        for i in range(len(self.dilations)):
            pointwise, bias = self.layer1x1[i].T, self.layer1x1_bias[i]
            if self.skip is not None:
                pointwise = np.concatenate([pointwise, self.skip[i].T], axis=1)
                bias = np.concatenate([bias, self.skip_bias[i]])
            condition = [] if self.input_mixer is None else [self.input_mixer[i].T]
            parts += [self.conv[i].transpose(2, 1, 0), *condition, self.conv_bias[i], pointwise, bias]
        return np.concatenate([part.ravel() for part in [*parts, self.head.T, self.head_bias]])

    def evaluate_steps(self, x: np.ndarray, total: np.ndarray | float, inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x for the next layers, and the head, of x, what is added up before, and the inputs of the WaveNet."""
        x = x @ self.rechannel.T
        for i, dilation in enumerate(self.dilations):
            past = np.pad(x, [(0, 0), ((self.kernel - 1) * dilation, 0), (0, 0)]).transpose(0, 2, 1)
            z = correlated(past, self.conv[i], (1,), (dilation,), 1).transpose(0, 2, 1) + self.conv_bias[i]
            if self.input_mixer is not None:
                z = z + inputs @ self.input_mixer[i].T
            z, gate = (z[..., :self.channels], z[..., self.channels:]) if self.has_gate else (z, None)
            z = self.activation.evaluate(z)
            if gate is not None:
                z = z * Activation("Sigmoid").evaluate(gate)
            total = total + (z if self.skip is None else z @ self.skip[i].T + self.skip_bias[i])
            x = x + z @ self.layer1x1[i].T + self.layer1x1_bias[i]
        return x, total @ self.head.T + self.head_bias


@dataclass(eq=False)
class WaveNet(Container, OverTime):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.name = "WaveNet"
        self.input_shape, self.output_shape = self.layers[0].input_shape, self.layers[-1].output_shape
        for layer in self.layers[:-1]:  # the next ones take x, the head and the input
            layer.output_shape = (layer.channels + len(layer.head) + self.input_shape[0],)
        for before, layer in zip(self.layers, self.layers[1:]):
            if layer.input_shape != (before.channels,) or len(before.head) != layer.head.shape[1]:
                raise ImportProblem(f"{before.text('')} before {layer.text('')}, which takes other channels")

    @property
    def lag(self) -> int:
        return max(layer.lag for layer in self.layers)

    def text(self, prefix: str) -> str:
        return f"{prefix}WaveNet<{self.input_shape[0]}, {', '.join(layer.text(prefix) for layer in self.layers)}>"

    def evaluate_steps(self, x: np.ndarray) -> np.ndarray:
        values, total = x, 0.0
        for layer in self.layers:
            values, total = layer.evaluate_steps(values, total, x)
        return total
