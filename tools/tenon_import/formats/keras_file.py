"""Reads Keras' files: .keras of Keras 3 and of 2.12 and later, and .h5 of Keras 2 and 3."""

from __future__ import annotations

import io
import json
import math
import re
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable, Optional

import h5py
import numpy as np

from tenon_import import cells, fold, graph, steps
from tenon_import.activations import IDENTITY, Activation, activation
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, keras_cells, keras_images
from tenon_import.graph import Node, Value
from tenon_import.model import Model

MODELS = ("Sequential", "Functional", "Model")
WITHOUT_EFFECT = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise",
                  "ActivityRegularization")


@dataclass
class KerasLayer:
    """A layer of the configuration, with its weights in Keras' order."""

    name: str
    kind: str
    config: dict[str, Any]
    inputs: list[str]
    weights: list[np.ndarray] = field(default_factory=list)
    is_keras_3: bool = True
    fold: bool = True
    model: Optional[KerasModel] = None  # of a nested model
    is_over_time: bool = False  # in a model of sequences


@dataclass
class KerasModel:
    layers: list[KerasLayer]
    output: str  # the name of the layer that gives the output

    def leaves(self) -> list[KerasLayer]:
        """The layers, and those of nested models in place of them."""
        return [leaf for layer in self.layers for leaf in (layer.model.leaves() if layer.model else [layer])]


# Activations: tenon's, and Keras' own formula. Functions that Keras 2 and 3 define differently have a choice.

_erf = np.vectorize(math.erf, otypes=[float])
_sigmoid = lambda z: 1 / (1 + np.exp(-z))


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


_functions: dict[str, tuple[Activation, Callable[[np.ndarray], np.ndarray]]] = {
    "linear": (IDENTITY, lambda z: z),
    "relu": (Activation("Relu"), lambda z: np.maximum(z, 0)),
    "tanh": (Activation("Tanh"), np.tanh),
    "sigmoid": (Activation("Sigmoid"), _sigmoid),
    "softmax": (Activation("Softmax"), _softmax),
    "log_softmax": (Activation("LogSoftmax"), lambda z: np.log(_softmax(z))),
    "elu": (Activation("Elu"), lambda z: np.where(z > 0, z, np.exp(z) - 1)),
    "selu": (Activation("Selu"), lambda z: 1.05070098 * np.where(z > 0, z, 1.67326324 * (np.exp(z) - 1))),
    "gelu": (Activation("Gelu"), lambda z: 0.5 * z * (1 + _erf(z / 1.4142135623730951))),
    "softplus": (Activation("Softplus"), lambda z: np.log(np.exp(z) + 1)),
    "softsign": (Activation("Softsign"), lambda z: z / (np.abs(z) + 1)),
    "silu": (Activation("Silu"), lambda z: z * _sigmoid(z)),
    "leaky_relu": (activation("LeakyReluWith", 0.2), lambda z: np.where(z > 0, z, 0.2 * z)),
}
_hard_sigmoid_2 = (activation("HardSigmoidWith", 0.2, 0.5), lambda z: np.clip(0.2 * z + 0.5, 0, 1))
_hard_sigmoid_3 = (Activation("HardSigmoid"), lambda z: np.clip(z + 3, 0, 6) / 6)
_gelu_tanh = (Activation("GeluTanh"), lambda z: 0.5 * z * (1 + np.tanh(0.7978845608028654 * (z + 0.044715 * z**3))))


def _function(layer: KerasLayer, given: Any) -> tuple[Activation, Callable[[np.ndarray], np.ndarray]]:
    if isinstance(given, dict):  # {"class_name": "function", "config": "relu"}
        given = given.get("config") if isinstance(given.get("config"), str) else given.get("class_name")
    name = {"swish": "silu", None: "linear"}.get(given, given)
    if name == "hard_sigmoid":
        return _hard_sigmoid_3 if layer.is_keras_3 else _hard_sigmoid_2
    if name not in _functions:
        raise ImportProblem(f'the activation "{name}", which tenon does not have')
    return _functions[name]


# Layers: express gives a Value for Values, numbers computes in numpy as Keras does, with arrays that begin with the samples.


@dataclass
class Entry:
    express: Callable[[KerasLayer, list[Value]], Value]
    numbers: Callable[[KerasLayer, list[np.ndarray]], np.ndarray]


def _activated(layer: KerasLayer, x: Value) -> Value:
    function = _function(layer, layer.config.get("activation"))[0]
    if function.needs_all_values and x.shape[-1] != x.size:
        raise ImportProblem(f"{function.name} is over the last of the axes {list(x.shape)}, and tenon's over all values of a sample")
    return graph.activate(x, function)


def _image_entry(form: keras_images.Form) -> Entry:
    """A layer of images; some have an activation."""

    def numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
        return _function(layer, layer.config.get("activation"))[1](keras_images.numbers(form, layer, x[0]))

    return Entry(lambda layer, x: _activated(layer, keras_images.express(form, layer, x[0])), numbers)


def _express_dense(layer: KerasLayer, x: list[Value]) -> Value:
    kernel = layer.weights[0].astype(float)
    if x[0].shape[-1] != x[0].size:
        raise ImportProblem(f"an input of shape {list(x[0].shape)}, and tenon's Dense takes a row")
    if kernel.shape[0] != x[0].size:
        raise ImportProblem(f"a kernel of shape {list(kernel.shape)} for {x[0].size} values")
    y = graph.dense(x[0], kernel.T, layer.weights[1].astype(float) if layer.config.get("use_bias", True) else None)
    return _activated(layer, y).reshaped((*x[0].shape[:-1], -1))


def _dense_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    y = x[0] @ layer.weights[0].astype(float)
    if layer.config.get("use_bias", True):
        y = y + layer.weights[1]
    return _function(layer, layer.config.get("activation"))[1](y)


def _activation_entry(of: Callable[[KerasLayer], tuple[Activation, Callable[[np.ndarray], np.ndarray]]]) -> Entry:
    return Entry(lambda layer, x: graph.activate(x[0], of(layer)[0]), lambda layer, x: of(layer)[1](x[0]))


def _leaky(layer: KerasLayer) -> tuple[Activation, Callable[[np.ndarray], np.ndarray]]:
    slope = float(layer.config.get("negative_slope", layer.config.get("alpha", 0.3)))
    return activation("LeakyReluWith", slope), lambda z: np.where(z > 0, z, slope * z)


def _elu(layer: KerasLayer) -> tuple[Activation, Callable[[np.ndarray], np.ndarray]]:
    alpha = float(layer.config.get("alpha", 1.0))
    return activation("EluWith", alpha), lambda z: np.where(z > 0, z, alpha * (np.exp(z) - 1))


def _express_relu(layer: KerasLayer, x: list[Value]) -> Value:
    top, slope = layer.config.get("max_value"), float(layer.config.get("negative_slope") or 0)
    if layer.config.get("threshold") or (top is not None and slope):
        raise ImportProblem("a threshold, or a negative slope with a largest value")
    if top is not None:
        return graph.clip(x[0], 0.0, float(top))
    return graph.activate(x[0], activation("LeakyReluWith", slope))


def _relu_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    y = np.where(x[0] > 0, x[0], (layer.config.get("negative_slope") or 0) * x[0])
    return np.minimum(y, np.inf if layer.config.get("max_value") is None else layer.config["max_value"])


def _prelu_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    return np.maximum(x[0], 0) + layer.weights[0].astype(float) * np.minimum(x[0], 0)


def _batch_norm_weights(layer: KerasLayer) -> list[Optional[np.ndarray]]:
    """gamma, beta, mean, variance; None for those that are switched off."""
    left = [w.astype(float) for w in layer.weights]
    gamma = left.pop(0) if layer.config.get("scale", True) else None
    beta = left.pop(0) if layer.config.get("center", True) else None
    return [gamma, beta, *left]


def _last_axis(layer: KerasLayer, rank: int) -> None:
    axis = layer.config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, rank):
        raise ImportProblem(f"axis {axis}, and only the last one is read")


def _express_batch_norm(layer: KerasLayer, x: list[Value]) -> Value:
    _last_axis(layer, len(x[0].shape))
    gamma, beta, mean, variance = _batch_norm_weights(layer)
    if gamma is None and beta is not None:
        gamma = np.ones_like(beta)
    elif beta is None and gamma is not None:
        beta = np.zeros_like(gamma)
    return graph.batch_norm(x[0], gamma, beta, mean, variance, float(layer.config.get("epsilon", 1e-3)), layer.fold, axis=-1)


def _batch_norm_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    gamma, beta, mean, variance = _batch_norm_weights(layer)
    y = (x[0] - mean) / np.sqrt(variance + layer.config.get("epsilon", 1e-3))
    return y * (1 if gamma is None else gamma) + (0 if beta is None else beta)


def _layer_norm_weights(layer: KerasLayer) -> list[Optional[np.ndarray]]:
    left = [w.astype(float) for w in layer.weights]
    gamma = left.pop(0) if layer.config.get("scale", True) else None
    return [gamma, left.pop(0) if layer.config.get("center", True) else None]


def _express_layer_norm(layer: KerasLayer, x: list[Value]) -> Value:
    _last_axis(layer, len(x[0].shape))
    if x[0].shape[-1] != x[0].size:
        raise ImportProblem("it is over a part of a sample's values, and tenon's is over all")
    return graph.layer_norm(x[0], *_layer_norm_weights(layer), float(layer.config.get("epsilon", 1e-3)))


def _layer_norm_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    gamma, beta = _layer_norm_weights(layer)
    y = (x[0] - x[0].mean(-1, keepdims=True)) / np.sqrt(x[0].var(-1, keepdims=True) + layer.config.get("epsilon", 1e-3))
    return y * (1 if gamma is None else gamma) + (0 if beta is None else beta)


def _normalization(layer: KerasLayer) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation: weights, or constants of the configuration."""
    mean, variance = layer.config.get("mean"), layer.config.get("variance")
    if mean is None:
        if len(layer.weights) < 2:
            raise ImportProblem("a Normalization that was not adapted to data")
        mean, variance = layer.weights[0], layer.weights[1]
    deviation = np.maximum(np.sqrt(np.asarray(variance, float)), 1e-7)
    mean = np.asarray(mean, float)
    if layer.config.get("invert"):
        return -mean / deviation, 1 / deviation
    return mean, deviation


def _rescaling(layer: KerasLayer) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(layer.config["scale"], float), np.asarray(layer.config.get("offset", 0.0), float)


def _express_softmax(layer: KerasLayer, x: list[Value]) -> Value:
    if layer.config.get("axis", -1) not in (-1, len(x[0].shape)) or x[0].shape[-1] != x[0].size:
        raise ImportProblem("it is over a part of a sample's values, and tenon's is over all")
    return graph.activate(x[0], Activation("Softmax"))


def _express_add(layer: KerasLayer, x: list[Value]) -> Value:
    total = x[0]
    for other in x[1:]:
        total = graph.add(total, other)
    return total


def _express_subtract(layer: KerasLayer, x: list[Value]) -> Value:
    return graph.add(x[0], x[1].affine(-1.0, 0.0))


def _concatenate_axis(layer: KerasLayer) -> int:
    axis = layer.config.get("axis", -1)
    return axis if axis < 0 else axis - 1


def _cropping(layer: KerasLayer, steps: int) -> slice:
    """The steps that are left."""
    before, after = np.broadcast_to(layer.config.get("cropping", 1), 2)
    return slice(int(before), steps - int(after))


def _permute(layer: KerasLayer) -> list[int]:
    return [d - 1 for d in layer.config["dims"]]


_unchanged = Entry(lambda layer, x: x[0], lambda layer, x: x[0])
ENTRIES: dict[str, Entry] = {
    "Dense": Entry(_express_dense, _dense_numbers),
    "Activation": Entry(lambda layer, x: _activated(layer, x[0]),
                        lambda layer, x: _function(layer, layer.config.get("activation"))[1](x[0])),
    "LeakyReLU": _activation_entry(_leaky),
    "ELU": _activation_entry(_elu),
    "ReLU": Entry(_express_relu, _relu_numbers),
    "Softmax": Entry(_express_softmax, lambda layer, x: _softmax(x[0])),
    "PReLU": Entry(lambda layer, x: graph.prelu(x[0], layer.weights[0].astype(float)), _prelu_numbers),
    "BatchNormalization": Entry(_express_batch_norm, _batch_norm_numbers),
    "LayerNormalization": Entry(_express_layer_norm, _layer_norm_numbers),
    "Normalization": Entry(lambda layer, x: x[0].affine(1 / _normalization(layer)[1], -np.divide(*_normalization(layer))),
                           lambda layer, x: (x[0] - _normalization(layer)[0]) / _normalization(layer)[1]),
    "Rescaling": Entry(lambda layer, x: x[0].affine(*_rescaling(layer)),
                       lambda layer, x: x[0] * _rescaling(layer)[0] + _rescaling(layer)[1]),
    "Flatten": Entry(lambda layer, x: x[0].reshaped((-1,)), lambda layer, x: x[0].reshape(len(x[0]), -1)),
    "Cropping1D": Entry(lambda layer, x: steps.last(x[0].map(lambda a: a[_cropping(layer, len(a))])),
                        lambda layer, x: x[0][:, _cropping(layer, x[0].shape[1])]),
    "Reshape": Entry(lambda layer, x: x[0].reshaped(layer.config["target_shape"]),
                     lambda layer, x: x[0].reshape(len(x[0]), *layer.config["target_shape"])),
    "Permute": Entry(lambda layer, x: x[0].map(lambda a: a.transpose(_permute(layer))),
                     lambda layer, x: x[0].transpose(0, *(d + 1 for d in _permute(layer)))),
    "Add": Entry(_express_add, lambda layer, x: sum(x)),
    "Subtract": Entry(_express_subtract, lambda layer, x: x[0] - x[1]),
    "Average": Entry(lambda layer, x: _express_add(layer, x).affine(1 / len(x), 0.0), lambda layer, x: sum(x) / len(x)),
    "Concatenate": Entry(lambda layer, x: graph.concat(x, _concatenate_axis(layer)),
                         lambda layer, x: np.concatenate(x, layer.config.get("axis", -1))),
    **{name: _image_entry(form) for name, form in keras_images.FORMS.items()},
    **{name: _unchanged for name in WITHOUT_EFFECT},
}




def _cell_entry() -> Entry:
    return Entry(lambda layer, x: keras_cells.express(layer, x[0], lambda given: _function(layer, given)[0]),
                 lambda layer, x: keras_cells.numbers(layer, x[0], lambda given: _function(layer, given)[1]))


def _inner(layer: KerasLayer) -> tuple[KerasLayer, Entry]:
    """The layer within a TimeDistributed."""
    given = layer.config["layer"]
    if given["class_name"] not in ENTRIES or given["class_name"] in (*keras_images.FORMS, *OVER_TIME):
        raise ImportProblem(f"a {given['class_name']} in it, which tenon does not have over the steps of a sequence")
    return replace(layer, kind=given["class_name"], config=given["config"]), ENTRIES[given["class_name"]]


def _distributed_numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    inner, entry = _inner(layer)
    y = entry.numbers(inner, [x[0].reshape(-1, *x[0].shape[2:])])
    return y.reshape(*x[0].shape[:2], *y.shape[1:])


def _express_distributed(layer: KerasLayer, x: list[Value]) -> Value:
    inner, entry = _inner(layer)
    step = steps.of(x[0])
    if step is None or step.axis != 0:
        raise ImportProblem(f"an input of shape {list(x[0].shape)} that is no sequence of the model's steps")
    y = entry.express(inner, [step.value.reshaped(x[0].shape[1:])])
    return steps.all_of(y.reshaped((1, *y.shape)), 0)


OVER_TIME = (*keras_cells.CELLS, "Bidirectional", "TimeDistributed")
ENTRIES |= {name: _cell_entry() for name in (*keras_cells.CELLS, "Bidirectional")}
ENTRIES["TimeDistributed"] = Entry(_express_distributed, _distributed_numbers)


def _express(layer: KerasLayer, x: list[Value]) -> Value:
    """A layer by its entry; over time, what is done with each step alike is done with one."""
    entry = ENTRIES[layer.kind]
    if not layer.is_over_time:
        return entry.express(layer, x)
    if layer.kind == "Conv1D":
        return _activated_steps(layer, keras_cells.conv1d(layer, x[0]))
    is_of_steps = layer.kind == "Concatenate" and _concatenate_axis(layer) % len(x[0].shape) != len(x[0].shape) - 1
    if layer.kind in ("Cropping1D", "Flatten", "Reshape", "Permute", *OVER_TIME, *keras_images.FORMS) or is_of_steps:
        return entry.express(layer, x)
    return steps.each(x, lambda values: entry.express(layer, values), over_last=True)


def _activated_steps(layer: KerasLayer, x: Value) -> Value:
    return steps.each([x], lambda values: _activated(layer, values[0]))


# Files.


def _histories(node: Any) -> list[str]:
    """The names of the layers whose outputs a node takes, in Keras 2's and 3's form."""
    if isinstance(node, dict):
        if node.get("class_name") == "__keras_tensor__":
            return [node["config"]["keras_history"][0]]
        return [name for part in node.values() for name in _histories(part)]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
            return [node[0]]
        return [name for part in node for name in _histories(part)]
    return []


def _model(config: dict[str, Any]) -> KerasModel:
    """A model with its layers in Keras' order."""
    kind, inner = config.get("class_name"), config.get("config")
    if kind not in MODELS:
        raise ImportProblem(f'a model of class "{kind}": Sequential and Functional models are read')
    found: list[KerasLayer] = []
    entries = inner if isinstance(inner, list) else inner["layers"]
    for entry in entries:
        settings = entry["config"]
        name = entry.get("name") or settings.get("name")
        if kind == "Sequential":
            inputs = [found[-1].name] if found else []
        else:
            nodes = entry.get("inbound_nodes", [])
            if len(nodes) > 1:
                raise ImportProblem(f'layer "{name}", {entry["class_name"]}: it is used more than once')
            inputs = _histories(nodes[0].get("args") if nodes and isinstance(nodes[0], dict) else nodes)
        is_model = entry["class_name"] in MODELS
        found.append(KerasLayer(name, entry["class_name"], settings, inputs, model=_model(entry) if is_model else None))
    if not found:
        raise ImportProblem("a model without layers")
    if kind == "Sequential":
        return KerasModel(found, found[-1].name)
    ends = _histories([inner["output_layers"]]) or [inner["output_layers"][0]]
    if len(ends) != 1 or sum(layer.kind == "InputLayer" for layer in found) != 1:
        raise ImportProblem("a model of several inputs or outputs, and a net has one of each")
    return KerasModel(found, ends[0])


def _input_shape(layer: KerasLayer, config: dict[str, Any]) -> tuple[int, ...]:
    build = config.get("build_config") or config.get("config", {})
    shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
    if not shape and isinstance(build, dict):
        shape = build.get("input_shape") or build.get("build_input_shape")
    if not shape and layer.kind == "Dense":
        shape = [None, layer.weights[0].shape[0]]
    if not shape or any(size is None for size in shape[1:]) and len(shape) != 3:
        raise ImportProblem("the shape of its input is not known")
    return tuple(shape[1:])


def _snake_case(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _fill_by_name(model: KerasModel, group: h5py.Group, names: list[str]) -> None:
    """The weights of a nested model's layers, from "outer/layer/kernel:0"."""
    leaves = model.leaves()
    for leaf in leaves:
        if sum(other.name == leaf.name for other in leaves) > 1:
            raise ImportProblem(f'it has two layers "{leaf.name}" in one nested model: save it as .keras')
    known = {leaf.name: leaf for leaf in leaves}
    for name in names:  # "outer/lstm/lstm_cell/kernel:0" is of the layer lstm
        owner = next((known[part] for part in name.split("/")[:-1] if part in known), None)
        if owner is not None:
            owner.weights.append(np.array(group[name]))


def _read_h5(path: Path) -> tuple[dict[str, Any], str, Callable[[KerasModel], None]]:
    file = h5py.File(path, "r")
    if "model_config" not in file.attrs:
        raise ImportProblem("it has weights without a model: save the whole model, model.save(...)")
    text = lambda value: value.decode() if isinstance(value, bytes) else str(value)

    def fill(model: KerasModel) -> None:
        groups = file["model_weights"]
        for layer in model.layers:
            if layer.name not in groups:
                continue
            group = groups[layer.name]
            names = [text(name) for name in group.attrs.get("weight_names", [])]
            if layer.model:
                _fill_by_name(layer.model, group, names)
            else:
                layer.weights = [np.array(group[name]) for name in names]

    return json.loads(text(file.attrs["model_config"])), text(file.attrs.get("keras_version", "2")), fill


def _fill_by_class(model: KerasModel, groups: Any) -> None:
    """The weights of layers whose groups are numbered within each class, in the order of the layers."""
    counts: dict[str, int] = {}
    for layer in model.layers:
        name = _snake_case(layer.kind)
        counts[name] = counts.get(name, -1) + 1
        group = groups.get(f"{name}_{counts[name]}" if counts[name] else name)
        if group is None:
            continue
        if layer.model:
            _fill_by_class(layer.model, _layer_groups(group))
        else:
            layer.weights = _vars(group)


def _vars(group: Any) -> list[np.ndarray]:
    """The weights of a layer, and of the layers and the cell within it."""
    own = [np.array(group["vars"][key]) for key in sorted(group["vars"], key=int)] if "vars" in group else []
    inner = [group[name] for name in ("cell", "layer", "forward_layer", "backward_layer") if name in group]
    return own + [weights for part in inner for weights in _vars(part)]


def _layer_groups(group: Any) -> Any:
    return group.get("layers", group.get("_layer_checkpoint_dependencies", {}))


def _read_keras(path: Path) -> tuple[dict[str, Any], str, Callable[[KerasModel], None]]:
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        version = json.loads(archive.read("metadata.json")).get("keras_version", "3")
        file = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")

    return config, version, lambda model: _fill_by_class(model, _layer_groups(file))


def _numbers(layer: KerasLayer, x: list[np.ndarray]) -> np.ndarray:
    return ENTRIES[layer.kind].numbers(layer, x)


def _evaluate(model: KerasModel, x: Any, use: Callable[[KerasLayer, list[Any]], Any], outer: str = "") -> Any:
    """The output of a model for an input, by _express or by _numbers."""
    values: dict[str, Any] = {}
    for i, layer in enumerate(model.layers):
        place = f'layer {outer}{i + 1} "{layer.name}", {layer.kind}'
        inputs = [values[name] for name in layer.inputs] or [x]
        if layer.kind == "InputLayer":
            values[layer.name] = inputs[0]
            continue
        if layer.model:
            if len(inputs) != 1:
                raise ImportProblem(f"{place}: a nested model of {len(inputs)} inputs")
            values[layer.name] = _evaluate(layer.model, inputs[0], use, f"{outer}{i + 1}.")
            continue
        if layer.kind not in ENTRIES:
            raise ImportProblem(f"{place}: a layer that tenon cannot express")
        try:
            values[layer.name] = use(layer, inputs)
        except ImportProblem as problem:
            raise ImportProblem(f"{place}: {problem}") from None
        except (ValueError, IndexError, KeyError, TypeError) as error:
            raise ImportProblem(f"{place}: its settings and weights do not fit ({error})") from None
    return values[model.output]


def _own_numbers(path: Path, shape: tuple[int, ...]) -> Optional[Callable[[np.ndarray], np.ndarray]]:
    """Keras itself, if it is installed and reads the file."""
    try:
        import keras

        model = keras.models.load_model(path, compile=False)
    except Exception:  # absent, or another version's file
        return None
    return lambda x: np.asarray(model(x.reshape(-1, *shape)), float)


def read(path: Path, options: Options) -> Model:
    try:
        config, version, fill = (_read_h5 if h5py.is_hdf5(path) else _read_keras)(path)
        model = _model(config)
        fill(model)
    except (OSError, KeyError, TypeError, ValueError, IndexError, AttributeError, zipfile.BadZipFile) as error:
        raise ImportProblem(f"it is no model that Keras has saved ({error})") from None
    for layer in model.leaves():
        layer.is_keras_3, layer.fold = not version.startswith(("1", "2")), options.fold
    shape = _input_shape(model.leaves()[0], config)
    if _is_over_time(model, shape, options):
        return _read_over_time(path, model, shape, options)
    root = Node(math.prod(shape))
    images = [leaf for leaf in model.leaves() if leaf.kind in keras_images.FORMS]
    of_images = len(shape) > 1 and any(map(keras_images.is_channels_last, images))
    start = graph.channels_first(root, shape) if of_images else Value.of(root, shape)
    value = _evaluate(model, start, _express)
    order = np.arange(value.size)
    if len(value.shape) > 1 and value.is_permutation:  # an image stays in tenon's order, channels first
        value, order = value.in_node_order(), np.argsort(value.source.ravel())
    net = fold.joined(graph.layers_of(value, root))
    numbers, name = _reference(path, model, shape)
    places = start.source.ravel()  # Keras' order of the net's inputs
    return Model(net, lambda x: numbers(x[:, places]).reshape(len(x), -1)[:, order], name)


def _reference(path: Path, model: KerasModel, shape: tuple[int, ...]) -> tuple[Callable[[np.ndarray], np.ndarray], str]:
    """The outputs for rows of inputs."""
    own = None if any(leaf.config.get("stateful") for leaf in model.leaves()) else _own_numbers(path, shape)
    formulas = lambda x: np.asarray(_evaluate(model, x.reshape(-1, *shape), _numbers), float)
    return (own, "Keras") if own else (formulas, "Keras' formulas in NumPy")


def _is_over_time(model: KerasModel, shape: tuple[int, ...], options: Options) -> bool:
    """Whether a model is of sequences [steps, values]."""
    has_cells = any(leaf.kind in OVER_TIME for leaf in model.leaves())
    is_asked = options.steps is not None or options.stream
    if (has_cells or is_asked) and len(shape) != 2:
        raise ImportProblem(f"an input of shape {list(shape)}, and sequences are [steps, values]")
    return has_cells or is_asked or shape[0] is None


def _read_over_time(path: Path, model: KerasModel, shape: tuple[Optional[int], ...], options: Options) -> Model:
    if shape[1] is None:
        raise ImportProblem("the size of a step of its input is not known")
    if shape[0] and options.steps not in (None, shape[0]):
        raise ImportProblem(f"its sequences have {shape[0]} steps, not {options.steps}")
    for leaf in model.leaves():
        leaf.is_over_time = True
    is_stateful = any(map(keras_cells.is_stateful, model.leaves()))
    is_stream = options.steps is None and (options.stream or not shape[0] or is_stateful)
    convolutions = [leaf for leaf in model.leaves() if leaf.kind == "Conv1D"]
    reach = sum((leaf.weights[0].shape[0] - 1) * int(np.ravel(leaf.config.get("dilation_rate") or 1)[0]) for leaf in convolutions)
    count = shape[0] or options.steps or 13 + min(reach, 4096)
    root = Node(count * shape[1], steps=count)
    value, order = steps.in_order(_evaluate(model, Value.of(root, (count, shape[1])), _express))
    if (order != np.arange(value.size)).any():
        raise ImportProblem("the first axis of its output is not that of the steps")
    net = fold.joined(graph.layers_of(value, root))
    if is_stream:
        net, _ = cells.streamed(net)
        count = max(count, 13) if is_stateful else count  # a stateful model may take one step in a call
    numbers, name = _reference(path, model, (count, shape[1]))
    return Model(net, lambda x: numbers(x).reshape(len(x), -1), name, steps=count if is_stream else 0)
