"""tenon's layers of images and signals as Python values, and what they compute. A sample is [channels, rows, columns] or
[channels, positions]; a tuple of numbers has one for each axis but the channels, and pads are pairs: before and after."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

import numpy as np

from tenon_import.activations import IDENTITY, Activation
from tenon_import.errors import ImportProblem
from tenon_import.layers import Layer, Shape, shape_text

Numbers = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]
MOST_VALUES = 2**25  # of one layer, far more than a compiler takes


def option(name: str, prefix: str, numbers: Sequence[int]) -> str:
    return f"{prefix}{name}<{', '.join(map(str, numbers))}>"


def spans(kernel: Numbers, dilation: Numbers) -> Numbers:
    """The lengths of a dilated kernel."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation))


def same_pads(sizes: Numbers, span: Numbers, stride: Numbers) -> Pads:
    """The padding that makes the output ceil(input / stride): tenon's Same, TensorFlow's "same", ONNX' SAME_UPPER."""
    totals = [max((-(-size // s) - 1) * s + k - size, 0) for size, k, s in zip(sizes, span, stride)]
    return tuple((total // 2, total - total // 2) for total in totals)


def _windows(x: np.ndarray, kernel: Numbers, stride: Numbers, dilation: Numbers) -> np.ndarray:
    """[..., outputs, elements of the kernel] of [..., positions]."""
    axes = tuple(range(-len(kernel), 0))
    view = np.lib.stride_tricks.sliding_window_view(x, spans(kernel, dilation), axis=axes)
    steps = [slice(None, None, step) for step in (*stride, *dilation)]
    return view[(..., *steps)]


def _padded(x: np.ndarray, pads: Sequence[tuple[int, int]], **how) -> np.ndarray:
    return np.pad(x, [(0, 0)] * (x.ndim - len(pads)) + list(pads), **how)


def correlated(x: np.ndarray, weight: np.ndarray, stride: Numbers, dilation: Numbers, groups: int) -> np.ndarray:
    """The products of weight [out, in / groups, kernel] and every window of x [samples, in, positions]."""
    view = _windows(x, weight.shape[2:], stride, dilation)
    elements = list(range(view.ndim - weight.ndim + 2, view.ndim))
    parts = [np.tensordot(v, w, ([1, *elements], list(range(1, weight.ndim))))
             for v, w in zip(np.split(view, groups, axis=1), np.split(weight, groups))]
    return np.moveaxis(np.concatenate(parts, axis=-1), -1, 1)


@dataclass(eq=False)
class ImageLayer(Layer):
    shape: Shape

    def __post_init__(self) -> None:
        self.input_shape = self.shape
        self.output_shape = (self.channels, *self.output_sizes())
        if min(self.output_shape) < 1:
            raise ImportProblem(f"nothing is left of an input of shape {list(self.shape)}")
        if math.prod(self.output_shape) > MOST_VALUES:
            raise ImportProblem(f"an output of shape {list(self.output_shape)}, and tenon-import reads up to {MOST_VALUES:,} values")

    @property
    def channels(self) -> int:
        """Channels of the output."""
        return self.shape[0]

    @property
    def sizes(self) -> Numbers:
        return self.shape[1:]

    def output_sizes(self) -> Numbers:
        raise NotImplementedError

    def arguments(self, prefix: str) -> list[str]:
        """Arguments of the C++ type after the shape."""
        return []

    def text(self, prefix: str) -> str:
        return f"{prefix}{type(self).__name__}<{', '.join([shape_text(self.shape, prefix), *self.arguments(prefix)])}>"

    def of_images(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def evaluate(self, x: np.ndarray) -> np.ndarray:
        return self.of_images(x.reshape(len(x), *self.shape)).reshape(len(x), -1)


@dataclass(eq=False)
class Convolution(ImageLayer):
    """Conv1D and Conv2D."""

    weight: np.ndarray  # [out, in / groups, kernel]
    bias: Optional[np.ndarray]
    activation: Activation = IDENTITY
    stride: Numbers = ()
    pads: Pads = ()
    dilation: Numbers = ()
    groups: int = 1
    same: bool = False  # whether the padding is written as Same

    def __post_init__(self) -> None:
        ones = (1,) * len(self.sizes)
        self.stride, self.dilation, self.pads = self.stride or ones, self.dilation or ones, self.pads or ((0, 0),) * len(self.sizes)
        self.kernel = self.weight.shape[2:]
        self._check()
        super().__post_init__()
        self.multiply_adds = self.weight.size * math.prod(self.positions)
        self.trainable = self.weight.size + (0 if self.bias is None else self.bias.size)

    def _check(self) -> None:
        wanted = (*self.weight.shape[:1], self.shape[0] // self.groups, *self.kernel)
        if len(self.kernel) != len(self.sizes) or self.weight.shape != wanted or self.weight.shape[0] % self.groups:
            raise ImportProblem(f"a weight of shape {list(self.weight.shape)} with {self.groups} groups for an input of shape "
                                f"{list(self.shape)}")
        self.same = self.same or any(before != after for before, after in self.pads)

    @property
    def channels(self) -> int:
        return self.weight.shape[0]

    @property
    def positions(self) -> Numbers:
        """Positions at which the kernel is applied."""
        return self.output_shape[1:]

    @property
    def is_linear(self) -> bool:
        return self.activation == IDENTITY

    def output_sizes(self) -> Numbers:
        return tuple((size + sum(pad) - span) // step + 1
                     for size, pad, span, step in zip(self.sizes, self.pads, spans(self.kernel, self.dilation), self.stride))

    def name(self) -> str:
        return f"Conv{len(self.sizes)}D"

    def padding_options(self, prefix: str) -> list[str]:
        if self.same:
            return [prefix + "Same"]
        return [option("Padding", prefix, [before for before, _ in self.pads])] if np.any(self.pads) else []

    def arguments(self, prefix: str) -> list[str]:
        found = [str(self.channels), option("Kernel", prefix, self.kernel)]
        found += [] if self.is_linear else [self.activation.text(prefix)]
        found += [option("Stride", prefix, self.stride)] if max(self.stride) > 1 else []
        found += self.padding_options(prefix)
        found += [option("Dilation", prefix, self.dilation)] if max(self.dilation) > 1 else []
        found += [option("Groups", prefix, [self.groups])] if self.groups > 1 else []
        return found + ([prefix + "NoBias"] if self.bias is None else [])

    def text(self, prefix: str) -> str:
        return f"{prefix}{self.name()}<{', '.join([shape_text(self.shape, prefix), *self.arguments(prefix)])}>"

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weight": self.weight} | ({} if self.bias is None else {"bias": self.bias})

    def parameters(self) -> np.ndarray:
        weight = np.moveaxis(self.weight, 0, -1).ravel()
        return weight if self.bias is None else np.concatenate([weight, self.bias])

    def scaled(self, factor: np.ndarray) -> np.ndarray:
        """The weight for outputs that are multiplied by a factor for each channel."""
        return self.weight * factor.reshape(-1, *(1 for _ in self.weight.shape[1:]))

    def sums(self, x: np.ndarray) -> np.ndarray:
        return correlated(_padded(x, self.pads), self.weight, self.stride, self.dilation, self.groups)

    def of_images(self, x: np.ndarray) -> np.ndarray:
        y = self.sums(x)
        if self.bias is not None:
            y = y + self.bias.reshape(-1, *(1 for _ in self.sizes))
        return self.activation.evaluate(y.reshape(len(x), -1))


@dataclass(eq=False)
class ConvolutionTranspose(Convolution):
    """ConvTranspose1D and ConvTranspose2D. The weight is [in, out / groups, kernel]."""

    output_padding: Numbers = ()

    def _check(self) -> None:
        self.output_padding = self.output_padding or (0,) * len(self.sizes)
        if len(self.kernel) != len(self.sizes) or self.weight.shape[0] != self.shape[0] or self.shape[0] % self.groups:
            raise ImportProblem(f"a weight of shape {list(self.weight.shape)} with {self.groups} groups for an input of shape "
                                f"{list(self.shape)}")
        if any(before != after for before, after in self.pads):
            raise ImportProblem(f"its output is cut by {list(self.pads)} before and after each axis, and tenon's by the same on "
                                "both sides")
        if any(o >= max(s, d) for o, s, d in zip(self.output_padding, self.stride, self.dilation)):
            raise ImportProblem(f"an output padding of {list(self.output_padding)}, which is not smaller than stride or dilation")

    @property
    def channels(self) -> int:
        return self.weight.shape[1] * self.groups

    @property
    def positions(self) -> Numbers:
        return self.sizes

    def output_sizes(self) -> Numbers:
        return tuple((size - 1) * step + span + more - sum(pad) for size, step, span, more, pad in
                     zip(self.sizes, self.stride, spans(self.kernel, self.dilation), self.output_padding, self.pads))

    def name(self) -> str:
        return f"ConvTranspose{len(self.sizes)}D"

    def padding_options(self, prefix: str) -> list[str]:
        more = [option("OutputPadding", prefix, self.output_padding)] if any(self.output_padding) else []
        return super().padding_options(prefix) + more

    def scaled(self, factor: np.ndarray) -> np.ndarray:
        each = [w * f.reshape(1, -1, *(1 for _ in self.sizes))
                for w, f in zip(np.split(self.weight, self.groups), np.split(factor, self.groups))]
        return np.concatenate(each)

    def sums(self, x: np.ndarray) -> np.ndarray:
        """The correlation, with the reversed kernel, of x with stride - 1 zeros between its values."""
        spread = np.zeros((*x.shape[:2], *((size - 1) * step + 1 for size, step in zip(self.sizes, self.stride))))
        spread[(..., *(slice(None, None, step) for step in self.stride))] = x
        span = spans(self.kernel, self.dilation)
        spread = _padded(spread, [(k - 1, k - 1 + more) for k, more in zip(span, self.output_padding)])
        reverse = self.weight[(..., *(slice(None, None, -1) for _ in self.kernel))]
        reverse = np.concatenate([np.swapaxes(w, 0, 1) for w in np.split(reverse, self.groups)])
        y = correlated(spread, reverse, (1,) * len(span), self.dilation, self.groups)
        return y[(..., *(slice(before, size - after) for (before, after), size in zip(self.pads, y.shape[2:])))]


@dataclass(eq=False)
class Pool(ImageLayer):
    kernel: Numbers
    stride: Numbers = ()
    padding: Numbers = ()
    ceil: bool = False  # a last window may end after the padding, but not begin there

    def __post_init__(self) -> None:
        self.stride, self.padding = self.stride or self.kernel, self.padding or (0,) * len(self.kernel)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel)):
            raise ImportProblem(f"a padding of {list(self.padding)}, which is more than half of the kernel {list(self.kernel)}")
        super().__post_init__()

    def output_sizes(self) -> Numbers:
        sizes = []
        for size, k, step, pad in zip(self.sizes, self.kernel, self.stride, self.padding):
            rest = size + 2 * pad - k
            whole = rest // step + 1
            sizes.append(whole + (self.ceil and rest >= 0 and rest % step != 0 and whole * step < size + pad))
        return tuple(sizes)

    def arguments(self, prefix: str) -> list[str]:
        divide = all((size + 2 * pad) % k == 0 for size, pad, k in zip(self.sizes, self.padding, self.kernel))
        found = [option("Kernel", prefix, self.kernel)]
        found += [option("Stride", prefix, self.stride)] if self.stride != self.kernel or not (divide or self.ceil) else []
        found += [option("Padding", prefix, self.padding)] if any(self.padding) else []
        return found + ([prefix + "CeilMode"] if self.ceil else [])

    def _ends(self) -> list[int]:
        """How many positions the last windows take behind the padding of each axis; negative where some are in no window."""
        return [(o - 1) * step + k - size - 2 * pad for o, step, k, size, pad in
                zip(self.output_shape[1:], self.stride, self.kernel, self.sizes, self.padding)]

    def windows(self, x: np.ndarray, fill: float, after: float) -> np.ndarray:
        """The windows of x in padding of the first value, and after it of the second, in one last dimension."""
        x = _padded(x, [(p, p) for p in self.padding], constant_values=fill)
        x = _padded(x, [(0, max(end, 0)) for end in self._ends()], constant_values=after)
        view = _windows(x, self.kernel, self.stride, (1,) * len(self.kernel))
        view = view[(slice(None), slice(None), *(slice(size) for size in self.output_shape[1:]))]
        return view.reshape(*view.shape[: -len(self.kernel)], -1)


@dataclass(eq=False)
class MaxPool(Pool):
    def of_images(self, x: np.ndarray) -> np.ndarray:
        return self.windows(x, -np.inf, -np.inf).max(axis=-1)


@dataclass(eq=False)
class AveragePool(Pool):
    counts_padding: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = math.prod(self.output_shape) * math.prod(self.kernel)

    def arguments(self, prefix: str) -> list[str]:
        excludes = any(self.padding) and not self.counts_padding
        return super().arguments(prefix) + ([prefix + "ExcludePadding"] if excludes else [])

    def of_images(self, x: np.ndarray) -> np.ndarray:
        counts = self.windows(np.ones((1, 1, *self.sizes)), float(self.counts_padding), 0).sum(axis=-1)
        return self.windows(x, 0, 0).sum(axis=-1) / counts


@dataclass(eq=False)
class GlobalAveragePool(ImageLayer):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = math.prod(self.shape)

    def output_sizes(self) -> Numbers:
        return ()

    def of_images(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(*x.shape[:2], -1).mean(axis=-1)


@dataclass(eq=False)
class GlobalMaxPool(ImageLayer):
    def output_sizes(self) -> Numbers:
        return ()

    def of_images(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(*x.shape[:2], -1).max(axis=-1)


@dataclass(eq=False)
class Upsample(ImageLayer):
    factors: Numbers
    bilinear: bool = False
    align_corners: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.multiply_adds = 3 * math.prod(self.output_shape) if self.bilinear else 0

    def output_sizes(self) -> Numbers:
        return tuple(size * factor for size, factor in zip(self.sizes, self.factors))

    def arguments(self, prefix: str) -> list[str]:
        modes = [prefix + "Bilinear"] if self.bilinear else []
        return [option("ScaleFactor", prefix, self.factors), *modes, *([prefix + "AlignCorners"] if self.align_corners else [])]

    def _matrix(self, size: int, factor: int) -> np.ndarray:
        """[outputs, inputs] of an axis."""
        places = np.arange(size * factor, dtype=float)
        if not self.bilinear:
            places = np.floor(places / factor)
        elif self.align_corners:
            places *= (size - 1) / max(size * factor - 1, 1)
        else:
            places = np.clip((places + 0.5) / factor - 0.5, 0, size - 1)
        return np.maximum(1 - np.abs(places[:, None] - np.arange(size)), 0)

    def of_images(self, x: np.ndarray) -> np.ndarray:
        for axis, (size, factor) in enumerate(zip(self.sizes, self.factors), 2):
            x = np.moveaxis(np.tensordot(x, self._matrix(size, factor), (axis, 1)), -1, axis)
        return x


PAD_MODES = {"Zeros": "constant", "Reflect": "reflect", "Replicate": "edge", "Circular": "wrap"}  # and NumPy's names


@dataclass(eq=False)
class Pad(ImageLayer):
    pads: Pads
    mode: str = "Zeros"

    def __post_init__(self) -> None:
        super().__post_init__()
        most = {"Reflect": -1, "Circular": 0}.get(self.mode)
        if most is not None and any(max(pad) > size + most for pad, size in zip(self.pads, self.sizes)):
            raise ImportProblem(f"padding of {list(self.pads)}, which is more than an input of shape {list(self.shape)} has")

    def output_sizes(self) -> Numbers:
        return tuple(size + sum(pad) for size, pad in zip(self.sizes, self.pads))

    def arguments(self, prefix: str) -> list[str]:
        is_even = all(before == after for before, after in self.pads)
        numbers = [before for before, _ in self.pads] if is_even else [n for pad in self.pads for n in pad]
        return [option("Padding", prefix, numbers), prefix + self.mode]

    def of_images(self, x: np.ndarray) -> np.ndarray:
        return _padded(x, self.pads, mode=PAD_MODES[self.mode])
