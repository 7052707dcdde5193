"""Where time is in a graph of ONNX: which input is the sequence and which axis its steps, which inputs and outputs are states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import onnx

from tenon_import.errors import ImportProblem

CELLS = ("LSTM", "GRU", "RNN")
_REARRANGING = ("Identity", "Cast", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "Split", "Expand")
_STATES_OF_CELLS = (5, 6)  # initial_h and initial_c among the inputs


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}


@dataclass
class Timeline:
    input: str  # the name of the sequence
    axes: list[str]  # of the input: T for the steps, N for the samples, F for the values of a step, 1 for others
    output: str
    states: list[str]  # inputs that are states before the first step
    next_states: list[str]  # outputs that are states behind the last step


class _Finder:
    def __init__(self, graph: onnx.GraphProto, constants: dict[str, Any]) -> None:
        self.graph, self.constants = graph, constants
        self.producers = {name: node for node in graph.node for name in node.output if name}
        self.consumers: dict[str, list[onnx.NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self.consumers.setdefault(name, []).append(node)
        self.inputs = {i.name: i for i in graph.input if i.name not in constants}

    def find(self, start: onnx.NodeProto) -> Timeline:
        name, axes = self._input_of(start)
        states = [other for other in self.inputs if other != name]
        for state in states:
            if not self._is_state(state):
                raise ImportProblem(f"it has {len(self.inputs)} inputs, and {state} is neither the sequence nor the state of a cell")
        outputs = [o.name for o in self.graph.output]
        main = outputs if len(outputs) == 1 else [o for o in outputs if not self._is_next_state(o)]
        if len(main) != 1:
            raise ImportProblem(f"{len(main)} of its {len(outputs)} outputs are no states of cells, and a net has one output")
        return Timeline(name, axes, main[0], states, [o for o in outputs if o != main[0]])

    def _input_of(self, start: onnx.NodeProto) -> tuple[str, list[str]]:
        """The input that a cell or a convolution reads, with its axes."""
        name = start.input[0]
        if start.op_type == "Conv":
            axes = ["N", "F", "T"]
        else:
            axes = ["N", "T", "F"] if attributes(start).get("layout", 0) else ["T", "N", "F"]
        seen: set[str] = set()
        while name not in self.inputs:
            node = self.producers.get(name)
            if node is None or name in seen:
                raise ImportProblem("its sequence is a constant, or depends on itself")
            seen.add(name)
            given = attributes(node)
            if node.op_type == "Transpose":
                perm = given.get("perm") or list(reversed(range(len(axes))))
                axes = [axes[list(perm).index(i)] for i in range(len(axes))]
            elif node.op_type in ("Squeeze", "Unsqueeze"):
                places = given.get("axes") or [int(i) for i in self.constants.get(node.input[1], [])]
                if node.op_type == "Unsqueeze":
                    gone = [place % len(axes) for place in places]
                    axes = [axis for i, axis in enumerate(axes) if i not in gone]
                else:
                    for place in sorted(places):
                        axes.insert(place, "1")
            operands = [i for i in node.input if i and i not in self.constants]
            if not operands:
                raise ImportProblem("its sequence is a constant")
            name = operands[-1] if node.op_type == "Concat" else operands[0]  # what was before comes first
        return name, axes

    def _is_state(self, name: str) -> bool:
        """Whether a value goes into states of cells, and in front of the steps of convolutions, alone."""
        for node in self.consumers.get(name, []):
            places = [i for i, other in enumerate(node.input) if other == name]
            if node.op_type in CELLS and all(i in _STATES_OF_CELLS for i in places):
                continue
            if node.op_type == "Concat" and places == [0] and attributes(node)["axis"] in (2, -1):
                if any(n.op_type == "Conv" for n in self.consumers.get(node.output[0], [])):
                    continue
            if node.op_type in _REARRANGING and places == [0] and all(self._is_state(output) for output in node.output):
                continue
            return False
        return True

    def _is_next_state(self, name: str) -> bool:
        node = self.producers.get(name)
        if node is None:
            return False
        if node.op_type in CELLS:
            return name in list(node.output)[1:]
        if node.op_type in ("Slice", "Split") and self._is_past(node.input[0]):
            return True
        if node.op_type == "Concat":
            return all(map(self._is_next_state, node.input))
        return node.op_type in _REARRANGING and self._is_next_state(node.input[0])

    def _is_past(self, name: str) -> bool:
        """Whether a value is the state of a convolution and the steps behind it."""
        node = self.producers.get(name)
        return node is not None and node.op_type == "Concat" and node.input[0] in self.inputs and self._is_state(node.input[0])


def _is_over_time(node: onnx.NodeProto, constants: dict[str, Any]) -> bool:
    return node.op_type == "Conv" and node.input[1] in constants and constants[node.input[1]].ndim == 3


def find(graph: onnx.GraphProto, constants: dict[str, Any], asked: bool) -> Optional[Timeline]:
    """The timeline of a graph with cells, or with convolutions over time if it is asked for, or if the number of steps is open."""
    cells = [node for node in graph.node if node.op_type in CELLS]
    convolutions = [node for node in graph.node if _is_over_time(node, constants)]
    for node in (cells + convolutions)[:1]:
        finder = _Finder(graph, constants)
        if not cells and not asked and len(finder.inputs) == 1:
            name, axes = finder._input_of(node)
            dims = finder.inputs[name].type.tensor_type.shape.dim
            if len(dims) != len(axes) or dims[axes.index("T")].dim_value > 0:
                return None
        first = min(cells + convolutions, key=lambda n: [m is n for m in graph.node].index(True))
        return finder.find(first)
    if asked:
        raise ImportProblem("it has no LSTM, GRU, RNN, or convolution over time, so it has no steps")
    return None


def has_chomp(node: onnx.NodeProto, consumers: list[onnx.NodeProto], constants: dict[str, Any], cut: int, count: int) -> bool:
    """Whether all that is done with a convolution's outputs [samples, channels, steps + cut] is to leave out the last `cut`."""
    def leaves_out(slice_node: onnx.NodeProto) -> bool:
        if slice_node.op_type != "Slice":
            return False
        given = attributes(slice_node)
        names = ("starts", "ends", "axes", "steps")
        numbers = [given.get(name, constants.get(slice_node.input[i + 1]) if len(slice_node.input) > i + 1 else None)
                   for i, name in enumerate(names)]
        starts, ends, axes = ([int(v) for v in values] if values is not None else None for values in numbers[:3])
        is_whole = numbers[3] is None or int(numbers[3][0]) == 1
        return starts == [0] and axes in ([2], [-1]) and is_whole and ends in ([-cut], [count])

    return bool(consumers) and all(map(leaves_out, consumers))


__all__ = ["CELLS", "Timeline", "attributes", "find", "has_chomp"]
