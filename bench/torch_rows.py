#!/usr/bin/python3
"""PyTorch's rows, eager mode on one thread, of the networks and jobs in networks.hpp."""

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

described = (pathlib.Path(__file__).parent / "networks.hpp").read_text()
NETWORKS = {
    variable: (name, hidden, last, [int(width) for width in widths.split(",")])
    for variable, name, hidden, last, widths in re.findall(
        r'Network (\w+)\{\s*"(\w+)", (\w+), (\w+), \{([\d, ]+)\}\}', described
    )
}
JOBS = {
    name: job for name, *job in re.findall(r"Job (\w+)\{(\w+), (\d+), Optimizer::(\w+), (\d+)\}", described)
}
EPOCH_SAMPLES = int(re.search(r"epoch_samples = (\d+)", described).group(1))


def listed(name):
    return re.search(name + r" =\s*List<([^>]*)>", described).group(1).split(", ")


def build(variable, logits=False):
    _, hidden, last, widths = NETWORKS[variable]
    layers = []
    for i, (size, following) in enumerate(zip(widths, widths[1:])):
        layers.append(torch.nn.Linear(size, following))
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
        taken = time.perf_counter() - start
        if not times and taken < 5e-3:
            count *= 2
            continue
        spent += taken
        times.append(taken / count)
    return sorted(times)[len(times) // 20]


def answer(variable, samples, budget):
    net = build(variable)
    x = torch.rand(samples, NETWORKS[variable][3][0]) * 2 - 1
    with torch.inference_mode():
        error = (net(x).double() - copy.deepcopy(net).double()(x.double())).abs().max().item()
        if not error <= 2e-5:
            sys.exit(f"bench: torch is wrong by {error} on {variable}")
        return fifth_percentile_time(lambda: net(x), budget) / samples


def train(variable, batch, optimizer, samples, budget, whole_epochs=False):
    """Seconds a sample; or an epoch, in a random order."""
    _, _, last, widths = NETWORKS[variable]
    net = build(variable, logits=True)
    update = OPTIMIZERS[optimizer](net.parameters())
    x = torch.rand(samples, widths[0]) * 2 - 1
    if last == "softmax":
        t = torch.randint(widths[-1], (samples,))
        loss = torch.nn.CrossEntropyLoss()
    else:
        t = torch.rand(samples, widths[-1])
        loss = lambda y, wanted: ((y - wanted) ** 2).sum(dim=1).mean() / 2
    first = 0

    def step():
        nonlocal first
        update.zero_grad()
        loss(net(x[first : first + batch]), t[first : first + batch]).backward()
        update.step()
        first = (first + batch) % samples

    def epoch():
        for chosen in torch.randperm(samples).split(batch):
            update.zero_grad()
            loss(net(x[chosen]), t[chosen]).backward()
            update.step()

    return fifth_percentile_time(epoch, budget) if whole_epochs else fifth_percentile_time(step, budget) / batch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", help="a network")
    options = parser.parse_args()
    budget = 0.04 if options.quick else 0.3
    torch.set_num_threads(1)
    torch.manual_seed(42)

    def row(variable, mode, measure, scale, unit):
        if options.only in (None, NETWORKS[variable][0]):
            print(f"torch,{NETWORKS[variable][0]},{mode},{measure() * scale:.4g},{unit}", flush=True)

    for variable in listed("OneSample"):
        row(variable, "one", lambda: answer(variable, 1, budget), 1e9, "ns")
    for variable in listed("Batched"):
        row(variable, "batch-1000", lambda: answer(variable, 1000, budget), 1e9, "ns")
    for variable, batch, optimizer, samples in JOBS.values():
        measure = lambda: train(variable, int(batch), optimizer, int(samples), budget)
        row(variable, f"train-{batch}-{optimizer}", measure, 1e6, "us")
    for variable, batch, optimizer, _ in map(JOBS.get, listed("Epochs")):
        measure = lambda: train(variable, int(batch), optimizer, EPOCH_SAMPLES, budget, whole_epochs=True)
        row(variable, f"epoch-{batch}-{optimizer}", measure, 1, "s")


main()
