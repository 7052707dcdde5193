"""Trains a net in PyTorch, and saves it with test vectors: train.py FOLDER."""

import sys
from pathlib import Path

import torch
from torch import nn

folder = Path(sys.argv[1])
torch.manual_seed(1)

# Two half moons, one for each class.
angles = torch.rand(400, 1) * torch.pi
upper = torch.cat([torch.cos(angles[:200]), torch.sin(angles[:200])], 1)
lower = torch.cat([1 - torch.cos(angles[200:]), 0.5 - torch.sin(angles[200:])], 1)
inputs = torch.cat([upper, lower]) + 0.1 * torch.randn(400, 2)
classes = torch.cat([torch.zeros(200), torch.ones(200)]).long()

net = nn.Sequential(
    nn.Linear(2, 16),
    nn.BatchNorm1d(16),
    nn.ReLU(),
    nn.Dropout(0.1),
    nn.Linear(16, 16),
    nn.GELU(),
    nn.Linear(16, 2),
    nn.LogSoftmax(dim=1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
loss = nn.NLLLoss()
for epoch in range(200):
    optimizer.zero_grad()
    loss(net(inputs), classes).backward()
    optimizer.step()

net.eval()
with torch.no_grad():
    outputs = net(inputs)
    accuracy = (outputs.argmax(1) == classes).float().mean().item()
print(f"PyTorch: {100 * accuracy:.1f} % of the samples are right")
torch.save(net, folder / "moons.pt")
with open(folder / "moons.txt", "w") as file:
    for x, y in zip(inputs.tolist(), outputs.tolist()):
        print(*x, *y, file=file)
