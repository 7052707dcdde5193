"""The table of a net's layers, as tenon's summary<Net>() writes it."""

from __future__ import annotations

from typing import Sequence

from tenon_import.cells import Sequence as StepsInSequence
from tenon_import.layers import Container, Layer, walk

TITLES = ("", "Layer", "Output", "Parameters", "Multiply-adds", "Bytes")


def _shape(layer: Layer, steps: int = 0) -> str:
    """Shape of the output, over the steps of a Sequence if the layer is in one."""
    return " x ".join(map(str, [*([steps] if steps else []), *layer.output_shape]))


def summary(layers: Sequence[Layer], bytes_of_number: int) -> str:
    rows: list[tuple[str, ...]] = []
    sequences: dict[str, int] = {}  # the steps of a Sequence, by the beginning of the places in it
    for place, layer in walk(layers):
        steps = next((count for first, count in sequences.items() if place.startswith(first)), 0)
        if isinstance(layer, StepsInSequence):
            sequences[place + "."] = layer.steps
        if isinstance(layer, Container):
            rows.append((place, layer.row_text(), _shape(layer, steps), "", "", ""))
        else:
            count = layer.parameters().size
            rows.append((place, layer.row_text(), _shape(layer, steps), f"{count:,}", f"{layer.multiply_adds * max(steps, 1):,}",
                         f"{count * bytes_of_number:,}"))
    total = sum(layer.parameters().size for layer in layers)
    trainable = sum(layer.trainable for layer in layers)
    footer = [("", "Total", _shape(layers[-1]), f"{total:,}", f"{sum(layer.multiply_adds for layer in layers):,}",
               f"{total * bytes_of_number:,}")]
    if trainable != total:
        footer.append(("", "Trainable", "", f"{trainable:,}", "", ""))
    widths = [max(len(row[column]) for row in [TITLES, *rows, *footer]) for column in range(len(TITLES))]
    line = "-" * (sum(widths) + 2 * (len(widths) - 1))

    def text(row: Sequence[str]) -> str:
        cells = [cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))]
        return "  ".join(cells).rstrip()

    return "\n".join([text(TITLES), line, *map(text, rows), line, *map(text, footer)]) + "\n"
