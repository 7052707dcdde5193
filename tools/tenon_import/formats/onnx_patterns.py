"""Groups of operators by which exporters write what tenon has as one activation or layer."""

from __future__ import annotations

from typing import Any, Iterator, Optional

import numpy as np

# A pattern is a variable ("x", or "?name" for a constant), a number, or an operator with the patterns of its inputs.
_ONE_PLUS_ERF = [("Add", ("Erf", ("Div", "x", 2**0.5)), 1.0), ("Add", ("Erf", ("Mul", "x", 2**-0.5)), 1.0)]
_CUBE = [("Mul", "x", ("Mul", "x", "x")), ("Pow", "x", 3.0)]
_ONE_PLUS_TANH = [("Add", ("Tanh", ("Mul", ("Add", "x", ("Mul", cube, 0.044715)), (2 / np.pi) ** 0.5)), 1.0) for cube in _CUBE]
_SLOPE = ("Add", ("Mul", ("Mul", "x", "x"), (2 / np.pi) ** 0.5 * 2 * 0.044715), (2 / np.pi) ** 0.5 * 2)
_DIFFERENCE = ("Sub", "x", ("ReduceMean", "x"))
_SQUARES = [("Pow", _DIFFERENCE, 2.0), ("Mul", _DIFFERENCE, _DIFFERENCE)]


def _half_product(factor: Any) -> list[Any]:
    """x / 2 * factor, in every order."""
    return [("Mul", ("Mul", "x", factor), 0.5), ("Mul", ("Mul", "x", 0.5), factor), ("Mul", "x", ("Mul", factor, 0.5))]


PATTERNS: list[tuple[str, Any]] = [
    *(("Gelu", p) for f in _ONE_PLUS_ERF for p in _half_product(f)),
    *(("GeluTanh", p) for f in _ONE_PLUS_TANH for p in _half_product(f)),
    ("GeluTanh", ("Mul", "x", ("Sigmoid", ("Mul", "x", _SLOPE)))),
    ("Silu", ("Mul", "x", ("Sigmoid", "x"))),
    ("SoftplusWith", ("Div", ("Softplus", ("Mul", "x", "?beta")), "?beta")),
    ("LogSoftmax", ("Log", ("Softmax", "x"))),
    *(("LayerNorm", ("Div", _DIFFERENCE, ("Sqrt", ("Add", ("ReduceMean", s), "?epsilon")))) for s in _SQUARES),
]


class Matcher:
    """Finds patterns in a graph. producers: the node of each value; constants: values that are known."""

    def __init__(self, producers: dict[str, Any], constants: dict[str, np.ndarray]) -> None:
        self.producers, self.constants = producers, constants

    def find(self, value: str) -> Optional[tuple[str, dict[str, Any]]]:
        """The name of the pattern that computes a value, and what its variables are."""
        for name, pattern in PATTERNS:
            for found in self._match(pattern, value, {}):
                return name, found
        return None

    def _match(self, pattern: Any, value: str, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if isinstance(pattern, float):
            if (number := self._number(value)) is not None and np.isclose(number, pattern, rtol=1e-4, atol=0):
                yield found
        elif isinstance(pattern, str) and pattern.startswith("?"):
            if (number := self._number(value)) is not None and found.get(pattern, number) == number:
                yield found | {pattern: number}
        elif isinstance(pattern, str):
            if value not in self.constants and found.get(pattern, value) == value:
                yield found | {pattern: value}
        else:
            node = self.producers.get(value)
            if node is None or node.op_type != pattern[0]:
                return
            inputs = list(node.input)[: len(pattern) - 1]
            orders = [inputs, inputs[::-1]] if node.op_type in ("Add", "Mul") else [inputs]
            for order in orders:
                yield from self._match_all(list(zip(pattern[1:], order)), found)

    def _match_all(self, pairs: list[tuple[Any, str]], found: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not pairs:
            yield found
            return
        for first in self._match(*pairs[0], found):
            yield from self._match_all(pairs[1:], first)

    def _number(self, value: str) -> Optional[float]:
        constant = self.constants.get(value)
        return float(constant.reshape(-1)[0]) if constant is not None and constant.size == 1 else None


__all__ = ["Matcher", "PATTERNS"]
