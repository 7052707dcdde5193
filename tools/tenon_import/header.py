"""Writes a net as a C++ header: the text that tenon's write_header writes."""

from __future__ import annotations

import re
from typing import Sequence

import numpy as np

from tenon_import.cells import has_state
from tenon_import.checksum import checksum
from tenon_import.errors import ImportProblem
from tenon_import.layers import Container, Layer, walk
from tenon_import.summary import summary
from tenon_import.wavenet import WaveNet

_keywords = set(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class co_await co_return "
    "co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast "
    "else enum explicit export extern false float for friend goto if inline int long main mutable namespace new noexcept not not_eq "
    "nullptr operator or or_eq private protected public register reinterpret_cast requires return short signed sizeof static "
    "static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned using "
    "virtual void volatile wchar_t while xor xor_eq std tenon boost xsimd linux unix assert errno signals slots".split())


def check_name(name: str) -> None:
    """Refuses a name that no variable of a program may have. Others that are taken, the compiler refuses."""
    for part in name.split("::"):
        is_name = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", part) and "__" not in part
        if not is_name or part in _keywords or part.upper() == part:
            raise ImportProblem(f'a C++ variable cannot be called "{name}": give another name with --name.')


def default_name(stem: str) -> str:
    """A name for a constant from the name of a file."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_").lower()
    return ("net_" + name if not name or name[0].isdigit() else name) + ("" if name.endswith("net") else "_net")


def _type_name(name: str) -> str:
    """XorNet for xor_net, XorGateNet for xor_gate."""
    words = [word[:1].upper() + word[1:] for word in name.split("_")]
    type_name = "".join(words)
    if not type_name.endswith("Net") or type_name == "Net":
        type_name += "Net"
    return type_name + "Type" if type_name == name else type_name


def type_text(layers: Sequence[Layer], is_double: bool, prefix: str = "tenon::") -> str:
    """The C++ type of a net."""
    inner = ", ".join(layer.text(prefix) for layer in layers)
    return f"{prefix}NetOf<double, {inner}>" if is_double else f"{prefix}Net<{inner}>"


def literal(value: np.floating) -> str:
    """The shortest literal that is read back as the same bits, as std::to_chars writes it."""
    scientific = np.format_float_scientific(value, unique=True, trim="-", exp_digits=2)
    fixed = np.format_float_positional(value, unique=True, trim="-")
    if "." not in fixed:  # every digit of a large number, where the shortest digits end in zeros
        fixed = str(int(value)) if value else ("-0" if np.signbit(value) else "0")
    text = scientific if len(scientific) < len(fixed) else fixed
    if not any(c in text for c in ".e"):
        text += "."
    return text + "f" if value.dtype == np.float32 else text


def _lines_of(values: np.ndarray) -> str:
    lines, column = [], 110
    for value in values:
        number = literal(value) + ","
        if column + 1 + len(number) <= 110:
            lines.append(" " + number)
            column += 1 + len(number)
        else:
            lines.append("\n    " + number)
            column = 4 + len(number)
    return "".join(lines)


def header(layers: Sequence[Layer], name: str, is_double: bool, version: str) -> str:
    """The text of a header with the net as a constant."""
    check_name(name)
    spaces, _, short = name.rpartition("::")
    type_name = _type_name(short)
    qualify = lambda what: f"{spaces}::{what}" if spaces else what
    number = np.float64 if is_double else np.float32
    values, places = [], []
    for place, layer in walk(layers):
        if isinstance(layer, Container) or layer.parameters().size == 0:
            continue
        with np.errstate(over="ignore"):
            converted = layer.parameters().astype(number)
        if not np.isfinite(converted).all():
            index = int(np.argmin(np.isfinite(converted)))
            raise ImportProblem(f"layer {place}, {layer.text('')}: parameter {index} is {layer.parameters()[index]}, and a constant "
                                "needs finite numbers.")
        values.append(converted)
        places.append(f"\n    // {place}  {layer.text('')}" + _lines_of(converted))
    table = summary(layers, np.dtype(number).itemsize)
    count = sum(v.size for v in values)
    text = f"// clang-format off\n// {type_name}, a trained net, written by tenon {version}. Use it in any C++20 program:\n//\n"
    call = f"{qualify(short)}(x)"
    if any(map(has_state, layers)):
        text += f"//     tenon::State<{qualify(type_name)}> state;    // of one stream of inputs\n"
        call = f"{qualify(short)}.step(state, x)"
    text += f"//     {qualify(type_name)}::Output y = {call};    // x is a {qualify(type_name)}::Input\n//\n"
    text += "".join(f"//     {line}\n" for line in table.splitlines())
    has_wavenet = any(isinstance(layer, WaveNet) for _, layer in walk(layers))  # not in tenon.hpp
    text += f"#pragma once\n\n#include <tenon/{'wavenet' if has_wavenet else 'tenon'}.hpp>\n\n"
    if spaces:
        text += f"namespace {spaces} {{\n\n"
    text += f"using {type_name} = {type_text(layers, is_double)};\n"
    text += f'static_assert({type_name}::parameter_count == {count}, "{short} was written for another version of tenon");\n\n'
    text += "// Layer after layer, each in the order of its tensors; weights are [in][out].\n"
    text += f"inline constexpr {type_name} {short} = {{{{" + "".join(places) + "\n}};\n"
    number_of = checksum(np.concatenate(values)) if values else checksum(np.zeros(0, number))
    text += f'static_assert(tenon::has_checksum({short}, 0x{number_of:016x}),\n'
    text += f'              "the numbers of {short} have changed since they were written");\n'
    if spaces:
        text += f"\n}} // namespace {spaces}\n"
    return text
