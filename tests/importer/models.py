"""Models of every format, as other programs write them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

random = np.random.default_rng(7)


def normal(*shape: int) -> np.ndarray:
    return random.standard_normal(shape).astype(np.float32)


def onnx_model(path: Path, nodes: list, shape: list, tensors: dict, outputs: int = 3, opset: int = 17) -> Path:
    """A model from "x" to "y"."""
    graph = helper.make_graph(
        nodes, "test", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    onnx.save(model, path)
    return path


def node(kind: str, inputs: str, output: str, name: str = "", **attributes) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), output.split(), name=name, **attributes)


def folds() -> dict[str, tuple]:
    """Nodes, the input's shape, tensors, opset, and the type that is to result."""
    w, b, v = normal(4, 3), normal(3), normal(3, 3)
    gemm = {"w": w, "b": b}
    bn = {"g": normal(3), "beta": normal(3), "m": normal(3), "var": np.abs(normal(3)) + 0.5}
    ln = {"g": normal(3), "beta": normal(3)}
    i64 = lambda *values: np.array(values, np.int64)
    batch = [None, 4]
    return {
        "gemm": ([node("Gemm", "x w b", "y", alpha=0.5, beta=2.0)], batch, gemm, 17, "Net<Dense<4, 3>>"),
        "gemm_transposed": ([node("Gemm", "x w b", "y", transB=1)], batch, {"w": normal(3, 4), "b": b}, 17, "Net<Dense<4, 3>>"),
        "mat_mul": ([node("MatMul", "x w", "y")], batch, gemm, 17, "Net<Dense<4, 3, Identity, false>>"),
        "mat_mul_add": ([node("MatMul", "x w", "a"), node("Add", "b a", "c"), node("Relu", "c", "y")], batch, gemm, 17,
                        "Net<Dense<4, 3, Relu>>"),
        "normalised_inputs": ([node("Sub", "x m", "a"), node("Div", "a s", "c"), node("Gemm", "c w b", "y")], batch,
                              gemm | {"m": normal(4), "s": np.abs(normal(4)) + 0.5}, 17, "Net<Scale<Shape<4>>, Dense<4, 3>>"),
        "scaled_inputs": ([node("Mul", "x s", "a"), node("Gemm", "a w b", "y")], batch, gemm | {"s": np.float32(1 / 255)}, 17,
                          "Net<Dense<4, 3>>"),
        "mul_add_inputs": ([node("Mul", "s x", "a"), node("Add", "a m", "c"), node("Gemm", "c w b", "y")], batch,
                           gemm | {"m": normal(1, 4), "s": np.abs(normal(4)) + 0.5}, 17, "Net<Scale<Shape<4>>, Dense<4, 3>>"),
        "reversed_sub": ([node("Sub", "m x", "a"), node("Gemm", "a w b", "y")], batch, gemm | {"m": normal(4)}, 17,
                         "Net<Scale<Shape<4>>, Dense<4, 3>>"),
        "scaled_outputs": ([node("Gemm", "x w b", "a"), node("Mul", "a s", "c"), node("Sub", "c m", "y")], batch,
                           gemm | {"m": normal(3), "s": normal(3)}, 17, "Net<Dense<4, 3>>"),
        "batch_norm_after_gemm": ([node("Gemm", "x w b", "a"), node("BatchNormalization", "a g beta m var", "c", epsilon=1e-3),
                                   node("Relu", "c", "y")], batch, gemm | bn, 17, "Net<Dense<4, 3, Relu>>"),
        "batch_norm_after_mat_mul": ([node("MatMul", "x w", "a"), node("Add", "a b", "d"),
                                      node("BatchNormalization", "d g beta m var", "y")], batch, gemm | bn, 17, "Net<Dense<4, 3>>"),
        "batch_norm_alone": ([node("Gemm", "x w b", "a"), node("Relu", "a", "d"),
                              node("BatchNormalization", "d g beta m var", "y")], batch, gemm | bn, 17,
                             "Net<Dense<4, 3, Relu>, BatchNorm<Shape<3>>>"),
        "batch_norm_of_images": ([node("BatchNormalization", "x g beta m var", "a"), node("Flatten", "a", "c"),
                                  node("Gemm", "c w b", "y")], [None, 2, 2, 2],
                                 {"w": normal(8, 3), "b": b, "g": normal(2), "beta": normal(2), "m": normal(2),
                                  "var": np.abs(normal(2)) + 0.5}, 17, "Net<BatchNorm<Shape<2, 2, 2>>, Flatten<Shape<2, 2, 2>>, Dense<8, 3>>"),
        "identity_dropout_cast": ([node("Identity", "x", "a"), node("Dropout", "a", "c"), node("Cast", "c", "d", to=1),
                                   node("Gemm", "d w b", "y")], batch, gemm, 17, "Net<Dense<4, 3>>"),
        "transpose": ([node("Transpose", "x", "a", perm=[0, 2, 3, 1]), node("Flatten", "a", "c"), node("Gemm", "c w b", "y")],
                      [1, 2, 3, 2], {"w": normal(12, 3), "b": b}, 17, "Net<Dense<12, 3>>"),
        "transpose_through_relu": ([node("Transpose", "x", "a", perm=[0, 2, 1]), node("Relu", "a", "d"), node("Flatten", "d", "c"),
                                    node("Gemm", "c w b", "y")], [1, 2, 3], {"w": normal(6, 3), "b": b}, 17,
                                   "Net<Activate<Shape<6>, Relu>, Dense<6, 3>>"),
        "reshape": ([node("Reshape", "x to", "a"), node("Gemm", "a w b", "c"), node("Reshape", "c back", "y")], [None, 2, 2],
                    gemm | {"to": i64(-1, 4), "back": i64(0, 3, 1)}, 17, "Net<Dense<4, 3>>"),
        "reshape_by_shape": ([node("Shape", "x", "s"), node("Gather", "s zero", "n"), node("Unsqueeze", "n axis", "n1"),
                              node("Concat", "n1 minus", "to", axis=0), node("Reshape", "x to", "a"), node("Gemm", "a w b", "y")],
                             ["n", 2, 2], gemm | {"zero": np.int64(0), "axis": i64(0), "minus": i64(-1)}, 17, "Net<Dense<4, 3>>"),
        "squeeze_unsqueeze": ([node("Squeeze", "x axes", "a"), node("Unsqueeze", "a first", "c"), node("Gemm", "c w b", "y")],
                              [1, 1, 4], gemm | {"axes": i64(0, 1), "first": i64(0)}, 17, "Net<Dense<4, 3>>"),
        "pad": ([node("Pad", "x pads", "a"), node("Gemm", "a w b", "y")], [None, 2], gemm | {"pads": i64(0, 1, 0, 1)}, 17,
                "Net<Dense<2, 3>>"),
        "pad_old": ([node("Pad", "x", "a", pads=[0, 2, 0, 0]), node("Gemm", "a w b", "y")], [None, 2], gemm, 9, "Net<Dense<2, 3>>"),
        "slice_split_concat": ([node("Split", "x", "p q", axis=1), node("Concat", "q p", "a", axis=1), node("Gemm", "a w b", "y")],
                               batch, gemm, 13, "Net<Dense<4, 3>>"),
        "split": ([node("Split", "x", "p q", axis=1), node("Gemm", "p u b", "a"), node("Tanh", "a", "c"), node("MatMul", "q v", "d"),
                   node("Concat", "c d", "y", axis=1)], batch, {"u": normal(2, 3), "b": b, "v": normal(2, 2)}, 13,
                  "Net<Split<Dense<2, 3, Tanh>, Dense<2, 2, Identity, false>>>"),
        "split_by_slices": ([node("Gemm", "x w b", "h"), node("Relu", "h", "r"), node("Slice", "r zero one one", "p"),
                             node("Slice", "r one three one", "q"), node("MatMul", "q v", "d"), node("Add", "d q", "e"),
                             node("Gemm", "p u", "c"), node("Concat", "c e", "y", axis=1)], batch,
                            gemm | {"u": normal(1, 2), "v": normal(2, 2), "zero": i64(0), "one": i64(1), "three": i64(3)}, 17,
                            "Net<Dense<4, 3, Relu>, Split<Dense<1, 2, Identity, false>, Residual<Dense<2, 2, Identity, false>>>>"),
        "slice": ([node("Slice", "x from to one", "a"), node("Gemm", "a w b", "y")], [None, 6],
                  gemm | {"from": i64(1), "to": i64(5), "one": i64(1)}, 17, "Net<Dense<6, 3>>"),
        "residual": ([node("Gemm", "x w b", "a"), node("Relu", "a", "r"), node("MatMul", "r v", "c"), node("Add", "c b", "d"),
                      node("Add", "d r", "y")], batch, gemm | {"v": v}, 17,
                     "Net<Dense<4, 3, Relu>, Residual<Dense<3, 3>>>"),
        "two_branches": ([node("Gemm", "x w b", "a"), node("Relu", "a", "r"), node("Gemm", "x u", "c"), node("Add", "r c", "y")], batch,
                         gemm | {"u": normal(4, 3)}, 17,
                         "Net<Concat<Dense<4, 3, Relu>, Dense<4, 3, Identity, false>>, Dense<6, 3, Identity, false>>"),
        "concat": ([node("Gemm", "x w b", "a"), node("Tanh", "a", "r"), node("Gemm", "x u", "c"), node("Concat", "r c", "y", axis=-1)],
                   batch, gemm | {"u": normal(4, 2)}, 17, "Net<Concat<Dense<4, 3, Tanh>, Dense<4, 2, Identity, false>>>"),
        "gelu_of_exporters": ([node("Gemm", "x w b", "z"), node("Div", "z root", "a"), node("Erf", "a", "e"), node("Add", "e one", "p"),
                               node("Mul", "z p", "q"), node("Mul", "q half", "y")], batch,
                              gemm | {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)}, 17,
                              "Net<Dense<4, 3, Gelu>>"),
        "silu_of_exporters": ([node("Gemm", "x w b", "z"), node("Sigmoid", "z", "s"), node("Mul", "s z", "y")], batch, gemm, 17,
                              "Net<Dense<4, 3, Silu>>"),
        "layer_norm_of_exporters": ([node("Gemm", "x w b", "z"), node("ReduceMean", "z", "m", axes=[-1]), node("Sub", "z m", "d"),
                                     node("Pow", "d two", "d2"), node("ReduceMean", "d2", "v", axes=[-1]), node("Add", "v eps", "ve"),
                                     node("Sqrt", "ve", "s"), node("Div", "d s", "h"), node("Mul", "h g", "hg"),
                                     node("Add", "hg beta", "y")], batch,
                                    gemm | ln | {"two": np.float32(2), "eps": np.float32(1e-5)}, 13,
                                    "Net<Dense<4, 3>, LayerNorm<Shape<3>>>"),
        "layer_norm": ([node("Gemm", "x w b", "z"), node("LayerNormalization", "z g beta", "y", axis=-1, epsilon=1e-3)], batch,
                       gemm | ln, 17, "Net<Dense<4, 3>, LayerNorm<Shape<3>, std::ratio<1, 1000>>>"),
        "prelu": ([node("Gemm", "x w b", "z"), node("PRelu", "z s", "y")], batch, gemm | {"s": normal(3)}, 17,
                  "Net<Dense<4, 3>, PRelu<Shape<3>>>"),
        "clip": ([node("Gemm", "x w b", "z"), node("Clip", "z low high", "y")], batch,
                 gemm | {"low": np.float32(0), "high": np.float32(6)}, 17,
                 "Net<Dense<4, 3, HardSigmoidWith<std::ratio<1, 6>, std::ratio<0>>>, Scale<Shape<3>>>"),
        "softmax_old": ([node("Gemm", "x w b", "z"), node("Softmax", "z", "y")], batch, gemm, 11, "Net<Dense<4, 3, Softmax>>"),
        "log_softmax": ([node("Gemm", "x w b", "z"), node("LogSoftmax", "z", "y", axis=1)], batch, gemm, 17,
                        "Net<Dense<4, 3, LogSoftmax>>"),
        "leaky": ([node("Gemm", "x w b", "z"), node("LeakyRelu", "z", "y", alpha=0.1)], batch, gemm, 17,
                  "Net<Dense<4, 3, LeakyReluWith<std::ratio<1, 10>>>>"),
        "hard_sigmoid": ([node("Gemm", "x w b", "z"), node("HardSigmoid", "z", "y")], batch, gemm, 17,
                         "Net<Dense<4, 3, HardSigmoidWith<std::ratio<1, 5>, std::ratio<1, 2>>>>"),
        "constant_nodes": ([node("Constant", "", "w", value=numpy_helper.from_array(w)), node("Transpose", "w", "wt"),
                            node("Gemm", "x wt", "y", transB=1)], batch, {}, 17, "Net<Dense<4, 3, Identity, false>>"),
        "acas_column": ([node("Flatten", "x", "f"), node("Sub", "f m", "a"), node("MatMul", "a w", "z"), node("Add", "z b", "y")],
                        [1, 1, 1, 4], gemm | {"m": normal(4)}, 17, "Net<Scale<Shape<4>>, Dense<4, 3>>"),
        "fixed_batch": ([node("Reshape", "x to", "a"), node("Gemm", "a w b", "y")], [8, 2, 2], gemm | {"to": i64(8, 4)}, 17,
                        "Net<Dense<4, 3>>"),
    }


def images() -> dict[str, tuple]:
    """The same, of images and signals."""
    k, b, w = normal(4, 2, 3, 3), normal(4), normal(64, 3)
    conv, image = {"k": k, "b": b}, [None, 2, 8, 8]
    bn = {"g": normal(4), "beta": normal(4), "m": normal(4), "var": np.abs(normal(4)) + 0.5}
    i64 = lambda *values: np.array(values, np.int64)
    f32 = lambda *values: np.array(values, np.float32)
    shape, conv_type = "Shape<2, 8, 8>", "Conv2D<Shape<2, 8, 8>, 4, Kernel<3, 3>"
    return {
        "le_net": ([node("Div", "x s", "n"), node("Conv", "n k b", "a", pads=[1, 1, 1, 1]), node("Relu", "a", "r"),
                    node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]), node("Flatten", "p", "f"),
                    node("Gemm", "f w", "z"), node("Softmax", "z", "y")], image, conv | {"w": w, "s": np.float32(255)}, 17,
                   f"Net<{conv_type}, Relu, Padding<1, 1>>, MaxPool<Shape<4, 8, 8>, Kernel<2, 2>>, Flatten<Shape<4, 4, 4>>, "
                   "Dense<64, 3, Softmax, false>>"),
        "le_net_of_tensorflow": ([node("Mul", "x s", "n"), node("Transpose", "n", "c", perm=[0, 3, 1, 2]), node("Conv", "c k b", "a"),
                                  node("Relu", "a", "r"), node("Transpose", "r", "t", perm=[0, 2, 3, 1]), node("Flatten", "t", "f"),
                                  node("Gemm", "f v", "y")], [None, 6, 6, 2], conv | {"v": w, "s": np.float32(0.5)}, 17,
                                 "Net<Conv2D<Shape<2, 6, 6>, 4, Kernel<3, 3>, Relu>, Flatten<Shape<4, 4, 4>>, Dense<64, 3, Identity, false>>"),
        "conv_options": ([node("Conv", "x k", "y", strides=[2, 1], pads=[2, 0, 2, 0], dilations=[1, 2], group=2)], image,
                         {"k": normal(4, 1, 3, 3)}, 17,
                         f"Net<{conv_type}, Stride<2, 1>, Padding<2, 0>, Dilation<1, 2>, Groups<2>, NoBias>>"),
        "conv_same": ([node("Conv", "x k b", "y", strides=[2, 2], auto_pad="SAME_UPPER")], image, conv, 17,
                      f"Net<{conv_type}, Stride<2, 2>, Same>>"),
        "conv_same_lower": ([node("Conv", "x k b", "y", strides=[2, 2], auto_pad="SAME_LOWER")], image, conv, 17,
                            "Net<Pad<Shape<2, 8, 8>, Padding<1, 0, 1, 0>, Zeros>, Conv2D<Shape<2, 9, 9>, 4, Kernel<3, 3>, Stride<2, 2>>>"),
        "conv_folds": ([node("Sub", "x mean", "n"), node("Conv", "n k", "a"), node("Add", "a c", "d"),
                        node("BatchNormalization", "d g beta m var", "e"), node("Sigmoid", "e", "y")], image,
                       conv | bn | {"mean": normal(2, 1, 1), "c": normal(4, 1, 1)}, 17, f"Net<Scale<{shape}>, {conv_type}, Sigmoid>>"),
        "batch_norm_of_channels": ([node("Relu", "x", "r"), node("Conv", "r k b", "a"), node("Relu", "a", "d"),
                                    node("BatchNormalization", "d g beta m var", "y", epsilon=1e-3)], image, conv | bn, 17,
                                   f"Net<Activate<{shape}, Relu>, {conv_type}, Relu>, BatchNorm<Shape<4, 6, 6>, std::ratio<1, 10>, "
                                   "std::ratio<1, 1000>>>"),
        "signal": ([node("Conv", "x k b", "a", strides=[3]), node("PRelu", "a s", "c"), node("AveragePool", "c", "p", kernel_shape=[2]),
                    node("GlobalAveragePool", "p", "g"), node("Flatten", "g", "y")], [None, 2, 30],
                   {"k": normal(4, 2, 5), "b": b, "s": normal(4, 1)}, 17,
                   "Net<Conv1D<Shape<2, 30>, 4, Kernel<5>, Stride<3>>, PRelu<Shape<4, 9>>, AveragePool<Shape<4, 9>, Kernel<2>, Stride<1>>, "
                   "GlobalAveragePool<Shape<4, 8>>>"),
        "transpose_of_pytorch": ([node("ConvTranspose", "x k b", "y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1],
                                       group=2)], image, {"k": normal(2, 2, 3, 3), "b": b}, 17,
                                 "Net<ConvTranspose2D<Shape<2, 8, 8>, 4, Kernel<3, 3>, Stride<2, 2>, Padding<1, 1>, OutputPadding<1, 1>, "
                                 "Groups<2>>>"),
        "transpose_of_tensorflow": ([node("ConvTranspose", "x k b", "y", strides=[2, 2], auto_pad="SAME_UPPER")], image,
                                    {"k": normal(2, 4, 3, 3), "b": b}, 17,
                                    "Net<ConvTranspose2D<Shape<2, 8, 8>, 4, Kernel<4, 4>, Stride<2, 2>, Padding<1, 1>>>"),
        "transpose_of_signals": ([node("ConvTranspose", "x k", "y", strides=[3], dilations=[2], pads=[2, 0])], [None, 2, 8],
                                 {"k": normal(2, 4, 3)}, 17,
                                 "Net<ConvTranspose1D<Shape<2, 8>, 4, Kernel<3>, Stride<3>, Padding<2>, OutputPadding<2>, Dilation<2>, "
                                 "NoBias>>"),
        "residual_of_images": ([node("Conv", "x k", "a", pads=[1, 1, 1, 1]), node("BatchNormalization", "a g beta m var", "c"),
                                node("Relu", "c", "r"), node("Conv", "r v", "d", pads=[1, 1, 1, 1]), node("Add", "d r", "e"),
                                node("Relu", "e", "f"), node("ReduceMean", "f", "y", axes=[2, 3], keepdims=0)], image,
                               conv | bn | {"v": normal(4, 4, 3, 3)}, 17,
                               f"Net<{conv_type}, Relu, Padding<1, 1>>, Residual<Conv2D<Shape<4, 8, 8>, 4, Kernel<3, 3>, Padding<1, 1>, "
                               "NoBias>>, Activate<Shape<4, 8, 8>, Relu>, GlobalAveragePool<Shape<4, 8, 8>>>"),
        "split_of_images": ([node("Split", "x", "p q", axis=1), node("Conv", "p u", "a", pads=[1, 1, 1, 1]), node("Relu", "a", "r"),
                             node("Concat", "r q", "y", axis=1)], image, {"u": normal(4, 1, 3, 3)}, 13,
                            "Net<Split<Conv2D<Shape<1, 8, 8>, 4, Kernel<3, 3>, Relu, Padding<1, 1>, NoBias>, "
                            "Activate<Shape<1, 8, 8>, Identity>>>"),
        "inception": ([node("Conv", "x k b", "a", pads=[1, 1, 1, 1]), node("MaxPool", "x", "p", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
                       node("Concat", "a p", "y", axis=1)], image, conv, 17,
                      f"Net<Concat<{conv_type}, Padding<1, 1>>, MaxPool<{shape}, Kernel<3, 3>, Stride<1, 1>, Padding<1, 1>>>>"),
        "max_pool_ceil": ([node("MaxPool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)], image, {}, 17,
                          f"Net<MaxPool<{shape}, Kernel<3, 3>, Stride<2, 2>, CeilMode>>"),
        "image_of_row": ([node("Gemm", "x w", "a"), node("Relu", "a", "r"), node("Reshape", "r to", "c"),
                          node("MaxPool", "c", "y", kernel_shape=[1, 2], strides=[1, 2])],
                         [None, 4], {"w": normal(4, 12), "to": np.array([-1, 3, 1, 4])}, 17,
                         "Net<Dense<4, 12, Relu, false>, Unflatten<Shape<3, 1, 4>>, MaxPool<Shape<3, 1, 4>, Kernel<1, 2>>>"),
        "average_pool_counts_padding": ([node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1],
                                              count_include_pad=1)], image, {}, 17,
                                        f"Net<Pad<{shape}, Padding<0, 1, 0, 1>, Zeros>, AveragePool<Shape<2, 9, 9>, Kernel<3, 3>, Stride<2, 2>>>"),
        "average_pool": ([node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")], image, {}, 17,
                         f"Net<AveragePool<{shape}, Kernel<3, 3>, Stride<2, 2>, CeilMode>>"),
        "upsample": ([node("Resize", "x none sizes", "a", mode="linear", coordinate_transformation_mode="align_corners"),
                      node("Pad", "a pads", "c", mode="reflect"),
                      node("Resize", "c none twice", "y", mode="nearest", nearest_mode="round_prefer_floor")], [None, 2, 4, 4],
                     {"none": f32(), "sizes": f32(1, 1, 2, 3), "pads": i64(0, 0, 1, 2, 0, 0, 1, 2), "twice": f32(1, 1, 2, 2)}, 17,
                     "Net<Upsample<Shape<2, 4, 4>, ScaleFactor<2, 3>, Bilinear, AlignCorners>, Pad<Shape<2, 8, 12>, Padding<1, 2>, Reflect>, "
                     "Upsample<Shape<2, 10, 16>, ScaleFactor<2, 2>>>"),
    }


def _residual_layers_with_skips(count: int) -> list:
    """Layers z = tanh(W x) whose outputs are added to x, and to a sum that is the output: a WaveNet without convolutions."""
    nodes, x, total = [], "x", None
    for i in range(count):
        nodes += [node("MatMul", f"{x} w{i}", f"a{i}"), node("Tanh", f"a{i}", f"z{i}"), node("Add", f"{x} z{i}", f"x{i}")]
        if total:
            nodes.append(node("Add", f"{total} z{i}", "y" if i + 1 == count else f"s{i}"))
        x, total = f"x{i}", f"s{i}" if total else f"z{i}"
    return nodes


def refused() -> dict[str, tuple]:
    """Nodes, shape, tensors and what the message must contain."""
    w, b = normal(4, 3), normal(3)
    return {
        "conv": ([node("Conv", "x k", "y", name="conv1")], [None, 1, 4, 4, 4], {"k": normal(2, 1, 3, 3, 3)},
                 'node 1 "conv1", Conv: a weight of shape [2, 1, 3, 3, 3] and a sample of shape [1, 4, 4, 4]'),
        "max_pool_dilated": ([node("MaxPool", "x", "y", kernel_shape=[2, 2], dilations=[2, 2])], [None, 1, 8, 8], {},
                             "node 1, MaxPool: dilations of [2, 2], and tenon's pools have none"),
        "max_pool_padding": ([node("MaxPool", "x", "y", kernel_shape=[4, 4], pads=[0, 0, 2, 2])], [None, 1, 8, 8], {},
                             "node 1, MaxPool: padding of [[0, 2], [0, 2]] before and after each axis, with [7, 7] windows"),
        "average_pool_ceil": ([node("AveragePool", "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1,
                                    count_include_pad=1)], [None, 1, 8, 8], {}, "node 1, AveragePool: ceil_mode with count_include_pad"),
        "average_pool_same": ([node("AveragePool", "x", "y", kernel_shape=[2, 2], strides=[3, 3], auto_pad="SAME_UPPER")],
                              [None, 1, 8, 8], {}, "node 1, AveragePool: auto_pad SAME_UPPER of kernel [2, 2] and longer strides [3, 3]"),
        "transpose_same": ([node("ConvTranspose", "x k", "y", strides=[3, 3], auto_pad="SAME_LOWER")], [None, 1, 4, 4],
                           {"k": normal(1, 1, 2, 2)},
                           "node 1, ConvTranspose: auto_pad SAME_LOWER of a kernel that is shorter than strides [3, 3]"),
        "resize_cubic": ([node("Resize", "x none to", "y", name="up", mode="cubic")], [None, 1, 4, 4],
                         {"none": np.zeros(0, np.float32), "to": np.array([1, 1, 2, 2], np.float32)},
                         'node 1 "up", Resize: mode cubic with the places half_pixel'),
        "resize_fraction": ([node("Resize", "x none to", "y")], [None, 1, 4, 4],
                            {"none": np.zeros(0, np.float32), "to": np.array([1, 1, 1.5, 2], np.float32)},
                            "node 1, Resize: factors of [1.0, 1.0, 1.5, 2.0]"),
        "pad_value": ([node("Pad", "x pads fill", "a"), node("MaxPool", "a", "y", kernel_shape=[2, 2])], [None, 1, 4, 4],
                      {"pads": np.array([0, 0, 1, 1, 0, 0, 1, 1]), "fill": np.float32(2)}, "node 1, Pad: mode constant with the value 2"),
        "image_rearranged": ([node("MaxPool", "x", "a", kernel_shape=[1, 1]), node("Transpose", "a", "c", perm=[0, 2, 1, 3]),
                              node("MaxPool", "c", "y", kernel_shape=[1, 1])], [None, 2, 3, 4], {},
                             "node 3, MaxPool: an image of shape [3, 2, 4] that is made of a rearranged image"),
        "lstm": ([node("Gemm", "x w b", "a"), node("LSTM", "a k r", "y", hidden_size=2)], [None, 4],
                 {"w": w, "b": b, "k": normal(1, 8, 3), "r": normal(1, 8, 2)}, "which axis of its input x, of 2 axes, is that of the steps is not known"),
        "erf": ([node("Erf", "x", "y", name="e")], [None, 4], {}, 'node 1 "e", Erf: an operator that tenon cannot express'),
        "product": ([node("Relu", "x", "r"), node("Mul", "x r", "y")], [None, 4], {},
                    "node 2, Mul: both factors are computed from the model's input"),
        "rows": ([node("MatMul", "x w", "y", name="m")], [None, 2, 4], {"w": w},
                 'node 1 "m", MatMul: shapes [1, 2, 4] and [4, 3]'),
        "softmax": ([node("Softmax", "x", "y", axis=1)], [None, 2, 4], {}, "node 1, Softmax: it is over 2 of the 8 values"),
        "constant": ([node("Identity", "w", "y")], [None, 4], {"w": w}, "its output y does not depend on its input"),
        "size": ([node("Relu", "x", "y")], [None, "n"], {}, "the size of its input x is not known"),
        "skips": (_residual_layers_with_skips(20), [None, 4], {f"w{i}": normal(4, 4) for i in range(20)},
                  "layers whose outputs several others use are repeated for each of them"),
        "own_domain": ([helper.make_node("Relu", ["x"], ["y"], domain="own")], [None, 4], {}, "of the domain own"),
    }


def keras_layers(version: int) -> tuple[list[dict], dict[str, list[np.ndarray]], callable]:
    """The layers of a Sequential, their weights, and its outputs by formula."""
    dtype = "float32"
    k1, b1, k2, b2 = normal(4, 5), normal(5), normal(5, 3), normal(3)
    gamma, beta, mean, variance = normal(5), normal(5), normal(5), np.abs(normal(5)) + 0.5
    first = {"name": "dense_7", "units": 5, "activation": "linear", "use_bias": True, "dtype": dtype}
    layers = [
        {"class_name": "InputLayer", "config": {"name": "input_1", ("batch_shape" if version == 3 else "batch_input_shape"): [None, 4]}},
        {"class_name": "Dense", "config": first},
        {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": [1] if version == 2 else -1, "epsilon": 0.001,
                                                        "center": True, "scale": True}},
        {"class_name": "Activation", "config": {"name": "act", "activation": "hard_sigmoid"}},
        {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.5}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 3, "activation": "softmax", "use_bias": True}},
    ]
    weights = {"dense_7": [k1, b1], "bn": [gamma, beta, mean, variance], "dense": [k2, b2]}

    def numbers(x: np.ndarray) -> np.ndarray:
        h = ((x @ k1 + b1) - mean) / np.sqrt(variance + 0.001) * gamma + beta
        h = np.clip(h / 6 + 0.5, 0, 1) if version == 3 else np.clip(0.2 * h + 0.5, 0, 1)
        e = np.exp(h @ k2 + b2)
        return e / e.sum(-1, keepdims=True)

    return layers, weights, numbers


def keras_h5(path: Path, version: int = 2) -> callable:
    layers, weights, numbers = keras_layers(version)
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.11.0" if version == 2 else "3.3.3"
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        for name, arrays in weights.items():
            inner = group.create_group(name)
            labels = {2: ["kernel:0", "bias:0"], 4: ["gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"]}[len(arrays)]
            inner.attrs["weight_names"] = [f"{name}/{label}".encode() for label in labels]
            for label, values in zip(labels, arrays):
                inner[f"{name}/{label}"] = values
    return numbers


def keras_zip(path: Path, weights_root: str = "layers") -> callable:
    layers, weights, numbers = keras_layers(3)
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    # Groups are numbered within each class: dense is the first Dense, whatever its name.
    groups = {"dense": weights["dense_7"], "batch_normalization": weights["bn"], "dense_1": weights["dense"]}
    _keras_archive(path, config, groups, weights_root)
    return numbers


def _keras_archive(path: Path, config: dict, groups: dict, root: str) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, arrays in groups.items():
            group = file.create_group(f"{root}/{name}/vars")
            for i, values in enumerate(arrays):
                group[str(i)] = values
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.3.3", "date_saved": "2024-05-01@00:00:00"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", content.getvalue())


def keras_functional(path: Path) -> callable:
    """x -> Normalization -> Dense(relu) = h; h + Dense(h); then with PReLU and LeakyReLU beside each other."""
    mean, variance = normal(4), np.abs(normal(4)) + 0.5
    k1, b1, k2, b2, slopes, k3 = normal(4, 3), normal(3), normal(3, 3), normal(3), normal(3), normal(6, 2)
    tensor = lambda name: {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "dtype": "float32",
                                                                        "keras_history": [name, 0, 0]}}
    from_one = lambda name: [{"args": [tensor(name)], "kwargs": {}}]
    from_two = lambda a, b: [{"args": [[tensor(a), tensor(b)]], "kwargs": {}}]
    layer = lambda kind, name, inbound, **config: {"class_name": kind, "name": name, "config": {"name": name, **config},
                                                   "inbound_nodes": inbound}
    layers = [
        layer("InputLayer", "in", [], batch_shape=[None, 4]),
        layer("Normalization", "norm", from_one("in"), axis=[-1], mean=None, variance=None),
        layer("Dense", "first", from_one("norm"), units=3, activation="relu", use_bias=True),
        layer("Dense", "second", from_one("first"), units=3, activation="gelu", use_bias=True),
        layer("Add", "sum", from_two("first", "second")),
        layer("PReLU", "p", from_one("sum")),
        layer("LeakyReLU", "l", from_one("sum"), negative_slope=0.3),
        layer("Concatenate", "both", from_two("p", "l"), axis=-1),
        layer("Dense", "last", from_one("both"), units=2, activation="linear", use_bias=False),
    ]
    config = {"module": "keras", "class_name": "Functional",
              "config": {"name": "model", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["last", 0, 0]]}}
    groups = {"normalization": [mean, variance, np.array(3)], "dense": [k1, b1], "dense_1": [k2, b2], "p_re_lu": [slopes],
              "dense_2": [k3]}
    _keras_archive(path, config, groups, "layers")
    import math

    erf = np.vectorize(math.erf)

    def numbers(x: np.ndarray) -> np.ndarray:
        h = np.maximum((x - mean) / np.sqrt(variance) @ k1 + b1, 0)
        z = h @ k2 + b2
        s = h + z / 2 * (1 + erf(z / 2**0.5))
        return np.concatenate([np.where(s > 0, s, slopes * s), np.where(s > 0, s, 0.3 * s)], -1) @ k3

    return numbers


def keras_images(path: Path) -> callable:
    """Conv2D of stride 2 and "same", BatchNormalization, a depthwise convolution, MaxPooling2D, Flatten, Dense; the formula takes the
    net's inputs, whose channels come first."""
    k, b, d, c, w = normal(3, 3, 2, 4), normal(4), normal(2, 2, 4, 1), normal(4), normal(8, 3)
    gamma, beta, mean, variance = normal(4), normal(4), normal(4), np.abs(normal(4)) + 0.5
    layer = lambda kind, name, **config: {"class_name": kind, "config": {"name": name, "data_format": "channels_last", **config}}
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 6, 10, 2]),
        layer("Conv2D", "conv", strides=[2, 2], padding="same", activation="linear", use_bias=True),
        layer("BatchNormalization", "norm", axis=-1, epsilon=0.001),
        layer("DepthwiseConv2D", "depth", strides=[1, 1], padding="valid", activation="relu", use_bias=True),
        layer("MaxPooling2D", "pool", pool_size=[2, 2], strides=[2, 2], padding="valid"),
        layer("Flatten", "flat"),
        layer("Dense", "last", activation="linear", use_bias=False),
    ]
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "sequential", "layers": layers}}
    groups = {"conv2d": [k, b], "batch_normalization": [gamma, beta, mean, variance], "depthwise_conv2d": [d, c], "dense": [w]}
    _keras_archive(path, config, groups, "layers")

    def numbers(rows: np.ndarray) -> np.ndarray:
        factor = gamma / np.sqrt(variance.astype(float) + 0.001)
        x = np.moveaxis(rows.reshape(-1, 2, 6, 10), 1, -1)
        x = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))  # one more row and column behind
        h = np.zeros((len(x), 3, 5, 4)) + b
        for i in range(3):
            for j in range(3):
                h += x[:, i:i + 5:2, j:j + 9:2] @ k[i, j]
        h = (h - mean) * factor + beta
        z = sum(h[:, i:i + 2, j:j + 4] * d[i, j, :, 0] for i in range(2) for j in range(2)) + c
        z = np.maximum(z, 0).reshape(-1, 1, 2, 2, 2, 4).max((2, 4))
        return z.reshape(len(x), -1) @ w

    return numbers


def nnet(path: Path, mean: float = 0.25, spread: float = 2.0) -> callable:
    """A net of 3, 4 and 2 values in the format of ACAS Xu."""
    w1, b1, w2, b2 = normal(4, 3), normal(4), normal(2, 4), normal(2)
    means, ranges = np.array([10, -2, 0.5, mean]), np.array([5, 0.5, 1, spread])
    line = lambda values: ",".join(f"{v:.9e}" for v in values) + ",\n"
    rows = "".join(line(row) for row in w1) + "".join(line([v]) for v in b1)
    rows += "".join(line(row) for row in w2) + "".join(line([v]) for v in b2)
    path.write_text("// Neural Network File Format by Kyle Julian, Stanford 2016\n2,3,2,4,\n3,4,2,\n0,\n"
                    "0.0,-3.0,0.0,\n20.0,0.0,1.0,\n" + line(means) + line(ranges) + rows)
    w1, b1, w2, b2 = (a.astype(float) for a in (w1, b1, w2, b2))
    return lambda x: (np.maximum((x - means[:3]) / ranges[:3] @ w1.T + b1, 0) @ w2.T + b2) * spread + mean
