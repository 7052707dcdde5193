"""Writes a net as the safetensors file that tenon's save writes: PyTorch's names and shapes, and in the metadata the net's type,
the version and a checksum."""

from __future__ import annotations

from typing import Sequence

import numpy as np
from safetensors.numpy import save

from tenon_import.checksum import START, hash_bytes, mix
from tenon_import.header import type_text
from tenon_import.layers import Layer, walk

_NO_DIGITS = "?" * 16


def safetensors_bytes(layers: Sequence[Layer], is_double: bool, version: str) -> bytes:
    number = np.float64 if is_double else np.float32
    tensors = {f"{place}.{name}": np.ascontiguousarray(values, number)
               for place, layer in walk(layers, first=0) for name, values in layer.tensors().items()}
    metadata = {"tenon.net": type_text(layers, False, ""), "tenon.version": version, "tenon.checksum": _NO_DIGITS}
    before, after = save(tensors, metadata).split(_NO_DIGITS.encode(), 1)
    return before + f"{mix(hash_bytes(hash_bytes(START, before), after)):016x}".encode() + after
