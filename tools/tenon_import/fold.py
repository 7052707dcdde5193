"""Joins neighbouring layers of a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from tenon_import.activations import IDENTITY
from tenon_import.cells import CausalConv, OverTime, Sequence as StepsInSequence
from tenon_import.images import Convolution
from tenon_import.layers import Activate, Concat, Container, Dense, Dropout, Flatten, Layer, Net, Residual, Split


def joined(layers: Sequence[Layer]) -> list[Layer]:
    """A Dense or a convolution takes the activation that follows it; Dropout, and what copies its input, is left out."""
    result: list[Layer] = []
    for layer in layers:
        if isinstance(layer, Container) and not isinstance(layer, OverTime):
            layer = _joined_container(layer)
        last = result[-1] if result else None
        if isinstance(layer, Dropout) or (isinstance(layer, Activate) and layer.activation == IDENTITY):
            continue
        if isinstance(layer, Flatten) and len(layer.input_shape) == 1:
            continue
        if isinstance(layer, Activate) and isinstance(last, (CausalConv, Convolution, Dense)) and last.is_linear:
            result[-1] = replace(last, activation=layer.activation)
        elif isinstance(layer, Net):
            result.extend(layer.layers)
        else:
            result.append(layer)
    return result or [Activate(layers[0].input_shape, IDENTITY)]


def _joined_container(layer: Container) -> Layer:
    if isinstance(layer, StepsInSequence):
        return StepsInSequence(joined(layer.layers), layer.steps)
    if isinstance(layer, (Concat, Split)):
        branches = [joined(part.layers if isinstance(part, Net) else [part]) for part in layer.layers]
        return type(layer)([branch[0] if len(branch) == 1 else Net(branch) for branch in branches])
    return Residual(joined(layer.layers)) if isinstance(layer, Residual) else Net(joined(layer.layers))
