"""What the rows in Python share: the networks of networks.hpp, images.hpp and cells.hpp, options, and timing."""

import argparse
import pathlib
import re
import time
from typing import NamedTuple

_read = lambda name: (pathlib.Path(__file__).parent / name).read_text()
_text, _cell_text = _read("networks.hpp") + _read("images.hpp"), _read("cells.hpp")


class Layer(NamedTuple):
    kind: str
    activation: str
    inputs: tuple  # (channels, height, width) of an image, (width,) of a dense layer
    outputs: tuple
    kernel: tuple = (1, 1)
    stride: int = 1
    padding: tuple = (0, 0, 0, 0)  # above, left, below, right


class Network(NamedTuple):
    name: str
    layers: list

    def inputs(self):
        return self.layers[0].inputs

    def outputs(self):
        return self.layers[-1].outputs


class CellLayer(NamedTuple):
    kind: str
    outputs: int
    kernel: int
    dilation: int
    activation: str
    channels: tuple  # of each stack of a wavenet


class CellNetwork(NamedTuple):
    name: str
    inputs: int
    layers: list

    def outputs(self):
        return self.layers[-1].outputs

    def is_recurrent(self):
        return self.layers[0].kind in ("lstm", "gru")

    def causal_outputs(self, x, convolve, add, tanh):
        """The outputs for x, of a network that is not recurrent, by a peer's functions:
        convolve(x, inputs, outputs, kernel=1, dilation=1, bias=True), add(a, b) and tanh(z)."""
        inputs = self.inputs
        if self.layers[0].kind != "wavenet":
            for layer in self.layers:
                x = convolve(x, inputs, layer.outputs, layer.kernel, layer.dilation)
                x = tanh(x) if layer.activation == "tanh" else x
                inputs = layer.outputs
            return x
        layer, c, s = self.layers[0], x, None
        for channels, head in zip(layer.channels, (*layer.channels[1:], layer.outputs)):
            x = convolve(x, inputs, channels, bias=False)
            for i in range(layer.dilation.bit_length()):
                u = convolve(x, channels, channels, layer.kernel, 1 << i)
                z = tanh(add(u, convolve(c, self.inputs, channels, bias=False)))
                s = z if s is None else add(s, z)
                x = add(x, convolve(z, channels, channels))
            s, inputs = convolve(s, channels, head), channels
        return s


def _numbers(text):
    return tuple(map(int, re.findall(r"\d+", text)))


def _dense_network(name, hidden, last, widths):
    widths = _numbers(widths)
    activations = [hidden] * (len(widths) - 2) + [last]
    return Network(name, [Layer("dense", *sizes) for sizes in zip(activations, zip(widths), zip(widths[1:]))])


def _image_network(name, image, table):
    image, layers = _numbers(image), []
    for row in re.findall(r"\{(\w+), (\d+), \{(\d+), (\d+)\}, (\d+), (\w+), (\w+)\}", table):
        kind, padding, activation = row[0], row[5], row[6]
        channels, *kernel, stride = map(int, row[1:5])
        channels, sizes, zeros = channels or image[0], [], []
        if kind == "flatten":
            output = (image[0] * image[1] * image[2],)
        elif kind in ("dense", "global_average"):
            output = (channels,)
        else:
            for size, taps in zip(image[1:], kernel):
                sizes.append(-(-size // stride) if padding == "same" else (size - taps) // stride + 1)
                total = max((sizes[-1] - 1) * stride + taps - size, 0) if padding == "same" else 0
                zeros.append((total // 2, total - total // 2))
            output = (channels, *sizes)
        sides = tuple(side[i] for i in (0, 1) for side in zeros) or (0, 0, 0, 0)
        layers.append(Layer(kind, activation, image, output, tuple(kernel), stride, sides))
        image = output
    return Network(name, layers)


NETWORKS = {
    variable: _dense_network(*row)
    for variable, *row in re.findall(r' Network (\w+)\{\s*"([\w-]+)", (\w+), (\w+), \{([\d, ]+)\}\}', _text)
}
NETWORKS |= {
    variable: _image_network(*row)
    for variable, *row in re.findall(
        r' ImageNetwork (\w+)\{\s*"([\w-]+)",\s*\{([\d, ]+)\},\s*\{(\{.*?\})\}\};', _text, re.DOTALL
    )
}
JOBS = {
    name: job for name, *job in re.findall(r"Job (\w+)\{(\w+), (\d+), Optimizer::(\w+), (\d+)\}", _text)
}
EPOCH_SAMPLES = int(re.search(r"epoch_samples = (\d+)", _text).group(1))


def _cell_network(name, inputs, table):
    layers = []
    for kind, sizes, activation, channels in re.findall(
        r"\{CellKind::(\w+)((?:, \d+)+)(?:, Activation::(\w+))?(?:, \{([\d, ]+)\})?\}", table
    ):
        sizes = (*_numbers(sizes), 1, 1)[:3]
        layers.append(CellLayer(kind, *sizes, activation or "identity", _numbers(channels)))
    return CellNetwork(name, int(inputs), layers)


CELL_NETWORKS = {
    variable: _cell_network(*row)
    for variable, *row in re.findall(r' CellNetwork (\w+)\{\s*"([\w-]+)",\s*(\d+),\s*(\{.*?\})\};', _cell_text, re.DOTALL)
}
_windows = {name: row for name, *row in re.findall(r" Unrolled (\w+)\{(\w+), (\d+)\}", _cell_text)}
CELL_JOBS = {  # the network, steps, sequences in a batch, optimizer
    name: (*_windows[windows], batch, optimizer)
    for name, windows, batch, optimizer in re.findall(r"CellJob (\w+)\{(\w+), (\d+), Optimizer::(\w+),", _cell_text)
}
RUN_STEPS, STREAMS = map(int, re.search(r"run_steps = (\d+), stream_count = (\d+)", _cell_text).groups())


def listed(*names):
    """The items of Lists in the headers."""
    return [item for name in names
            for item in re.search(rf" {name} =\s*List<([^>]*)>", _text + _cell_text).group(1).split(", ")]


def options():
    """(seconds for each row, the name of the only network or None)"""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="the name of a network")
    arguments = parser.parse_args()
    return 0.04 if arguments.quick else 0.3, arguments.only


def fifth_percentile_time(work, budget):
    """Seconds of one call: the 5th percentile of repetitions of about 5 ms each."""
    count, spent, times = 1, 0.0, []
    while spent < budget or len(times) < 5:
        start = time.perf_counter()
        for _ in range(count):
            work()
        seconds = time.perf_counter() - start
        if not times and seconds < 5e-3:
            count *= 2
            continue
        spent += seconds
        times.append(seconds / count)
    return sorted(times)[len(times) // 20]
