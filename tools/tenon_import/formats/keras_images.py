"""Keras' layers of images and signals. Keras' samples are [rows, columns, channels] unless data_format says otherwise, and tenon's
[channels, rows, columns]: a value is rearranged before and after a layer, and the arrangement goes into the next Dense."""

from __future__ import annotations

import math
from typing import Any, Callable

import numpy as np

from tenon_import import graph
from tenon_import.errors import ImportProblem
from tenon_import.graph import Node, Value
from tenon_import.images import (AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool, Numbers, Pads, Upsample, same_pads, spans)
from tenon_import.layers import Net

Form = Callable[[Any, Value], Value]  # of a KerasLayer and a value [channels, ...]


def is_channels_last(layer: Any) -> bool:
    return layer.config.get("data_format", "channels_last") != "channels_first"


def express(form: Form, layer: Any, x: Value) -> Value:
    is_last = is_channels_last(layer)
    y = form(layer, x.map(lambda a: np.moveaxis(a, -1, 0)) if is_last else x)
    return y.map(lambda a: np.moveaxis(a, 0, -1)) if is_last else y


def numbers(form: Form, layer: Any, x: np.ndarray) -> np.ndarray:
    """The same of samples, by tenon's layers."""
    is_last, root = is_channels_last(layer), Node(math.prod(x.shape[1:]))
    first = np.moveaxis(x, -1, 1) if is_last else x
    y = form(layer, Value.of(root, first.shape[1:]))
    result = Net(graph.layers_of(y, root)).evaluate(first.reshape(len(x), -1)).reshape(len(x), *y.shape)
    return np.moveaxis(result, 1, -1) if is_last else result


def _each(layer: Any, name: str, axes: int, default: Any = 1) -> Numbers:
    given = layer.config.get(name)
    given = default if given is None else given
    return (given,) * axes if isinstance(given, int) else tuple(given)


def _pads(layer: Any, sizes: Numbers, span: Numbers, stride: Numbers) -> Pads:
    kind = layer.config.get("padding", "valid")
    if kind == "same":
        return same_pads(sizes, span, stride)
    if kind not in ("valid", "causal"):
        raise ImportProblem(f'the padding "{kind}"')
    return tuple((s - 1 if kind == "causal" else 0, 0) for s in span)


def _bias(layer: Any, place: int) -> Any:
    return layer.weights[place].astype(float) if layer.config.get("use_bias", True) else None


def _convolved(layer: Any, x: Value, weight: np.ndarray, bias: Any, groups: int) -> Value:
    axes = len(x.shape) - 1
    stride, dilation = _each(layer, "strides", axes), _each(layer, "dilation_rate", axes)
    pads = _pads(layer, x.shape[1:], spans(weight.shape[2:], dilation), stride)
    return graph.convolution(x, weight, bias, stride, pads, dilation, groups)


def _weight(layer: Any, place: int) -> np.ndarray:
    """[out, in, ...] of a kernel [..., in, out]."""
    return np.moveaxis(layer.weights[place].astype(float), (-1, -2), (0, 1))


def _conv(layer: Any, x: Value) -> Value:
    return _convolved(layer, x, _weight(layer, 0), _bias(layer, 1), layer.config.get("groups", 1))


def _depthwise_weight(layer: Any) -> np.ndarray:
    """[in * multiplier, 1, ...] of a kernel [..., in, multiplier]."""
    weight = np.moveaxis(layer.weights[0].astype(float), (-2, -1), (0, 1))
    return weight.reshape(-1, 1, *weight.shape[2:])


def _depthwise(layer: Any, x: Value) -> Value:
    return _convolved(layer, x, _depthwise_weight(layer), _bias(layer, 1), x.shape[0])


def _separable(layer: Any, x: Value) -> Value:
    y, ones = _convolved(layer, x, _depthwise_weight(layer), None, x.shape[0]), (1,) * (len(x.shape) - 1)
    return graph.convolution(y, _weight(layer, 1), _bias(layer, 2), ones, ((0, 0),) * len(ones), ones)


def _transpose(layer: Any, x: Value) -> Value:
    """Keras cuts off and adds rows and columns so that the output has input * stride of them ("same"), or no part of the kernel is
    missing ("valid")."""
    weight, axes = _weight(layer, 0), len(x.shape) - 1  # [in, out, ...], because Keras' kernel is [..., out, in]
    is_same = layer.config.get("padding", "valid") == "same"
    stride, dilation = _each(layer, "strides", axes), _each(layer, "dilation_rate", axes)
    given = layer.config.get("output_padding")
    before, sizes = [], []
    for axis, (size, step, span) in enumerate(zip(x.shape[1:], stride, spans(weight.shape[2:], dilation))):
        more = None if given is None else _each(layer, "output_padding", axes)[axis]
        if is_same:
            total = step + span - 2 if more is None else span + span % 2 - 2 + more
            left = min(total // 2 + total % 2, span - 1)
        else:
            left, total = span - 1, 2 * (span - 1) + (max(span, step) - span if more is None else more)
        before.append(span - 1 - left)
        sizes.append((size - 1) * step + 2 + total - span)
    return graph.convolution_transpose(x, weight, _bias(layer, 1), stride, tuple(before), tuple(sizes), dilation)


def _pool(layer: Any, x: Value, is_average: bool) -> Value:
    axes = len(x.shape) - 1
    kernel = _each(layer, "pool_size", axes, 2)
    stride = _each(layer, "strides", axes, kernel)
    pads = _pads(layer, x.shape[1:], kernel, stride)
    counts = tuple((size + sum(pad) - k) // step + 1 for size, pad, k, step in zip(x.shape[1:], pads, kernel, stride))
    make = (lambda *a: AveragePool(*a, counts_padding=False)) if is_average else MaxPool
    return graph.pool(x, pads, counts, lambda shape, padding, ceil: make(shape, kernel, stride, padding, ceil))


def _global(kind: type) -> Form:
    def form(layer: Any, x: Value) -> Value:
        y = graph.image(x, kind)
        return y.reshaped((*y.shape, *(1 for _ in x.shape[1:]))) if layer.config.get("keepdims") else y

    return form


def _zero_padding(layer: Any, x: Value) -> Value:
    given = layer.config["padding"]
    if isinstance(given, int) or (len(x.shape) == 2 and isinstance(given[0], int)):
        pads = [given if not isinstance(given, int) else (given, given)] * (len(x.shape) - 1)
    else:
        pads = [(pad, pad) if isinstance(pad, int) else pad for pad in given]
    return graph.pad(x, tuple((int(before), int(after)) for before, after in pads))


def _up_sampling(layer: Any, x: Value) -> Value:
    mode = layer.config.get("interpolation", "nearest")
    if mode not in ("nearest", "bilinear"):
        raise ImportProblem(f'the interpolation "{mode}", and tenon has nearest and bilinear')
    factors = _each(layer, "size", len(x.shape) - 1, 2)
    return graph.image(x, lambda shape: Upsample(shape, factors, mode == "bilinear"))


_average: Form = lambda layer, x: _pool(layer, x, True)
_max: Form = lambda layer, x: _pool(layer, x, False)
_forms: dict[str, Form] = {
    "Conv{}": _conv,
    "Conv{}Transpose": _transpose,
    "DepthwiseConv{}": _depthwise,
    "SeparableConv{}": _separable,
    "MaxPooling{}": _max,
    "AveragePooling{}": _average,
    "GlobalMaxPooling{}": _global(GlobalMaxPool),
    "GlobalAveragePooling{}": _global(GlobalAveragePool),
    "ZeroPadding{}": _zero_padding,
    "UpSampling{}": _up_sampling,
}
FORMS = {name.format(axes): form for name, form in _forms.items() for axes in ("1D", "2D")}
