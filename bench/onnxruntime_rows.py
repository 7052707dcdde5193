#!/usr/bin/env python3
"""Prints onnxruntime's rows, on one thread, for the networks in networks.hpp, images.hpp and cells.hpp.

Inputs and outputs are bound beforehand, so that a call from Python costs little.
"""

import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from rows import CELL_NETWORKS, NETWORKS, RUN_STEPS, STREAMS, fifth_percentile_time, listed, options

ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softmax": "Softmax"}


def node(layer, inputs, output):
    """A layer's node, without its activation."""
    make = lambda name, **attributes: helper.make_node(name, inputs, [output], **attributes)
    if layer.kind == "dense":
        return make("Gemm", transB=1)
    if layer.kind == "flatten":
        return make("Flatten")
    if layer.kind == "global_average":
        return make("GlobalAveragePool")
    shape = {"kernel_shape": layer.kernel, "strides": (layer.stride, layer.stride)}
    if layer.kind == "max_pool":
        return make("MaxPool", **shape)
    groups = layer.inputs[0] if layer.kind == "depthwise" else 1
    return make("Conv", **shape, pads=layer.padding, group=groups)


def weights(layer, random):
    """Weights and biases with He's scale, in double; none for layers without parameters."""
    if layer.kind == "dense":
        shape = (layer.outputs[0], layer.inputs[0])
    elif layer.kind in ("convolution", "depthwise"):
        shape = (layer.outputs[0], 1 if layer.kind == "depthwise" else layer.inputs[0], *layer.kernel)
    else:
        return []
    limit = (6 / numpy.prod(shape[1:])) ** 0.5
    return [random.uniform(-limit, limit, shape), random.uniform(-0.1, 0.1, shape[0])]


def model(network, samples, real):
    """The network as a model of float or double."""
    random = numpy.random.default_rng(42)
    nodes, tensors, last = [], [], "x"

    def append(make, parameters=()):
        nonlocal last
        names = [f"p{len(tensors) + i}" for i in range(len(parameters))]
        tensors.extend(numpy_helper.from_array(p.astype(real), name) for p, name in zip(parameters, names))
        output = f"y{len(nodes)}"
        nodes.append(make([last, *names], output))
        last = output

    for layer in network.layers:
        append(lambda inputs, output: node(layer, inputs, output), weights(layer, random))
        if layer.kind == "global_average":
            append(lambda inputs, output: helper.make_node("Flatten", inputs, [output]))
        if layer.activation in ACTIVATIONS:
            append(lambda inputs, output: helper.make_node(ACTIVATIONS[layer.activation], inputs, [output]))
    kind = TensorProto.FLOAT if real == numpy.float32 else TensorProto.DOUBLE
    value = lambda name, shape: helper.make_tensor_value_info(name, kind, (samples, *shape))
    graph = helper.make_graph(
        nodes, network.name, [value("x", network.inputs())], [value(last, network.outputs())], tensors
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def time_evaluation(network, samples, budget):
    """Seconds per sample, after a comparison with ONNX's reference in double."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model(network, samples, numpy.float32).SerializeToString(), settings, ["CPUExecutionProvider"]
    )
    x = numpy.random.default_rng(7).uniform(-1, 1, (samples, *network.inputs())).astype(numpy.float32)
    y = onnxruntime.OrtValue.ortvalue_from_numpy(numpy.zeros((samples, *network.outputs()), numpy.float32))
    binding = session.io_binding()
    binding.bind_ortvalue_input("x", onnxruntime.OrtValue.ortvalue_from_numpy(x))
    binding.bind_ortvalue_output(session.get_outputs()[0].name, y)
    session.run_with_iobinding(binding)
    checked = min(samples, 10)
    reference = ReferenceEvaluator(model(network, checked, numpy.float64))
    expected = reference.run(None, {"x": x[:checked].astype(numpy.float64)})[0]
    error = numpy.abs(y.numpy()[:checked] - expected).max() / max(1, numpy.abs(expected).max())
    if not error <= 2e-5:
        sys.exit(f"bench: onnxruntime differs from the reference by {error} on {network.name}")
    run = session._sess.run_with_iobinding  # without a function of Python around it
    return fifth_percentile_time(lambda: run(binding._iobinding, None), budget) / samples


def recurrent_model(network, streams, steps, random):
    """A cell and a dense layer as a model whose state is an input and an output, and its parameters."""
    cell, n = network.layers[0].kind, network.layers[0].outputs
    is_lstm = cell == "lstm"
    rows, limit = (4 if is_lstm else 3) * n, (3 / n) ** 0.5
    shapes = {"w": (1, rows, network.inputs), "u": (1, rows, n), "b": (1, 2 * rows), "v": (n, network.outputs()),
              "e": (network.outputs(),)}
    parameters = {name: random.uniform(-limit, limit, shape).astype(numpy.float32) for name, shape in shapes.items()}
    tensors = [numpy_helper.from_array(value, name) for name, value in parameters.items()]
    tensors.append(numpy_helper.from_array(numpy.array([steps, streams, n]), "shape"))
    states = ["h", "c"][: 1 + is_lstm]
    following = [f"next_{state}" for state in states]
    reset = {} if is_lstm else {"linear_before_reset": 1}
    nodes = [
        helper.make_node(cell.upper(), ["x", "w", "u", "b", "", *states], ["hs", *following], hidden_size=n,
                         **reset),
        helper.make_node("Reshape", ["hs", "shape"], ["all"]),
        helper.make_node("MatMul", ["all", "v"], ["product"]),
        helper.make_node("Add", ["product", "e"], ["y"]),
    ]
    value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes,
        network.name,
        [value("x", steps, streams, network.inputs), *(value(state, 1, streams, n) for state in states)],
        [value("y", steps, streams, network.outputs()), *(value(state, 1, streams, n) for state in following)],
        tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), parameters


def recurrent_outputs(network, parameters, x):
    """The outputs of all steps in double, from a state of zero, with ONNX' order of gates."""
    w, u, b, v, e = (parameters[name].astype(numpy.float64) for name in "wubve")
    rows, sigmoid = w.shape[1], lambda z: 1 / (1 + numpy.exp(-z))
    h = c = numpy.zeros((x.shape[1], u.shape[2]))
    ys = []
    for x_t in x.astype(numpy.float64):
        of_x, of_h = x_t @ w[0].T + b[0, :rows], h @ u[0].T + b[0, rows:]
        if network.layers[0].kind == "lstm":
            i, o, f, g = numpy.split(of_x + of_h, 4, axis=1)
            c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
            h = sigmoid(o) * numpy.tanh(c)
        else:
            (zx, rx, nx), (zh, rh, nh) = numpy.split(of_x, 3, axis=1), numpy.split(of_h, 3, axis=1)
            z = sigmoid(zx + zh)
            h = (1 - z) * numpy.tanh(nx + sigmoid(rx + rh) * nh) + z * h
        ys.append(h @ v + e)
    return numpy.array(ys)


def causal_model(network, steps, random):
    """Causal convolutions as a model whose state, the past inputs of each, is an input and an output, and its
    parameters."""
    nodes, parameters, tensors, before, behind = [], [], [], [], []
    value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def append(name, *inputs, output=None, **attributes):
        output = output or f"v{len(nodes)}"
        nodes.append(helper.make_node(name, inputs, [output], **attributes))
        return output

    def constant(array):
        tensors.append(numpy_helper.from_array(array, f"p{len(tensors)}"))
        return tensors[-1].name

    def convolve(x, inputs, outputs, kernel=1, dilation=1, bias=True):
        limit, past = (3 / (inputs * kernel)) ** 0.5, (kernel - 1) * dilation
        shapes = [(outputs, inputs, kernel), (outputs,)][: 1 + bias]
        parameters.append([random.uniform(-limit, limit, shape).astype(numpy.float32) for shape in shapes])
        if past:
            name = f"past{len(before)}"
            before.append(value(name, 1, inputs, past))
            behind.append(value(f"next_{name}", 1, inputs, past))
            x = append("Concat", name, x, axis=2)
            ends = [constant(numpy.array([place])) for place in (steps, steps + past, 2)]
            append("Slice", x, *ends, output=behind[-1].name)
        return append("Conv", x, *map(constant, parameters[-1]), dilations=[dilation])

    network.causal_outputs("x", convolve, lambda a, b: append("Add", a, b), lambda z: append("Tanh", z))
    nodes[-1].output[0] = "y"
    graph = helper.make_graph(
        nodes, network.name, [value("x", 1, network.inputs, steps), *before],
        [value("y", 1, network.outputs(), steps), *behind], tensors,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), parameters


def causal_outputs(network, parameters, x):
    """The outputs of all steps in double, from a state of zero."""
    following = iter(parameters)

    def convolve(x, inputs, outputs, kernel=1, dilation=1, bias=True):
        w, *b = next(following)
        padded = numpy.pad(x, ((0, 0), ((kernel - 1) * dilation, 0)))
        ys = sum(w[:, :, k].astype(numpy.float64) @ padded[:, k * dilation :][:, : x.shape[1]] for k in range(kernel))
        return ys + b[0][:, None] if bias else ys

    return network.causal_outputs(x[0].astype(numpy.float64), convolve, numpy.add, numpy.tanh)[None]


def time_streams(network, streams, steps, budget):
    """Seconds of a step of a stream, in calls of `steps` steps. The state continues: one buffer is both the state
    before and behind a call. Four calls are compared with double precision."""
    random = numpy.random.default_rng(7)
    if network.is_recurrent():
        (model, parameters), outputs, axis = recurrent_model(network, streams, steps, random), recurrent_outputs, 0
    else:
        (model, parameters), outputs, axis = causal_model(network, steps, random), causal_outputs, 2
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), settings, ["CPUExecutionProvider"])
    on_cpu = lambda array: onnxruntime.OrtValue.ortvalue_from_numpy(array)
    x, *states = session.get_inputs()
    x = random.uniform(-1, 1, x.shape).astype(numpy.float32)
    y, binding = on_cpu(numpy.zeros(session.get_outputs()[0].shape, numpy.float32)), session.io_binding()
    binding.bind_ortvalue_input("x", on_cpu(x))
    binding.bind_ortvalue_output("y", y)
    for entry in states:
        state = on_cpu(numpy.zeros(entry.shape, numpy.float32))
        binding.bind_ortvalue_input(entry.name, state)
        binding.bind_ortvalue_output(f"next_{entry.name}", state)
    run = session._sess.run_with_iobinding
    for _ in range(4):  # all but the first show whether the state continues
        run(binding._iobinding, None)
    expected = numpy.split(outputs(network, parameters, numpy.concatenate([x] * 4, axis)), 4, axis)[-1]
    error = numpy.abs(y.numpy() - expected).max() / max(1, numpy.abs(expected).max())
    if not error <= 2e-5:
        sys.exit(f"bench: onnxruntime differs from the reference by {error} on {network.name}")
    return fifth_percentile_time(lambda: run(binding._iobinding, None), budget) / streams / steps


def main():
    budget, only = options()
    for mode, samples, lists in (("one", 1, ("OneSample", "ImagesOneSample")),
                                 ("batch-1000", 1000, ("Batched", "ImagesBatched"))):
        for network in map(NETWORKS.get, listed(*lists)):
            if only in (None, network.name):
                nanoseconds = time_evaluation(network, samples, budget) * 1e9
                print(f"onnxruntime,{network.name},{mode},{nanoseconds:.4g},ns", flush=True)
    for mode, streams, steps, name in (("step", 1, RUN_STEPS, "OneStream"),
                                       (f"streams-{STREAMS}", STREAMS, 1, "ManyStreams")):
        for network in map(CELL_NETWORKS.get, listed(name)):
            if only in (None, network.name):
                nanoseconds = time_streams(network, streams, steps, budget) * 1e9
                print(f"onnxruntime,{network.name},{mode},{nanoseconds:.4g},ns", flush=True)


main()
