"""torch_state.py FOLDER: opens the nets that tenon has saved with load_state_dict, compares PyTorch's outputs with tenon's, and
saves others for tenon. Needs torch and safetensors."""

import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

folder = Path(sys.argv[1])
torch.manual_seed(0)


def row() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.BatchNorm1d(8), nn.Sequential(nn.Linear(8, 8, bias=False), nn.ReLU(),
                         nn.LayerNorm(8)), nn.PReLU(8), nn.Dropout(0.2), nn.Linear(8, 2), nn.Softmax(dim=1))


def image() -> nn.Module:
    return nn.Sequential(nn.LayerNorm([2, 3, 2]), nn.BatchNorm2d(2), nn.PReLU(2), nn.Flatten(), nn.Linear(12, 3))


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
        x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
        x = self.fc1(x.flatten(1)).relu()
        return self.fc3(self.fc2(x).relu()).softmax(1)


for name, make, shape in ("row", row, (3,)), ("image", image, (2, 3, 2)), ("le_net", LeNet, (1, 28, 28)):
    net = make()
    print(net.load_state_dict(load_file(folder / f"{name}.safetensors")))  # raises unless all names and shapes are the same
    net.eval()
    vectors = load_file(folder / f"{name}_vectors.safetensors")
    with torch.no_grad():
        y = net(vectors["x"].reshape(-1, *shape))
    difference = (y - vectors["y"]).abs().max().item()
    assert vectors["x"].shape[0] == 5 and difference <= 1e-6, f"{name}: {difference}"

    net = make()
    for tensor in net.state_dict().values():
        if tensor.is_floating_point() and name != "le_net":  # whose weights PyTorch has drawn
            tensor.uniform_(0.25, 1.25)
    net.eval()
    x = torch.randn(5, *shape)
    with torch.no_grad():
        y = net(x)
    tensors = net.state_dict() | {"x": x.reshape(5, -1), "y": y}
    save_file(tensors, folder / f"{name}_of_torch.safetensors")
