"""Gives the layers of a list their shapes. graph.py makes layers of values in a row; those between layers of images have the shape
of the image."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Optional, Sequence

import numpy as np

from tenon_import.errors import ImportProblem
from tenon_import.layers import BatchNorm, Concat, Container, Dense, Flatten, Layer, Net, PRelu, Residual, SameShape, Shape, Split


def shaped(layers: Sequence[Layer], size: int) -> list[Layer]:
    """Layers that take `size` values, in the shape that the first of them with a shape of its own takes."""
    return _row(layers, _wanted(layers) or (size,))


def _wanted(layers: Sequence[Layer]) -> Optional[Shape]:
    for layer in layers:
        if isinstance(layer, Split):
            return None
        if isinstance(layer, Concat):
            found = max((_wanted([part]) or () for part in layer.layers), key=len) or None
        elif isinstance(layer, Container):
            found = _wanted(layer.layers)
        else:
            found = layer.input_shape if isinstance(layer, Dense) or len(layer.input_shape) > 1 else None
        if found:
            return found
    return None


def _row(layers: Sequence[Layer], shape: Shape) -> list[Layer]:
    result: list[Layer] = []
    for layer in layers:
        result += _one(layer, shape)
        shape = result[-1].output_shape
    return result


def _as_one(layers: list[Layer]) -> Layer:
    return layers[0] if len(layers) == 1 else Net(layers)


def _branch(layer: Layer, shape: Shape) -> Layer:
    return _as_one(_row(layer.layers if isinstance(layer, Net) else [layer], shape))


def _one(layer: Layer, shape: Shape) -> list[Layer]:
    """A layer behind values of a shape, with a Flatten before it if it takes a row."""
    row = (math.prod(shape),)
    if isinstance(layer, Net):
        return [Net(_row(layer.layers, shape))]
    if isinstance(layer, Concat):
        branches = [_branch(part, shape) for part in layer.layers]
        if len({branch.output_shape[1:] for branch in branches}) > 1:
            branches = [_as_one([branch, *_flatten(branch.output_shape)]) for branch in branches]
        return [Concat(branches)]
    if isinstance(layer, Split):
        return [*_flatten(shape), Split([_branch(part, part.input_shape) for part in layer.layers])]
    if isinstance(layer, Residual):
        inner = _row(layer.layers, shape)
        if inner[-1].output_shape == shape:
            return [Residual(inner)]
        return [*_flatten(shape), Residual(_row(layer.layers, row))]
    if layer.input_shape == shape:
        return [layer]
    if isinstance(layer, SameShape) and layer.shape == row and (changed := _of_shape(layer, shape)) is not None:
        return [changed]
    if layer.input_shape == row:
        return [Flatten(shape), layer]
    raise ImportProblem(f"{layer.text('')} would take values of shape {list(shape)}, and tenon has no layer that makes an image of a "
                        "row")


def _flatten(shape: Shape) -> list[Layer]:
    return [Flatten(shape)] if len(shape) > 1 else []


def _of_shape(layer: SameShape, shape: Shape) -> Optional[Layer]:
    """The layer for values of a shape; None if it has different numbers within a channel, and tenon's has one for each."""
    if not isinstance(layer, (BatchNorm, PRelu)):
        return replace(layer, shape=shape)
    channels = {name: values.reshape(shape[0], -1) for name, values in layer.tensors().items()}
    if any(np.ptp(values, axis=1).any() for values in channels.values()):
        return None
    return replace(layer, shape=shape, **{name: values[:, 0].copy() for name, values in channels.items()})
