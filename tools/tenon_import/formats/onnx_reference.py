"""The outputs of a model, by onnxruntime or onnx's reference evaluator."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import numpy as np
import onnx

from tenon_import.formats.onnx_time import Timeline


def session(path: Path) -> tuple[Any, str]:
    """A session of onnxruntime, or of onnx's reference evaluator, which has the same function run."""
    try:
        import onnxruntime

        onnxruntime.set_default_logger_severity(4)
        return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]), "onnxruntime"
    except Exception:  # it is absent, or lacks an operator for this type
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(str(path)), "onnx's reference evaluator"


def of_samples(path: Path, name: str, shape: tuple[int, ...], dtype: Any) -> tuple[Callable[[np.ndarray], np.ndarray], str]:
    """The outputs for rows of inputs."""
    runs, runner = session(path)

    def run(x: np.ndarray) -> np.ndarray:
        rows = [np.asarray(runs.run(None, {name: row.reshape(shape).astype(dtype)})[0], float).ravel() for row in x]
        return np.array(rows)

    return run, runner


def of_equal_samples(run: Callable[[np.ndarray], np.ndarray], count: int) -> Callable[[np.ndarray], np.ndarray]:
    """The outputs of a model for a fixed number of samples: the first of equal ones."""
    return lambda x: np.array([run(np.tile(row, count)[None])[0].reshape(count, -1)[0] for row in x])


class OverTime:
    """A session that takes the steps of a sequence, or a number of them after another with the states between."""

    def __init__(self, session: Any, graph: onnx.GraphProto, time: Timeline, shape: tuple[int, ...], output_shape: tuple[int, ...],
                 dtype: Any) -> None:
        self.session, self.time, self.output_shape, self.dtype = session, time, output_shape, dtype
        sizes = {i.name: [d.dim_value for d in i.type.tensor_type.shape.dim] for i in graph.input}
        self.shape = shape
        self.repeats = [size if axis == "N" and size > 1 else 1 for size, axis in zip(sizes[time.input], time.axes)]
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


__all__ = ["OverTime", "of_equal_samples", "of_samples", "session"]
