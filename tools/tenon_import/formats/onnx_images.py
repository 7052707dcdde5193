"""The operators of ONNX for images and signals."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from tenon_import import graph
from tenon_import.errors import ImportProblem
from tenon_import.graph import Value
from tenon_import.images import AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool, Numbers, Pads, Upsample, same_pads, spans

Expression = Callable[[Any], Any]  # of an Operator of onnx_file


def _of_sample(express: Callable[[Any, Value], Value]) -> Expression:
    """An operator of [samples, channels, ...] by a function for one sample. The result has as many axes."""

    def with_samples(op: Any) -> Value:
        x = op.value()
        if x.shape[0] != 1 or len(x.shape) < 2:
            raise ImportProblem(f"an input of shape {list(x.shape)}, which is no sample with channels")
        y = express(op, x.reshaped(x.shape[1:]))
        return y.reshaped((1, *y.shape, *(1 for _ in x.shape[len(y.shape) + 1:])))

    return with_samples


def _each(op: Any, name: str, count: int, default: int = 1) -> Numbers:
    return tuple(op.attributes.get(name) or [default] * count)


def padding_of(op: Any, sizes: Numbers, span: Numbers, stride: Numbers) -> Pads:
    kind = op.attributes.get("auto_pad", b"NOTSET")
    if kind == b"NOTSET":
        numbers = op.attributes.get("pads") or [0] * 2 * len(sizes)
        return tuple(zip(numbers[: len(sizes)], numbers[len(sizes):]))
    if kind == b"VALID":
        return ((0, 0),) * len(sizes)
    pads = same_pads(sizes, span, stride)
    return pads if kind == b"SAME_UPPER" else tuple((after, before) for before, after in pads)


def _weight(op: Any, x: Value) -> np.ndarray:
    weight = op.constant(1).astype(float)
    if weight.ndim != len(x.shape) + 1 or len(x.shape) not in (2, 3):
        raise ImportProblem(f"a weight of shape {list(weight.shape)} and a sample of shape {list(x.shape)}: tenon has convolutions "
                            "of signals and images")
    return weight


def _bias(op: Any) -> Optional[np.ndarray]:
    return None if op.constant(2) is None else op.constant(2).astype(float)


def _conv(op: Any, x: Value) -> Value:
    weight, axes = _weight(op, x), len(x.shape) - 1
    stride, dilation = _each(op, "strides", axes), _each(op, "dilations", axes)
    pads = padding_of(op, x.shape[1:], spans(weight.shape[2:], dilation), stride)
    return graph.convolution(x, weight, _bias(op), stride, pads, dilation, op.attributes.get("group", 1))


def _conv_transpose(op: Any, x: Value) -> Value:
    weight, axes = _weight(op, x), len(x.shape) - 1
    stride, dilation, more = _each(op, "strides", axes), _each(op, "dilations", axes), _each(op, "output_padding", axes, 0)
    whole = [(size - 1) * step + span + rest for size, step, span, rest in
             zip(x.shape[1:], stride, spans(weight.shape[2:], dilation), more)]
    kind, sizes = op.attributes.get("auto_pad", b"NOTSET"), op.attributes.get("output_shape")
    if sizes is None and kind.startswith(b"SAME"):
        sizes = [size * step for size, step in zip(x.shape[1:], stride)]
        if any(size < wanted for size, wanted in zip(whole, sizes)):
            raise ImportProblem(f"auto_pad {kind.decode()} of a kernel that is shorter than strides {list(stride)}, of which "
                                "runtimes give other sizes")
    if sizes is None:
        pads = padding_of(op, x.shape[1:], (), stride)
        before, sizes = [b for b, _ in pads], [size - sum(pad) for size, pad in zip(whole, pads)]
    else:
        cut = [max(size - wanted, 0) for size, wanted in zip(whole, sizes[-axes:])]
        before = [c // 2 if kind == b"SAME_UPPER" else c - c // 2 for c in cut]
    return graph.convolution_transpose(x, weight, _bias(op), stride, tuple(before), tuple(sizes[-axes:]), dilation,
                                       op.attributes.get("group", 1))


def _pool(op: Any, x: Value) -> tuple[Numbers, Numbers, Pads, Numbers]:
    """Kernel, stride, pads, and the numbers of windows."""
    kernel = tuple(op.attributes["kernel_shape"])
    stride = _each(op, "strides", len(kernel))
    if len(kernel) != len(x.shape) - 1:
        raise ImportProblem(f"a kernel of shape {list(kernel)} and a sample of shape {list(x.shape)}")
    if max(_each(op, "dilations", len(kernel))) > 1:
        raise ImportProblem(f"dilations of {list(op.attributes['dilations'])}, and tenon's pools have none")
    kind = op.attributes.get("auto_pad", b"NOTSET")
    if kind.startswith(b"SAME") and any(step > k for k, step in zip(kernel, stride)):
        raise ImportProblem(f"auto_pad {kind.decode()} of kernel {list(kernel)} and longer strides {list(stride)}, of which "
                            "runtimes give other values")
    pads, ceil = padding_of(op, x.shape[1:], kernel, stride), bool(op.attributes.get("ceil_mode", 0))
    counts = []
    for size, k, step, pad in zip(x.shape[1:], kernel, stride, pads):
        rest = size + sum(pad) - k
        counts.append(rest // step + 1)
        if ceil and rest % step and (rest // step + 1) * step < size + pad[0]:  # no window begins behind the image
            counts[-1] += 1
    return kernel, stride, pads, tuple(counts)


def _max_pool(op: Any, x: Value) -> Value:
    if len([name for name in op.node.output if name]) > 1:
        raise ImportProblem("it gives the places of the maxima, too")
    kernel, stride, pads, counts = _pool(op, x)
    return graph.pool(x, pads, counts, lambda shape, padding, ceil: MaxPool(shape, kernel, stride, padding, ceil))


def _average_pool(op: Any, x: Value) -> Value:
    kernel, stride, pads, counts = _pool(op, x)
    if not op.attributes.get("count_include_pad", 0) or not np.any(pads):
        return graph.pool(x, pads, counts,
                          lambda shape, padding, ceil: AveragePool(shape, kernel, stride, padding, ceil, counts_padding=False))
    if op.attributes.get("ceil_mode", 0):
        raise ImportProblem("ceil_mode with count_include_pad, by which runtimes divide differently")
    if any(before != after for before, after in pads):
        x, pads = graph.pad(x, pads), ((0, 0),) * len(kernel)
    return graph.pool(x, pads, counts, lambda shape, padding, ceil: AveragePool(shape, kernel, stride, padding, ceil))


def _global(layer: type) -> Expression:
    return _of_sample(lambda op, x: graph.image(x, layer))


def _reduce(layer: type) -> Expression:
    """The mean, or the maximum, over all positions."""

    def express(op: Any) -> Value:
        x = op.value()
        axes = sorted(axis % len(x.shape) for axis in op.numbers("axes", 1, range(len(x.shape))))
        if axes != list(range(2, len(x.shape))):
            raise ImportProblem(f"it is over the axes {axes} of {len(x.shape)}, and tenon's is over the positions of each channel")
        y = _global(layer)(op)
        return y if op.attributes.get("keepdims", 1) else y.reshaped(y.shape[:2])

    return express


def _scales(op: Any, x: Value) -> list[float]:
    """How many times as long each axis becomes; the first is the samples'."""
    shape = (1, *x.shape)
    if op.node.op_type == "Upsample":
        return list(op.attributes.get("scales") or op.constant(1))
    axes = op.attributes.get("axes", range(len(shape)))
    scales, sizes = (op.constant(1) if op.opset < 11 else op.constant(2)), (None if op.opset < 11 else op.constant(3))
    given = list(scales) if scales is not None and np.size(scales) else [size / shape[axis] for size, axis in zip(sizes, axes)]
    found = [1.0] * len(shape)
    for axis, scale in zip(axes, given):
        found[axis] = float(scale)
    return found


def _places(mode: str, size: int, factor: int) -> np.ndarray:
    """The places in the input of the outputs along an axis."""
    o = np.arange(size * factor, dtype=float)
    if mode == "asymmetric":
        return o / factor
    if mode == "align_corners":
        return o * (size - 1) / max(size * factor - 1, 1)
    return np.zeros(1) if mode == "pytorch_half_pixel" and size * factor == 1 else (o + 0.5) / factor - 0.5


_ROUNDED = {"floor": np.floor, "ceil": np.ceil, "round_prefer_floor": lambda v: np.ceil(v - 0.5),
            "round_prefer_ceil": lambda v: np.floor(v + 0.5)}


def _resize(op: Any, x: Value) -> Value:
    scales = _scales(op, x)
    factors = tuple(round(scale) for scale in scales[2:])
    if scales[:2] != [1, 1] or any(f < 1 or abs(f - s) > 1e-6 * f for f, s in zip(factors, scales[2:])):
        raise ImportProblem(f"factors of {[float(s) for s in scales]}, and tenon's are whole numbers for rows and columns")
    text = lambda name, default: op.attributes.get(name, default.encode()).decode()
    is_old = op.node.op_type == "Upsample" or op.opset < 11
    mode, places = text("mode", "nearest"), text("coordinate_transformation_mode", "asymmetric" if is_old else "half_pixel")
    rounding = text("nearest_mode", "floor" if is_old else "round_prefer_floor")
    if places not in ("asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"):
        raise ImportProblem(f"the places {places}, which tenon does not have")
    if op.attributes.get("antialias", 0):
        raise ImportProblem("antialias, which tenon does not have")
    if mode == "nearest":
        for size, factor in zip(x.shape[1:], factors):
            found = np.clip(_ROUNDED[rounding](_places(places, size, factor)), 0, size - 1)
            if not np.array_equal(found, np.arange(size * factor) // factor):
                raise ImportProblem(f"nearest values by {places} and {rounding}, and tenon repeats each value {factor} times")
        return graph.image(x, lambda shape: Upsample(shape, factors))
    if mode != "linear" or places == "asymmetric":
        raise ImportProblem(f"mode {mode} with the places {places}, which tenon does not have")
    return graph.image(x, lambda shape: Upsample(shape, factors, True, places == "align_corners"))


def pad(op: Any, widths: list[tuple[int, int]], mode: bytes, fill: float) -> Value:
    """Pad as a layer of images."""
    x = op.value()
    names = {b"constant": "Zeros", b"reflect": "Reflect", b"edge": "Replicate", b"wrap": "Circular"}
    if mode not in names or fill != 0 or any(map(any, widths[:2])) or min(map(min, widths)) < 0:
        raise ImportProblem(f"mode {mode.decode()} with the value {fill:g} and widths {[list(w) for w in widths]}, and tenon pads "
                            "rows and columns of images by zeros, reflect, edge or wrap")
    return _of_sample(lambda op, x: graph.pad(x, tuple(widths[2:]), names[mode]))(op)


EXPRESSED: dict[str, Expression] = {
    "Conv": _of_sample(_conv),
    "ConvTranspose": _of_sample(_conv_transpose),
    "MaxPool": _of_sample(_max_pool),
    "AveragePool": _of_sample(_average_pool),
    "GlobalAveragePool": _global(GlobalAveragePool),
    "GlobalMaxPool": _global(GlobalMaxPool),
    "ReduceMean": _reduce(GlobalAveragePool),
    "ReduceMax": _reduce(GlobalMaxPool),
    "Resize": _of_sample(_resize),
    "Upsample": _of_sample(_resize),
}
