"""Nets of layers that normalise, join and split, as PyTorch trains them, in double. Needs python3-torch; writes
pytorch_layers.hpp: of each net the parameters at the start, in tenon's order, the samples of each step, the losses, the
gradient of the first step, the parameters after each step, and the outputs outside training at the end."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from emit import header

torch.set_default_dtype(torch.float64)
arrays = {}


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


class Concat(nn.ModuleList):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], dim=1)


class Split(nn.ModuleList):
    def __init__(self, sizes, branches):
        super().__init__(branches)
        self.sizes = sizes

    def forward(self, x):
        return torch.cat([branch(part) for branch, part in zip(self, torch.split(x, self.sizes, dim=1))], dim=1)


class InGroups(nn.Module):
    """Normalises groups of `group` samples, one after another; the running statistics are of all samples, by PyTorch. A
    group of one sample is normalised by the running statistics."""
    def __init__(self, norm, group):
        super().__init__()
        self.norm, self.group = norm, group

    def forward(self, x):
        n = self.norm
        if not self.training:
            return n(x)
        mean, variance = n.running_mean.clone(), n.running_var.clone()
        parts = [F.batch_norm(part, mean, variance, n.weight, n.bias, False, 0, n.eps) if len(part) == 1 else
                 F.batch_norm(part, None, None, n.weight, n.bias, True, 0, n.eps) for part in torch.split(x, self.group)]
        with torch.no_grad():
            n(x)  # moves the running statistics
        return torch.cat(parts)


def tensors(module):
    """The tensors of a net in tenon's order; weights of Linear input-major."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            yield layer.weight, True
            yield layer.bias, False
        elif isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            if layer.affine:
                yield layer.weight, False
                yield layer.bias, False
            yield layer.running_mean, False
            yield layer.running_var, False
        elif isinstance(layer, nn.PReLU):
            yield layer.weight, False
        elif isinstance(layer, nn.LayerNorm) and layer.elementwise_affine:
            yield layer.weight, False
            yield layer.bias, False


def flat(module, of):
    return np.concatenate([(of(t).T if transposed else of(t)).flatten() for t, transposed in tensors(module)])


def gradient(t):
    return t.grad.detach().numpy() if t.grad is not None else np.zeros(t.shape)


def train(name, net, optimizer, shape, samples, steps=5):
    random = np.random.default_rng(len(arrays))
    with torch.no_grad():
        for t, _ in tensors(net):
            t.copy_(torch.tensor(random.uniform(0.2, 1.1, t.shape) * (random.choice([-1, 1], t.shape) if t.dim() > 1 else 1)))
    xs = random.normal(0.3, 1.5, (steps, samples, *shape))
    ts = random.uniform(-1, 1, (steps, samples, net(torch.tensor(xs[0])).shape[1]))
    with torch.no_grad():  # the call above has moved the running statistics
        for t, _ in tensors(net):
            if not t.requires_grad:
                t.copy_(torch.tensor(random.uniform(0.2, 1.1, t.shape)))
    arrays[name + "_start"] = flat(net, lambda t: t.detach().numpy().copy())
    update, losses, after = optimizer(net.parameters()), [], []
    for x, t in zip(xs, ts):
        update.zero_grad()
        loss = F.mse_loss(net(torch.tensor(x)), torch.tensor(t))
        loss.backward()
        if not losses:
            arrays[name + "_gradient"] = flat(net, gradient)
        update.step()
        losses.append(loss.item())
        after.append(flat(net, lambda t: t.detach().numpy().copy()))
    net.eval()
    arrays.update({name + "_xs": xs.reshape(steps, samples, -1), name + "_ts": ts, name + "_losses": losses, name + "_after": after,
                   name + "_outputs": net(torch.tensor(xs[0])).detach().numpy()})


sgd = lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05)
slow_sgd = lambda p: torch.optim.SGD(p, lr=0.005, momentum=0.9, weight_decay=0.05)
adam = lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=0.1)

train("normal", nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 2)), sgd, [4], 8)
train("normal_adam", nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 3), nn.BatchNorm1d(3, momentum=0.3, eps=0.01)), adam, [4], 6)
train("pictures", nn.Sequential(nn.BatchNorm2d(2, affine=False), nn.PReLU(2), nn.BatchNorm2d(2, momentum=0.25), nn.Flatten(),
                                nn.Linear(12, 3)), adam, [2, 3, 2], 5)
for samples in (11, 9):
    train(f"groups_{samples}", nn.Sequential(nn.Linear(4, 5), InGroups(nn.BatchNorm1d(5), 4), nn.Tanh(), nn.Linear(5, 3),
                                             InGroups(nn.BatchNorm1d(3, affine=False), 4)), sgd, [4], samples)
train("residual", nn.Sequential(nn.Linear(4, 6), Residual(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Tanh(), nn.Linear(5, 6)),
                                nn.PReLU(6), nn.Linear(6, 2)), slow_sgd, [4], 7)
train("branches", nn.Sequential(nn.Linear(4, 6),
                                Concat([nn.Sequential(nn.Linear(6, 3), nn.Tanh()),
                                        nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 2))]),
                                Split([2, 3], [nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.BatchNorm1d(3)]),
                                nn.Linear(5, 2)), adam, [4], 7)

train("layer_normed", nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6, eps=0.01, elementwise_affine=False),
                                    nn.Linear(6, 3), nn.LayerNorm(3)), adam, [4], 7)

header("pytorch_layers", f"Nets of several layers, trained by PyTorch {torch.__version__}", arrays)
