"""Outputs and gradients of small WaveNets, by PyTorch's convolutions, in double. Needs python3-torch; writes pytorch_wavenet.hpp.
sequences.py says what is stored. The tensors of the layers of a group are stacked, so that the first axis is the layer."""

import torch
from torch import nn
from torch.nn.functional import conv1d, pad, silu

from emit import header
from sequences import arrays, run


class SkipLayers(nn.Module):
    """Takes x, the input of the WaveNet, and the head of the layers before, each [sample, channel, step]."""
    def __init__(self, takes, inputs, channels, head, kernel, dilations, activation=torch.tanh, gate=False, skip=0, condition=True):
        super().__init__()
        n, sums = len(dilations), channels * (2 if gate else 1)
        self.dilations, self.activation, self.gate, self.condition = dilations, activation, gate, condition
        shapes = {"rechannel": (channels, takes, 1), "conv": (n, sums, channels, kernel), "conv_bias": (n, sums)}
        if condition:
            shapes["mixer"] = n, sums, inputs
        shapes |= {"one": (n, channels, channels), "one_bias": (n, channels)}
        if skip:
            shapes |= {"skip": (n, skip, channels), "skip_bias": (n, skip)}
        shapes |= {"head": (head, skip or channels, 1), "head_bias": (head,)}
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape)))

    def forward(self, x, c, before):
        x, total = conv1d(x, self.rechannel), before
        for l, dilation in enumerate(self.dilations):
            kernel = self.conv.shape[-1]
            u = conv1d(pad(x, ((kernel - 1) * dilation, 0)), self.conv[l], self.conv_bias[l], dilation=dilation)
            if self.condition:
                u = u + conv1d(c, self.mixer[l].unsqueeze(-1))
            a, b = u.chunk(2, 1) if self.gate else (u, None)
            z = self.activation(a) * torch.sigmoid(b) if self.gate else self.activation(a)
            total = total + (conv1d(z, self.skip[l].unsqueeze(-1), self.skip_bias[l]) if hasattr(self, "skip") else z)
            x = x + conv1d(z, self.one[l].unsqueeze(-1), self.one_bias[l])
        return x, conv1d(total, self.head, self.head_bias)


class WaveNet(nn.Module):
    def __init__(self, inputs, *groups):
        super().__init__()
        self.input_size = inputs
        takes = [inputs] + [g["channels"] for g in groups]
        self.groups = nn.ModuleList(SkipLayers(t, inputs, **g) for t, g in zip(takes, groups))

    def forward(self, x):
        x = c = x.transpose(1, 2)
        head = 0
        for group in self.groups:
            x, head = group(x, c, head)
        for p in self.parameters():  # the last convolution to a next layer, which is not there, has no effect
            p.grad = torch.zeros_like(p)
        return head.transpose(1, 2), None


run("gated", [WaveNet(1, dict(channels=3, head=2, kernel=2, dilations=(1, 2, 4), gate=True, skip=5, condition=False))], True)
run("conditioned", [WaveNet(2, dict(channels=5, head=3, kernel=3, dilations=(1, 2)),
                            dict(channels=3, head=2, kernel=2, dilations=(1, 3), activation=silu))], True)

header("pytorch_wavenet", f"WaveNets over sequences, by PyTorch {torch.__version__}", arrays)
