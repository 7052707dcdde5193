"""Reads ONNX."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

import numpy as np
import onnx
from onnx import numpy_helper

from tenon_import import cells, fold, graph, steps
from tenon_import.activations import Activation, activation
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, onnx_cells, onnx_images, onnx_reference, onnx_time
from tenon_import.formats.onnx_patterns import Matcher
from tenon_import.graph import Node, Value
from tenon_import.layers import Layer
from tenon_import.model import Model, of_file

Operand = Any  # a Value, or the array of a constant


class Operator:
    """A node with its inputs, as the functions below see it."""

    def __init__(self, node: onnx.NodeProto, inputs: list[Optional[Operand]], opset: int, options: Options,
                 is_of_images: bool = False, is_over_time: bool = False) -> None:
        self.node, self.inputs, self.opset, self.options, self.is_of_images = node, inputs, opset, options, is_of_images
        self.is_over_time = is_over_time
        self.attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}

    def input(self, i: int) -> Optional[Operand]:
        return self.inputs[i] if i < len(self.inputs) else None

    def value(self, i: int = 0) -> Value:
        """Input i, which must be computed from the model's input."""
        if isinstance(self.input(i), onnx_cells.Missing):
            raise ImportProblem(f"input {i + 1} is {self.inputs[i].what}, which a net of tenon does not give")
        if not isinstance(self.input(i), Value):
            raise ImportProblem(f"input {i + 1} is a constant")
        return self.inputs[i]

    def constant(self, i: int, default: Any = None) -> Any:
        """Input i, which must be a constant; the default if there is none."""
        if self.input(i) is None:
            return default
        if isinstance(self.inputs[i], (Value, onnx_cells.Missing)):
            raise ImportProblem(f"input {i + 1} is computed, and tenon needs a constant there")
        return np.asarray(self.inputs[i])

    def numbers(self, name: str, i: int, default: Any = None) -> Any:
        """Integers that are an attribute in older opsets, and input i in newer ones."""
        if name in self.attributes:
            return [int(v) for v in np.atleast_1d(self.attributes[name])]
        found = self.constant(i)
        return default if found is None else [int(v) for v in np.atleast_1d(found)]


def _function(name: str, **constants: float) -> Callable[[Operator], Value]:
    """An activation whose constants are attributes, with these defaults."""

    def express(op: Operator) -> Value:
        return graph.activate(op.value(), activation(name, *(op.attributes.get(k, v) for k, v in constants.items())))

    return express


def _softmax(name: str) -> Callable[[Operator], Value]:
    def express(op: Operator) -> Value:
        x = op.value()
        axis = op.attributes.get("axis", -1 if op.opset >= 13 else 1) % len(x.shape)
        over = x.shape[axis] if op.opset >= 13 else math.prod(x.shape[axis:])
        if over != x.size:
            raise ImportProblem(f"it is over {over} of the {x.size} values of a sample, and tenon's is over all")
        return graph.activate(x, Activation(name))

    return express


def _gelu(op: Operator) -> Value:
    is_tanh = op.attributes.get("approximate", b"none") == b"tanh"
    return graph.activate(op.value(), Activation("GeluTanh" if is_tanh else "Gelu"))


def _celu(op: Operator) -> Value:
    if op.attributes.get("alpha", 1.0) != 1:
        raise ImportProblem("its alpha is not 1")
    return graph.activate(op.value(), Activation("Elu"))


def _swish(op: Operator) -> Value:
    if op.attributes.get("alpha", 1.0) != 1:
        raise ImportProblem("its alpha is not 1")
    return graph.activate(op.value(), Activation("Silu"))


def _clip(op: Operator) -> Value:
    low = op.attributes.get("min", op.constant(1, -math.inf))
    high = op.attributes.get("max", op.constant(2, math.inf))
    return graph.clip(op.value(), float(low), float(high))


def _max(op: Operator) -> Value:
    if len(op.inputs) != 2 or not isinstance(op.inputs[0], Value) or np.any(op.constant(1) != 0):
        raise ImportProblem("it is not the maximum of a value and 0")
    return graph.activate(op.value(), Activation("Relu"))


def _prelu(op: Operator) -> Value:
    return graph.prelu(op.value(), op.constant(1).astype(float))


def _broadcast(value: Value, constant: np.ndarray) -> np.ndarray:
    try:
        fits = np.broadcast_shapes(value.shape, constant.shape) == value.shape
    except ValueError:
        fits = False
    if not fits:
        raise ImportProblem(f"a constant of shape {list(constant.shape)} changes the shape {list(value.shape)}")
    return constant.astype(float)


def _arithmetic(sign: float, is_product: bool) -> Callable[[Operator], Value]:
    """Add (1), Sub (-1), Mul (1) and Div (-1), of which one operand is a constant, or which is a sum of two values."""

    def express(op: Operator) -> Value:
        a, b = op.input(0), op.input(1)
        if isinstance(a, Value) and isinstance(b, Value):
            if is_product:
                raise ImportProblem("both factors are computed from the model's input")
            return graph.add(a, b if sign > 0 else b.affine(-1.0, 0.0))
        if isinstance(a, Value):
            constant = _broadcast(a, np.asarray(b))
            if is_product:
                return a.affine(constant if sign > 0 else 1 / constant, 0.0)
            return a.affine(1.0, sign * constant)
        if is_product and sign < 0:
            raise ImportProblem("a constant is divided by a computed value")
        constant = _broadcast(b, np.asarray(a))
        return b.affine(constant, 0.0) if is_product else b.affine(sign, constant)

    return express


def _sum(op: Operator) -> Value:
    total = op.input(0)
    for other in op.inputs[1:]:
        total = _arithmetic(1.0, False)(Operator(op.node, [total, other], op.opset, op.options))
    return total if isinstance(total, Value) else op.value()


def _mat_mul(op: Operator) -> Value:
    if isinstance(op.input(1), Value):  # W x, of a column
        x, weight = op.value(1), op.constant(0).astype(float)
        if weight.ndim != 2 or x.shape[-2:] != (x.size, 1) or weight.shape[1] != x.size:
            raise ImportProblem(f"shapes {list(weight.shape)} and {list(x.shape)}, of which neither is a row of one sample")
        return graph.dense(x, weight, None).reshaped((*x.shape[:-2], -1, 1))
    x, weight = op.value(), op.constant(1).astype(float)
    if weight.ndim != 2 or x.shape[-1] != x.size or weight.shape[0] != x.size:
        raise ImportProblem(f"shapes {list(x.shape)} and {list(weight.shape)}: tenon multiplies the row of one sample by a matrix")
    return graph.dense(x, weight.T, None).reshaped((*x.shape[:-1], -1))


def _gemm(op: Operator) -> Value:
    x, weight = op.value(), op.constant(1).astype(float) * op.attributes.get("alpha", 1.0)
    if op.attributes.get("transA", 0):
        x = x.map(np.transpose)
    if not op.attributes.get("transB", 0):
        weight = weight.T
    if len(x.shape) != 2 or x.shape[1] != x.size or weight.shape[1] != x.size:
        raise ImportProblem(f"shapes {list(x.shape)} and {list(weight.shape)}: tenon multiplies the row of one sample by a matrix")
    bias = op.constant(2)
    if bias is not None:
        bias = np.broadcast_to(bias.astype(float) * op.attributes.get("beta", 1.0), (1, weight.shape[0])).ravel()
    return graph.dense(x, weight, bias).reshaped((1, -1))


def _batch_normalization(op: Operator) -> Value:
    x = op.value()
    weight, bias, mean, variance = (op.constant(i).astype(float) for i in range(1, 5))
    if op.attributes.get("training_mode", 0):
        raise ImportProblem("it is in training mode")
    y = graph.batch_norm(x.reshaped(x.shape[1:]), weight, bias, mean, variance, op.attributes.get("epsilon", 1e-5), op.options.fold)
    return y.reshaped(x.shape)


def _layer_normalization(op: Operator) -> Value:
    x = op.value()
    axis = op.attributes.get("axis", -1) % len(x.shape)
    if math.prod(x.shape[axis:]) != x.size:
        raise ImportProblem(f"it is over {math.prod(x.shape[axis:])} of the {x.size} values of a sample, and tenon's is over all")
    weight, bias = (None if op.constant(i) is None else
                    np.broadcast_to(op.constant(i).astype(float), x.shape[axis:]).ravel() for i in (1, 2))
    return graph.layer_norm(x, weight, bias, op.attributes.get("epsilon", 1e-5))


def _reshape(op: Operator) -> Value:
    x, shape = op.value(), op.numbers("shape", 1)
    if not op.attributes.get("allowzero", 0):
        shape = [x.shape[i] if size == 0 else size for i, size in enumerate(shape)]
    if -1 not in shape and math.prod(shape) != x.size and math.prod(shape[1:]) == x.size:
        shape[0] = 1  # the number of samples
    try:
        return x.reshaped(shape)
    except ValueError:
        raise ImportProblem(f"{x.size} values do not have the shape {shape}") from None


def _flatten(op: Operator) -> Value:
    x = op.value()
    axis = op.attributes.get("axis", 1)
    return x.reshaped((math.prod(x.shape[: axis % (len(x.shape) + 1)]), -1))


def _transpose(op: Operator) -> Value:
    return op.value().map(lambda a: a.transpose(op.attributes.get("perm")))


def _squeeze(op: Operator) -> Value:
    axes = op.numbers("axes", 1)
    return op.value().map(lambda a: np.squeeze(a, None if axes is None else tuple(axes)))


def _unsqueeze(op: Operator) -> Value:
    return op.value().map(lambda a: np.expand_dims(a, tuple(op.numbers("axes", 1))))


def _pad(op: Operator) -> Value:
    x, pads = op.value(), op.numbers("pads", 1)
    axes = op.numbers("axes", 3, list(range(len(x.shape))))
    fill = op.attributes.get("value", op.constant(2, 0.0))
    fill, mode = float(np.asarray(fill).reshape(-1)[0]) if np.size(fill) else 0.0, op.attributes.get("mode", b"constant")
    widths = [(0, 0)] * len(x.shape)
    for axis, before, after in zip(axes, pads, pads[len(axes):]):
        widths[axis] = (before, after)
    if (op.is_of_images and not op.is_over_time) or mode != b"constant":
        return onnx_images.pad(op, widths, mode, fill)
    if min(pads) < 0:
        raise ImportProblem(f"widths of {pads}, and it cuts off")
    return x.padded(widths, fill)


def _slice(op: Operator) -> Value:
    starts, ends = op.numbers("starts", 1), op.numbers("ends", 2)
    axes, steps = op.numbers("axes", 3, list(range(len(starts)))), op.numbers("steps", 4, [1] * len(starts))
    cut = [slice(None)] * len(op.value().shape)
    for axis, start, end, step in zip(axes, starts, ends, steps):
        is_all = step < 0 and end < -op.value().shape[axis]  # backwards, to the first
        cut[axis] = slice(start, None if is_all else end, step)
    return op.value().map(lambda a: a[tuple(cut)])


def _gather(op: Operator) -> Value:
    return op.value().map(lambda a: np.take(a, op.constant(1), axis=op.attributes.get("axis", 0)))


def _split(op: Operator) -> list[Value]:
    x, axis = op.value(), op.attributes.get("axis", 0)
    count = len(op.node.output)
    sizes = op.numbers("split", 1, [math.ceil(x.shape[axis] / count)] * count)
    ends = np.cumsum(sizes)[:-1]
    return [Value(x.node, *parts) for parts in zip(*(np.split(a, ends, axis) for a in (x.source, x.factor, x.shift)))]


def _concat(op: Operator) -> Value:
    computed = next(operand for operand in op.inputs if isinstance(operand, Value))
    if op.is_over_time:  # zeros before the first step
        op.inputs = [operand if isinstance(operand, Value) else
                     Value(computed.node, np.full(np.shape(operand), -1), shift=np.asarray(operand, float)) for operand in op.inputs]
    return graph.concat([op.value(i) for i in range(len(op.inputs))], op.attributes["axis"])


def _cast(op: Operator) -> Value:
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
    if op.attributes["to"] not in floats:
        raise ImportProblem("it casts to a type that is no floating-point number")
    return op.value()


# What tenon expresses: layers and activations.
EXPRESSED: dict[str, Callable[[Operator], Any]] = {
    "Gemm": _gemm,
    "MatMul": _mat_mul,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "PRelu": _prelu,
    "Concat": _concat,
    "Relu": _function("Relu"),
    "LeakyRelu": _function("LeakyReluWith", alpha=0.01),
    "Elu": _function("EluWith", alpha=1.0),
    "Selu": _function("SeluWith", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "Celu": _celu,
    "Gelu": _gelu,
    "Swish": _swish,
    "Sigmoid": _function("Sigmoid"),
    "Tanh": _function("Tanh"),
    "Softplus": _function("Softplus"),
    "Softsign": _function("Softsign"),
    "HardSigmoid": _function("HardSigmoidWith", alpha=0.2, beta=0.5),
    "Softmax": _softmax("Softmax"),
    "LogSoftmax": _softmax("LogSoftmax"),
    "Clip": _clip,
    "Max": _max,
    **onnx_images.EXPRESSED,
    **onnx_cells.EXPRESSED,
}

# What goes into other layers, or has no effect. A sum of two values is a Residual.
FOLDED: dict[str, Callable[[Operator], Any]] = {
    "Add": _arithmetic(1.0, False),
    "Sub": _arithmetic(-1.0, False),
    "Mul": _arithmetic(1.0, True),
    "Div": _arithmetic(-1.0, True),
    "Neg": lambda op: op.value().affine(-1.0, 0.0),
    "Sum": _sum,
    "Identity": lambda op: op.value(),
    "Dropout": lambda op: [op.value()] * len(op.node.output),
    "Cast": _cast,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Pad": _pad,
    "Slice": _slice,
    "Gather": _gather,
    "Split": _split,
}

# What is done for each step alone if its operands are over time; some of it over the last axis.
OVER_LAST = ("Gemm", "MatMul", "LayerNormalization", "Softmax", "LogSoftmax")
STEPWISE = {*EXPRESSED, "Add", "Sub", "Mul", "Div", "Neg", "Sum"} - {*onnx_images.EXPRESSED, *onnx_cells.EXPRESSED}


class _Graph:
    """The evaluation of a graph for one sample, in which values become layers."""

    def __init__(self, model: onnx.ModelProto, options: Options) -> None:
        self.graph, self.options = model.graph, options
        self.opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=1)
        self.constants = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        self.producers = {name: node for node in self.graph.node for name in node.output if name}
        self.has_images = any(node.op_type in onnx_images.EXPRESSED for node in self.graph.node)
        self.numbers = {id(node): i + 1 for i, node in enumerate(self.graph.node)}
        self.target = self.graph.output[0].name
        self.steps, self.is_stream, self.chomps = 0, False, set()  # the steps of a sequence; Slices that are expressed already
        is_asked = options.steps is not None or options.stream
        self.time = onnx_time.find(self.graph, self._known(), is_asked)
        inputs = [i for i in self.graph.input if i.name not in self.constants]
        if self.time is None:
            if len(inputs) != 1 or len(self.graph.output) != 1:
                raise ImportProblem(f"it has {len(inputs)} inputs and {len(self.graph.output)} outputs, and a net has one of each")
            self.input = inputs[0]
            self.shape = self._shape_of(self.input, ["N"])
        else:
            self.target, self.input = self.time.output, next(i for i in inputs if i.name == self.time.input)
            self.shape = self._over_time([d.dim_value for d in self.input.type.tensor_type.shape.dim])
            for state in (i for i in inputs if i.name in self.time.states):
                self.constants[state.name] = np.zeros([d.dim_value or 1 for d in state.type.tensor_type.shape.dim])
        start = self._start()
        self.places = start.source.ravel()  # the original's order of the net's inputs
        self.values: dict[str, Operand] = {self.input.name: start}

    def _known(self) -> dict[str, np.ndarray]:
        """The initializers, and the values of Constant nodes."""
        known = dict(self.constants)
        for node in self.graph.node:
            value = onnx_time.attributes(node).get("value") if node.op_type == "Constant" else None
            if value is not None:
                known[node.output[0]] = numpy_helper.to_array(value)
        return known

    def _shape_of(self, value: onnx.ValueInfoProto, axes: list[str]) -> tuple[int, ...]:
        """The shape for one sample; axes N are the samples'."""
        sizes = [d.dim_value for d in value.type.tensor_type.shape.dim]
        if len(sizes) > 1:
            sizes = [1 if axis == "N" else size for size, axis in zip(sizes, [*axes, *[""] * len(sizes)])]
        if not sizes or min(sizes) < 1:
            raise ImportProblem(f"the size of its input {value.name} is not known")
        return tuple(sizes)

    def _over_time(self, sizes: list[int]) -> tuple[int, ...]:
        """The shape of the sequence for one sample. An open number of steps is one that is long enough for a comparison."""
        axes = self.time.axes
        if len(sizes) != len(axes) or "T" not in axes or "F" not in axes:
            raise ImportProblem(f"which axis of its input {self.input.name}, of {len(sizes)} axes, is that of the steps is not known")
        fixed, asked = sizes[axes.index("T")], self.options.steps
        if fixed and asked not in (None, fixed):
            raise ImportProblem(f"its sequences have {fixed} steps, not {asked}")
        self.is_stream = asked is None and (self.options.stream or not fixed or bool(self.time.states))
        reach = sum((w.shape[2] - 1) * (onnx_time.attributes(node).get("dilations") or [1])[0] for node in self.graph.node
                    if node.op_type == "Conv" and (w := self.constants.get(node.input[1])) is not None and w.ndim == 3)
        self.steps = fixed or asked or 13 + min(reach, 4096)
        known = {"T": self.steps, "N": 1, "1": 1}
        if sizes[axes.index("F")] < 1:
            raise ImportProblem(f"the size of a step of its input {self.input.name} is not known")
        return tuple(known.get(axis, size) for axis, size in zip(axes, sizes))

    def _start(self) -> Value:
        """The model's input."""
        self.root = Node(math.prod(self.shape), steps=self.steps)
        if self.time is not None:
            axis = self.time.axes.index("T")
            one = Value.of(self.root.step, (*self.shape[:axis], 1, *self.shape[axis + 1:]))
            return steps.all_of(one, axis)
        if self._moves_channels():
            return graph.channels_first(self.root, self.shape[1:]).reshaped(self.shape)
        return Value.of(self.root, self.shape)

    def _moves_channels(self) -> bool:
        """Whether the first thing that is done with an image is that its channels are moved from the last axis to the first."""
        last = len(self.shape) - 1
        kinds = ("Transpose", *onnx_images.EXPRESSED)
        first = next((node for node in self.graph.node if node.op_type in kinds), None)
        perm = [] if first is None else [list(a.ints) for a in first.attribute if a.name == "perm"]
        return self.has_images and last > 1 and perm == [[0, last, *range(1, last)]]

    def place(self, node: onnx.NodeProto) -> str:
        name = f' "{node.name}"' if node.name else ""
        return f"node {self.numbers[id(node)]}{name}, {node.op_type}"

    def output(self) -> Value:
        self._find_constants()
        matcher = Matcher(self.producers, self.constants)
        target = self.target
        groups: dict[str, tuple[str, dict[str, Any]]] = {}
        needed, wanted = {target}, [target]
        while wanted:  # back from the output: a group's inner nodes are not needed
            value = wanted.pop()
            if value in self.constants or value not in self.producers:
                continue
            found = matcher.find(value)
            if found:
                groups[value] = found
            inputs = [found[1]["x"]] if found else self.producers[value].input
            for name in inputs:
                if name and name not in needed:
                    needed.add(name)
                    wanted.append(name)
        uses: dict[str, int] = {}
        for node in self.graph.node:
            if needed.intersection(node.output) and node.op_type != "Shape":
                for name in (groups[node.output[0]][1]["x"],) if node.output[0] in groups else set(node.input):
                    uses[name] = uses.get(name, 0) + 1
        for node in self.graph.node:
            if needed.intersection(node.output) and node.output[0] not in self.constants:
                self._express(node, groups.get(node.output[0]), uses)
        output = self.values.get(target)
        if not isinstance(output, Value):
            raise ImportProblem(f"its output {target} does not depend on its input")
        return output

    def _find_constants(self) -> None:
        """Computes what depends on constants, and on the shape of one sample, alone."""
        shapes = {self.input.name: self.shape}
        for node in self.graph.node:
            if node.op_type == "Shape" and node.input[0] in shapes:
                attributes = {a.name: a.i for a in node.attribute}
                shape = shapes[node.input[0]][attributes.get("start"):attributes.get("end")]
                self.constants[node.output[0]] = np.array(shape, np.int64)
            elif node.domain in ("", "ai.onnx") and all(name in self.constants for name in node.input if name):
                self._evaluate(node)

    def _evaluate(self, node: onnx.NodeProto) -> None:
        from onnx.reference import ReferenceEvaluator

        outputs = [onnx.helper.make_empty_tensor_value_info(name) for name in node.output if name]
        inner = onnx.helper.make_graph([node], "constant", [onnx.helper.make_empty_tensor_value_info(n) for n in node.input if n],
                                       outputs)
        model = onnx.helper.make_model(inner, opset_imports=[onnx.helper.make_opsetid("", self.opset)])
        try:
            found = ReferenceEvaluator(model).run(None, {n: self.constants[n] for n in node.input if n})
        except Exception as error:  # whatever the evaluator raises
            raise ImportProblem(f"{self.place(node)}: it cannot be evaluated ({error})") from None
        self.constants.update(zip((o.name for o in outputs), (np.asarray(f) for f in found)))

    def _express(self, node: onnx.NodeProto, group: Optional[tuple[str, dict[str, Any]]], uses: dict[str, int]) -> None:
        try:
            if group:
                result = self._express_group(*group)
            else:
                result = self._express_node(node)
        except ImportProblem as problem:
            raise ImportProblem(f"{self.place(node)}: {problem}") from None
        except (ValueError, IndexError, TypeError, KeyError) as error:
            raise ImportProblem(f"{self.place(node)}: its inputs or attributes do not fit ({error})") from None
        for name, value in zip(node.output, result if isinstance(result, list) else [result]):
            if isinstance(value, Value):
                value = steps.last(value)
                if uses.get(name, 0) > 1 and not (value.is_unscaled and value.size == value.node.size):
                    value = steps.settled(value)  # used by branches, which must have a node in common
            self.values[name] = value

    def _express_group(self, name: str, found: dict[str, Any]) -> Value:
        return steps.each([self.values[found["x"]]], lambda values: self._group_of(name, found, values[0]), name == "LayerNorm")

    @staticmethod
    def _group_of(name: str, found: dict[str, Any], x: Value) -> Value:
        if name == "LayerNorm":
            if x.shape[-1] != x.size:
                raise ImportProblem("a mean over a part of a sample's values")
            return graph.layer_norm(x, None, None, found["?epsilon"])
        if name == "SoftplusWith":
            return graph.activate(x, activation(name, found["?beta"]))
        return graph.activate(x, Activation(name))

    def _express_node(self, node: onnx.NodeProto) -> Any:
        if node.op_type == "Shape" and node.input[0] in self.values:
            attributes = {a.name: a.i for a in node.attribute}
            return np.array(self.values[node.input[0]].shape[attributes.get("start"):attributes.get("end")], np.int64)
        inputs = [None if not name else self.constants.get(name, self.values.get(name)) for name in node.input]
        if all(not isinstance(operand, (Value, onnx_cells.Missing)) for operand in inputs):
            self.constants.update({n: np.asarray(v) for n, v in zip(node.input, inputs) if n})
            self._evaluate(node)
            return [self.constants[name] for name in node.output if name]
        express = EXPRESSED.get(node.op_type) or FOLDED.get(node.op_type)
        if node.domain not in ("", "ai.onnx") or express is None:
            domain = f" of the domain {node.domain}" if node.domain not in ("", "ai.onnx") else ""
            raise ImportProblem(f"an operator that tenon cannot express{domain}")
        operator = lambda operands: Operator(node, operands, self.opset, self.options, self.has_images, self.time is not None)
        if self.time is None:
            return express(operator(inputs))
        if node.op_type in onnx_images.EXPRESSED:
            return self._express_convolution(operator(inputs))
        if id(node) in self.chomps:
            return inputs[0]
        if node.op_type == "Concat" and not self._is_of_values(node, inputs):
            return express(operator(inputs))
        if node.op_type in STEPWISE:
            return steps.each(inputs, lambda operands: express(operator(operands)), node.op_type in OVER_LAST)
        return express(operator(inputs))

    @staticmethod
    def _is_of_values(node: onnx.NodeProto, inputs: list[Operand]) -> bool:
        """Whether a Concat is of the values of each step, not of steps."""
        axis = onnx_time.attributes(node)["axis"]
        found = [steps.of(operand) if isinstance(operand, Value) else None for operand in inputs]
        return all(step is not None and step.axis != axis % len(step.value.shape) for step in found)

    def _express_convolution(self, op: Operator) -> Value:
        x = op.value()
        if op.node.op_type != "Conv" or len(x.shape) != 3 or x.shape[0] != 1:
            raise ImportProblem(f"an operator that tenon does not have over the steps of a sequence")
        dilation, stride = (op.attributes.get(name) or [1] for name in ("dilations", "strides"))
        weight = op.constant(1).astype(float)
        span = (weight.shape[2] - 1) * dilation[0]
        pads = onnx_images.padding_of(op, x.shape[2:], (span + 1,), tuple(stride))[0]
        consumers = [node for node in self.graph.node if op.node.output[0] in node.input]
        if pads == (span, span) and onnx_time.has_chomp(op.node, consumers, self.constants, span, self.steps):
            pads = (span, 0)
            self.chomps.update(map(id, consumers))
        bias = None if op.constant(2) is None else op.constant(2).astype(float)
        y = steps.causal_conv(x.reshaped(x.shape[1:]), weight, bias, stride[0], pads, dilation[0], op.attributes.get("group", 1))
        return y.reshaped((1, *y.shape))


def _check(model: onnx.ModelProto) -> None:
    """By onnx's checker, except outputs of unknown shape, which runtimes accept."""
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        if "Field 'shape' of 'type' is required" not in str(error):
            raise


def _weights(layer: Layer) -> int:
    """How many weights a layer has, without those of sums, which are 0 and 1."""
    own = (tensor for tensor in layer.tensors().values() if not np.isin(tensor, (-1, 0, 1)).all())
    return sum(tensor.size for tensor in own) + sum(map(_weights, layer.parts))


def _refuse_repetition(layers: Sequence[Layer], model: onnx.ModelProto) -> None:
    """Raises ImportProblem if weights of the model are many times in the net."""
    of_file = sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer)
    of_file += sum(int(np.prod(node.attribute[0].t.dims)) for node in model.graph.node if node.op_type == "Constant")
    times = sum(map(_weights, layers)) / max(of_file, 1)
    if times > 8:
        raise ImportProblem(f"a net of it would have its weights {times:.0f} times: layers whose outputs several others use are repeated "
                            "for each of them")


def read(path: Path, options: Options) -> Model:
    try:
        model = onnx.load(str(path))
        _check(model)
        if model.functions:
            model = onnx.inliner.inline_local_functions(model)
    except Exception as error:  # protobuf's and the checker's own
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise ImportProblem(f"it is no valid ONNX model ({reason})") from None
    graph_of_model = _Graph(model, options)
    output = graph_of_model.output()
    element_type = graph_of_model.input.type.tensor_type.elem_type
    dtype, is_double = onnx.helper.tensor_dtype_to_np_dtype(element_type), element_type == onnx.TensorProto.DOUBLE
    if graph_of_model.time is not None:
        found = _model_over_time(path, graph_of_model, output, dtype, is_double)
        _refuse_repetition(found.layers, model)
        return found
    layers = fold.joined(graph.layers_of(output, graph_of_model.root))
    _refuse_repetition(layers, model)
    fixed = [d.dim_value for d in graph_of_model.input.type.tensor_type.shape.dim]
    shape = graph_of_model.shape
    if len(fixed) > 1 and fixed[0] > 1:  # a fixed number of samples: the same one in each
        shape = (fixed[0], *shape[1:])
    run, name = onnx_reference.of_samples(path, graph_of_model.input.name, shape, dtype)
    if shape != graph_of_model.shape:
        run = onnx_reference.of_equal_samples(run, shape[0])
    places = graph_of_model.places
    return Model(layers, lambda x: run(x[:, places]), name, is_double)


def _model_over_time(path: Path, of: _Graph, output: Value, dtype: Any, is_double: bool) -> Model:
    value, order = steps.in_order(output)
    layers, gives_last = fold.joined(graph.layers_of(value, of.root)), False
    if of.is_stream:
        layers, gives_last = cells.streamed(layers)
    session, runner = onnx_reference.session(path)
    reference = onnx_reference.OverTime(session, of.graph, of.time, of.shape, output.shape, dtype)
    count = of.steps
    if of.is_stream and 0 < len(of.time.states) == len(of.time.next_states):  # calls that go on from each other
        count = of.steps * (2 if of.steps > 1 else 16)
    run = lambda x: reference.run(x, of.places, order, gives_last)
    try:
        run(np.zeros((1, of.places.size)))
    except Exception:  # onnxruntime's own: it has no cells of doubles
        return of_file(layers, layers, "the file's net in NumPy", is_double)
    return Model(layers, run, runner, is_double, count if of.is_stream else 0)
