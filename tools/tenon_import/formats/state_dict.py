"""Layers from tensors by PyTorch's names: what .pt, .safetensors and RTNeural's JSON have in common."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

import numpy as np

from tenon_import.activations import Activation, names
from tenon_import.cells import RNN
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, cpp_type
from tenon_import.formats.module_order import in_order
from tenon_import.formats.state_dict_cells import BothWays, cells_of, over_time
from tenon_import.layers import BatchNorm, Dense, Layer, LayerNorm, PRelu


def named_activation(text: str) -> Activation:
    """An activation by tenon's name."""
    known = {name.lower(): name for name in names if not name.endswith("With")}
    if text.strip().lower() not in known:
        raise ImportProblem(f'"{text}" is no activation of tenon: they are {", ".join(known.values())}')
    return Activation(known[text.strip().lower()])


def layers_of_tensors(tensors: Mapping[str, np.ndarray], options: Options, is_order_kept: bool = True) -> list[Layer]:
    """One layer for each module, in their order (module_order). Modules with cells are as many as they have layers. Of a net that
    is given, its layers."""
    tensors = in_order(tensors, options.modules, is_order_kept)
    if options.net:
        return list(cpp_type.net_of_modules(options.net, tensors).layers)
    modules: dict[str, dict[str, np.ndarray]] = {}
    for name, values in tensors.items():
        prefix, _, short = name.rpartition(".")
        if short != "num_batches_tracked":
            modules.setdefault(prefix, {})[short] = np.asarray(values)
    layers = [layer for prefix, module in modules.items() for layer in _layers(prefix, module)]
    if not layers:
        raise ImportProblem("it has no tensors")
    _name_activations(layers, options.activations)
    check_sizes(layers)
    return over_time(layers, options.steps, options.last_step)


def _name_activations(layers: Sequence[Layer], activations: Optional[Sequence[str]]) -> None:
    """The file has no activations of Dense and RNN."""
    is_named = lambda layer: isinstance(layer.forward if isinstance(layer, BothWays) else layer, (Dense, RNN))
    named = [layer for layer in layers if is_named(layer)]
    kinds = "Dense and RNN" if any(not isinstance(layer, Dense) for layer in named) else "Dense"
    if activations is None and named:
        raise ImportProblem(f"it has weights without the activations between them: name one for each of its {len(named)} {kinds} "
                            "layers, as in --activations Relu,Relu,Identity")
    if activations is not None and len(activations) != len(named):
        raise ImportProblem(f"--activations names {len(activations)}, and there are {len(named)} {kinds} layers")
    for layer, name in zip(named, activations or []):
        for cell in (layer.forward, layer.backward) if isinstance(layer, BothWays) else (layer,):
            cell.activation = named_activation(name)


def check_sizes(layers: Sequence[Layer]) -> None:
    for i, (left, right) in enumerate(zip(layers, layers[1:]), 1):
        if left.output_shape != right.input_shape:
            raise ImportProblem(f"layer {i}, {left.text('')}, gives {list(left.output_shape)} values, and layer {i + 1}, "
                                f"{right.text('')}, takes {list(right.input_shape)}")


def _layers(prefix: str, tensors: dict[str, np.ndarray]) -> list[Layer]:
    if any(name.startswith(("weight_ih", "weight_hh")) for name in tensors):
        return cells_of(prefix, tensors)
    return [_layer(prefix, tensors)]


def _layer(prefix: str, tensors: dict[str, np.ndarray]) -> Layer:
    shapes = {name: values.ndim for name, values in tensors.items()}
    floats = {name: values.astype(float) for name, values in tensors.items()}
    names_found = set(shapes)
    weight, bias = floats.get("weight"), floats.get("bias")
    if names_found <= {"weight", "bias"} and shapes.get("weight") == 2 and shapes.get("bias", 1) == 1:
        if bias is not None and bias.size != weight.shape[0]:
            raise ImportProblem(f'"{prefix}" has a weight of shape {list(weight.shape)} and a bias of {bias.size}')
        return Dense(weight, bias)
    if {"running_mean", "running_var"} <= names_found <= {"weight", "bias", "running_mean", "running_var"}:
        return BatchNorm((floats["running_mean"].size,), weight, bias, floats["running_mean"], floats["running_var"])
    if names_found == {"weight", "bias"} and weight.shape == bias.shape:
        return LayerNorm((weight.size,), weight.ravel(), bias.ravel())
    if names_found == {"weight"} and shapes["weight"] == 1:
        return PRelu((weight.size,), weight)
    if shapes.get("weight", 0) > 2:
        raise ImportProblem(f'"{prefix}" is a convolution, and the file has neither the size of the images, nor strides, padding, pools '
                            'and activations: give the net, as in --net "Net<Conv2D<Shape<1, 28, 28>, 6, Kernel<5, 5>, Relu>, ...>"')
    raise ImportProblem(f'"{prefix}" has the tensors {", ".join(sorted(names_found))}, which are no layer of tenon')
