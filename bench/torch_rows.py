#!/usr/bin/python3
"""Prints PyTorch's rows, in eager mode on one thread, for the networks and jobs in networks.hpp."""

import argparse
import copy
import pathlib
import re
import sys
import time

import torch

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

networks_hpp = (pathlib.Path(__file__).parent / "networks.hpp").read_text()
NETWORKS = {
    variable: (name, hidden, last, [int(width) for width in widths.split(",")])
    for variable, name, hidden, last, widths in re.findall(
        r'Network (\w+)\{\s*"(\w+)", (\w+), (\w+), \{([\d, ]+)\}\}', networks_hpp
    )
}
JOBS = {
    name: job for name, *job in re.findall(r"Job (\w+)\{(\w+), (\d+), Optimizer::(\w+), (\d+)\}", networks_hpp)
}
EPOCH_SAMPLES = int(re.search(r"epoch_samples = (\d+)", networks_hpp).group(1))


def listed(name):
    """The items of a List in networks.hpp."""
    return re.search(name + r" =\s*List<([^>]*)>", networks_hpp).group(1).split(", ")


def build(variable, logits=False):
    _, hidden, last, widths = NETWORKS[variable]
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(inputs, outputs))
        activation = hidden if i + 2 < len(widths) else last
        if activation in ACTIVATIONS and not (logits and activation == "softmax"):
            layers.append(ACTIVATIONS[activation]())
    return torch.nn.Sequential(*layers)


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


def time_evaluation(variable, samples, budget):
    """Seconds per sample, after a check against double precision."""
    net = build(variable)
    x = torch.rand(samples, NETWORKS[variable][3][0]) * 2 - 1
    with torch.inference_mode():
        error = (net(x).double() - copy.deepcopy(net).double()(x.double())).abs().max().item()
        if not error <= 2e-5:
            sys.exit(f"bench: torch differs from double precision by {error} on {variable}")
        return fifth_percentile_time(lambda: net(x), budget) / samples


def time_training(variable, batch, optimizer, samples, budget, whole_epochs=False):
    """Seconds per sample; with whole_epochs, per epoch with samples in random order."""
    _, _, last, widths = NETWORKS[variable]
    net = build(variable, logits=True)
    update = OPTIMIZERS[optimizer](net.parameters())
    x = torch.rand(samples, widths[0]) * 2 - 1
    if last == "softmax":
        t = torch.randint(widths[-1], (samples,))
        loss = torch.nn.CrossEntropyLoss()
    else:
        t = torch.rand(samples, widths[-1])
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="the name of a network")
    options = parser.parse_args()
    budget = 0.04 if options.quick else 0.3
    torch.set_num_threads(1)
    torch.manual_seed(42)

    def row(variable, mode, measure, scale, unit):
        if options.only in (None, NETWORKS[variable][0]):
            print(f"torch,{NETWORKS[variable][0]},{mode},{measure() * scale:.4g},{unit}", flush=True)

    for variable in listed("OneSample"):
        row(variable, "one", lambda: time_evaluation(variable, 1, budget), 1e9, "ns")
    for variable in listed("Batched"):
        row(variable, "batch-1000", lambda: time_evaluation(variable, 1000, budget), 1e9, "ns")
    for variable, batch, optimizer, samples in JOBS.values():
        measure = lambda: time_training(variable, int(batch), optimizer, int(samples), budget)
        row(variable, f"train-{batch}-{optimizer}", measure, 1e6, "us")
    for variable, batch, optimizer, _ in map(JOBS.get, listed("Epochs")):
        measure = lambda: time_training(variable, int(batch), optimizer, EPOCH_SAMPLES, budget, whole_epochs=True)
        row(variable, f"epoch-{batch}-{optimizer}", measure, 1, "s")


main()
