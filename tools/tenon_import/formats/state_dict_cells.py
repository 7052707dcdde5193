"""Cells from tensors by PyTorch's names: weight_ih_l0, weight_hh_l0_reverse, and so on."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Sequence as Many

import numpy as np

from tenon_import.cells import GRU, LSTM, RNN, Bidirectional, Cell, LastStep, Sequence
from tenon_import.errors import ImportProblem
from tenon_import.layers import BatchNorm, Layer

_NAME = re.compile(r"(weight|bias)_(ih|hh)_l(\d+)(_reverse)?")
_KINDS: dict[int, type] = {4: LSTM, 3: GRU, 1: RNN}


class BothWays(Layer):
    """Two cells of a Bidirectional, whose number of steps is not known yet."""

    def __init__(self, forward: Cell, backward: Cell) -> None:
        self.forward, self.backward = forward, backward
        self.input_shape, self.output_shape = forward.input_shape, (2 * forward.units,)

    def text(self, prefix: str) -> str:
        return f"{prefix}Bidirectional<..., {self.forward.text(prefix)}>"


def cells_of(prefix: str, tensors: Mapping[str, np.ndarray]) -> list[Layer]:
    """The layers of a module LSTM, GRU or RNN."""
    found: dict[int, dict[bool, dict[str, np.ndarray]]] = {}
    for name, values in tensors.items():
        match = _NAME.fullmatch(name)
        if not match:
            raise ImportProblem(f'"{prefix}" has cells with a tensor "{name}", which tenon\'s cells do not have')
        found.setdefault(int(match[3]), {}).setdefault(bool(match[4]), {})[f"{match[1]}_{match[2]}"] = values.astype(float)
    if sorted(found) != list(range(len(found))):
        raise ImportProblem(f'"{prefix}" has the layers {sorted(found)}')
    layers: list[Layer] = []
    for number in range(len(found)):
        ways = {is_reverse: _cell(f"{prefix}, layer {number}", of) for is_reverse, of in found[number].items()}
        if False not in ways:
            raise ImportProblem(f'"{prefix}", layer {number} has no forward direction')
        layers.append(BothWays(ways[False], ways[True]) if True in ways else ways[False])
    return layers


def _cell(place: str, tensors: Mapping[str, np.ndarray]) -> Cell:
    if not {"weight_ih", "weight_hh"} <= set(tensors) or tensors["weight_hh"].ndim != 2 or not tensors["weight_hh"].size:
        raise ImportProblem(f'"{place}" lacks weight_ih or weight_hh')
    rows, units = tensors["weight_hh"].shape
    kind = _KINDS.get(rows // units if rows % units == 0 else 0)
    if kind is None:
        raise ImportProblem(f'"{place}" has a weight_hh of shape {[rows, units]}, which is no LSTM, GRU or RNN')
    try:
        return kind(tensors["weight_ih"], tensors["weight_hh"], tensors.get("bias_ih", np.zeros(rows)), tensors.get("bias_hh"))
    except ImportProblem as problem:
        raise ImportProblem(f'"{place}" has {problem}') from None


def over_time(layers: Many[Layer], steps: Optional[int], takes_last: bool) -> list[Layer]:
    """Layers of one step as a stream, or over sequences of so many steps, after which the layers behind the cells take the last
    step or all."""
    places = [i for i, layer in enumerate(layers) if isinstance(layer, (BothWays, Cell))]
    if not places:
        if steps is not None or takes_last:
            raise ImportProblem("it has no LSTM, GRU or RNN, so it has no steps")
        return list(layers)
    if steps is None:
        both = next((layer for layer in layers if isinstance(layer, BothWays)), None)
        if both is not None or takes_last:
            what = "the last step" if both is None else both.text("")
            raise ImportProblem(f"{what} takes all steps of a sequence, which a stream has not: give their number with --steps")
        return list(layers)
    end = places[-1] + 1 if takes_last else len(layers)
    result: list[Layer] = []
    for layer in layers[:end]:
        if isinstance(layer, BatchNorm):
            raise ImportProblem("a BatchNorm of each step, which a Sequence does not take: export the model as ONNX")
        if isinstance(layer, BothWays):
            result.append(Bidirectional(steps, layer.forward, layer.backward))
        elif result and isinstance(result[-1], Sequence):
            result[-1] = Sequence([*result[-1].layers, layer], steps)
        else:
            result.append(Sequence([layer], steps))
    if takes_last:
        result.append(LastStep(result[-1].output_shape))
    return result + list(layers[end:])


__all__ = ["BothWays", "cells_of", "over_time"]
