"""Runs layers of PyTorch over sequences, in double. Parameters, inputs and dy are those of `Numbers`, which
tests/sequences.hpp has too, so that they need not be stored. Of each net: the outputs, dx, and the gradient. Of a weight's
gradient G the product G v is stored with a random v, which every element of G changes."""

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
samples, steps = 2, 5
arrays = {}


class Numbers:
    """Multiples of 2^-15 from -1 to 1."""
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 16) / 2**15 - 1

    def array(self, *shape):
        return np.array([self.next() for _ in range(int(np.prod(shape)))]).reshape(shape)


def tensors(net):
    return [t for layer in net for t in layer.named_parameters()]


def run(name, net, two_biases):
    parameters, data, vectors = Numbers(1), Numbers(2), Numbers(3)
    with torch.no_grad():
        for _, t in tensors(net):
            t.copy_(torch.tensor(parameters.array(*t.shape)))
    x = torch.tensor(data.array(samples, steps, net[0].input_size), requires_grad=True)
    y = x
    for layer in net:
        y, _ = layer(y)
    y.backward(torch.tensor(data.array(*y.shape)))
    gradient = []
    for key, t in tensors(net):
        if t.dim() > 1:
            rows = t.grad.numpy().reshape(t.shape[0], -1)
            gradient.append(rows @ vectors.array(rows.shape[1]))
        elif two_biases or "bias_hh" not in key:
            gradient.append(t.grad.numpy())
    for what, values in (("ys", y.detach().numpy().reshape(samples, -1)), ("dxs", x.grad.numpy().reshape(samples, -1)),
                         ("gradient", np.concatenate(gradient))):
        arrays[f"{name}_{what}"] = np.vectorize(lambda v: float(f"{v:.12g}"))(values)
