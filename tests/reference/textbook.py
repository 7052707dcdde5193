"""The textbooks' networks trained for 100 steps by plain NumPy in double; writes textbook.hpp.

Weights are W[output, input], as in the textbooks. Each network is stored before and after training, as one flat array
of [W.T, b] layer after layer: the order of tenon's parameters().
"""

import numpy as np

from emit import header

arrays = {}
random = np.random.default_rng(1986)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def start(*sizes, bias=True):
    """Random weights and biases, multiples of 1/1024, which are exact in float and double."""
    draw = lambda *shape: np.round(random.uniform(-1, 1, shape) * 1024) / 1024
    return [(draw(o, i), draw(o) if bias else None) for i, o in zip(sizes, sizes[1:])]


def flat(layers):
    return np.concatenate([np.concatenate([w.T.ravel(), [] if b is None else b]) for w, b in layers])


def descend(layers, gradients, rate):
    return [(w - rate * dw, b if b is None else b - rate * db) for (w, b), (dw, db) in zip(layers, gradients)]


def store(name, layers, step):
    arrays[name + "_before"] = flat(layers)
    losses = []
    for _ in range(100):
        loss, layers = step(layers)
        losses.append(loss)
    arrays[name + "_after"] = flat(layers)
    arrays[name + "_loss"] = losses[-1]


def forward(layers, x, activations):
    """x, then the outputs of every layer for the rows of x."""
    values = [x]
    for (w, b), activation in zip(layers, activations):
        values.append(activation(values[-1] @ w.T + (0 if b is None else b)))
    return values


def backward(layers, values, derivatives, dy):
    """Gradients of all layers. dy is dLoss/dy of the last layer; `derivatives` are dy/dz as functions of y."""
    gradients = []
    for (w, b), x, y, derivative in reversed(list(zip(layers, values, values[1:], derivatives))):
        dz = dy * derivative(y)
        gradients.append((dz.T @ x, None if b is None else dz.sum(axis=0)))
        dy = dz @ w
    return gradients[::-1]


sigmoid_derivative = lambda y: y * (1 - y)
xor_x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
xor_t = np.array([[0], [1], [1], [0]], dtype=float)


def xor_step(layers):
    values = forward(layers, xor_x, [sigmoid, sigmoid])
    error = values[-1] - xor_t
    gradients = backward(layers, values, [sigmoid_derivative, sigmoid_derivative], error / 4)
    return np.mean(0.5 * error**2), descend(layers, gradients, 0.5)


store("xor_without_biases", start(2, 3, 1, bias=False), xor_step)
store("xor", start(2, 3, 1), xor_step)

# 3-4-2, ReLU, mean squared error, one sample. Two or three of the four hidden units are active at the start.
x, t = np.array([[0.5, -0.25, 0.75]]), np.array([[0.25, -0.5]])
relu, relu_derivative = lambda z: np.maximum(z, 0), lambda y: (y > 0) * 1.0
identity, identity_derivative = lambda z: z, lambda y: np.ones_like(y)


def relu_step(layers):
    values = forward(layers, x, [relu, identity])
    error = values[-1] - t
    gradients = backward(layers, values, [relu_derivative, identity_derivative], 2 * error / 2)
    return np.mean(error**2), descend(layers, gradients, 0.05)


layers = start(3, 4, 2)
assert np.count_nonzero(forward(layers, x, [relu, identity])[1]) in (2, 3)
store("relu", layers, relu_step)

# One linear neuron w x + b, full batch; and two inputs, one output.
for name, inputs in (("neuron", 1), ("linear", 2)):
    xs = np.round(random.uniform(-1, 1, (8, inputs)) * 1024) / 1024
    ts = xs @ np.array([[1.5], [-0.75]])[:inputs] + 0.25
    arrays[name + "_x"], arrays[name + "_t"] = xs, ts

    def linear_step(layers):
        values = forward(layers, xs, [identity])
        error = values[-1] - ts
        gradients = backward(layers, values, [identity_derivative], 2 * error / len(xs))
        return np.mean(error**2), descend(layers, gradients, 0.1)

    store(name, start(inputs, 1), linear_step)

# Log-likelihood: logistic regression of two classes, and softmax regression of three, with class indices as targets.
xs = np.round(random.uniform(-1, 1, (9, 3)) * 1024) / 1024
ys = np.array([0, 1, 2, 2, 0, 1, 1, 2, 0])
arrays["class_x"], arrays["class_index"] = xs, ys


def logistic_step(layers):
    y = forward(layers, xs, [sigmoid])[-1]
    t = (ys == 1)[:, None] * 1.0
    (w, b), = layers
    loss = -np.mean(t * np.log(y) + (1 - t) * np.log(1 - y))
    dz = (y - t) / len(xs)
    return loss, descend(layers, [(dz.T @ xs, dz.sum(axis=0))], 0.5)


def softmax_step(layers):
    (w, b), = layers
    z = xs @ w.T + b
    exponentials = np.exp(z - z.max(axis=1, keepdims=True))
    y = exponentials / exponentials.sum(axis=1, keepdims=True)
    dz = (y - np.eye(3)[ys]) / len(xs)
    return -np.mean(np.log(y[range(9), ys])), descend(layers, [(dz.T @ xs, dz.sum(axis=0))], 0.5)


store("logistic", start(3, 1), logistic_step)
store("log_softmax", start(3, 3), softmax_step)

header("textbook", "The textbooks' networks before and after 100 steps, by NumPy in double", arrays)
