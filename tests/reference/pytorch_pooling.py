"""Layers that resize images, by PyTorch, in double. Needs python3-torch; writes pytorch_pooling.hpp: the numbers that
samples and derivatives are made of, and of each layer its output and dLoss/dx of two samples."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from emit import header

torch.set_default_dtype(torch.float64)
samples = 2
random = np.random.default_rng(1)
# Of one decimal place, so that windows have equal maxima.
values = random.integers(-20, 21, 2 * 2 * 9 * 11) / 10
derivatives = random.integers(-20, 21, 2 * 2 * 16 * 20) / 10
arrays = {"values": values, "derivatives": derivatives}


def layer(name, shape, module):
    x = torch.tensor(values[:samples * int(np.prod(shape))].reshape(samples, *shape), requires_grad=True)
    y = module(x)
    y.backward(torch.tensor(derivatives[:y.numel()]).reshape(y.shape))
    arrays[name + "_y"] = np.round(y.detach().numpy().reshape(samples, -1), 15)
    arrays[name + "_dx"] = np.round(x.grad.numpy().reshape(samples, -1), 15)


image, large, signal = (2, 5, 6), (1, 9, 11), (2, 11)
layer("max_halves", (2, 4, 6), nn.MaxPool2d(2))
layer("max_steps_of_one", image, nn.MaxPool2d(2, stride=1))
layer("max_overlapping", large, nn.MaxPool2d(3, stride=2, padding=1))
layer("max_differing_axes", image, nn.MaxPool2d((3, 2), stride=(2, 3), padding=(1, 1)))
layer("max_unused", image, nn.MaxPool2d((2, 4), stride=(2, 4)))
layer("max_gaps", large, nn.MaxPool2d((2, 1), stride=(3, 2)))
layer("max_ceil", large, nn.MaxPool2d(3, stride=(3, 2), ceil_mode=True))
layer("max_ceil_padded", image, nn.MaxPool2d(2, stride=2, padding=1, ceil_mode=True))
layer("max_large", large, nn.MaxPool2d(5, stride=3, padding=2))
layer("max_whole", image, nn.MaxPool2d((5, 6)))
layer("max_signal", (2, 12), nn.MaxPool1d(3))
layer("max_signal_overlapping", signal, nn.MaxPool1d(4, stride=2, padding=2))
layer("max_signal_far", signal, nn.MaxPool1d(3, stride=4, ceil_mode=True))

layer("average_halves", (2, 4, 6), nn.AvgPool2d(2))
layer("average_steps_of_one", image, nn.AvgPool2d((3, 2), stride=1))
layer("average_overlapping", large, nn.AvgPool2d(3, stride=2, padding=1))
layer("average_without_padding", large, nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False))
layer("average_differing_axes", image, nn.AvgPool2d((3, 2), stride=(2, 3), padding=(1, 1), count_include_pad=False))
layer("average_unused", image, nn.AvgPool2d((2, 4), stride=(2, 4)))
layer("average_ceil", image, nn.AvgPool2d((2, 4), ceil_mode=True))
layer("average_ceil_padded", image, nn.AvgPool2d(2, stride=2, padding=1, ceil_mode=True))
layer("average_ceil_without_padding", large, nn.AvgPool2d(4, stride=3, padding=2, ceil_mode=True, count_include_pad=False))
layer("average_large", large, nn.AvgPool2d(5, stride=3, padding=2))
layer("average_signal", (2, 12), nn.AvgPool1d(3))
layer("average_signal_padded", signal, nn.AvgPool1d(4, stride=2, padding=2))

layer("global_average", image, nn.AdaptiveAvgPool2d(1))
layer("global_maximum", large, nn.AdaptiveMaxPool2d(1))
layer("global_average_of_signal", signal, nn.AdaptiveAvgPool1d(1))
layer("global_maximum_of_signal", signal, nn.AdaptiveMaxPool1d(1))

layer("nearest", image, nn.Upsample(scale_factor=2, mode="nearest"))
layer("nearest_differing_axes", image, nn.Upsample(scale_factor=(1, 3), mode="nearest"))
layer("nearest_signal", signal, nn.Upsample(scale_factor=3, mode="nearest"))
layer("bilinear", image, nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False))
layer("bilinear_differing_axes", image, nn.Upsample(scale_factor=(3, 1), mode="bilinear", align_corners=False))
layer("bilinear_corners", image, nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=True))
layer("linear_signal", signal, nn.Upsample(scale_factor=2, mode="linear", align_corners=False))
layer("linear_signal_corners", signal, nn.Upsample(scale_factor=3, mode="linear", align_corners=True))

layer("zeros", image, nn.ZeroPad2d((2, 2, 1, 1)))
layer("zeros_on_sides", image, nn.ZeroPad2d((3, 0, 1, 2)))
layer("reflect", image, nn.ReflectionPad2d((4, 5, 3, 2)))
layer("replicate", image, nn.ReplicationPad2d((4, 2, 0, 3)))
layer("circular", image, lambda x: F.pad(x, (6, 2, 1, 5), mode="circular"))
layer("zeros_of_signal", signal, nn.ConstantPad1d((2, 0), 0))
layer("reflect_signal", signal, nn.ReflectionPad1d((3, 3)))
layer("replicate_signal", signal, nn.ReplicationPad1d((0, 4)))

header("pytorch_pooling", f"Layers that resize images, computed by PyTorch {torch.__version__}", arrays)
