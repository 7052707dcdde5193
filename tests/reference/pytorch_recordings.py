"""Truncated backpropagation through time in PyTorch, in double: a recurrent layer and a Linear, windows of one recording for several
streams side by side, each window from the detached state of the one before, with SGD; and the error-to-signal
ratio. Needs python3-torch; writes pytorch_recordings.hpp. Parameters and recordings are those of `Numbers`, which
tests/recordings.cpp has too."""

import numpy as np
import torch
from torch import nn

from emit import header
from sequences import Numbers

streams, steps, windows, warm_up = 3, 6, 4, 5
segment = warm_up + windows * steps
arrays = {}


def error_to_signal(y, t, pre_emphasis=0.85, epsilon=1e-5):
    """Of sequences [streams, steps, outputs], the mean over the streams."""
    def filtered(v):
        return v - pre_emphasis * torch.cat([torch.zeros_like(v[:, :1]), v[:, :-1]], dim=1)
    energy = (filtered(t)**2).mean(dim=(1, 2)) + epsilon
    return ((filtered(y - t)**2).mean(dim=(1, 2)) / energy).mean()


def run(name, cell, loss_of, outputs, two_biases):
    linear = nn.Linear(cell.hidden_size, outputs)
    numbers, data = Numbers(1), Numbers(2)
    parameters = [t for i, t in enumerate(cell.parameters()) if i < 3 or two_biases] + list(linear.parameters())
    with torch.no_grad():
        for t in cell.parameters():
            t.zero_()
        for t in parameters:
            t.copy_(torch.tensor(numbers.array(*t.shape)))
    x = torch.tensor(data.array(streams, segment, cell.input_size))
    t = torch.tensor(data.array(streams, segment, outputs))
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    losses = []
    for _ in range(2):  # epochs
        with torch.no_grad():
            _, state = cell(x[:, :warm_up])
        for first in range(warm_up, segment, steps):
            window = slice(first, first + steps)
            h, state = cell(x[:, window], state)
            loss = loss_of(linear(h), t[:, window])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
            losses.append(loss.item())
    arrays[name + "_losses"] = losses
    arrays[name + "_parameters"] = np.concatenate([p.detach().numpy().ravel() for p in parameters])


run("lstm", nn.LSTM(2, 5, batch_first=True), error_to_signal, 1, False)
run("gru", nn.GRU(1, 4, batch_first=True), nn.functional.mse_loss, 2, True)
run("stereo", nn.RNN(2, 3, batch_first=True), lambda y, t: error_to_signal(y, t, 0.95, 1e-3), 2, False)

header("pytorch_recordings", f"Truncated backpropagation through time, by PyTorch {torch.__version__}", arrays)
