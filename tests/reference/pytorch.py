"""Activations, losses and optimizers as PyTorch computes them, in double. Needs python3-torch; writes pytorch.hpp."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from emit import header

torch.set_default_dtype(torch.float64)
arrays = {}

# Activations of single values: y and dy/dz at points that include 0 and both tails.
points = [-35, -20, -10.5, -6, -4, -2.9, -2, -1.5, -1, -0.7, -0.3, -0.1, -1e-3, -1e-9, 0,
          1e-9, 1e-3, 0.1, 0.3, 0.7, 1, 1.5, 2, 2.9, 4, 6, 10.5, 20, 35]
arrays["z"] = points
singles = {
    "identity": lambda z: z * 1, "relu": F.relu, "leaky_relu": F.leaky_relu, "elu": F.elu, "selu": F.selu,
    "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "softplus": lambda z: F.softplus(z, threshold=1000), "softsign": F.softsign, "hard_sigmoid": F.hardsigmoid,
    # with constants other than the defaults
    "leaky_relu_tenth": lambda z: F.leaky_relu(z, 0.1), "leaky_relu_negative": lambda z: F.leaky_relu(z, -0.25),
    "elu_half": lambda z: F.elu(z, alpha=0.5), "selu_other": lambda z: 1.25 * F.elu(z, alpha=0.75),
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "softplus_of_2_5": lambda z: F.softplus(z, beta=2.5, threshold=1000),
    "hard_sigmoid_fifth": lambda z: torch.clamp(0.2 * z + 0.5, 0, 1),
}
for name, function in singles.items():
    z = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    y = function(z)
    y.sum().backward()
    arrays[name] = [y.detach().numpy(), z.grad.numpy()]

# Activations of vectors: y, and dz for a given dy.
logits = [[0.5, -1.25, 3, 0, 2.75, -0.5, 1], [10, -20, 30, 29.5, 0, -3, 7], [-700, -701, -702, -699, -710, -703, -700]]
derivatives = [[0.3, -1, 0.5, 2, -0.7, 0.1, 1], [1, 2, -3, 4, 0.5, 0.25, -1], [-1, 1, 0.5, 2, 0.75, -0.3, 0.2]]
arrays["logits"], arrays["derivatives"] = logits, derivatives
for name, function in {"softmax": F.softmax, "log_softmax": F.log_softmax}.items():
    z = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    y = function(z, dim=1)
    y.backward(torch.tensor(derivatives, dtype=torch.float64))
    arrays[name] = [y.detach().numpy(), z.grad.numpy()]

# Losses: of each sample with its gradient, and the mean over the samples. y are logits where the loss says so.
random = np.random.default_rng(3)
outputs, targets = random.uniform(-2, 2, (3, 5)), random.uniform(-2, 2, (3, 5))
outputs[0, 0] = targets[0, 0]
shares = random.uniform(0, 1, (3, 5))
shares /= shares.sum(axis=1, keepdims=True)
classes = np.array([4, 0, 2])
arrays.update(outputs=outputs, targets=targets, shares=shares, classes=classes)
losses = {
    "mean_squared": lambda y: F.mse_loss(y, torch.tensor(targets)),
    "half_squared": lambda y: 0.5 * ((y - torch.tensor(targets)) ** 2).sum() / len(y),
    "mean_absolute": lambda y: F.l1_loss(y, torch.tensor(targets)),
    "huber": lambda y: F.huber_loss(y, torch.tensor(targets)),
    "huber_of_03": lambda y: F.huber_loss(y, torch.tensor(targets), delta=0.3),
    "binary": lambda y: F.binary_cross_entropy_with_logits(y, torch.tensor(shares)),
    "cross_entropy": lambda y: F.cross_entropy(y, torch.tensor(shares)),
    "cross_entropy_of_classes": lambda y: F.cross_entropy(y, torch.tensor(classes)),
    "negative_log_likelihood": lambda y: F.nll_loss(F.log_softmax(y, dim=1), torch.tensor(classes)),
    "given_log_likelihood": lambda y: F.nll_loss(y, torch.tensor(classes)),
}
for name, function in losses.items():
    y = torch.tensor(outputs, requires_grad=True)
    loss = function(y)
    loss.backward()
    arrays[name] = loss.item()
    arrays[name + "_gradient"] = y.grad.numpy()

# Optimizers: parameters after 1, 2, 3 and 20 steps along g_i = cos(step (i + 1)) + p_i / 2.
start = np.linspace(-1, 1.5, 19)
arrays["start"] = start
optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_decay": lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
    "sgd_momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True),
    "sgd_all": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.7, nesterov=True, weight_decay=0.02),
    "adam": lambda p: torch.optim.Adam(p),
    "adam_all": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.97), eps=1e-3, weight_decay=0.1),
}
index = torch.arange(1, len(start) + 1)
for name, make in optimizers.items():
    parameters = torch.tensor(start, requires_grad=True)
    optimizer = make([parameters])
    kept = []
    for step in range(1, 21):
        parameters.grad = torch.cos(step * index) + parameters.detach() / 2
        optimizer.step()
        if step in (1, 2, 3, 20):
            kept.append(parameters.detach().numpy().copy())
    arrays[name] = kept

header("pytorch", f"PyTorch {torch.__version__}'s activations, losses and optimizers", arrays)
