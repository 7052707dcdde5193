"""Reads .nnet, the text format of ACAS Xu (https://github.com/sisl/NNet): layers with ReLU between them, and normalisation."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import numpy as np

from tenon_import.activations import IDENTITY, Activation
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options
from tenon_import.layers import Dense, Layer, Scale
from tenon_import.model import Model


class _Lines:
    """Lines of comma-separated numbers; comments, which begin with //, come first."""

    def __init__(self, text: str) -> None:
        self.lines: Iterator[tuple[int, str]] = (
            (i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("//"))

    def numbers(self, what: str, count: int) -> np.ndarray:
        """The next line's numbers, of which there must be `count`, or any number if that is 0."""
        number, line = next(self.lines, (0, ""))
        if not number:
            raise ImportProblem(f"the end of the file, where {what} should be")
        try:
            found = np.array([float(word) for word in line.split(",") if word.strip()])
        except ValueError:
            raise ImportProblem(f"line {number}: {what} should be numbers with commas") from None
        if count and found.size != count:
            raise ImportProblem(f"line {number}: {found.size} numbers, where {what} are {count}")
        return found


def read(path: Path, options: Options) -> Model:
    lines = _Lines(path.read_text(errors="replace"))
    counts = lines.numbers("the number of layers, inputs, outputs and the largest layer", 4).astype(int)
    depth, inputs, outputs = counts[0], counts[1], counts[2]
    if not 1 <= depth <= 10_000:
        raise ImportProblem(f"{depth} layers")
    sizes = lines.numbers("the sizes of the layers", depth + 1).astype(int)
    if sizes[0] != inputs or sizes[-1] != outputs or sizes.min() < 1:
        raise ImportProblem(f"layers of {sizes.tolist()} values for {inputs} inputs and {outputs} outputs")
    lines.numbers("a flag that is not used", 0)
    lines.numbers("the smallest inputs", inputs)
    lines.numbers("the largest inputs", inputs)
    means, ranges = lines.numbers("the means", inputs + 1), lines.numbers("the ranges", inputs + 1)
    if (ranges == 0).any():
        raise ImportProblem("a range is 0")
    weights, biases = [], []
    for i in range(depth):
        rows = [lines.numbers(f"the weights of layer {i + 1}", sizes[i]) for _ in range(sizes[i + 1])]
        weights.append(np.array(rows))
        biases.append(np.array([lines.numbers(f"the biases of layer {i + 1}", 1)[0] for _ in range(sizes[i + 1])]))

    layers: list[Layer] = []
    if means[:-1].any() or (ranges[:-1] != 1).any():
        layers.append(Scale((int(inputs),), means[:-1], ranges[:-1]))
    for i in range(depth):
        layers.append(Dense(weights[i], biases[i], IDENTITY if i + 1 == depth else Activation("Relu")))
    if means[-1] != 0 or ranges[-1] != 1:  # y range + mean = (y - (-mean / range)) / (1 / range)
        layers.append(Scale((int(outputs),), np.full(outputs, -means[-1] / ranges[-1] + 0.0), np.full(outputs, 1 / ranges[-1])))

    def numbers(x: np.ndarray) -> np.ndarray:
        y = (x - means[:-1]) / ranges[:-1]
        for i in range(depth):
            y = y @ weights[i].T + biases[i]
            if i + 1 < depth:
                y = np.maximum(y, 0)
        return y * ranges[-1] + means[-1]

    return Model(layers, numbers, "the file's formula in NumPy")
