"""The outputs of a model over time, by onnxruntime or onnx's reference evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx

from tenon_import.formats.onnx_time import Timeline


class OverTime:
    """A session that takes the steps of a sequence, or a number of them after another with the states between."""

    def __init__(self, session: Any, graph: onnx.GraphProto, time: Timeline, shape: tuple[int, ...], output_shape: tuple[int, ...],
                 dtype: Any) -> None:
        self.session, self.time, self.output_shape, self.dtype = session, time, output_shape, dtype
        sizes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in graph.input}
        self.shape, self.repeats = shape, [size if axis == "N" and size > 1 else 1 for size, axis in zip(sizes[time.input], time.axes)]
        self.zeros = {name: np.zeros([size or 1 for size in sizes[name]], dtype) for name in time.states}

    def run(self, x: np.ndarray, places: np.ndarray, order: np.ndarray, gives_last: bool) -> np.ndarray:
        """The outputs for rows of inputs, step by step. places: the original's order of the inputs of a call; order: the net's of
        its outputs."""
        rows = []
        for row in x:
            states, outputs = self.zeros, []
            for call in row.reshape(-1, places.size):
                y, states = self._call(call[places].reshape(self.shape), states)
                outputs.append(y.ravel()[order])
            rows.append(outputs[-1] if gives_last else np.concatenate(outputs))
        return np.array(rows)

    def _call(self, x: np.ndarray, states: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        inputs = {self.time.input: np.tile(x, self.repeats).astype(self.dtype), **states}
        y, *after = self.session.run([self.time.output, *self.time.next_states], inputs)
        one_sample = tuple(slice(size) for size in self.output_shape)
        return np.asarray(y, float)[one_sample], dict(zip(states, after))


__all__ = ["OverTime"]
