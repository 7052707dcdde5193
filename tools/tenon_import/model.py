"""Model: the layers that a reader returns, and what the original computes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable, Sequence as Many

import numpy as np

from tenon_import.cells import OverTime, Sequence, has_state
from tenon_import.layers import Layer, Net, Scale, walk


@dataclass
class Model:
    layers: list[Layer]
    reference: Callable[[np.ndarray], np.ndarray]  # the outputs of the original for rows of inputs, in double
    reference_name: str
    is_double: bool = False
    steps: int = 0  # of a net that runs step by step: how many the rows of the reference have, from a state of zero

    @property
    def inputs(self) -> int:
        return math.prod(self.layers[0].input_shape)

    @property
    def outputs(self) -> int:
        return math.prod(self.layers[-1].output_shape)

    def samples(self, count: int, seed: int = 1) -> np.ndarray:
        """Random inputs of mean 0 and deviation 1, or as the first layer expects them."""
        x = np.random.default_rng(seed).standard_normal((count, max(self.steps, 1) * self.inputs))
        first = self.layers[0]
        first = first.layers[0] if isinstance(first, Sequence) else first
        if isinstance(first, Scale):
            rows = x.reshape(-1, first.size)
            x = (rows * first.deviation + first.mean).reshape(x.shape)
        return x.astype(np.float32).astype(np.float64)

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        """The outputs of the net for rows of inputs, in NumPy; those of every step of a stream."""
        return (Sequence(self.layers, self.steps) if self.steps else Net(self.layers)).evaluate(x)

    def compared(self, found: np.ndarray, expected: np.ndarray) -> np.ndarray:
        """The part of the net's outputs that the original gives: those of the last step, or all."""
        is_last = self.steps > 1 and expected.shape[1] == self.outputs
        return found[:, -self.outputs:] if is_last else found


def of_file(layers: list[Layer], original: Many[Layer], name: str, is_double: bool = False) -> Model:
    """The model of a file whose own net is computed in NumPy; if it has state, in sequences of 13 steps more than a convolution
    reads back."""
    if any(map(has_state, original)):
        steps = 13 + max(layer.lag for _, layer in walk(original) if isinstance(layer, OverTime))
        return Model(layers, Sequence(original, steps).evaluate, name, is_double, steps)
    return Model(layers, Net(original).evaluate, name, is_double)
