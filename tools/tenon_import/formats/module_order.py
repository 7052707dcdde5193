"""The order of the modules of a state_dict, of which a net's layers are made one after another."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

import numpy as np

from tenon_import.errors import ImportProblem


def in_order(tensors: Mapping[str, np.ndarray], given: Optional[Sequence[str]], is_order_kept: bool) -> dict[str, np.ndarray]:
    """The tensors, module by module: in the order that is given, else by number where modules of a module differ by numbers, else in
    the order of the file. Of a file that does not keep the order of the modules, it is given."""
    modules: dict[str, dict[str, np.ndarray]] = {}
    for name, values in tensors.items():
        modules.setdefault(name.rpartition(".")[0], {})[name] = values
    order = list(modules)
    if given is not None:
        if sorted(given) != sorted(order):
            raise ImportProblem(f"--modules names {', '.join(given)}, and its modules are {', '.join(order)}")
        order = list(given)
    elif _are_numbered(order):
        order.sort(key=lambda module: [(int(part), "") if part.isdecimal() else (0, part) for part in module.split(".")])
    elif not is_order_kept:
        raise ImportProblem(f"it has its modules in the order of their names: give the order of the net, as in --modules {','.join(order)}")
    return {name: values for module in order for name, values in modules[module].items()}


def _are_numbered(modules: Sequence[str]) -> bool:
    """Whether modules differ, where their names first differ, by numbers."""
    names = [module.split(".") for module in modules]
    for i, name in enumerate(names):
        for other in names[:i]:
            first, second = next(((a, b) for a, b in zip(name, other) if a != b), ("0", "0"))
            if not (first.isdecimal() and second.isdecimal()):
                return False
    return True
