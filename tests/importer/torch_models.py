"""Writes PyTorch's files into a folder, with inputs and the outputs for them. Needs torch."""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder = Path(sys.argv[1])
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2),
                    nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.GELU()), nn.PReLU(8), nn.Linear(8, 3), nn.Softmax(dim=1))
net[1].running_mean.uniform_(-1, 1)
net[1].running_var.uniform_(0.5, 2)
nn.init.uniform_(net[4][1].weight)
nn.init.uniform_(net[5].weight)
net.eval()
x = torch.randn(16, 4)
np.savez(folder / "torch.npz", x=x.numpy().astype(float), y=net(x).detach().numpy().astype(float))
torch.save(net, folder / "full.pt")
torch.save(net.state_dict(), folder / "state.pt")
torch.jit.script(net).save(str(folder / "script.pt"))
torch.onnx.export(net, x[:1], str(folder / "torch.onnx"), opset_version=14, input_names=["x"], dynamic_axes={"x": {0: "n"}})


class Own(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(2, 2)


torch.save(Own(), folder / "own.pt")
images = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True),
                       nn.ConvTranspose2d(4, 4, 3, stride=2, padding=1, output_padding=1, groups=2), nn.Upsample(scale_factor=2),
                       nn.ReflectionPad2d(1), nn.Dropout2d(0.1), nn.AvgPool2d(3, 2, 1), nn.PReLU(4), nn.Conv2d(4, 4, (1, 3), dilation=2),
                       nn.Upsample(scale_factor=2, mode="bilinear"), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(4, 2)).eval()
images[1].running_mean.uniform_(-1, 1)
pixels = torch.randn(16, 2, 12, 14)
np.savez(folder / "torch_images.npz", x=pixels.reshape(16, -1).numpy().astype(float), y=images(pixels).detach().numpy().astype(float))
torch.onnx.export(images, pixels[:1], str(folder / "torch_images.onnx"), opset_version=14, dynamic_axes={"input": {0: "n"}},
                  input_names=["input"])
torch.save(images, folder / "images.pt")
torch.save(images.state_dict(), folder / "images_state.pt")
torch.jit.script(images).save(str(folder / "images_script.pt"))
signals = nn.Sequential(nn.ConstantPad1d((1, 2), 0.0), nn.Conv1d(2, 4, 3, padding="same", padding_mode="circular"), nn.Tanh(),
                        nn.MaxPool1d(2), nn.ConvTranspose1d(4, 2, 2), nn.AvgPool1d(3, 1, 1, count_include_pad=False),
                        nn.AdaptiveAvgPool1d(3), nn.Flatten(), nn.Linear(6, 2), nn.Sigmoid()).eval()
wave = torch.randn(16, 2, 8)
np.savez(folder / "signals.npz", x=wave.reshape(16, -1).numpy().astype(float), y=signals(wave).detach().numpy().astype(float))
torch.save(signals, folder / "signals.pt")
decoder = nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Unflatten(1, (2, 3, 4)), nn.ConvTranspose2d(2, 3, 2, stride=2), nn.Tanh()).eval()
code = torch.randn(16, 5)
np.savez(folder / "decoder.npz", x=code.numpy().astype(float), y=decoder(code).detach().reshape(16, -1).numpy().astype(float))
torch.save(decoder, folder / "decoder.pt")


class LeNet(nn.Module):
    """Its state_dict has names, and no modules between the layers."""
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.norm, self.wide, self.last = nn.BatchNorm2d(16), nn.Linear(400, 20), nn.Linear(20, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.first(x).relu(), 2)
        x = nn.functional.max_pool2d(self.norm(self.second(x)).relu(), 2)
        return self.last(self.wide(x.flatten(1)).relu()).softmax(1)


le_net = LeNet().eval()
le_net.norm.running_mean.uniform_(-1, 1)
le_net.norm.running_var.uniform_(0.5, 2)
digits = torch.randn(4, 1, 28, 28)
np.savez(folder / "le_net.npz", x=digits.reshape(4, -1).numpy().astype(float), y=le_net(digits).detach().numpy().astype(float))
torch.save(le_net.state_dict(), folder / "le_net_state.pt")
torch.save(net.double(), folder / "double.pt")

# safetensors by its definition, since the package may be absent here: with the tensors in a given order, or by name, as PyTorch's
# save_file writes them.
import json


def save_safetensors(name: str, tensors: dict[str, torch.Tensor]) -> None:
    header, data = {}, b""
    for key, values in tensors.items():
        array = values.numpy()
        kind = {"float32": "F32", "int64": "I64"}[str(array.dtype)]
        header[key] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (folder / f"{name}.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)


save_safetensors("state", net.float().state_dict())
save_safetensors("le_net_by_name", dict(sorted(le_net.state_dict().items())))
deep = nn.ModuleDict({"layers": nn.ModuleList(nn.Linear(4, 4) for _ in range(12))})
save_safetensors("deep_by_name", dict(sorted(deep.state_dict().items())))
inputs = y = torch.randn(3, 4)
for linear in deep["layers"]:
    y = linear(y).tanh()
np.savez(folder / "deep_by_name.npz", x=inputs.numpy().astype(float), y=y.detach().numpy().astype(float))
