"""Gradients for given dLoss/dy by PyTorch's backward, in double: by the parameters, accumulated over two minibatches, and by
the inputs, in training and in inference; and a target network that follows the net. Needs python3-torch; writes
pytorch_tape.hpp. Parameters are in tenon's order: weights input-major, then biases."""

import copy

import numpy as np
import torch
from torch import nn

from emit import header

torch.set_default_dtype(torch.float64)
torch.manual_seed(3)
random = np.random.default_rng(5)

net = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.GELU(approximate="none"), nn.Linear(5, 3), nn.Softmax(dim=1))
tensors = [net[0].weight, net[0].bias, net[1].weight, net[1].bias, net[1].running_mean, net[1].running_var, net[3].weight, net[3].bias]
with torch.no_grad():
    for t in tensors:
        t.copy_(torch.tensor(random.uniform(0.3, 1.2, t.shape) * (random.choice([-1, 1], t.shape) if t.dim() > 1 else 1)))


def flat(of):
    return np.concatenate([(of(t).T if t.dim() > 1 else of(t)).flatten() for t in tensors])


def values(t):
    return t.detach().numpy().copy()


def gradient(t):
    return t.grad.detach().numpy().copy() if t.grad is not None else np.zeros(t.shape)


def run(module, x, dy):
    x = torch.tensor(x, requires_grad=True)
    y = module(x)
    y.backward(torch.tensor(dy))
    return values(y), x.grad.numpy().copy()


xs, dys = random.normal(0.2, 1.5, (2, 9, 4)), random.normal(0, 1, (2, 9, 3))
arrays = {"start": flat(values), "xs": xs, "dys": dys}
net.eval()
arrays["inference_ys"], arrays["inference_dxs"] = run(net, xs[0], dys[0])
arrays["inference_gradient"] = flat(gradient)
net.zero_grad()
net.train()
results = [run(net, xs[0], dys[0])]
arrays["gradient"], arrays["settled"] = flat(gradient), flat(values)
results.append(run(net, xs[1], dys[1]))
arrays["accumulated"] = flat(gradient)
arrays["ys"], arrays["dxs"] = [y for y, _ in results], [dx for _, dx in results]

target = copy.deepcopy(net)
sources = list(net.parameters())
with torch.no_grad():
    for t, p in zip(target.parameters(), sources):
        t.copy_(torch.tensor(random.uniform(-1, 1, t.shape)))
targets = [target[0].weight, target[0].bias, target[1].weight, target[1].bias, target[1].running_mean, target[1].running_var,
           target[3].weight, target[3].bias]
arrays["net"] = flat(values)
arrays["target"] = np.concatenate([(values(t).T if t.dim() > 1 else values(t)).flatten() for t in targets])
with torch.no_grad():  # Polyak averaging, as in Stable-Baselines3
    for _ in range(3):
        for t, p in zip(target.parameters(), sources):
            t.mul_(1 - 0.2).add_(p, alpha=0.2)
arrays["followed"] = np.concatenate([(values(t).T if t.dim() > 1 else values(t)).flatten() for t in targets])

header("pytorch_tape", f"Gradients for given dLoss/dy by PyTorch {torch.__version__}", arrays)
