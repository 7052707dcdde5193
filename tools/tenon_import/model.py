"""What a reader returns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

import numpy as np

from tenon_import.layers import Layer, Scale


@dataclass
class Model:
    layers: list[Layer]
    reference: Callable[[np.ndarray], np.ndarray]  # the outputs of the original for rows of inputs, in double
    reference_name: str
    is_double: bool = False

    @property
    def inputs(self) -> int:
        return math.prod(self.layers[0].input_shape)

    @property
    def outputs(self) -> int:
        return math.prod(self.layers[-1].output_shape)

    def samples(self, count: int, seed: int = 1) -> np.ndarray:
        """Random inputs of mean 0 and deviation 1, or as the first layer expects them."""
        x = np.random.default_rng(seed).standard_normal((count, self.inputs))
        first = self.layers[0]
        if isinstance(first, Scale):
            x = x * first.deviation + first.mean
        return x.astype(np.float32).astype(np.float64)
