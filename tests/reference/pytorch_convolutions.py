"""Convolutions with all options, as PyTorch computes them. Needs python3-torch; writes pytorch_convolutions.hpp: of each
layer y, dx, dweight and dbias of two samples, one after another. Parameters, x and dy are small whole numbers, which a
generator makes here and in the test alike, so that all results are whole numbers, and exact."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


class Numbers:
    def __init__(self, seed):
        self.state = seed

    def tensor(self, *shape):
        values = []
        for _ in range(int(np.prod(shape))):
            self.state = (self.state * 75 + 74) % 65537
            values.append(self.state % 7 - 3)
        return torch.tensor(values, dtype=torch.float64).reshape(shape)


def case(shape, out, kernel, stride=None, padding=None, dilation=None, groups=1, bias=True, relu=False, same=False,
         transposed=False, output_padding=None):
    axes, channels = len(kernel), shape[0]
    name = f"Conv{'Transpose' if transposed else ''}{axes}D"

    def numbers(word, values):
        return f"{word}<{', '.join(map(str, values))}>"

    words = [numbers("Shape", shape), str(out), numbers("Kernel", kernel)]
    if groups > 1:
        words.append(f"Groups<{groups}>")
    for word, values in (("Dilation", dilation), ("Stride", stride), ("Padding", padding),
                         ("OutputPadding", output_padding)):
        if values:
            words.append(numbers(word, values))
    words += ["Same"] * same + ["Relu"] * relu + ["NoBias"] * (not bias)
    made = Numbers(1 + sum(map(ord, f"{name}<{', '.join(words)}>".replace(" ", ""))))
    weight = made.tensor(*([channels, out // groups] if transposed else [out, channels // groups]), *kernel)
    b = made.tensor(out) if bias else None
    x = made.tensor(2, *shape)
    for tensor in (weight, x) + ((b,) if bias else ()):
        tensor.requires_grad_()
    options = {"stride": stride or 1, "dilation": dilation or 1, "groups": groups}
    function = getattr(F, f"conv{'_transpose' if transposed else ''}{axes}d")
    if transposed:
        y = function(x, weight, b, padding=padding or 0, output_padding=output_padding or 0, **options)
    elif same and stride:  # TensorFlow's rule
        d = dilation or (1,) * axes
        pads = []
        for i in reversed(range(axes)):
            n = shape[i + 1]
            total = max((-(-n // stride[i]) - 1) * stride[i] + (kernel[i] - 1) * d[i] + 1 - n, 0)
            pads += [total // 2, total - total // 2]
        y = function(F.pad(x, pads), weight, b, **options)
    else:
        y = function(x, weight, b, padding="same" if same else padding or 0, **options)
    y = F.relu(y) if relu else y
    y.backward(made.tensor(*y.shape))
    arrays = [y, x.grad, weight.grad] + ([b.grad] if bias else [])
    values = np.concatenate([a.detach().numpy().flatten() for a in arrays])
    assert np.all(values == values.round()) and abs(values).max() < 30000
    return f"{name}<{', '.join(words)}>", values.astype(int)


IMAGES = [
    case((1, 3, 3), 1, (2, 2)),
    case((2, 4, 5), 3, (3, 3), relu=True),
    case((1, 5, 4), 2, (3, 2), bias=False),
    case((3, 3, 4), 4, (1, 1)),
    case((3, 4, 4), 2, (1, 1), stride=(2, 2)),
    case((2, 4, 4), 2, (3, 3), padding=(1, 1)),
    case((2, 4, 3), 3, (3, 3), padding=(2, 1), relu=True),
    case((1, 3, 4), 2, (2, 3), padding=(1, 2)),
    case((2, 3, 3), 2, (3, 3), padding=(3, 3)),
    case((1, 5, 5), 2, (3, 3), stride=(2, 2)),
    case((2, 6, 5), 2, (3, 3), stride=(2, 2)),
    case((1, 6, 7), 2, (2, 3), stride=(3, 2)),
    case((2, 5, 6), 2, (3, 3), stride=(2, 2), padding=(1, 1)),
    case((2, 5, 6), 3, (2, 2), stride=(3, 3), padding=(1, 0)),
    case((1, 7, 7), 2, (1, 2), stride=(3, 4)),
    case((1, 6, 6), 2, (2, 2), dilation=(2, 3)),
    case((2, 5, 5), 2, (3, 3), dilation=(2, 2), padding=(2, 2)),
    case((1, 6, 7), 2, (3, 3), dilation=(2, 2), stride=(2, 2), padding=(2, 2)),
    case((1, 7, 8), 2, (3, 2), dilation=(2, 3), stride=(3, 2), padding=(1, 2)),
    case((1, 8, 7), 1, (2, 2), dilation=(3, 4), stride=(2, 4), padding=(0, 3)),
    case((1, 3, 3), 1, (2, 2), dilation=(5, 5), padding=(2, 2)),
    case((4, 4, 4), 4, (3, 3), groups=2),
    case((4, 4, 3), 6, (2, 2), groups=2, padding=(1, 1), relu=True),
    case((3, 4, 4), 3, (3, 3), groups=3),
    case((3, 4, 5), 3, (3, 3), groups=3, padding=(1, 1), bias=False),
    case((2, 5, 5), 4, (3, 3), groups=2, stride=(2, 2), padding=(1, 1)),
    case((3, 5, 4), 6, (2, 2), groups=3, dilation=(2, 1), relu=True),
    case((2, 4, 4), 2, (3, 3), same=True),
    case((1, 4, 5), 2, (2, 4), same=True, relu=True),
    case((1, 5, 4), 2, (4, 3), same=True, dilation=(1, 2)),
    case((2, 5, 6), 2, (3, 3), same=True, stride=(2, 2)),
    case((1, 7, 5), 2, (2, 5), same=True, stride=(3, 2)),
    case((1, 6, 6), 2, (2, 2), same=True, stride=(3, 3)),
    case((9, 2, 3), 9, (2, 2)),
    case((17, 2, 2), 3, (1, 1), relu=True),
    case((2, 3, 3), 17, (2, 2), bias=False),
]
SIGNALS = [
    case((1, 5), 1, (3,)),
    case((2, 9), 3, (4,), relu=True),
    case((2, 6), 3, (1,), bias=False),
    case((3, 8), 2, (3,), padding=(1,)),
    case((2, 5), 2, (5,), padding=(4,)),
    case((1, 10), 3, (3,), stride=(2,)),
    case((2, 11), 2, (2,), stride=(3,), padding=(1,)),
    case((1, 9), 2, (1,), stride=(4,)),
    case((2, 9), 2, (3,), dilation=(3,)),
    case((1, 12), 2, (3,), dilation=(2,), stride=(3,), padding=(2,)),
    case((2, 13), 1, (4,), dilation=(3,), stride=(2,), padding=(4,)),
    case((4, 7), 4, (3,), groups=4, padding=(1,), relu=True),
    case((4, 6), 6, (2,), groups=2),
    case((3, 8), 6, (3,), groups=3, stride=(2,), padding=(1,), bias=False),
    case((2, 9), 3, (5,), same=True),
    case((2, 7), 2, (4,), same=True, relu=True),
    case((1, 8), 2, (3,), same=True, dilation=(2,)),
    case((2, 9), 2, (4,), same=True, stride=(3,)),
    case((1, 20), 9, (9,), padding=(4,)),
    case((5, 19), 2, (2,)),
    case((2, 34), 2, (3,), padding=(1,)),
]
TRANSPOSED = [
    case((1, 2, 2), 1, (2, 2), transposed=True),
    case((2, 3, 2), 3, (3, 3), relu=True, transposed=True),
    case((3, 2, 3), 2, (1, 1), bias=False, transposed=True),
    case((2, 3, 3), 2, (3, 3), padding=(1, 1), transposed=True),
    case((2, 2, 3), 3, (2, 2), stride=(2, 2), transposed=True),
    case((2, 3, 2), 2, (3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), relu=True, transposed=True),
    case((1, 3, 3), 2, (2, 3), stride=(3, 2), padding=(0, 1), output_padding=(2, 0), transposed=True),
    case((1, 3, 2), 2, (2, 2), dilation=(2, 3), transposed=True),
    case((2, 2, 3), 2, (3, 2), dilation=(2, 2), stride=(3, 2), padding=(2, 1), output_padding=(1, 0), transposed=True),
    case((4, 2, 2), 6, (2, 2), groups=2, stride=(2, 1), transposed=True),
    case((3, 3, 3), 3, (3, 3), groups=3, stride=(2, 2), padding=(1, 1), output_padding=(0, 1), transposed=True),
    case((2, 4), 3, (3,), transposed=True),
    case((2, 4), 3, (4,), stride=(2,), padding=(1,), relu=True, transposed=True),
    case((1, 5), 2, (2,), stride=(3,), output_padding=(2,), bias=False, transposed=True),
    case((4, 3), 4, (3,), groups=4, dilation=(2,), padding=(1,), transposed=True),
    case((2, 3), 9, (3,), stride=(2,), dilation=(3,), padding=(2,), output_padding=(1,), transposed=True),
]


def write(name, cases):
    lines = [f"using {name} = std::tuple<"]
    for i, (layer, values) in enumerate(cases):
        lines.append(f"    Case<{layer}, " + ", ".join(map(str, values)) + ">" + ("," if i + 1 < len(cases) else ">;"))
    return lines


lines = ["// Convolutions as PyTorch computes them. Made by pytorch_convolutions.py.", "// clang-format off", "#pragma once",
         "", "#include <tenon/tenon.hpp>", "", "#include <tuple>", "", "namespace reference::pytorch_convolutions {", "",
         "/// Of the layer L: y and dx of two samples, dweight, dbias.",
         "template <class L, int... Numbers> struct Case {", "    using Layer = L;",
         "    static constexpr std::array<int, sizeof...(Numbers)> numbers{Numbers...};", "};", "",
         "using namespace tenon;", ""]
for name, cases in (("Images", IMAGES), ("Signals", SIGNALS), ("Transposed", TRANSPOSED)):
    lines += write(name, cases) + [""]
lines += ["} // namespace reference::pytorch_convolutions", ""]
Path(__file__).with_suffix(".hpp").write_text("\n".join(lines))
