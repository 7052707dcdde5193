"""torch_cells.py FOLDER: writes PyTorch's models over time as ONNX, with inputs and the outputs for them, and their state_dicts. Needs
torch."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder = Path(sys.argv[1])
torch.manual_seed(0)


class Cells(nn.Module):
    """Cells, then a Linear of all steps, of the last step, or of the last states."""

    def __init__(self, kind: type, take: str, hidden: int = 6, inputs: int = 3, **options) -> None:
        super().__init__()
        self.rec = kind(inputs, hidden, **options)
        self.take, self.batch_first = take, options.get("batch_first", False)
        directions = 1 + options.get("bidirectional", False)
        self.lin = nn.Linear(hidden * (1 if take == "state" else directions), 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y, state = self.rec(x)
        h = state[0] if isinstance(state, tuple) else state
        taken = {"all": lambda: y, "last": lambda: y[:, -1] if self.batch_first else y[-1], "state": lambda: h[-1],
                 "states": lambda: torch.cat([h[-2], h[-1]], dim=1)}[self.take]()
        return torch.tanh(self.lin(taken))


class OneStep(nn.Module):
    """An amplifier as audio programs run it: a block of samples and the state, and both again."""

    def __init__(self) -> None:
        super().__init__()
        self.rec, self.lin = nn.LSTM(1, 8, batch_first=True), nn.Linear(8, 1)

    def forward(self, x, h, c):
        y, (h, c) = self.rec(x, (h, c))
        return self.lin(y) + x, h, c


class Tcn(nn.Module):
    """Causal convolutions: zeros in front, or on both sides and a part cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv1d(2, 4, 3, dilation=2), nn.Conv1d(4, 4, 2, padding=4, dilation=4), nn.Conv1d(4, 1, 1)

    def forward(self, x):
        h = torch.relu(self.a(nn.functional.pad(x, (4, 0))))
        h = h + torch.tanh(self.b(h)[:, :, :-4])
        return self.c(h)


MODELS = {
    "lstm_last": (Cells(nn.LSTM, "last", batch_first=True), True, False),
    "lstm_all": (Cells(nn.LSTM, "all", batch_first=True), True, True),
    "lstm_state": (Cells(nn.LSTM, "state"), False, False),
    "lstm_20": (Cells(nn.LSTM, "last", hidden=20, batch_first=True), True, True),
    "gru_all": (Cells(nn.GRU, "all"), False, True),
    "gru_two_layers": (Cells(nn.GRU, "last", batch_first=True, num_layers=2, dropout=0.2), True, False),
    "rnn_relu": (Cells(nn.RNN, "all", batch_first=True, nonlinearity="relu"), True, True),
    "bidirectional_lstm": (Cells(nn.LSTM, "last", batch_first=True, bidirectional=True, num_layers=2), True, False),
    "bidirectional_gru": (Cells(nn.GRU, "all", bidirectional=True), False, False),
    "bidirectional_states": (Cells(nn.LSTM, "states", batch_first=True, bidirectional=True), True, False),
}
for name, (net, is_batch_first, is_open) in MODELS.items():
    net.eval()
    x = torch.randn(4, 9, 3) if is_batch_first else torch.randn(9, 4, 3)
    y = net(x).detach()
    first = x if is_batch_first else x.transpose(0, 1)
    if y.ndim == 3 and not is_batch_first:
        y = y.transpose(0, 1)
    np.savez(folder / f"cells_{name}.npz", x=first.reshape(4, -1).numpy().astype(float), y=y.reshape(4, -1).numpy().astype(float))
    samples, steps = (0, 1) if is_batch_first else (1, 0)
    axes = {"x": {samples: "n", **({steps: "t"} if is_open else {})}}
    torch.save(net.state_dict(), folder / f"cells_{name}.pt")
    torch.onnx.export(net, x[:1] if is_batch_first else x[:, :1], str(folder / f"cells_{name}.onnx"), opset_version=14, input_names=["x"],
                      output_names=["y"], dynamic_axes=axes)

net, x = Cells(nn.GRU, "all").eval(), torch.randn(9, 4, 3)  # a fixed number of samples, on the second axis
np.savez(folder / "cells_fixed.npz", x=x.transpose(0, 1).reshape(4, -1).numpy().astype(float),
         y=net(x).detach().transpose(0, 1).reshape(4, -1).numpy().astype(float))
torch.onnx.export(net, x, str(folder / "cells_fixed.onnx"), opset_version=14, input_names=["x"], output_names=["y"])

net, x, h, c = OneStep().eval(), torch.randn(1, 26, 1), torch.zeros(1, 1, 8), torch.zeros(1, 1, 8)
y = net(x, h, c)[0].detach()
np.savez(folder / "cells_one_step.npz", x=x.reshape(1, -1).numpy().astype(float), y=y.reshape(1, -1).numpy().astype(float))
names = {"input_names": ["x", "h", "c"], "output_names": ["y", "hn", "cn"], "opset_version": 14}
torch.onnx.export(net, (x[:, :1], h, c), str(folder / "cells_one_step.onnx"), **names)
np.savez(folder / "cells_block.npz", x=x.reshape(1, -1).numpy().astype(float), y=y.reshape(1, -1).numpy().astype(float))
torch.onnx.export(net, (x, h, c), str(folder / "cells_block.onnx"), **names, dynamic_axes={"x": {1: "t"}, "y": {1: "t"}})

net, x = Tcn().eval(), torch.randn(4, 2, 21)
np.savez(folder / "cells_tcn.npz", x=x.transpose(1, 2).reshape(4, -1).numpy().astype(float),
         y=net(x).detach().transpose(1, 2).reshape(4, -1).numpy().astype(float))
torch.onnx.export(net, x[:1], str(folder / "cells_tcn.onnx"), opset_version=14, input_names=["x"], output_names=["y"],
                  dynamic_axes={"x": {0: "n", 2: "t"}})
