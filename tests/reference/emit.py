"""Writes arrays of numbers as C++ headers."""

from pathlib import Path

import numpy as np


def header(script, text, arrays):
    """Writes tests/reference/<script>.hpp: each array as a std::array of doubles, nested by its axes."""
    def literal(values):
        if values.ndim == 0:
            return repr(float(values))
        inner = ", ".join(literal(value) for value in values)
        return "{" + inner + "}" if values.ndim == 1 else "{{" + inner + "}}"

    def array_type(shape):
        return f"std::array<{array_type(shape[1:])}, {shape[0]}>" if shape else "double"

    lines = [f"// {text}. Made by {script}.py.", "// clang-format off", "#pragma once", "", "#include <array>", "",
             f"namespace reference::{script} {{", ""]
    for name, values in arrays.items():
        values = np.asarray(values, dtype=np.float64)
        lines.append(f"inline constexpr {array_type(values.shape)} {name} = {literal(values)};")
    lines += ["", f"}} // namespace reference::{script}", ""]
    Path(__file__).with_name(f"{script}.hpp").write_text("\n".join(lines))
