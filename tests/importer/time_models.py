"""Models of ONNX over time."""

from __future__ import annotations

import numpy as np
from models import node, normal

i64 = lambda *values: np.array(values, np.int64)
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def cell(kind: str, inputs: int, hidden: int, directions: int = 1) -> dict[str, np.ndarray]:
    """Weights w, recurrent weights r and biases b, different in each gate."""
    rows = GATES[kind] * hidden
    return {"w": normal(directions, rows, inputs), "r": normal(directions, rows, hidden) / hidden**0.5, "b": normal(directions, 2 * rows)}


def over_time() -> dict[str, tuple]:
    """Nodes, the input's shape, tensors, the type that is to result, and the options of the import."""
    lstm, gru, rnn = (cell(kind, 3, 5) for kind in GATES)
    both = cell("LSTM", 3, 4, 2)
    dense = {"v": normal(5, 2), "c": normal(2)}
    axis = {"one": i64(1), "zero": i64(0), "minus": i64(-1), "end": i64(2**62)}
    squeezed = [node("LSTM", "x w r b", "a", hidden_size=5), node("Squeeze", "a one", "y")]
    conv = {"k": normal(4, 3, 3), "kb": normal(4), "pads": i64(0, 0, 4, 0, 0, 0)}
    causal = [node("Pad", "x pads", "a"), node("Conv", "a k kb", "d", dilations=[2]), node("Relu", "d", "y")]
    return {
        "lstm": (squeezed, [7, 1, 3], lstm | axis, "Net<Sequence<7, LSTM<3, 5>>>", {}),
        "lstm_stream": (squeezed, ["t", "n", 3], lstm | axis, "Net<LSTM<3, 5>>", {}),
        "lstm_stream_asked": (squeezed, [7, 1, 3], lstm | axis, "Net<LSTM<3, 5>>", {"stream": True}),
        "lstm_steps_asked": (squeezed, ["t", 1, 3], lstm | axis, "Net<Sequence<6, LSTM<3, 5>>>", {"steps": 6}),
        "lstm_of_17": ([node("LSTM", "x w r b", "a", hidden_size=17), node("Squeeze", "a one", "y")], [4, 1, 2],
                       cell("LSTM", 2, 17) | axis, "Net<Sequence<4, LSTM<2, 17>>>", {}),
        "lstm_last": ([node("LSTM", "x w r b", "a h", hidden_size=5), node("Squeeze", "h zero", "q"), node("Gemm", "q v c", "y")],
                      [7, 1, 3], lstm | dense | axis, "Net<Sequence<7, LSTM<3, 5>>, LastStep<Shape<7, 5>>, Dense<5, 2>>", {}),
        "lstm_without_bias": ([node("LSTM", "x w r", "a", hidden_size=5), node("Squeeze", "a one", "y")], [7, 1, 3], lstm | axis,
                              "Net<Sequence<7, LSTM<3, 5>>>", {}),
        "gru": ([node("GRU", "x w r b", "a", hidden_size=5, linear_before_reset=1), node("Squeeze", "a one", "q"),
                 node("MatMul", "q v", "e"), node("Add", "e c", "y")], [7, 1, 3], gru | dense | axis,
                "Net<Sequence<7, GRU<3, 5>, Dense<5, 2>>>", {}),
        "gru_reset_before": ([node("GRU", "x w r b", "a", hidden_size=5), node("Squeeze", "a one", "y")], ["t", 1, 3], gru | axis,
                             "Net<GRU<3, 5, ResetBefore>>", {}),
        "rnn": ([node("RNN", "x w r b", "a", hidden_size=5), node("Squeeze", "a one", "y")], [7, 1, 3], rnn | axis,
                "Net<Sequence<7, RNN<3, 5>>>", {}),
        "rnn_relu": ([node("RNN", "x w r b", "a", hidden_size=5, activations=["Relu"]), node("Squeeze", "a one", "y")], ["t", 1, 3],
                     rnn | axis, "Net<RNN<3, 5, Relu>>", {}),
        "reverse": ([node("GRU", "x w r b", "a", hidden_size=5, linear_before_reset=1, direction="reverse"), node("Squeeze", "a one", "q"),
                     node("MatMul", "q v", "y")], [7, 1, 3], gru | dense | axis,
                    "Net<Bidirectional<7, GRU<3, 5>>, Sequence<7, Dense<10, 2, Identity, false>>>", {}),
        "bidirectional": ([node("LSTM", "x w r b", "a", hidden_size=4, direction="bidirectional"), node("Transpose", "a", "p", perm=[0, 2, 1, 3]),
                           node("Reshape", "p shape", "y")], [6, 1, 3], both | {"shape": i64(0, 0, -1)},
                          "Net<Bidirectional<6, LSTM<3, 4>>>", {}),
        "two_layers": ([node("LSTM", "x w r b", "a", hidden_size=5), node("Squeeze", "a one", "q"), node("Mul", "q half", "m"),
                        node("GRU", "m w2 r2 b2", "d", hidden_size=4, linear_before_reset=1), node("Squeeze", "d one", "y")],
                       ["t", 1, 3], lstm | axis | {f"{k}2": v for k, v in cell("GRU", 5, 4).items()} | {"half": np.float32(0.5)},
                       "Net<LSTM<3, 5>, Scale<Shape<5>>, GRU<5, 4>>", {}),
        "batch_first": ([node("Transpose", "x", "xt", perm=[1, 0, 2]), *squeezed[:0], node("RNN", "xt w r b", "a", hidden_size=5),
                         node("Squeeze", "a one", "q"), node("Transpose", "q", "p", perm=[1, 0, 2]), node("Slice", "p minus end one", "s"),
                         node("Squeeze", "s one", "f"), node("Gemm", "f v c", "g"), node("Sigmoid", "g", "y")], [1, 8, 3],
                        rnn | dense | axis, "Net<Sequence<8, RNN<3, 5>>, LastStep<Shape<8, 5>>, Dense<5, 2, Sigmoid>>", {}),
        "all_steps_flat": ([*squeezed[:1], node("Squeeze", "a one", "q"), node("Reshape", "q row", "f"), node("Gemm", "f u", "y")],
                           [4, 1, 3], lstm | axis | {"row": i64(1, -1), "u": normal(20, 2)},
                           "Net<Sequence<4, LSTM<3, 5>>, Flatten<Shape<4, 5>>, Dense<20, 2, Identity, false>>", {}),
        "residual": ([node("Squeeze", "x one", "x2"), node("Gemm", "x2 u", "e"), node("Unsqueeze", "e one", "e3"),
                      node("LSTM", "e3 w r b", "a", hidden_size=5), node("Squeeze", "a one", "q"), node("Add", "q e3", "y")],
                     [6, 1, 2], cell("LSTM", 5, 5) | axis | {"u": normal(2, 5)},
                     "Net<Sequence<6, Dense<2, 5, Identity, false>, Residual<LSTM<5, 5>>>>", {}),
        "causal": (causal, [1, 3, "t"], conv, "Net<CausalConv<3, 4, Kernel<3>, Relu, Dilation<2>>>", {}),
        "causal_steps": (causal, [1, 3, "t"], conv, "Net<Sequence<9, CausalConv<3, 4, Kernel<3>, Relu, Dilation<2>>>>", {"steps": 9}),
        "causal_groups": ([node("Conv", "x kg kb", "y", pads=[2, 0], group=2)], [1, 6, "t"], conv | {"kg": normal(4, 3, 3)},
                          "Net<CausalConv<6, 4, Kernel<3>>>", {}),
        "causal_pads": ([node("Conv", "x k kb", "y", pads=[2, 0])], [1, 3, "t"], conv, "Net<CausalConv<3, 4, Kernel<3>>>", {}),
        "chomp": ([node("Conv", "x k kb", "a", pads=[4, 4], dilations=[2]), node("Slice", "a zero less two", "d"),
                   node("BatchNormalization", "d g beta m var", "e"), node("Tanh", "e", "f"), node("Conv", "f k2", "y")], [1, 3, "t"],
                  conv | axis | {"less": i64(-4), "two": i64(2), "g": normal(4), "beta": normal(4), "m": normal(4),
                                 "var": np.abs(normal(4)) + 0.5, "k2": normal(2, 4, 1)},
                  "Net<CausalConv<3, 4, Kernel<3>, Tanh, Dilation<2>>, CausalConv<4, 2, Kernel<1>>>", {}),
        "conv_and_lstm": ([*causal[:2], node("Transpose", "d", "e", perm=[2, 0, 1]), node("LSTM", "e w r b", "f", hidden_size=5),
                           node("Squeeze", "f one", "y")], [1, 3, 8], conv | cell("LSTM", 4, 5) | axis,
                          "Net<Sequence<8, CausalConv<3, 4, Kernel<3>, Dilation<2>>, LSTM<4, 5>>>", {}),
        "normalised_inputs": ([node("Sub", "x m", "e"), node("Div", "e s", "f"), node("LSTM", "f w r b", "a", hidden_size=5),
                               node("Squeeze", "a one", "y")], ["t", 1, 3],
                              lstm | axis | {"m": normal(3), "s": np.abs(normal(3)) + 0.5}, "Net<Scale<Shape<3>>, LSTM<3, 5>>", {}),
    }


def refused() -> dict[str, tuple]:
    """Nodes, the input's shape, tensors, words of the sentence, and the options."""
    lstm, gru, rnn = (cell(kind, 3, 5) for kind in GATES)
    h = {"h": normal(1, 1, 5)}
    squeezed = {"one": i64(1)}
    plain = lambda kind, inputs="x w r b", **more: [node(kind, inputs, "y", **{"hidden_size": 5, **more})]
    shape = [7, 1, 3]
    return {
        "state": (plain("LSTM", "x w r b  h".replace("  ", " len ")), shape, lstm | h | {"len": np.array([7], np.int32)},
                  "the state before the first step: there are such that are not 0", {}),
        "lengths": (plain("GRU", "x w r b len", linear_before_reset=1), shape, gru | {"len": np.array([5], np.int32)},
                    "sequences of [5] steps of 7", {}),
        "activations": (plain("LSTM", activations=["Sigmoid", "Relu", "Tanh"]), shape, lstm,
                        "the activations sigmoid, relu, tanh, and tenon's LSTM has sigmoid, tanh, tanh", {}),
        "clipped": (plain("RNN", clip=0.5), shape, rnn, "clip is 0.5, which tenon's RNN does not have", {}),
        "coupled": (plain("LSTM", input_forget=1), shape, lstm, "input_forget is 1", {}),
        "stream_backwards": (plain("LSTM", direction="reverse"), ["t", 1, 3], lstm,
                             "takes all steps of a sequence, which a stream has not: give their number with --steps", {}),
        "other_steps": (plain("RNN"), shape, rnn, "its sequences have 7 steps, not 5", {"steps": 5}),
        "no_steps": ([node("Relu", "x", "y")], [1, 3], {}, "so it has no steps", {"stream": True}),
        "memory": ([node("LSTM", "x w r b", "a h c", hidden_size=5), node("Relu", "c", "y")], shape, lstm,
                   "is the cells' memory behind the last step, which a net of tenon does not give", {}),
        "reads_later": ([node("Conv", "x k", "y", pads=[1, 1])], [1, 3, "t"], {"k": normal(4, 3, 3)},
                        "over time tenon has convolutions that read no later steps", {}),
        "strided": ([node("Conv", "x k", "y", strides=[2])], [1, 3, "t"], {"k": normal(4, 3, 1)}, "a stride of 2 over time", {}),
        "partial_steps": ([node("RNN", "x w r b", "a", hidden_size=5), node("Squeeze", "a one", "q"),
                           node("Slice", "q zero three zero", "u"), node("RNN", "u w2 r b", "y", hidden_size=5)], shape,
                          rnn | squeezed | {"zero": i64(0), "three": i64(3), "w2": normal(1, 5, 5)},
                          "that is no sequence of the model's steps", {}),
    }
