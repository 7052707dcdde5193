"""Reads the files of Neural Amp Modeler: WaveNet, LSTM, ConvNet and Linear. Of a file with several sizes of a net, the largest."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from tenon_import import fold, graph
from tenon_import.activations import Activation, activation
from tenon_import.cells import LSTM, CausalConv, TrainedState
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.graph import Node, Value
from tenon_import.layers import Layer
from tenon_import.model import Model, of_file
from tenon_import.wavenet import SkipLayers, WaveNet

Config = dict[str, Any]

_ACTIVATIONS = {"Tanh": "Tanh", "ReLU": "Relu", "Sigmoid": "Sigmoid", "SiLU": "Silu", "Softsign": "Softsign"}
_MODULATIONS = [f"{place}_film" for place in ("conv_pre", "conv_post", "input_mixin_pre", "input_mixin_post", "activation_pre",
                                              "activation_post", "layer1x1_post", "head1x1_post")]


class _Weights:
    """The numbers of a file, which are taken from the first to the last."""

    def __init__(self, values: Any) -> None:
        self.values, self.count = np.array(values, float), 0
        if self.values.ndim != 1:
            raise ImportProblem("its weights are no list of numbers")

    def take(self, *shape: int) -> np.ndarray:
        first, self.count = self.count, self.count + int(np.prod(shape))
        if self.count > self.values.size:
            raise ImportProblem(f"it has {self.values.size} weights, and its net needs more")
        return self.values[first:self.count].reshape(shape)

    def check_end(self) -> None:
        if self.count != self.values.size:
            raise ImportProblem(f"it has {self.values.size} weights, and its net needs {self.count}")


def _activation(found: Any) -> Activation:
    settings = found if isinstance(found, dict) else {"type": found}
    if settings["type"] == "LeakyReLU":
        return activation("LeakyReluWith", settings.get("negative_slope", 0.01))
    if settings["type"] not in _ACTIVATIONS:
        raise ImportProblem(f'the activation "{settings["type"]}", which tenon does not have')
    return Activation(_ACTIVATIONS[settings["type"]])


def _is_active(found: Any) -> bool:
    return found.get("active", True) if isinstance(found, dict) else bool(found)


def _of_each(found: Any, count: int) -> list[Any]:
    """A setting of each layer."""
    values = found if isinstance(found, list) else [found] * count
    if len(values) != count:
        raise ImportProblem(f"{len(values)} settings for {count} layers")
    return values


def _has_gate(mode: Any, second: Any) -> bool:
    if mode not in ("none", "gated"):
        raise ImportProblem(f"layers that are {mode}, and tenon's are gated or not")
    if mode == "gated" and second not in (None, "Sigmoid", {"type": "Sigmoid"}):
        raise ImportProblem(f"a gate by {second}, and tenon's is a sigmoid")
    return mode == "gated"


def _check_plain(found: Config, inputs: int, takes: int) -> None:
    """Raises ImportProblem if a layer array computes what tenon's WaveNet does not."""
    plain = {"input_size": takes, "condition_size": inputs, "bottleneck": found["channels"], "groups_input": 1, "groups_input_mixin": 1}
    for name, value in plain.items():
        if found.get(name, value) != value:
            raise ImportProblem(f"{name} is {found[name]!r}, and tenon's WaveNet has {value!r} alone")
    if any(_is_active(found.get(name, False)) for name in ("head1x1", *_MODULATIONS)):
        raise ImportProblem("it has head1x1 or FiLM, which tenon's WaveNet does not have")
    if found.get("layer1x1", {"active": True, "groups": 1}) != {"active": True, "groups": 1}:
        raise ImportProblem("its layer1x1 is left out or has groups, unlike that of tenon's WaveNet")


def _layer(weights: _Weights, inputs: int, channels: int, kernel: int, has_gate: bool) -> list[np.ndarray]:
    sums = 2 * channels if has_gate else channels
    shapes = ((sums, channels, kernel), (sums,), (sums, inputs), (channels, channels), (channels,))
    return [weights.take(*shape) for shape in shapes]


def _layer_array(found: Config, weights: _Weights, inputs: int, takes: int) -> tuple[list[SkipLayers], Optional[CausalConv]]:
    """Layers of one kernel size, activation and gate each; and the convolution behind them, if the head reads earlier steps."""
    _check_plain(found, inputs, takes)
    channels, dilations = found["channels"], found["dilations"]
    count = len(dilations)
    modes = _of_each(found.get("gating_mode") or ("gated" if found.get("gated") else "none"), count)
    gates = list(map(_has_gate, modes, _of_each(found.get("secondary_activation"), count)))
    kernels = _of_each(found["kernel_sizes" if "kernel_sizes" in found else "kernel_size"], count)
    activations = list(map(_activation, _of_each(found["activation"], count)))
    head = found.get("head") or {"out_channels": found.get("head_size"), "kernel_size": 1, "bias": found.get("head_bias")}

    rechannel = weights.take(channels, takes)
    layers = [_layer(weights, inputs, channels, *pair) for pair in zip(kernels, gates)]
    weight = weights.take(head["out_channels"], channels, head["kernel_size"])
    bias = weights.take(head["out_channels"]) if head["bias"] else np.zeros(head["out_channels"])
    behind = CausalConv(weight, bias, dilation=head.get("head_dilation", 1)) if head["kernel_size"] > 1 else None

    same, last = (np.eye(channels), np.zeros(channels)), (weight[..., 0], bias)
    runs = [list(run) for _, run in itertools.groupby(range(count), lambda i: (kernels[i], activations[i], gates[i]))]
    made = []
    for run in runs:
        tensors = (np.stack([layers[i][part] for i in run]) for part in range(5))
        made.append(SkipLayers(tuple(dilations[i] for i in run), same[0] if made else rechannel, *tensors,
                               *(last if run is runs[-1] and behind is None else same), activation=activations[run[0]],
                               has_gate=gates[run[0]]))
    return made, behind


def _wavenet(config: Config, weights: _Weights, x: Value, options: Options) -> Value:
    for name in ("condition_dsp", "head"):
        if config.get(name) is not None:
            raise ImportProblem(f"it has a {name}, which tenon's WaveNet does not have")
    layers: list[SkipLayers] = []
    takes, behind = x.size, None
    for i, found in enumerate(config["layers"], 1):
        try:
            if behind is not None:
                raise ImportProblem(f"before it is a head of {behind.kernel} taps, which tenon's WaveNet has behind all layers alone")
            made, behind = _layer_array(found, weights, x.size, takes)
        except ImportProblem as problem:
            raise ImportProblem(f"layer array {i}: {problem}") from None
        layers, takes = layers + made, found["channels"]
    scale = weights.take(1)[0]
    if behind is not None:
        node = x.settled().then(WaveNet(layers)).then(replace(behind, weight=scale * behind.weight, bias=scale * behind.bias))
    else:
        last = replace(layers[-1], head=scale * layers[-1].head, head_bias=scale * layers[-1].head_bias)
        node = x.settled().then(WaveNet([*layers[:-1], last]))
    return Value.of(node, (node.size,))


def _lstm(config: Config, weights: _Weights, x: Value, options: Options) -> Value:
    units, node = config["hidden_size"], x.settled()
    for _ in range(config["num_layers"]):
        both, bias, *states = (weights.take(*shape) for shape in ((4 * units, node.size + units), (4 * units,), (units,), (units,)))
        cell = LSTM(both[:, :node.size], both[:, node.size:], bias)
        node = node.then(TrainedState(cell, *states) if np.any(states) else cell)
    return _head(weights, Value.of(node, (units,)), config.get("out_channels", 1))


def _head(weights: _Weights, x: Value, outputs: int) -> Value:
    return graph.dense(x, weights.take(outputs, x.size), weights.take(outputs))


def _conv_net(config: Config, weights: _Weights, x: Value, options: Options) -> Value:
    channels, groups = config["channels"], config.get("groups", 1)
    for dilation in config["dilations"]:
        conv = weights.take(channels, x.size // groups, 2)
        bias = np.zeros(channels) if config["batchnorm"] else weights.take(channels)
        x = Value.of(x.settled().then(CausalConv(conv, bias, dilation=dilation, groups=groups)), (channels,))
        if config["batchnorm"]:
            mean, variance, gamma, beta = (weights.take(channels) for _ in range(4))
            x = graph.batch_norm(x, gamma, beta, mean, variance, float(weights.take(1)[0]), options.fold, 0)
        x = graph.activate(x, _activation(config["activation"]))
    return _head(weights, x, config.get("out_channels", 1))


def _linear(config: Config, weights: _Weights, x: Value, options: Options) -> Value:
    if x.size != 1 or config.get("out_channels", 1) != 1:
        raise ImportProblem("a Linear of several channels")
    response = weights.take(1, 1, config["receptive_field"])
    bias = weights.take(1) if config["bias"] else np.zeros(1)
    return Value.of(x.settled().then(CausalConv(response[..., ::-1], bias)), (1,))


ARCHITECTURES: dict[str, Callable[[Config, _Weights, Value, Options], Value]] = {
    "WaveNet": _wavenet,
    "LSTM": _lstm,
    "ConvNet": _conv_net,
    "Linear": _linear,
}


def _express(model: Config, options: Options) -> list[Layer]:
    config, weights = model["config"], _Weights(model["weights"])
    inputs = config.get("in_channels", config.get("input_size", 1))
    root = Node(inputs)
    value = ARCHITECTURES[model["architecture"]](config, weights, Value.of(root, (inputs,)), options)
    weights.check_end()
    return fold.joined(graph.layers_of(value, root))


def read(path: Path, options: Options) -> Model:
    try:
        model = json.loads(path.read_text(encoding="utf-8"))
        while model["architecture"] == "SlimmableContainer":
            model = max(model["config"]["submodels"], key=lambda submodel: submodel["max_value"])["model"]
        if model["architecture"] not in ARCHITECTURES:
            raise ImportProblem(f'a net of the architecture "{model["architecture"]}", and tenon-import reads '
                                f"{', '.join(ARCHITECTURES)}")
        layers, original = _express(model, options), _express(model, Options(fold=False))
    except RecursionError:
        raise ImportProblem("its values are nested too deep") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, UnicodeDecodeError) as error:
        raise ImportProblem(f"it is no model of Neural Amp Modeler ({error})") from None
    return of_file(layers, original, "Neural Amp Modeler's formulas in NumPy")
