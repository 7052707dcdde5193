"""784-128-10 on MNIST by NumPy in double: ReLU, softmax, cross-entropy, Adam, batch 64, 100 steps; writes mnist.hpp.

mnist.py DIRECTORY, which contains the gz files of MNIST. The starting weights are those of tenon's initialize(net, 1),
whose generator is reimplemented here.
"""

import gzip
import sys
from pathlib import Path

import numpy as np

from emit import header

data = Path(sys.argv[1])
pixels = np.frombuffer(gzip.open(data / "train-images-idx3-ubyte.gz").read(), np.uint8, offset=16).reshape(-1, 784)
labels = np.frombuffer(gzip.open(data / "train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8)
xs = pixels[:6400].astype(np.float64) / 255
ts = np.eye(10)[labels[:6400]]


def split_mix(seed, count):
    """The first `count` numbers of SplitMix64, 64 random bits each."""
    with np.errstate(over="ignore"):
        bits = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ bits >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ bits >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        return bits ^ bits >> np.uint64(31)


uniform = (split_mix(1, 784 * 128 + 128 * 10) >> np.uint64(40)).astype(np.float64) * 2.0**-24


def uniform_of_variance(variance, draws):
    limit = np.sqrt(variance) * 1.7320508075688772
    return (-limit + np.float64(np.float32(2 * limit)) * draws).astype(np.float32).astype(np.float64)


w1 = uniform_of_variance(2 / 784, uniform[: 784 * 128]).reshape(784, 128)
w2 = uniform_of_variance(2 / (128 + 10), uniform[784 * 128 :]).reshape(128, 10)
parameters = [w1, np.zeros(128), w2, np.zeros(10)]
means, squares = [[np.zeros_like(p) for p in parameters] for _ in range(2)]


def flat():
    return np.concatenate([p.ravel() for p in parameters])


def checks():
    """The sum and the sum of squares of each tensor."""
    return [[p.sum(), (p * p).sum()] for p in parameters]


sampled = np.arange(0, 101770, 131)
arrays = {"seed": 1, "stride": 131, "before": flat()[sampled], "checks_before": checks()}
losses = []
for step in range(1, 101):
    x, t = xs[(step - 1) * 64 : step * 64], ts[(step - 1) * 64 : step * 64]
    hidden = np.maximum(x @ parameters[0] + parameters[1], 0)
    z = hidden @ parameters[2] + parameters[3]
    z -= z.max(axis=1, keepdims=True)
    y = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    losses.append(-np.sum(t * np.log(y)) / 64)
    dz = (y - t) / 64
    dh = dz @ parameters[2].T * (hidden > 0)
    gradients = [x.T @ dh, dh.sum(axis=0), hidden.T @ dz, dz.sum(axis=0)]
    for p, g, m, v in zip(parameters, gradients, means, squares):
        m += (1 - 0.9) * (g - m)
        v += (1 - 0.999) * (g * g - v)
        p -= 1e-3 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)

arrays |= {"after": flat()[sampled], "checks_after": checks(), "losses": losses}
header("mnist", "784-128-10 on MNIST before and after 100 steps of Adam, by NumPy in double", arrays)
