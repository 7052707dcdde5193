"""tenon's activations: their spelling in C++, and their values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Callable

import numpy as np

_erf = np.vectorize(math.erf, otypes=[np.float64])


def ratio(value: float) -> Fraction:
    """The fraction that is meant by a float: 1/10 for 0.1, and for the single-precision number nearest to 0.1."""
    simple = Fraction(float(value)).limit_denominator(1000)
    if abs(float(simple) - float(value)) <= 1e-15 * abs(value):  # 1/6, which has no short decimal
        return simple
    text = repr(float(value))
    if float(np.float32(value)) == float(value):
        text = str(np.float32(value))
    exact = Fraction(text)
    return exact if max(abs(exact.numerator), exact.denominator) < 2**62 else exact.limit_denominator(2**31)


@dataclass(frozen=True)
class Activation:
    """An activation by its name in tenon, with the constants of those whose name ends in With."""

    name: str
    constants: tuple[Fraction, ...] = ()

    @property
    def needs_all_values(self) -> bool:
        return self.name in ("Softmax", "LogSoftmax")

    def text(self, prefix: str) -> str:
        """The C++ type; each name of tenon begins with the prefix."""
        if not self.constants:
            return prefix + self.name
        spelled = [f"std::ratio<{c.numerator}{f', {c.denominator}' if c.denominator != 1 else ''}>" for c in self.constants]
        return f"{prefix}{self.name}<{', '.join(spelled)}>"

    def evaluate(self, z: np.ndarray) -> np.ndarray:
        return _functions[self.name](z, *(float(c) for c in self.constants))


def _softmax(z: np.ndarray) -> np.ndarray:
    power = np.exp(z - z.max(axis=-1, keepdims=True))
    return power / power.sum(axis=-1, keepdims=True)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -z))


def _elu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def _selu(z: np.ndarray, alpha: float = 1.6732632423543772, scale: float = 1.0507009873554805) -> np.ndarray:
    return scale * _elu(z, alpha)


def _softplus(z: np.ndarray, beta: float = 1.0) -> np.ndarray:
    return np.logaddexp(0, beta * z) / beta


def _hard_sigmoid(z: np.ndarray, alpha: float = 1 / 6, beta: float = 0.5) -> np.ndarray:
    return np.clip(alpha * z + beta, 0, 1)


def _leaky_relu(z: np.ndarray, slope: float = 0.01) -> np.ndarray:
    return np.where(z > 0, z, slope * z)


_functions: dict[str, Callable[..., np.ndarray]] = {
    "Identity": lambda z: z,
    "LogProbabilities": lambda z: z,
    "Relu": lambda z: np.maximum(z, 0),
    "LeakyRelu": _leaky_relu,
    "LeakyReluWith": _leaky_relu,
    "Elu": _elu,
    "EluWith": _elu,
    "Selu": _selu,
    "SeluWith": _selu,
    "Gelu": lambda z: z * 0.5 * (1 + _erf(z / math.sqrt(2))),
    "GeluTanh": lambda z: 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))),
    "Sigmoid": _sigmoid,
    "Silu": lambda z: z * _sigmoid(z),
    "Tanh": np.tanh,
    "Softplus": _softplus,
    "SoftplusWith": _softplus,
    "Softsign": lambda z: z / (1 + np.abs(z)),
    "HardSigmoid": _hard_sigmoid,
    "HardSigmoidWith": _hard_sigmoid,
    "Softmax": _softmax,
    "LogSoftmax": lambda z: z - z.max(-1, keepdims=True) - np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True)),
}
names = tuple(_functions)

# The usual constants have a name without With.
_short_names = {
    ("LeakyReluWith", (0.01,)): "LeakyRelu",
    ("EluWith", (1.0,)): "Elu",
    ("SeluWith", (1.6732632423543772, 1.0507009873554805)): "Selu",
    ("SoftplusWith", (1.0,)): "Softplus",
    ("HardSigmoidWith", (1 / 6, 0.5)): "HardSigmoid",
    ("LeakyReluWith", (0.0,)): "Relu",
    ("LeakyReluWith", (1.0,)): "Identity",
}

IDENTITY = Activation("Identity")


def activation(name: str, *constants: float) -> Activation:
    """The activation with these constants, by its short name if it has one."""
    for (long_name, usual), short in _short_names.items():
        if name == long_name and np.allclose(constants, usual, rtol=1e-6, atol=0):
            return Activation(short)
    return Activation(name, tuple(ratio(c) for c in constants))
