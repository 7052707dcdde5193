"""PyTorch's modules for images and signals. A sample is [channels, rows, columns] or [channels, positions]."""

from __future__ import annotations

import math
from typing import Any, Callable, Optional

from tenon_import import graph
from tenon_import.errors import ImportProblem
from tenon_import.graph import Value
from tenon_import.images import (AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool, Numbers, Pads, Upsample, same_pads, spans)

Entry = Callable[[Any, Value], Value]  # of a Module of torch_file
_MODES = {"zeros": "Zeros", "reflect": "Reflect", "replicate": "Replicate", "circular": "Circular"}


def _each(module: Any, name: str, axes: int, default: Optional[int] = None) -> Numbers:
    """A setting with a number for each axis, or one for all."""
    found = module.setting(name)
    found = default if found is None else found
    numbers = (found,) * axes if isinstance(found, int) else tuple(found)
    if len(numbers) != axes:
        raise ImportProblem(f"its {name} is {found}, for {axes} axes")
    return tuple(int(n) for n in numbers)


def _axes(x: Value, kind: str) -> int:
    axes = int(kind[-2])
    if len(x.shape) != axes + 1:
        raise ImportProblem(f"an input of shape {list(x.shape)}, and it takes {axes + 1} axes")
    return axes


def _convolution(module: Any, x: Value) -> Value:
    axes, weight = _axes(x, module.kind), module.array("weight")
    stride, dilation = _each(module, "stride", axes), _each(module, "dilation", axes)
    padding = module.setting("padding")
    if padding == "same":
        pads: Pads = same_pads(x.shape[1:], spans(weight.shape[2:], dilation), stride)
    else:
        pads = tuple((p, p) for p in ((0,) * axes if padding == "valid" else _each(module, "padding", axes)))
    mode = module.setting("padding_mode", "zeros")
    if mode != "zeros":
        x, pads = graph.pad(x, pads, _MODES[mode]), ((0, 0),) * axes
    return graph.convolution(x, weight, module.array("bias"), stride, pads, dilation, module.setting("groups"))


def _convolution_transpose(module: Any, x: Value) -> Value:
    axes, weight = _axes(x, module.kind), module.array("weight")
    stride, dilation, padding, more = (_each(module, name, axes) for name in ("stride", "dilation", "padding", "output_padding"))
    sizes = tuple((size - 1) * step + span + rest - 2 * cut for size, step, span, rest, cut in
                  zip(x.shape[1:], stride, spans(weight.shape[2:], dilation), more, padding))
    return graph.convolution_transpose(x, weight, module.array("bias"), stride, padding, sizes, dilation, module.setting("groups"))


def _max_pool(module: Any, x: Value) -> Value:
    axes = _axes(x, module.kind)
    kernel = _each(module, "kernel_size", axes)
    if max(_each(module, "dilation", axes, 1)) > 1 or module.setting("return_indices"):
        raise ImportProblem("dilations, or the places of the maxima as outputs, which tenon's pools do not have")
    stride = _each(module, "stride", axes) if module.setting("stride") else kernel
    padding, ceil = _each(module, "padding", axes, 0), bool(module.setting("ceil_mode"))
    return graph.image(x, lambda shape: MaxPool(shape, kernel, stride, padding, ceil))


def _average_pool(module: Any, x: Value) -> Value:
    axes = _axes(x, module.kind)
    kernel = _each(module, "kernel_size", axes)
    if module.setting("divisor_override"):
        raise ImportProblem("a divisor_override, which tenon's pools do not have")
    stride = _each(module, "stride", axes) if module.setting("stride") else kernel
    padding, ceil, counts = _each(module, "padding", axes, 0), bool(module.setting("ceil_mode")), module.setting("count_include_pad", True)
    return graph.image(x, lambda shape: AveragePool(shape, kernel, stride, padding, ceil, counts_padding=bool(counts)))


def _adaptive(pool: type, over_all: type) -> Entry:
    """A pool with so many windows; of one, over all positions."""

    def express(module: Any, x: Value) -> Value:
        axes = _axes(x, module.kind)
        wanted = module.setting("output_size")
        wanted = (wanted,) * axes if isinstance(wanted, int) or wanted is None else tuple(wanted)
        counts = tuple(size if count is None else count for size, count in zip(x.shape[1:], wanted))
        if max(counts) == 1:
            return graph.image(x, over_all).reshaped((x.shape[0], *counts))
        if any(size % count for size, count in zip(x.shape[1:], counts)):
            raise ImportProblem(f"{list(counts)} windows of {list(x.shape[1:])} values, which are not of one size")
        kernel = tuple(size // count for size, count in zip(x.shape[1:], counts))
        return graph.image(x, lambda shape: pool(shape, kernel, kernel))

    return express


def _pad(mode: str) -> Entry:
    def express(module: Any, x: Value) -> Value:
        axes = _axes(x, module.kind)
        if module.setting("value", 0) != 0:
            raise ImportProblem(f"padding by {module.setting('value')}, and tenon pads by zeros")
        widths = _each(module, "padding", 2 * axes)  # the last axis comes first
        return graph.pad(x, tuple(zip(widths[::2], widths[1::2]))[::-1], mode)

    return express


def _upsample(module: Any, x: Value) -> Value:
    sizes, factors, mode = module.setting("size"), module.setting("scale_factor"), module.setting("mode")
    axes = len(x.shape) - 1
    each = lambda found: tuple(found) if isinstance(found, (tuple, list)) else (found,) * axes
    scales = [size / old for size, old in zip(each(sizes), x.shape[1:])] if sizes is not None else [float(f) for f in each(factors)]
    found = tuple(round(scale) for scale in scales)
    if any(f < 1 or f != scale for f, scale in zip(found, scales)) or mode not in ("nearest", "linear", "bilinear"):
        raise ImportProblem(f'mode "{mode}" with factors of {scales}, and tenon has nearest and linear by whole numbers')
    return graph.image(x, lambda shape: Upsample(shape, found, mode != "nearest", bool(module.setting("align_corners"))))


def flatten(module: Any, x: Value) -> Value:
    if module.setting("start_dim", 1) != 1 or module.setting("end_dim", -1) not in (-1, len(x.shape)):
        raise ImportProblem(f"it is of the dimensions {module.setting('start_dim')} to {module.setting('end_dim')}, and tenon's is of all")
    return x.reshaped((x.size,))


def unflatten(module: Any, x: Value) -> Value:
    sizes = tuple(module.setting("unflattened_size"))
    if module.setting("dim") != 1 or len(x.shape) != 1 or math.prod(sizes) != x.size:
        raise ImportProblem(f"it makes {list(sizes)} of dimension {module.setting('dim')} of a sample of shape {list(x.shape)}, and tenon's "
                            "is of a row")
    return x.reshaped(sizes)


ENTRIES: dict[str, Entry] = {
    f"{kind}{axes}d": entry
    for kind, entry in {
        "Conv": _convolution, "ConvTranspose": _convolution_transpose, "MaxPool": _max_pool, "AvgPool": _average_pool,
        "AdaptiveAvgPool": _adaptive(AveragePool, GlobalAveragePool), "AdaptiveMaxPool": _adaptive(MaxPool, GlobalMaxPool),
        "ZeroPad": _pad("Zeros"), "ConstantPad": _pad("Zeros"), "ReflectionPad": _pad("Reflect"), "ReplicationPad": _pad("Replicate"),
        "CircularPad": _pad("Circular"),
    }.items()
    for axes in (1, 2)
} | {"Upsample": _upsample}
# What the modules of a TorchScript have, too.
SETTINGS = ("kernel_size", "stride", "padding", "dilation", "groups", "padding_mode", "output_padding", "ceil_mode", "count_include_pad",
            "divisor_override", "return_indices", "output_size", "scale_factor", "size", "mode", "align_corners", "start_dim", "end_dim",
            "normalized_shape", "value", "dim", "unflattened_size")

__all__ = ["ENTRIES", "SETTINGS", "flatten", "unflatten"]
