"""Reads the text of a net's type, and makes its layers of tensors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable, Iterator, Mapping, Optional

import numpy as np

from tenon_import.activations import IDENTITY, Activation, names
from tenon_import.cells import (GRU, LSTM, RNN, TANH, Bidirectional, CausalConv, CausalConv2D, Cell, FinalStates, GRUResetBefore,
                                LastStep, Sequence, TrainedState)
from tenon_import.errors import ImportProblem
from tenon_import.images import (PAD_MODES, AveragePool, Convolution, ConvolutionTranspose, GlobalAveragePool, GlobalMaxPool, MaxPool,
                                 Pad, Upsample, same_pads, spans)
from tenon_import.layers import (Activate, BatchNorm, Concat, Dense, Dropout, Flatten, Layer, LayerNorm, Net, PRelu, Residual,
                                 Scale, Split, Unflatten)
from tenon_import.wavenet import SkipLayers, WaveNet


@dataclass
class Type:
    """A name with its arguments: types and numbers."""

    name: str
    arguments: list[Type]

    def numbers(self) -> list[int]:
        return [int(a.name) for a in self.arguments]

    def fraction(self) -> Fraction:
        return Fraction(*self.numbers())


def parse(text: str) -> Type:
    """Raises ImportProblem if the text is no type."""
    words = re.findall(r"[A-Za-z_][\w:]*|-?\d+|[<>,]", text)
    if "".join(words) != re.sub(r"\s", "", text):
        raise ImportProblem(f'"{text[:80]}" is no type of a net')
    found, rest = _parse(words, 0)
    if rest != len(words):
        raise ImportProblem(f'"{text[:80]}" is no type of a net')
    return found


def _parse(words: list[str], at: int) -> tuple[Type, int]:
    if at >= len(words) or words[at] in "<>,":
        raise ImportProblem("its type is incomplete")
    found, at = Type(words[at].removeprefix("tenon::"), []), at + 1
    if at < len(words) and words[at] == "<":
        while words[at] != ">":
            argument, at = _parse(words, at + 1)
            found.arguments.append(argument)
            if at >= len(words) or words[at] not in ",>":
                raise ImportProblem("its type is incomplete")
        at += 1
    return found, at


def _shape(of: Type) -> tuple[int, ...]:
    return tuple(of.arguments[0].numbers())


def _activation(of: Optional[Type]) -> Activation:
    if of is None:
        return IDENTITY
    if of.name not in names:
        raise ImportProblem(f"{of.name} is no activation of tenon")
    return Activation(of.name, tuple(a.fraction() for a in of.arguments))


class _Tensors:
    """Tensors by name, below a prefix; those that are taken are noted. In sequential files, activations are counted, too."""

    def __init__(self, tensors: Mapping[str, np.ndarray], taken: set[str], is_sequential: bool, prefix: str = "") -> None:
        self.all, self.taken, self.is_sequential, self.prefix = tensors, taken, is_sequential, prefix

    def below(self, name: int) -> _Tensors:
        return _Tensors(self.all, self.taken, self.is_sequential, f"{self.prefix}{name}.")

    def take(self, name: str, *shape: int) -> np.ndarray:
        full = self.prefix + name
        if full not in self.all:
            raise ImportProblem(f'it has no tensor "{full}"')
        if self.all[full].shape != shape:
            raise ImportProblem(f'tensor "{full}" has the shape {list(self.all[full].shape)}, not {list(shape)}')
        self.taken.add(full)
        return self.all[full].astype(float)


_OF_CELL = re.compile(r"((?:weight|bias)_(?:ih|hh)_l)(\d+)((?:_reverse)?)")


def modules_of(tensors: Mapping[str, np.ndarray]) -> Iterator[dict[str, str]]:
    """The names of each module's tensors in the file; modules in the order of the tensors. Each cell of a module is one."""
    modules: dict[tuple[str, int], dict[str, str]] = {}
    positions: dict[str, int] = {}
    for name in tensors:
        prefix, _, short = name.rpartition(".")
        of_cell = _OF_CELL.fullmatch(short)
        number, short = (int(of_cell[2]), f"{of_cell[1]}0{of_cell[3]}") if of_cell else (0, short)
        modules.setdefault((prefix, number), {})[short] = name
        positions.setdefault(prefix, len(positions))
    order = sorted(modules, key=lambda key: (positions[key[0]], key[1]))
    return iter([modules[key] for key in order])


class _InOrder(_Tensors):
    """Tensors of modules of any names: each layer that takes some has the next module."""

    def __init__(self, tensors: Mapping[str, np.ndarray], taken: set[str], modules: Iterator[dict[str, str]]) -> None:
        super().__init__(tensors, taken, False)
        self.modules, self.names = modules, None

    def below(self, name: int) -> _Tensors:
        return _InOrder(self.all, self.taken, self.modules)

    def take(self, name: str, *shape: int) -> np.ndarray:
        if self.names is None:
            self.names = next(self.modules, None)
        if self.names is None:
            raise ImportProblem("its type has more layers than the file has modules")
        if name not in self.names:
            raise ImportProblem(f'it has no tensor "{next(iter(self.names.values())).rpartition(".")[0]}.{name}"')
        self.prefix = ""
        return super().take(self.names[name], *shape)


def _argument(of: Type, i: int) -> Optional[Type]:
    return of.arguments[i] if i < len(of.arguments) else None


def _dense(of: Type, tensors: _Tensors) -> Layer:
    inputs, out = int(of.arguments[0].name), int(of.arguments[1].name)
    has_bias = _argument(of, 3) is None or of.arguments[3].name != "false"
    return Dense(tensors.take("weight", out, inputs), tensors.take("bias", out) if has_bias else None, _activation(_argument(of, 2)))


def _batch_norm(of: Type, tensors: _Tensors) -> Layer:
    shape, count = _shape(of), _shape(of)[0]
    settings = [a.fraction() for a in of.arguments[1:3]] + [Fraction(1, 10), Fraction(1, 100000)][len(of.arguments[1:3]):]
    is_affine = _argument(of, 3) is None or of.arguments[3].name != "false"
    affine = [tensors.take(name, count) for name in ("weight", "bias")] if is_affine else [None, None]
    return BatchNorm(shape, *affine, tensors.take("running_mean", count), tensors.take("running_var", count), *settings)


def _layer_norm(of: Type, tensors: _Tensors) -> Layer:
    shape = _shape(of)
    epsilon = of.arguments[1].fraction() if len(of.arguments) > 1 else Fraction(1, 100000)
    is_affine = _argument(of, 2) is None or of.arguments[2].name != "false"
    tensor_shape = LayerNorm(shape, None, None).tensor_shape
    affine = [tensors.take(name, *tensor_shape) for name in ("weight", "bias")] if is_affine else [None, None]
    return LayerNorm(shape, *affine, epsilon)


def _scale(of: Type, tensors: _Tensors) -> Layer:
    size = int(np.prod(_shape(of)))
    return Scale(_shape(of), tensors.take("mean", size), tensors.take("deviation", size))


class _Options:
    """The options of a convolution or a pool, in any order. Numbers are one for each axis."""

    def __init__(self, of: Type, first: int, known: tuple[str, ...]) -> None:
        self.given = {option.name: option for option in of.arguments[first:]}
        self.activations = [option for option in self.given.values() if option.name in names]
        others = [name for name in self.given if name not in known and name not in names]
        if others:
            raise ImportProblem(f"{others[0]} is no option of {of.name} that tenon-import reads")

    def numbers(self, name: str) -> tuple[int, ...]:
        return tuple(self.given[name].numbers()) if name in self.given else ()


def _convolution(of: Type, tensors: _Tensors) -> Layer:
    shape, out, kernel = _shape(of), int(of.arguments[1].name), tuple(of.arguments[2].numbers())
    options = _Options(of, 3, ("Stride", "Padding", "Same", "Valid", "Dilation", "Groups", "NoBias", "OutputPadding"))
    is_transposed, groups = of.name.startswith("ConvTranspose"), (*options.numbers("Groups"), 1)[0]
    ends = (shape[0], out // groups) if is_transposed else (out, shape[0] // groups)
    ones = (1,) * len(kernel)
    stride, dilation = options.numbers("Stride") or ones, options.numbers("Dilation") or ones
    same = "Same" in options.given
    pads = same_pads(shape[1:], spans(kernel, dilation), stride) if same else tuple((p, p) for p in options.numbers("Padding"))
    activation = _activation(options.activations[0] if options.activations else None)
    bias = None if "NoBias" in options.given else tensors.take("bias", out)
    common = (shape, tensors.take("weight", *ends, *kernel), bias, activation, stride, pads, dilation, groups)
    if is_transposed:
        return ConvolutionTranspose(*common, output_padding=options.numbers("OutputPadding"))
    return Convolution(*common, same=same)


def _pool(of: Type, tensors: _Tensors) -> Layer:
    is_average = of.name == "AveragePool"
    options = _Options(of, 2, ("Stride", "Padding", "CeilMode") + (("ExcludePadding",) if is_average else ()))
    common = (_shape(of), tuple(of.arguments[1].numbers()), options.numbers("Stride"), options.numbers("Padding"),
              "CeilMode" in options.given)
    return AveragePool(*common, counts_padding="ExcludePadding" not in options.given) if is_average else MaxPool(*common)


def _pad(of: Type, tensors: _Tensors) -> Layer:
    shape, numbers, mode = _shape(of), of.arguments[1].numbers(), _argument(of, 2)
    pads = zip(numbers, numbers) if len(numbers) < len(shape) else zip(numbers[::2], numbers[1::2])
    if mode is not None and mode.name not in PAD_MODES:
        raise ImportProblem(f"{mode.name} is no mode of Pad")
    return Pad(shape, tuple(pads), "Zeros" if mode is None else mode.name)


def _upsample(of: Type, tensors: _Tensors) -> Layer:
    options = _Options(of, 2, ("Nearest", "Bilinear", "AlignCorners"))
    return Upsample(_shape(of), tuple(of.arguments[1].numbers()), "Bilinear" in options.given, "AlignCorners" in options.given)


def _cell(of: Type, tensors: _Tensors, ending: str = "") -> Cell:
    """LSTM, GRU and RNN; the ending is that of the names of tensors."""
    inputs, units = (int(a.name) for a in of.arguments[:2])
    third = _argument(of, 2)
    is_before = third is not None and third.name == "ResetBefore"
    kind: type = {"LSTM": LSTM, "GRU": GRUResetBefore if is_before else GRU, "RNN": RNN}[of.name]
    rows = kind.gates * units
    weights = [tensors.take(f"weight_ih_l0{ending}", rows, inputs), tensors.take(f"weight_hh_l0{ending}", rows, units)]
    biases = [tensors.take(f"bias_{part}_l0{ending}", rows) for part in ("ih", "hh")]
    return RNN(*weights, *biases, _activation(third) if third else TANH) if kind is RNN else kind(*weights, *biases)


def _bidirectional(of: Type, tensors: _Tensors) -> Layer:
    cell = of.arguments[1]
    return Bidirectional(int(of.arguments[0].name), _cell(cell, tensors), _cell(cell, tensors, "_reverse"))


def _trained_state(of: Type, tensors: _Tensors) -> Layer:
    cell = _cell(of.arguments[0], tensors)
    states = ["initial_h", "initial_c"] if isinstance(cell, LSTM) else ["initial_h"]
    return TrainedState(cell, *(tensors.take(name, cell.units) for name in states))


def _skip_layers(of: Type, tensors: _Tensors, takes: int, inputs: int) -> SkipLayers:
    channels, head = (int(a.name) for a in of.arguments[:2])
    (kernel,), dilations = of.arguments[2].numbers(), of.arguments[3].numbers()
    options = _Options(of, 4, ("WithGate", "SkipConv", "NoCondition"))
    has_gate, skip = "WithGate" in options.given, (*options.numbers("SkipConv"), 0)[0]
    n, sums = len(dilations), 2 * channels if has_gate else channels
    shapes = {"rechannel.weight": (channels, takes), "conv.weight": (n, sums, channels, kernel), "conv.bias": (n, sums),
              "input_mixer.weight": (n, sums, inputs), "layer1x1.weight": (n, channels, channels), "layer1x1.bias": (n, channels),
              "head_rechannel.weight": (head, skip or channels), "head_rechannel.bias": (head,), "skip.weight": (n, skip, channels),
              "skip.bias": (n, skip)}
    absent = (["input_mixer.weight"] if "NoCondition" in options.given else []) + ([] if skip else ["skip.weight", "skip.bias"])
    found = (None if name in absent else tensors.take(name, *shape) for name, shape in shapes.items())
    return SkipLayers(tuple(dilations), *found, _activation(options.activations[0]) if options.activations else TANH, has_gate)


def _wavenet(of: Type, tensors: _Tensors) -> Layer:
    inputs = int(of.arguments[0].name)
    layers: list[SkipLayers] = []
    for i, part in enumerate(of.arguments[1:]):
        layers.append(_skip_layers(part, tensors.below(i), layers[-1].channels if layers else inputs, inputs))
    return WaveNet(layers)


def _causal_conv(of: Type, tensors: _Tensors) -> Layer:
    inputs, out = (int(a.name) for a in of.arguments[:2])
    kernel, options = of.arguments[2].numbers()[0], _Options(of, 3, ("Dilation", "Groups", "NoBias"))
    activation = _activation(options.activations[0] if options.activations else None)
    dilation, groups = ((*options.numbers(name), 1)[0] for name in ("Dilation", "Groups"))
    weight = tensors.take("weight", out, inputs // groups, kernel)
    bias = None if "NoBias" in options.given else tensors.take("bias", out)
    return CausalConv(weight, bias, activation, dilation, groups)


def _causal_conv_2d(of: Type, tensors: _Tensors) -> Layer:
    shape, out, kernel = _shape(of), int(of.arguments[1].name), tuple(of.arguments[2].numbers())
    options = _Options(of, 3, ("Stride", "Padding", "Same", "Valid", "Dilation", "Groups", "NoBias"))
    groups = (*options.numbers("Groups"), 1)[0]
    stride, dilation = options.numbers("Stride") or (1, 1), options.numbers("Dilation") or (1, 1)
    same = "Same" in options.given
    of_features = (same_pads(shape[1:], spans(kernel, dilation)[1:], stride[1:]) if same
                   else tuple((p, p) for p in options.numbers("Padding")[1:]))
    activation = _activation(options.activations[0] if options.activations else None)
    bias = None if "NoBias" in options.given else tensors.take("bias", out)
    weight = tensors.take("weight", out, shape[0] // groups, *kernel)
    return CausalConv2D(shape, weight, bias, activation, stride, ((0, 0), *of_features) if of_features else (), dilation, groups, same)


def _modules(of: Type) -> int:
    """The modules of torch.nn.Sequential that a layer is: an activation after a matrix is one of its own, and so is
    the Flatten after an adaptive pool."""
    if of.name == "Frozen":
        return _modules(of.arguments[0])
    if of.name in ("GlobalAveragePool", "GlobalMaxPool"):
        return 2
    has_activation = of.name.startswith(("Conv", "Dense")) and any(a.name in names and a.name != "Identity" for a in of.arguments)
    return 2 if has_activation else 1


def _within(of: Type, tensors: _Tensors) -> list[Layer]:
    layers, number = [], 0
    for part in of.arguments:
        layers.append(layer(part, tensors.below(number)))
        number += _modules(part) if tensors.is_sequential and of.name not in ("Concat", "Split") else 1
    return layers


def _net(of: Type, tensors: _Tensors) -> Layer:
    arguments = of.arguments[1:] if of.name == "NetOf" else of.arguments
    return Net(_within(Type("Net", arguments), tensors))


LAYERS: dict[str, Callable[[Type, _Tensors], Layer]] = {
    "Dense": _dense,
    "Activate": lambda of, tensors: Activate(_shape(of), _activation(of.arguments[1])),
    "BatchNorm": _batch_norm,
    "LayerNorm": _layer_norm,
    "PRelu": lambda of, tensors: PRelu(_shape(of), tensors.take("weight", _shape(of)[0])),
    "Scale": _scale,
    "Flatten": lambda of, tensors: Flatten(_shape(of)),
    "Unflatten": lambda of, tensors: Unflatten(_shape(of)),
    "Dropout": lambda of, tensors: Dropout(_shape(of), int(of.arguments[1].name)),
    **{name: _convolution for name in ("Conv1D", "Conv2D", "ConvTranspose1D", "ConvTranspose2D")},
    "MaxPool": _pool,
    "AveragePool": _pool,
    "GlobalAveragePool": lambda of, tensors: GlobalAveragePool(_shape(of)),
    "GlobalMaxPool": lambda of, tensors: GlobalMaxPool(_shape(of)),
    "Upsample": _upsample,
    "Pad": _pad,
    **{name: _cell for name in ("LSTM", "GRU", "RNN")},
    "TrainedState": _trained_state,
    "WaveNet": _wavenet,
    "CausalConv": _causal_conv,
    "CausalConv2D": _causal_conv_2d,
    "Sequence": lambda of, tensors: Sequence(_within(Type(of.name, of.arguments[1:]), tensors), int(of.arguments[0].name)),
    "LastStep": lambda of, tensors: LastStep(_shape(of)),
    "FinalStates": lambda of, tensors: FinalStates(_shape(of)),
    "Bidirectional": _bidirectional,
    "Residual": lambda of, tensors: Residual(_within(of, tensors)),
    "Concat": lambda of, tensors: Concat(_within(of, tensors)),
    "Split": lambda of, tensors: Split(_within(of, tensors)),
    "Frozen": lambda of, tensors: layer(of.arguments[0], tensors),
    "Net": _net,
    "NetOf": _net,
}


def layer(of: Type, tensors: _Tensors) -> Layer:
    if of.name not in LAYERS:
        raise ImportProblem(f"{of.name} is no layer that tenon-import reads")
    try:
        return LAYERS[of.name](of, tensors)
    except (ValueError, IndexError, TypeError) as error:
        raise ImportProblem(f"{of.name}: its arguments do not fit ({error})") from None


def net(text: str, tensors: Mapping[str, np.ndarray]) -> Net:
    """The net of a type with these tensors, all of which must be used. They are numbered as the net's layers, or as modules of
    torch.nn.Sequential."""
    of = parse(text)
    try:
        return _net_by(of, tensors, False)
    except ImportProblem as problem:
        try:
            return _net_by(of, tensors, True)
        except ImportProblem:
            raise problem from None


def net_of_modules(text: str, tensors: Mapping[str, np.ndarray]) -> Net:
    """The net of a type with the tensors of a state_dict: numbered in one of these ways, or else of modules that belong, in their
    order, to the net's layers that have tensors."""
    of = parse(text)
    tensors = {name: values for name, values in tensors.items() if name.rpartition(".")[2] != "num_batches_tracked"}
    is_numbered = all(re.fullmatch(r"[\d.]*", name.rpartition(".")[0]) for name in tensors)
    problems = []
    for make in (lambda taken: _Tensors(tensors, taken, False), lambda taken: _Tensors(tensors, taken, True),
                 lambda taken: _InOrder(tensors, taken, modules_of(tensors))):
        try:
            return _net_of(of, tensors, make)
        except ImportProblem as problem:
            problems.append(problem)
    raise problems[1 if is_numbered else 2]


def _net_by(of: Type, tensors: Mapping[str, np.ndarray], is_sequential: bool) -> Net:
    return _net_of(of, tensors, lambda taken: _Tensors(tensors, taken, is_sequential))


def _net_of(of: Type, tensors: Mapping[str, np.ndarray], make: Callable[[set[str]], _Tensors]) -> Net:
    taken: set[str] = set()
    found = layer(of, make(taken))
    if not isinstance(found, Net):
        raise ImportProblem(f"{of.name} is no net")
    others = set(tensors) - taken - {"x", "y"}
    if others:
        raise ImportProblem(f'its type has no tensor "{sorted(others)[0]}"')
    return found
