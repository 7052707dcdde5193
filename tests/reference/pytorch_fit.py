#!/usr/bin/env python3
"""Writes pytorch_fit.hpp: PyTorch's weights after training with weighted losses, and ReduceLROnPlateau's learning rates.

    /usr/bin/python3 tests/reference/pytorch_fit.py

Made with PyTorch 1.13.
"""
import numpy as np
import torch

from emit import header

torch.set_default_dtype(torch.float64)
random = np.random.default_rng(2)

arrays = {}
n, batch = 11, 4
xs = random.normal(size=(n, 2))
labels = random.integers(0, 3, n)
class_weights, sample_weights = np.array([0.5, 1, 3]), np.round(random.random(n) * 4) / 4
first = random.normal(size=(3, 2)) * 0.5, random.normal(size=3) * 0.5
arrays |= {"xs": xs, "labels": labels, "class_weights": class_weights, "sample_weights": sample_weights,
           "first_weight": first[0], "first_bias": first[1]}


def trained(classes, samples):
    """Keras' definition: the weighted losses are divided by the number of samples."""
    layer = torch.nn.Linear(2, 3)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(first[0]))
        layer.bias.copy_(torch.tensor(first[1]))
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.3, momentum=0.5)
    loss_of = torch.nn.CrossEntropyLoss(weight=torch.tensor(class_weights) if classes else None, reduction="none")
    epochs = []
    for _ in range(3):
        total = 0
        for i in range(0, n, batch):
            losses = loss_of(layer(torch.tensor(xs[i:i + batch])), torch.tensor(labels[i:i + batch]))
            if samples:
                losses = losses * torch.tensor(sample_weights[i:i + batch])
            optimizer.zero_grad()
            losses.mean().backward()
            optimizer.step()
            total += losses.sum().item()
        epochs.append(total / n)
    return np.concatenate([layer.weight.detach().numpy().ravel(), layer.bias.detach().numpy()]), np.array(epochs)


for name, classes, samples in ("by_class", True, False), ("by_sample", False, True), ("by_both", True, True):
    arrays[name], arrays[name + "_losses"] = trained(classes, samples)

losses = np.concatenate([np.linspace(2, 1, 8), np.full(9, 1.00005), [0.9], np.full(12, 0.9), [0.5], np.full(30, 0.49996)])
arrays["plateau_losses"] = losses
for name, settings in {"plateau": {}, "plateau_short": {"factor": 0.5, "patience": 2},
                       "plateau_cooldown": {"factor": 0.5, "patience": 1, "cooldown": 3, "threshold": 0.2},
                       "plateau_absolute": {"factor": 0.3, "patience": 2, "threshold": 0.05, "threshold_mode": "abs"},
                       "plateau_floor": {"factor": 0.5, "patience": 0, "min_lr": 0.03},
                       "plateau_epsilon": {"factor": 0.1, "patience": 0, "eps": 1e-4}}.items():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **settings)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    arrays[name] = np.array(rates)

header("pytorch_fit", "Training with weighted losses, and rates of ReduceLROnPlateau", arrays)
