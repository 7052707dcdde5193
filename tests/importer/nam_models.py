"""Models of Neural Amp Modeler, and what its own core computes of them."""

from __future__ import annotations

import numpy as np

STEPS = 40
_LEAKY = {"type": "LeakyReLU", "negative_slope": 0.03}
_MIXED = {"activation": [_LEAKY, _LEAKY, "Softsign"], "gating_mode": ["none", "none", "gated"],
          "secondary_activation": [None, None, "Sigmoid"], "head": {"out_channels": 1, "kernel_size": 4, "bias": True},
          "bottleneck": 3, "layer1x1": {"active": True, "groups": 1}, "head1x1": {"active": False, "out_channels": 1, "groups": 1},
          "conv_pre_film": {"active": False, "shift": True, "groups": 1}}


def _numbers(count: int, first: float) -> np.ndarray:
    """Numbers between -0.5 and 0.5 that do not repeat."""
    return np.round(0.5 * np.sin(first + 1.3 * np.arange(count) + 0.01 * np.arange(count) ** 2), 4)


def inputs(channels: int) -> np.ndarray:
    """A sequence of STEPS steps, as a row."""
    return _numbers(STEPS * channels, 0.2)[None]


def array(channels: int, head: int, kernel: int | list[int], dilations: list[int], takes: int = 1, inputs: int = 1) -> dict:
    return {"input_size": takes, "condition_size": inputs, "head_size": head, "channels": channels, "dilations": dilations,
            "kernel_sizes" if isinstance(kernel, list) else "kernel_size": kernel, "activation": "Tanh", "gated": False,
            "head_bias": False}


def model(architecture: str, config: dict, count: int) -> dict:
    weights = _numbers(count, 0.7)
    if config.get("batchnorm"):
        weights = np.abs(weights)  # so that variances are positive
    return {"version": "0.7.0", "architecture": architecture, "config": config, "weights": list(weights), "sample_rate": 48000}


def wavenet(count: int, *arrays: dict, **more) -> dict:
    return model("WaveNet", {"layers": list(arrays), "head": None, "head_scale": 0.5, **more}, count)


def models() -> dict[str, tuple[dict, str]]:
    """Models, and the types of their nets."""
    conv_net = lambda count, batchnorm: model("ConvNet", {"channels": 4, "dilations": [1, 3], "batchnorm": batchnorm,
                                                          "activation": "ReLU"}, count)
    sizes = [{"max_value": value, "model": wavenet(count, array(channels, 1, 2, [1, 2]))}
             for value, channels, count in ((0.5, 2, 41), (1.0, 3, 79))]
    conv_net_type = "Net<CausalConv<1, 4, Kernel<2>, Relu>, CausalConv<4, 4, Kernel<2>, Relu, Dilation<3>>, Dense<4, 1>>"
    return {
        "wavenet": (wavenet(145, array(3, 2, 3, [1, 4]), array(2, 1, 2, [2, 1], takes=3) | {"head_bias": True}),
                    "Net<WaveNet<1, SkipLayers<3, 2, Kernel<3>, Dilations<1, 4>>, SkipLayers<2, 1, Kernel<2>, Dilations<2, 1>>>>"),
        "gated": (wavenet(127, array(3, 1, 2, [1, 2]) | {"gated": True, "activation": "SiLU"}),
                  "Net<WaveNet<1, SkipLayers<3, 1, Kernel<2>, Dilations<1, 2>, Silu, WithGate>>>"),
        "channels": (wavenet(91, array(3, 2, 2, [1, 2], takes=2, inputs=2), in_channels=2),
                     "Net<WaveNet<2, SkipLayers<3, 2, Kernel<2>, Dilations<1, 2>>>>"),
        "mixed": (wavenet(176, array(3, 1, [2, 3, 3], [1, 2, 5]) | _MIXED),
                  "Net<WaveNet<1, SkipLayers<3, 3, Kernel<2>, Dilations<1>, LeakyReluWith<std::ratio<3, 100>>>, "
                  "SkipLayers<3, 3, Kernel<3>, Dilations<2>, LeakyReluWith<std::ratio<3, 100>>>, "
                  "SkipLayers<3, 3, Kernel<3>, Dilations<5>, Softsign, WithGate>>, CausalConv<3, 1, Kernel<4>>>"),
        "lstm": (model("LSTM", {"input_size": 1, "hidden_size": 3, "num_layers": 2}, 160),
                 "Net<TrainedState<LSTM<1, 3>>, TrainedState<LSTM<3, 3>>, Dense<3, 1>>"),
        "conv_net": (conv_net(53, False), conv_net_type),
        "conv_net_normalised": (conv_net(79, True), conv_net_type),
        "linear": (model("Linear", {"receptive_field": 5, "bias": True}, 6), "Net<CausalConv<1, 1, Kernel<5>>>"),
        "sizes": (model("SlimmableContainer", {"submodels": sizes}, 0),
                  "Net<WaveNet<1, SkipLayers<3, 1, Kernel<2>, Dilations<1, 2>>>>"),
    }


# The last four outputs for `inputs` by NeuralAmpModelerCore, without prewarming.
OUTPUTS = {
    "wavenet": [-0.1150579, -0.1145193, -0.1154281, -0.1169718],
    "gated": [-0.03347414, -0.0290849, -0.04015386, -0.03404448],
    "channels": [0.08457158, -0.07292294, 0.1471056, -0.1262713],
    "mixed": [0.04637241, 0.1381619, 0.105932, 0.02653819],
    "lstm": [0.5432152, 0.5429218, 0.5433046, 0.5432727],
    "conv_net": [-0.1122237, -0.06141886, -0.02575442, -0.07923433],
    "conv_net_normalised": [0.49573, 0.4076582, 0.5718993, 0.5180076],
    "linear": [0.7506223, 0.4000627, 0.2391576, 0.6982104],
    "sizes": [0.03505721, 0.03758294, 0.04111457, 0.03468741],
}
