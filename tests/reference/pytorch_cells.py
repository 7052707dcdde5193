"""Outputs and gradients of PyTorch's recurrent layers and causal convolutions over sequences, in double. Needs python3-torch; writes
pytorch_cells.hpp. sequences.py says what is stored."""

import torch
from torch import nn

from emit import header
from sequences import arrays, run


class CausalConv(nn.Conv1d):
    """A Conv1d with an activation, of a signal after zeros; steps come before channels. Outputs are held for `hold` steps."""
    def __init__(self, channels, out, kernel, dilation, activation, hold=1, **options):
        super().__init__(channels, out, kernel, dilation=dilation, **options)
        self.input_size, self.activation, self.hold = channels, activation, hold

    def forward(self, x):
        signal = nn.functional.pad(x.transpose(1, 2), ((self.kernel_size[0] - 1) * self.dilation[0], 0))
        y = self.activation(super().forward(signal).transpose(1, 2))
        return y[:, [t - t % self.hold for t in range(y.shape[1])]], None


class GRUResetBefore(nn.GRU):
    """n = tanh(W_n x + b_n + U_n (r h) + d_n), which PyTorch's GRU is not: its equations, and PyTorch's gradient."""
    def forward(self, x):
        w, u = self.weight_ih_l0.chunk(3), self.weight_hh_l0.chunk(3)
        b, d = self.bias_ih_l0.chunk(3), self.bias_hh_l0.chunk(3)
        h, ys = torch.zeros(len(x), self.hidden_size), []
        for step in x.unbind(1):
            r, z = (torch.sigmoid(step @ w[g].T + b[g] + h @ u[g].T + d[g]) for g in (0, 1))
            n = torch.tanh(step @ w[2].T + b[2] + (r * h) @ u[2].T + d[2])
            h = (1 - z) * n + z * h
            ys.append(h)
        return torch.stack(ys, 1), None


class CausalConv2D(nn.Conv2d):
    """A Conv2d with an activation, of images [channels, steps, features] after rows of zeros; `sides` are the zeros on both sides of
    the features."""
    def __init__(self, frame, out, kernel, activation, sides=(0, 0), **options):
        super().__init__(frame[0], out, kernel, **options)
        self.input_size, self.frame, self.activation = frame[0] * frame[1], frame, activation
        self.zeros = (*sides, (kernel[0] - 1) * self.dilation[0], 0)

    def forward(self, x):
        image = nn.functional.pad(x.reshape(*x.shape[:2], *self.frame).transpose(1, 2), self.zeros)
        return self.activation(super().forward(image).transpose(1, 2)).flatten(2), None


class TrainedState(nn.Module):
    """A recurrent layer that begins with parameters."""
    def __init__(self, cell, memories):
        super().__init__()
        self.cell, self.input_size = cell, cell.input_size
        self.initial = nn.ParameterList(nn.Parameter(torch.zeros(cell.hidden_size)) for _ in range(memories))

    def forward(self, x):
        state = tuple(p.expand(1, len(x), -1).contiguous() for p in self.initial)
        return self.cell(x, state if len(state) > 1 else state[0])


def rnn(activation):
    return lambda *sizes, **options: nn.RNN(*sizes, nonlinearity=activation, **options)


for kind, cell, two_biases in ("lstm", nn.LSTM, False), ("gru", nn.GRU, True), ("tanh", rnn("tanh"), False), ("relu", rnn("relu"), False):
    run(kind + "_5", [cell(1, 5, batch_first=True)], two_biases)
    run(kind + "_16_19", [cell(3, 16, batch_first=True), cell(16, 19, batch_first=True)], two_biases)
    run(kind + "_both", [cell(3, 5, batch_first=True, bidirectional=True)], two_biases)
    run(kind + "_both_2", [cell(size, 3, batch_first=True, bidirectional=True) for size in (2, 6)], two_biases)
run("begun", [TrainedState(nn.LSTM(2, 5, batch_first=True), 2), TrainedState(nn.RNN(5, 3, batch_first=True), 1)], False)
run("gru_before_5", [GRUResetBefore(1, 5)], False)
run("gru_before_16_19", [GRUResetBefore(3, 16), GRUResetBefore(16, 19)], False)
run("convolutions", [CausalConv(1, 5, 3, 1, torch.tanh), CausalConv(5, 19, 2, 2, nn.functional.silu)], True)
run("grouped_held", [CausalConv(2, 4, 2, 1, nn.functional.silu, 2), CausalConv(4, 6, 2, 2, torch.tanh, groups=2, bias=False),
                     CausalConv(6, 4, 2, 1, torch.tanh, 3, groups=2)], True)
# Features 5, 3 (as Same, with a stride), 4, 3
run("convolutions_2d", [CausalConv2D((2, 5), 3, (3, 2), torch.tanh, (0, 1), stride=(1, 2)),
                        CausalConv2D((3, 3), 4, (2, 2), nn.functional.silu, (1, 1), dilation=(2, 1)),
                        CausalConv2D((4, 4), 6, (2, 2), nn.functional.relu, groups=2, dilation=(1, 1), bias=False)], True)

header("pytorch_cells", f"Recurrent layers over sequences, by PyTorch {torch.__version__}", arrays)
