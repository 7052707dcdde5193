"""Writes arrays of numbers as C++ headers."""

from pathlib import Path

import numpy as np


def header(script, text, arrays):
    """tests/reference/<script>.hpp: each array as std::array of doubles, nested as its axes are."""
    def literal(values):
        if values.ndim == 0:
            return repr(float(values))
        inner = ", ".join(literal(value) for value in values)
        return "{" + inner + "}" if values.ndim == 1 else "{{" + inner + "}}"

    def kind(shape):
        return f"std::array<{kind(shape[1:])}, {shape[0]}>" if shape else "double"

    lines = [f"// {text}. Made by {script}.py.", "// clang-format off", "#pragma once", "", "#include <array>", "",
             f"namespace reference::{script} {{", ""]
    for name, values in arrays.items():
        values = np.asarray(values, dtype=np.float64)
        lines.append(f"inline constexpr {kind(values.shape)} {name} = {literal(values)};")
    lines += ["", f"}} // namespace reference::{script}", ""]
    Path(__file__).with_name(f"{script}.hpp").write_text("\n".join(lines))
