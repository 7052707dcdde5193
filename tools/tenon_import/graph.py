"""Builds layers from the operators of a graph.

A value of the graph is an affine selection of a node's outputs: element e is factor[e] * output[source[e]] + shift[e], or
shift[e] alone where source[e] is -1. So Reshape, Transpose, Pad, Slice, and a Mul or an Add of constants add no layer: they
change these arrays, which the next matrix takes in, or the one before.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Callable, Optional, Sequence

import numpy as np

from tenon_import import steps
from tenon_import.activations import IDENTITY, Activation
from tenon_import.cells import CausalConv, Sequence as StepsInSequence
from tenon_import.errors import ImportProblem
from tenon_import.images import Convolution, ConvolutionTranspose, ImageLayer, Numbers, Pad, Pads, Pool, same_pads, spans
from tenon_import.layers import (Activate, BatchNorm, Concat, Dense, Layer, LayerNorm, Net, Part, PRelu, Residual, SameShape, Scale,
                                 Shape, Split, Unflatten, ratio)
from tenon_import.shapes import shaped


class Node:
    """Outputs of a layer for those of its parent; the root is the model's input. A node with steps has the outputs of a step
    after another, and has a node of one step (steps.py)."""

    def __init__(self, size: int, parent: Optional[Node] = None, layer: Optional[Layer] = None, steps: int = 0,
                 step: Optional[Node] = None) -> None:
        self.size, self.parent, self.layer, self.steps = size, parent, layer, steps
        self.step = step or (Node(size // steps) if steps else None)
        self.sequence: Optional[Node] = None  # of a node of one step, that of all
        self.ends: dict[type, Node] = {}  # LastStep and FinalStates behind this one
        if self.step is not None:
            self.step.sequence = self

    def then(self, layer: Layer) -> Node:
        return Node(math.prod(layer.output_shape), self, layer)

    def over_time(self) -> Node:
        """The node over all steps, for this node of a single step."""
        if self.sequence is None:
            start = self.line()[-1]
            before = start.sequence
            layer = StepsInSequence(self.layers_after(start), before.steps)
            self.sequence = Node(before.steps * self.size, before, layer, before.steps, self)
        return self.sequence

    def shape(self) -> Optional[Shape]:
        """Shape of the outputs; None if it is free, as that of the model's input, or not known yet."""
        if self.layer is None or self.parent is None:
            return None
        if isinstance(self.layer, (Residual, SameShape)) and len(self.layer.output_shape) == 1:
            return self.parent.shape()
        return None if isinstance(self.layer, (Concat, Split)) else self.layer.output_shape

    def line(self) -> list[Node]:
        """This node and those before it."""
        node, nodes = self, [self]
        while node.parent is not None:
            node = node.parent
            nodes.append(node)
        return nodes

    def layers_after(self, ancestor: Node) -> list[Layer]:
        line = self.line()
        return [node.layer for node in reversed(line[: line.index(ancestor)])]


class Value:
    """An affine selection of a node's outputs, of any shape."""

    def __init__(self, node: Node, source: np.ndarray, factor: Optional[np.ndarray] = None,
                 shift: Optional[np.ndarray] = None) -> None:
        self.node, self.source = node, source
        self.factor = np.ones(source.shape) if factor is None else factor
        self.shift = np.zeros(source.shape) if shift is None else shift
        self._settled: Optional[Node] = None

    @staticmethod
    def of(node: Node, shape: Sequence[int]) -> Value:
        return Value(node, np.arange(node.size).reshape(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.source.shape

    @property
    def size(self) -> int:
        return self.source.size

    @property
    def is_unscaled(self) -> bool:
        return bool((self.factor == 1).all() and (self.shift == 0).all() and (self.source >= 0).all())

    @property
    def keeps_order(self) -> bool:
        return self.size == self.node.size and bool((self.source.ravel() == np.arange(self.size)).all())

    @property
    def is_permutation(self) -> bool:
        return sorted(self.source.ravel()) == list(range(self.node.size))

    def in_node_order(self) -> Value:
        """The elements of a permutation in the order of the node's outputs, as a row."""
        order = np.argsort(self.source.ravel())
        return self.map(lambda a: a.ravel()[order])

    def map(self, change) -> Value:
        """The same elements in another arrangement: change is applied to each array."""
        return Value(self.node, change(self.source), change(self.factor), change(self.shift))

    def reshaped(self, shape: Sequence[int]) -> Value:
        return self.map(lambda a: a.reshape(tuple(shape)))

    def padded(self, pads: Sequence[tuple[int, int]], value: float = 0.0) -> Value:
        return Value(self.node, np.pad(self.source, pads, constant_values=-1), np.pad(self.factor, pads, constant_values=0),
                     np.pad(self.shift, pads, constant_values=value))

    def affine(self, factor, shift) -> Value:
        """factor * value + shift; both are broadcast to the value's shape."""
        factor, shift = np.broadcast_to(factor, self.shape), np.broadcast_to(shift, self.shape)
        return Value(self.node, self.source, self.factor * factor, self.shift * factor + shift)

    def settled(self) -> Node:
        """A node whose outputs are this value's elements, in their order."""
        if self._settled is None:
            self._settled = self._settle()
        return self._settled

    def _settle(self) -> Node:
        node, source, factor, shift = self.node, self.source.ravel(), self.factor.ravel(), self.shift.ravel()
        if self.is_unscaled and self.keeps_order:
            return node
        step = steps.of(self)
        if step is not None and all(size == 1 for size in self.shape[:step.axis]):
            return step.value.settled().over_time()
        last = node.layer
        if isinstance(last, Dense) and last.is_linear and node.parent is not None:
            taken = (source >= 0)
            weight = np.where(taken[:, None], factor[:, None] * last.weight[source], 0)
            bias = shift if last.bias is None else shift + np.where(taken, factor * last.bias[source], 0)
            return node.parent.then(Dense(weight, bias if last.bias is not None or shift.any() else None))
        if isinstance(last, Convolution) and last.is_linear and node.parent is not None and self.keeps_order:
            factors, shifts = _of_channels(factor, last.channels), _of_channels(shift, last.channels)
            if factors is not None and shifts is not None:
                bias = shifts if last.bias is None else shifts + factors * last.bias
                return node.parent.then(replace(last, weight=last.scaled(factors),
                                                bias=bias if last.bias is not None or shift.any() else None))
        if isinstance(last, CausalConv) and last.is_linear and node.parent is not None and (
                self.keeps_order or ((source >= 0).all() and last.groups == 1)):
            weight = factor[:, None, None] * last.weight[source]
            bias = shift if last.bias is None else shift + factor * last.bias[source]
            return node.parent.then(replace(last, weight=weight, bias=bias))
        if self.keeps_order and (factor != 0).all():
            if isinstance(last, LayerNorm) and last.weight is None and node.parent is not None:
                return node.parent.then(LayerNorm(last.shape, factor, shift, last.epsilon))
            return node.then(Scale((self.size,), -shift / factor + 0.0, 1 / factor))
        if self.is_unscaled and (np.diff(source) == 1).all():
            return node.then(Part(node.size, int(source[0]), self.size))
        weight = np.zeros((self.size, node.size))
        weight[np.arange(self.size)[source >= 0], source[source >= 0]] = factor[source >= 0]
        return node.then(Dense(weight, shift if shift.any() else None))

    def without_shift(self) -> Value:
        """An equal value whose shift is 0, if a Scale can take it; else this one."""
        source, factor, shift = self.source.ravel(), self.factor.ravel(), self.shift.ravel()
        taken = source >= 0
        if not shift.any():
            return self
        if isinstance(self.node.layer, Dense) and self.node.layer.is_linear:
            return Value.of(self.settled(), self.shape)
        is_injective = len(set(source[taken])) == taken.sum()
        if not is_injective or (factor[taken] == 0).any() or shift[~taken].any():
            return self
        mean, deviation = np.zeros(self.node.size), np.ones(self.node.size)
        mean[source[taken]], deviation[source[taken]] = -shift[taken] / factor[taken] + 0.0, 1 / factor[taken]
        return Value(self.node.then(Scale((self.node.size,), mean, deviation)), self.source,
                     taken.astype(float).reshape(self.shape))


def _of_channels(values: np.ndarray, channels: int) -> Optional[np.ndarray]:
    """The value of each channel; None if those of a channel differ."""
    rows = values.reshape(channels, -1)
    return None if np.ptp(rows, axis=1).any() else rows[:, 0].copy()


def is_after_linear(value: Value) -> bool:
    return isinstance(value.node.layer, (CausalConv, Convolution, Dense)) and value.node.layer.is_linear


def dense(value: Value, weight: np.ndarray, bias: Optional[np.ndarray]) -> Value:
    """weight [out, in] times the value's elements, in their order, plus bias."""
    value = value.without_shift()
    node, source, factor, shift = value.node, value.source.ravel(), value.factor.ravel(), value.shift.ravel()
    if not (value.is_unscaled and value.keeps_order):
        if shift.any():
            bias = weight @ shift + (0 if bias is None else bias)
        taken = source >= 0
        gathered = np.zeros((node.size, weight.shape[0]))
        np.add.at(gathered, source[taken], (weight * factor).T[taken])
        weight = gathered.T
    return Value.of(node.then(Dense(np.asarray(weight, float), bias)), (weight.shape[0],))


def activate(value: Value, function: Activation) -> Value:
    if function == IDENTITY:
        return value
    # A rearrangement goes into the next matrix.
    if value.is_permutation:
        return Value(value.in_node_order().settled().then(Activate((value.size,), function)), value.source)
    if value.is_unscaled and not function.needs_all_values:
        return Value(value.node.then(Activate((value.node.size,), function)), value.source)
    return Value.of(value.settled().then(Activate((value.size,), function)), value.shape)


def clip(value: Value, low: float, high: float) -> Value:
    """The value between two bounds, as tenon's HardSigmoid of other constants."""
    from tenon_import.activations import activation

    if low == 0 and math.isinf(high):
        return activate(value, Activation("Relu"))
    if math.isinf(low) or math.isinf(high):
        raise ImportProblem("a bound on one side only, other than 0 below")
    unit = activation("HardSigmoidWith", 1 / (high - low), -low / (high - low))
    return activate(value, unit).affine(high - low, low)


def batch_norm(value: Value, weight, bias, mean, variance, epsilon: float, fold: bool, axis: int = 0) -> Value:
    """Batch normalisation with an element of each array for each index along an axis, that of the channels."""
    first = value.map(lambda a: np.moveaxis(a, axis, 0))
    back = lambda a: np.moveaxis(a, 0, axis)
    is_row = first.is_unscaled and first.keeps_order
    is_of_step = value.node.line()[-1].sequence is not None  # a Sequence takes no BatchNorm
    if (fold and is_after_linear(value)) or not is_row or is_of_step:
        factor = (1 if weight is None else weight) / np.sqrt(variance + epsilon)
        shift = (0 if bias is None else bias) - mean * factor
        each = lambda a: np.broadcast_to(a.reshape(-1, *(1 for _ in first.shape[1:])), first.shape)
        scaled = first.affine(each(factor), each(shift))
        return (Value.of(scaled.settled(), first.shape) if first.keeps_order else scaled).map(back)
    layer = BatchNorm(first.shape, weight, bias, mean, variance, epsilon=ratio(epsilon))
    return Value.of(first.settled().then(layer), first.shape).map(back)


def image(value: Value, make: Callable[[Shape], ImageLayer]) -> Value:
    """The layer make(shape) of images or signals, after a value of shape [channels, rows, columns] or [channels, positions]."""
    if len(value.shape) not in (2, 3):
        raise ImportProblem(f"a sample of shape {list(value.shape)}, and tenon has this layer for signals and images")
    node, layer = value.settled(), make(value.shape)
    if not _has_shape(node, value.shape):
        if value.node.shape() != (value.node.size,):
            raise ImportProblem(f"an image of shape {list(value.shape)} that is made of a rearranged image, for which tenon has no layer")
        node = node.then(Unflatten(value.shape))
    return Value.of(node.then(layer), layer.output_shape)


def channels_first(root: Node, shape: Shape) -> Value:
    """Values of a shape whose last axis is that of the channels, which come first among the outputs of the root."""
    return Value.of(root, (shape[-1], *shape[:-1])).map(lambda a: np.moveaxis(a, 0, -1))


def _has_shape(node: Node, shape: Shape) -> bool:
    """Whether a node's outputs may have a shape."""
    if isinstance(node.layer, Part):  # channels of an image
        before = node.parent.shape()
        positions = math.prod(shape[1:])
        return (before is None or before[1:] == shape[1:]) and node.layer.first % positions == 0
    return node.shape() in (None, shape)


def pad(value: Value, pads: Pads, mode: str = "Zeros") -> Value:
    return image(value, lambda shape: Pad(shape, pads, mode)) if np.any(pads) else value


def pool(value: Value, pads: Pads, counts: Numbers, make: Callable[[Shape, Numbers, bool], Pool]) -> Value:
    """The pool make(shape, padding, ceil) with so many windows, of which the first begin in the padding."""
    for ceil in (False, True):
        found = make(value.shape, tuple(before for before, _ in pads), ceil)
        if found.output_shape[1:] == counts:
            return image(value, lambda shape: found)
    raise ImportProblem(f"padding of {[list(pad) for pad in pads]} before and after each axis, with {list(counts)} windows, and "
                        "tenon pads both sides equally")


def convolution(value: Value, weight: np.ndarray, bias: Optional[np.ndarray], stride: Numbers, pads: Pads, dilation: Numbers,
                groups: int = 1) -> Value:
    """The convolution of a value of shape [channels, ...]. Padding that tenon's has not is a Pad before it."""
    value, factors = _without_factors(value)
    if factors is not None:
        of_outputs = np.repeat(factors.reshape(groups, -1), weight.shape[0] // groups, axis=0)  # [out, in / groups]
        weight = weight * of_outputs.reshape(*weight.shape[:2], *(1 for _ in weight.shape[2:]))
    has_pads = all(before == after for before, after in pads)
    if not has_pads and pads != same_pads(value.shape[1:], spans(weight.shape[2:], dilation), stride):
        value, pads = pad(value, pads), ()
    return image(value, lambda shape: Convolution(shape, weight, bias, IDENTITY, stride, pads, dilation, groups))


def convolution_transpose(value: Value, weight: np.ndarray, bias: Optional[np.ndarray], stride: Numbers, before: Numbers,
                          sizes: Numbers, dilation: Numbers, groups: int = 1) -> Value:
    """The transposed convolution of which so many rows and columns are cut off in front, and `sizes` are left. Where more are cut
    off behind than in front, the kernel gets zeros in front, so that tenon's, which cuts off as many, has the same outputs."""
    value, factors = _without_factors(value)
    weight = weight if factors is None else weight * factors.reshape(-1, *(1 for _ in weight.shape[1:]))
    more = []
    for axis, (size, step, cut, out, far) in enumerate(zip(value.shape[1:], stride, before, sizes, dilation)):
        rest = out - ((size - 1) * step + (weight.shape[axis + 2] - 1) * far + 1) + 2 * cut
        zeros = max(-(rest // far), 0)
        if zeros > weight.shape[axis + 2]:
            raise ImportProblem(f"{-rest} rows or columns more are cut off behind its output than in front")
        widths = [(0, 0)] * weight.ndim
        widths[axis + 2] = (zeros, 0)
        weight = np.pad(weight, widths)
        before = (*before[:axis], cut + zeros * far, *before[axis + 1:])
        more.append(rest + zeros * far)
    return image(value, lambda shape: ConvolutionTranspose(shape, weight, bias, IDENTITY, stride, tuple((b, b) for b in before),
                                                           dilation, groups, output_padding=tuple(more)))


def _without_factors(value: Value) -> tuple[Value, Optional[np.ndarray]]:
    """An image without its factors, and the factor of each channel, which a convolution's weights take; else the value itself."""
    if value.is_unscaled or not value.keeps_order or value.shift.any() or len(value.shape) < 2:
        return value, None
    factors = _of_channels(value.factor, value.shape[0])
    is_taken_before = is_after_linear(value)
    return (value, None) if factors is None or is_taken_before else (Value(value.node, value.source), factors)


def layer_norm(value: Value, weight, bias, epsilon: float) -> Value:
    shape = (value.size,)
    if weight is None and bias is not None:
        weight = np.ones(shape)
    elif weight is not None and bias is None:
        bias = np.zeros(shape)
    return Value.of(value.settled().then(LayerNorm(shape, weight, bias, ratio(epsilon))), value.shape)


def prelu(value: Value, slopes: np.ndarray) -> Value:
    slopes = np.broadcast_to(slopes, value.shape).ravel()
    if value.is_permutation and not value.keeps_order:
        ordered = prelu(value.in_node_order(), slopes[np.argsort(value.source.ravel())])
        return Value(ordered.node, value.source)
    return Value.of(value.settled().then(PRelu((value.size,), np.array(slopes, float))), value.shape)


def add(a: Value, b: Value) -> Value:
    """The sum of two values: x + f(x), or that of two branches, f(x) + g(x), as a Dense of ones after both."""
    if a.shape != b.shape:
        raise ImportProblem(f"a sum of shapes {list(a.shape)} and {list(b.shape)}")
    if a.is_permutation and not a.keeps_order and np.array_equal(a.source, b.source):  # rearranged after the sum
        return add(a.in_node_order(), b.in_node_order()).map(lambda v: v[a.source])
    first, second = a.settled(), b.settled()
    if first is second:
        return Value.of(first, a.shape).affine(2.0, 0.0)
    for x, y in ((first, second), (second, first)):
        if x in y.line():
            return Value.of(x.then(Residual(y.layers_after(x))), a.shape)
    both = concat([Value.of(first, (a.size,)), Value.of(second, (a.size,))], 0)
    return dense(both, np.hstack([np.eye(a.size)] * 2), None).reshaped(a.shape)


def concat(values: Sequence[Value], axis: int) -> Value:
    """The values one after another along an axis."""
    join = lambda arrays: np.concatenate(arrays, axis=axis)
    first = [value.map(lambda a: np.moveaxis(a, axis, 0)) for value in values]
    if axis % len(values[0].shape) and all(value.keeps_order for value in first):
        return concat(first, 0).map(lambda a: np.moveaxis(a, 0, axis))
    if all(value.node is values[0].node for value in values):
        return Value(values[0].node, join([v.source for v in values]), join([v.factor for v in values]),
                     join([v.shift for v in values]))
    nodes = [value.settled() for value in values]
    common = next(node for node in nodes[0].line() if all(node in other.line() for other in nodes))
    sources, first = [], 0
    for value, node in zip(values, nodes):
        sources.append(np.arange(first, first + node.size).reshape(value.shape))
        first += node.size
    branches = [node.layers_after(common) for node in nodes]
    parts = split(branches, common.size)
    layer = Concat([branch(layers, common.size) for layers in branches]) if parts is None else Split(parts)
    return Value(Node(first, common, layer), join(sources))  # their shapes are not known yet


def split(branches: Sequence[Sequence[Layer]], size: int) -> Optional[list[Layer]]:
    """Branches that each take a part of the values in front of them, these parts in their order, as those of a Split. None if they
    are not so."""
    if not all(layers and isinstance(layers[0], (Dense, Part)) for layers in branches):
        return None
    used = [_columns(layers[0]) for layers in branches]
    if any(columns.size == 0 for columns in used) or any(a.max() >= b.min() for a, b in zip(used, used[1:])):
        return None
    ends = [columns.max() + 1 for columns in used[:-1]] + [size]
    return [branch(_part(layers, first, end), end - first) for layers, first, end in zip(branches, [0, *ends], ends)]


def _columns(layer: Layer) -> np.ndarray:
    """The inputs on which the outputs depend."""
    if isinstance(layer, Part):
        return np.arange(layer.first, layer.first + layer.count)
    return np.flatnonzero(layer.weight.any(axis=0))


def _part(layers: Sequence[Layer], first: int, end: int) -> Sequence[Layer]:
    """The layers without the columns of the first matrix outside of [first, end), or without that matrix if it changes nothing."""
    dense = layers[0]
    if isinstance(dense, Part):
        if (dense.first, dense.first + dense.count) == (first, end):
            return layers[1:]
        dense = dense.as_dense()
    weight = dense.weight[:, first:end]
    if dense.is_linear and dense.bias is None and np.array_equal(weight, np.eye(end - first)):
        return layers[1:]
    return [Dense(weight, dense.bias, dense.activation), *layers[1:]]


def branch(layers: Sequence[Layer], size: int) -> Layer:
    """Layers in a row as one."""
    if not layers:
        return Activate((size,), IDENTITY)
    return layers[0] if len(layers) == 1 else Net(layers)


def layers_of(output: Value, root: Node) -> list[Layer]:
    """The net from the root to a value."""
    return shaped(output.settled().layers_after(root) or [Activate((root.size,), IDENTITY)], root.size)
