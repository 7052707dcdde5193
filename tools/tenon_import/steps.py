"""Values over time. A node with `steps` gives the outputs of one step after another; its `step` is a node of one step, in a chain of
its own from the step's input. What is computed for every step alike is computed on values of one step, and becomes a Sequence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Optional, Sequence as Many

import numpy as np

from tenon_import.cells import Bidirectional, CausalConv, Cell, FinalStates, LastStep
from tenon_import.errors import ImportProblem

if TYPE_CHECKING:
    from tenon_import.graph import Node, Value


@dataclass
class Step:
    """One step of a value over time: the value has 1 step along the axis."""

    axis: int
    value: Value


def of(value: Value) -> Optional[Step]:
    """The step of a value that is the same selection of each step's outputs, along an axis; None of other values."""
    count, one = value.node.steps, value.node.step
    if one is None:
        return None
    for axis in (axis for axis, size in enumerate(value.shape) if size == count):
        source, factor, shift = (np.moveaxis(a, axis, 0).reshape(count, -1) for a in (value.source, value.factor, value.shift))
        later = np.where(source[:1] < 0, -1, source[:1] + one.size * np.arange(count)[:, None])
        alike = (source == later).all() and (factor == factor[:1]).all() and (shift == shift[:1]).all()
        if alike and (source[0] < one.size).all() and (source[0] >= 0).any():
            first = lambda a: np.take(a, [0], axis)
            return Step(axis, type(value)(one, first(value.source), first(value.factor), first(value.shift)))
    return None


def all_of(value: Value, axis: int) -> Value:
    """The value over all steps, of one of a single step."""
    node = value.node.over_time()
    ones = [1] * len(value.shape)
    ones[axis] = node.steps
    later = value.node.size * np.arange(node.steps).reshape(ones)
    source = np.where(value.source < 0, -1, value.source + later)
    return type(value)(node, source, np.broadcast_to(value.factor, source.shape), np.broadcast_to(value.shift, source.shape))


def each(values: Many[Any], express: Callable[[list[Any]], Any], over_last: bool = False) -> Any:
    """Applies `express` to one step of each operand over time, and expands the results to all steps. If it is an operation on the
    last axis (over_last), and that is the axis of the steps, it is applied to all steps at once."""
    found = [of(value) if hasattr(value, "node") else None for value in values]
    axes = {step.axis - len(step.value.shape) for step in found if step}
    is_computed = [hasattr(value, "node") for value in values]
    if len(axes) != 1 or (over_last and axes == {-1}) or any(c and s is None for c, s in zip(is_computed, found)):
        return express(list(values))
    result = express([step.value if step else value for step, value in zip(found, values)])
    back = lambda value: all_of(value, axes.copy().pop() + len(value.shape))
    return [back(value) for value in result] if isinstance(result, list) else back(result)


def settled(value: Value) -> Value:
    """An equal value that selects a node's outputs, without factors and shifts."""
    step = of(value)
    if step is None:
        return type(value).of(value.settled(), value.shape)
    return all_of(type(value).of(step.value.settled(), step.value.shape), step.axis)


def sequence(value: Value, axis: int) -> Value:
    """The step of a value over time, along this axis, as a row. Raises ImportProblem of other values."""
    step = of(value)
    if step is None or step.axis != axis % len(value.shape):
        raise ImportProblem(f"an input of shape {list(value.shape)} that is no sequence of the model's steps")
    return step.value.reshaped((-1,))


def both_ways(value: Value, forward: Cell, backward: Cell) -> Value:
    """The outputs [steps, 2 units] of two cells, one of which begins with the last step, for the row of a step."""
    before = value.settled().over_time()
    layer = Bidirectional(before.steps, forward, backward)
    node = type(before)(math.prod(layer.output_shape), before, layer, before.steps)
    return type(value).of(node, layer.output_shape)


def causal_conv(x: Value, weight: np.ndarray, bias: Optional[np.ndarray], stride: int, pads: tuple[int, int], dilation: int,
                groups: int) -> Value:
    """The convolution [out, steps] of a value [in, steps], possibly with zeros before its first step."""
    span = (weight.shape[2] - 1) * dilation
    unknown = (x.source < 0) & (x.shift == 0)
    before = int(np.argmin(unknown.all(axis=0))) if unknown.any() else 0
    if stride != 1:
        raise ImportProblem(f"a stride of {stride} over time, and tenon's CausalConv gives an output for every step")
    weight = _of_all_inputs(weight, groups)
    if before + pads[0] != span or pads[1] != 0:
        raise ImportProblem(f"{before + pads[0]} zeros before the first step and {pads[1]} behind the last, and the kernel reads "
                            f"{span} steps back: over time tenon has convolutions that read no later steps")
    row = sequence(x.map(lambda a: a[:, before:]), 1)
    bias = np.zeros(weight.shape[0]) if bias is None else bias
    one = type(x).of(row.settled().then(CausalConv(weight, bias, dilation=dilation)), (weight.shape[0], 1))
    return all_of(one, 1)


def _of_all_inputs(weight: np.ndarray, groups: int) -> np.ndarray:
    """The weight of a convolution in groups, with zeros for the inputs of other groups."""
    parts, size = np.split(weight, groups), weight.shape[1]
    whole = [np.pad(part, [(0, 0), (g * size, (groups - 1 - g) * size), (0, 0)]) for g, part in enumerate(parts)]
    return np.concatenate(whole)


def last(value: Value) -> Value:
    """A value that takes the last step alone as one of a LastStep, and one of what two directions end with as of FinalStates."""
    node, taken = value.node, value.source >= 0
    if node.step is None or node.steps == 1 or not taken.any():
        return value
    first, size = (node.steps - 1) * node.step.size, node.step.size
    if value.source[taken].min() >= first:
        return _of_end(value, LastStep, np.where(taken, value.source - first, -1))
    is_last, half = value.source >= first, size // 2
    place = np.where(is_last, value.source - first, value.source)  # within the step
    is_end = (is_last | (value.source < size)) & (is_last == (place < half))
    if isinstance(node.layer, Bidirectional) and is_end[taken].all():
        return _of_end(value, FinalStates, np.where(taken, place, -1))
    return value


def _of_end(value: Value, layer: type, source: np.ndarray) -> Value:
    """The value as a selection of what LastStep or FinalStates gives."""
    node = value.node
    if layer not in node.ends:
        node.ends[layer] = node.then(layer((node.steps, node.step.size)))
    return type(value)(node.ends[layer], source, value.factor, value.shift)


def in_order(value: Value) -> tuple[Value, np.ndarray]:
    """A value over time as [steps, values], and the places of its elements in the other's; other values as they are."""
    places, step = np.arange(value.size), of(value)
    if step is None:
        return value, places
    first = lambda a: np.moveaxis(a, step.axis, 0).reshape(value.shape[step.axis], -1)
    return all_of(step.value.reshaped((1, -1)), 0), first(places.reshape(value.shape)).ravel()


__all__ = ["Step", "all_of", "both_ways", "causal_conv", "each", "in_order", "last", "of", "sequence", "settled"]
