"""tenon's checksums of bytes and of a net's parameters (tenon/exchange/checksum.hpp): FNV-1a over words of 64 bits."""

from __future__ import annotations

import numpy as np

START, _FACTOR, _MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1


def hash_words(start: int, words: np.ndarray) -> int:
    for word in words.tolist():
        start = (start ^ word) * _FACTOR & _MASK
    return start


def hash_bytes(start: int, data: bytes) -> int:
    """Bytes by words; the last is filled with zeros, and the number of bytes follows."""
    whole = len(data) // 8 * 8
    start = hash_words(start, np.frombuffer(data[:whole], "<u8"))
    return hash_words(start, np.array([int.from_bytes(data[whole:], "little"), len(data)], np.uint64))


def mix(value: int) -> int:
    value = (value ^ value >> 32) * 0xD6E8FEB86659FD93 & _MASK
    return value ^ value >> 32


def checksum(parameters: np.ndarray) -> int:
    """Checksum of a net with these parameters, float32 or float64, and of the 64 bytes of zeros behind them."""
    data = parameters.astype(parameters.dtype.newbyteorder("<")).tobytes() + bytes(64)
    return mix(hash_words(START, np.frombuffer(data + bytes(-len(data) % 8), "<u8")))
