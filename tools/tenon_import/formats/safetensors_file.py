"""Reads safetensors: tenon's, whose metadata have the net's type, and those of other programs, whose activations are given."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tenon_import import fold
from tenon_import.errors import ImportProblem
from tenon_import.formats import Options, cpp_type, refuse_options_of_weights
from tenon_import.formats.state_dict import layers_of_tensors
from tenon_import.model import Model, of_file


def _numbers(kind: str, data: bytes) -> np.ndarray:
    if kind == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    types = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I8": "i1", "U8": "u1"}
    if kind not in types:
        raise ImportProblem(f"tensors of the type {kind}, and F64, F32, F16 and BF16 are read")
    return np.frombuffer(data, types[kind])


def read(path: Path, options: Options) -> Model:
    from safetensors import SafetensorError, deserialize

    data = path.read_bytes()
    try:
        raw = deserialize(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    except (SafetensorError, ValueError) as error:
        raise ImportProblem(f"it is no safetensors file ({error})") from None
    metadata = header.get("__metadata__", {})
    order = {name: tensor["data_offsets"][0] for name, tensor in header.items() if name != "__metadata__"}
    tensors = {name: _numbers(t["dtype"], bytes(t["data"])).reshape(t["shape"]) for name, t in raw}
    tensors = dict(sorted(tensors.items(), key=lambda item: order[item[0]]))
    if "tenon.net" in metadata:
        refuse_options_of_weights("it has a net", options)
        original = cpp_type.net(metadata["tenon.net"], tensors).layers
        layers = fold.joined(original)
    else:
        layers = original = layers_of_tensors(tensors, options, is_order_kept=False)
    is_double = any(tensor["dtype"] == "F64" for _, tensor in raw)
    return of_file(layers, original, "the file's net in NumPy", is_double)
