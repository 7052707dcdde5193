#!/usr/bin/env python3
"""Prints onnxruntime's rows, on one thread, for the networks in networks.hpp and images.hpp.

Inputs and outputs are bound beforehand, so that a call from Python costs little.
"""

import sys

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from rows import NETWORKS, fifth_percentile_time, listed, options

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


def main():
    budget, only = options()
    for mode, samples, lists in (("one", 1, ("OneSample", "ImagesOneSample")),
                                 ("batch-1000", 1000, ("Batched", "ImagesBatched"))):
        for network in map(NETWORKS.get, listed(*lists)):
            if only in (None, network.name):
                nanoseconds = time_evaluation(network, samples, budget) * 1e9
                print(f"onnxruntime,{network.name},{mode},{nanoseconds:.4g},ns", flush=True)


main()
