#!/usr/bin/python3
"""Prints PyTorch's rows, in eager mode on one thread, for the networks and jobs in networks.hpp, images.hpp and
cells.hpp."""

import copy
import sys

import torch

from rows import (
    CELL_JOBS, CELL_NETWORKS, EPOCH_SAMPLES, JOBS, NETWORKS, RUN_STEPS, STREAMS, fifth_percentile_time, listed, options,
)

ACTIVATIONS = {
    "relu": torch.nn.ReLU,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
    "softmax": lambda: torch.nn.Softmax(dim=1),
}
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-3),
}


def modules(layer):
    """PyTorch's modules for a layer, without its activation."""
    if layer.kind == "dense":
        return [torch.nn.Linear(layer.inputs[0], layer.outputs[0])]
    if layer.kind == "flatten":
        return [torch.nn.Flatten()]
    if layer.kind == "global_average":
        return [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
    if layer.kind == "max_pool":
        return [torch.nn.MaxPool2d(layer.kernel, layer.stride)]
    above, left, below, right = layer.padding
    even = above == below and left == right
    groups = layer.inputs[0] if layer.kind == "depthwise" else 1
    padding = (above, left) if even else 0
    convolution = torch.nn.Conv2d(
        layer.inputs[0], layer.outputs[0], layer.kernel, layer.stride, padding, groups=groups
    )
    return [convolution] if even else [torch.nn.ZeroPad2d((left, right, above, below)), convolution]


def build(variable, logits=False):
    layers = []
    for layer in NETWORKS[variable].layers:
        layers += modules(layer)
        if layer.activation in ACTIVATIONS and not (logits and layer.activation == "softmax"):
            layers.append(ACTIVATIONS[layer.activation]())
    return torch.nn.Sequential(*layers)


def random_inputs(variable, samples):
    return torch.rand(samples, *NETWORKS[variable].inputs()) * 2 - 1


def time_evaluation(variable, samples, budget):
    """Seconds per sample, after a check against double precision."""
    net = build(variable)
    x = random_inputs(variable, samples)
    with torch.inference_mode():
        error = (net(x).double() - copy.deepcopy(net).double()(x.double())).abs().max().item()
        if not error <= 2e-5:
            sys.exit(f"bench: torch differs from double precision by {error} on {variable}")
        return fifth_percentile_time(lambda: net(x), budget) / samples


def time_training(variable, batch, optimizer, samples, budget, whole_epochs=False):
    """Seconds per sample; with whole_epochs, per epoch with samples in random order."""
    network = NETWORKS[variable]
    net = build(variable, logits=True)
    update = OPTIMIZERS[optimizer](net.parameters())
    x = random_inputs(variable, samples)
    if network.layers[-1].activation == "softmax":
        t = torch.randint(network.outputs()[0], (samples,))
        loss = torch.nn.CrossEntropyLoss()
    else:
        t = torch.rand(samples, *network.outputs())
        loss = lambda y, target: ((y - target) ** 2).sum(dim=1).mean() / 2
    first = 0

    def step():
        nonlocal first
        update.zero_grad()
        loss(net(x[first : first + batch]), t[first : first + batch]).backward()
        update.step()
        first = (first + batch) % samples

    def epoch():
        for indices in torch.randperm(samples).split(batch):
            update.zero_grad()
            loss(net(x[indices]), t[indices]).backward()
            update.step()

    return fifth_percentile_time(epoch, budget) if whole_epochs else fifth_percentile_time(step, budget) / batch


class Recurrent(torch.nn.Module):
    """A cell and, if the network has one, a dense layer."""

    def __init__(self, network):
        super().__init__()
        first, *others = network.layers
        cell = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[first.kind]
        self.cell = cell(network.inputs, first.outputs, batch_first=True)
        self.dense = torch.nn.Linear(first.outputs, network.outputs()) if others else torch.nn.Identity()

    def forward(self, x, state=None):
        h, state = self.cell(x, state)
        return self.dense(h), state


class Causal(torch.nn.Module):
    """Causal convolutions; the state is the past inputs of each."""

    def __init__(self, network):
        super().__init__()
        self.network, self.convolutions = network, torch.nn.ModuleList()

        def append(x, inputs, outputs, kernel=1, dilation=1, bias=True):
            self.convolutions.append(torch.nn.Conv1d(inputs, outputs, kernel, dilation=dilation, bias=bias))

        network.causal_outputs(None, append, lambda a, b: None, lambda z: None)

    def forward(self, x, state=None):
        convolutions, pasts, following = iter(self.convolutions), iter(state or ()), []

        def convolve(x, inputs, outputs, kernel=1, dilation=1, bias=True):
            past = (kernel - 1) * dilation
            if past:
                x = torch.cat([next(pasts), x], 2) if state else torch.nn.functional.pad(x, (past, 0))
                following.append(x[:, :, -past:])
            return next(convolutions)(x)

        y = self.network.causal_outputs(x.transpose(1, 2), convolve, torch.add, torch.tanh)
        return y.transpose(1, 2), following


def time_streams(network, streams, steps, budget):
    """Seconds of a step of a stream, in calls of `steps` steps; the first four are compared with double precision."""
    net = Recurrent(network) if network.is_recurrent() else Causal(network)
    xs, ys, state = [torch.rand(streams, steps, network.inputs) * 2 - 1 for _ in range(4)], [], None
    with torch.inference_mode():
        for x in xs:
            y, state = net(x, state)
            ys.append(y)
        expected = copy.deepcopy(net).double()(torch.cat(xs, 1).double())[0]
        error = (torch.cat(ys, 1).double() - expected).abs().max().item()
        if not error <= 2e-5:
            sys.exit(f"bench: torch differs from double precision by {error} on {network.name}")

        def run():
            nonlocal state
            _, state = net(x, state)

        return fifth_percentile_time(run, budget) / streams / steps


def time_sequence_training(network, steps, batch, optimizer, budget):
    """Seconds per sequence."""
    net = Recurrent(network)
    update = OPTIMIZERS[optimizer](net.parameters())
    x = torch.rand(batch, steps, network.inputs) * 2 - 1
    t = torch.rand(batch, steps, network.outputs())

    def step():
        update.zero_grad()
        (((net(x)[0] - t) ** 2).sum() / (2 * batch)).backward()
        update.step()

    return fifth_percentile_time(step, budget) / batch


def main():
    budget, only = options()
    torch.set_num_threads(1)
    torch.manual_seed(42)

    def row(variable, mode, measure, scale, unit):
        name = (NETWORKS.get(variable) or CELL_NETWORKS[variable]).name
        if only in (None, name):
            print(f"torch,{name},{mode},{measure() * scale:.4g},{unit}", flush=True)

    for variable in listed("OneSample", "ImagesOneSample"):
        row(variable, "one", lambda: time_evaluation(variable, 1, budget), 1e9, "ns")
    for variable in listed("Batched", "ImagesBatched"):
        row(variable, "batch-1000", lambda: time_evaluation(variable, 1000, budget), 1e9, "ns")
    for variable, batch, optimizer, samples in JOBS.values():
        measure = lambda: time_training(variable, int(batch), optimizer, int(samples), budget)
        row(variable, f"train-{batch}-{optimizer}", measure, 1e6, "us")
    for variable, batch, optimizer, _ in map(JOBS.get, listed("Epochs")):
        measure = lambda: time_training(variable, int(batch), optimizer, EPOCH_SAMPLES, budget, whole_epochs=True)
        row(variable, f"epoch-{batch}-{optimizer}", measure, 1, "s")
    for network in map(CELL_NETWORKS.get, listed("OneStream")):
        row(network.name, "step", lambda: time_streams(network, 1, RUN_STEPS, budget), 1e9, "ns")
    for network in map(CELL_NETWORKS.get, listed("ManyStreams")):
        row(network.name, f"streams-{STREAMS}", lambda: time_streams(network, STREAMS, 1, budget), 1e9, "ns")
    for variable, steps, batch, optimizer in CELL_JOBS.values():
        measure = lambda: time_sequence_training(CELL_NETWORKS[variable], int(steps), int(batch), optimizer, budget)
        row(variable, f"train-{batch}-{optimizer}", measure, 1e6, "us")


main()
