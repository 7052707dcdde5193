"""Gives the layers of a list their shapes. graph.py makes layers of values in a row; those between layers of images have the shape
of the image."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Optional, Sequence

import numpy as np

from tenon_import.cells import OverTime, Sequence as StepsInSequence
from tenon_import.errors import ImportProblem
from tenon_import.layers import (BatchNorm, Concat, Container, Dense, Flatten, Layer, Net, Part, PRelu, Residual, SameShape,
                                 Shape, Split)


def shaped(layers: Sequence[Layer], size: int) -> list[Layer]:
    """Layers that take `size` values, in the shape that the first of them with a shape of its own takes."""
    return _row(layers, _wanted(layers) or (size,))


def _wanted(layers: Sequence[Layer]) -> Optional[Shape]:
    for layer in layers:
        if isinstance(layer, (Dense, OverTime, StepsInSequence)):
            found = layer.input_shape
        elif isinstance(layer, Split):
            found = _of_parts(layer.layers)
        elif isinstance(layer, Concat):
            found = max((_wanted([part]) or () for part in layer.layers), key=len) or None
        elif isinstance(layer, Container):
            found = _wanted(layer.layers)
        else:
            found = layer.input_shape if len(layer.input_shape) > 1 else None
        if found:
            return found
    return None


def _of_parts(parts: Sequence[Layer]) -> Optional[Shape]:
    """The shape of the image of which a Split's branches take channels; None if they take rows, or images of different sizes."""
    found = {shape[1:] for shape in map(_wanted, ([part] for part in parts)) if shape}
    if len(found) != 1:
        return None
    sizes = found.pop()
    channels, rest = divmod(sum(math.prod(part.input_shape) for part in parts), math.prod(sizes))
    return None if rest else (channels, *sizes)


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
    if isinstance(layer, StepsInSequence) and layer.input_shape == shape:
        return [StepsInSequence(_row(layer.layers, shape[1:]), layer.steps)]
    if isinstance(layer, Net):
        return [Net(_row(layer.layers, shape))]
    if isinstance(layer, Concat):
        return [Concat(_alike([_branch(part, shape) for part in layer.layers]))]
    if isinstance(layer, Split):
        sizes, positions = [math.prod(part.input_shape) for part in layer.layers], math.prod(shape[1:])
        if any(size % positions for size in sizes):
            return [*_flatten(shape), Split([_branch(part, (size,)) for part, size in zip(layer.layers, sizes)])]
        return [Split(_alike([_branch(part, (size // positions, *shape[1:])) for part, size in zip(layer.layers, sizes)]))]
    if isinstance(layer, Part):
        return _one(layer.as_dense(), shape)
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


def _alike(branches: list[Layer]) -> list[Layer]:
    """Branches whose outputs can be concatenated: images of one size, or rows."""
    if len({branch.output_shape[1:] for branch in branches}) == 1:
        return branches
    return [_as_one([branch, *_flatten(branch.output_shape)]) for branch in branches]


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
