"""Small nets trained over full batches in double: by SciPy's least_squares with the analytic Jacobian, by PyTorch's LBFGS,
and a linear neuron by NumPy's lstsq. Needs python3-torch and python3-scipy; writes second_order.hpp: samples, parameters at the
start and at the end in tenon's order, and mean losses. `second_order.py times` prints the CPU time of SciPy instead
(with OMP_NUM_THREADS=1)."""

import sys
import time

import numpy as np
import torch
from scipy.optimize import least_squares

from emit import header

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Mlp:
    """Dense layers with tanh between them. Parameters: of each layer the weights [in][out], then the biases."""

    def __init__(self, *sizes):
        self.sizes = sizes

    def start(self, random):
        return np.concatenate([np.concatenate([random.uniform(-1, 1, i * o) * np.sqrt(6 / (i + o)), np.zeros(o)])
                               for i, o in zip(self.sizes, self.sizes[1:])])

    def layers(self, p):
        at = 0
        for i, o in zip(self.sizes, self.sizes[1:]):
            yield p[at:at + i * o].reshape(i, o), p[at + i * o:at + i * o + o]
            at += i * o + o

    def values(self, p, x):
        values = [x]
        for w, b in self.layers(p):
            values.append(values[-1] @ w + b)
            if len(values) < len(self.sizes):
                values[-1] = np.tanh(values[-1])
        return values

    def residuals(self, p, x, t):
        return (self.values(p, x)[-1] - t).ravel()

    def jacobian(self, p, x, t):
        values, layers = self.values(p, x), list(self.layers(p))
        samples, outputs = len(x), self.sizes[-1]
        dz, parts = np.broadcast_to(np.eye(outputs), (samples, outputs, outputs)), []
        for index in range(len(layers) - 1, -1, -1):
            y = values[index]
            parts.insert(0, dz)
            parts.insert(0, (y[:, None, :, None] * dz[:, :, None, :]).reshape(samples, outputs, -1))
            dz = (dz @ layers[index][0].T) * (1 - y[:, None, :] ** 2)
        return np.concatenate(parts, axis=2).reshape(samples * outputs, -1)


random = np.random.default_rng(7)
net = Mlp(2, 3, 2)
x = random.uniform(-2, 2, (80, 2))
source = 1.5 * random.normal(size=17)  # the minimum lies near these parameters
t = net.values(source, x)[-1] + 0.05 * random.normal(size=(80, 2))
start = source + 0.3 * random.normal(size=17)
sine_net = Mlp(1, 16, 16, 1)
sine_start = sine_net.start(random)
tight = dict(ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=2000)


def scipy_fit(method, x_scale="jac", jacobian=net.jacobian):
    return least_squares(net.residuals, start, jacobian, method=method, x_scale=x_scale, args=(x, t), **tight)


def scipy_sine(method, samples, x_scale="jac", by_differences=False):
    """least_squares of a sine until the mean squared error is at most 1e-8; the number of evaluations, and the error."""
    class Reached(Exception):
        pass

    evaluations, error = 0, 1.
    sine_x = np.linspace(-np.pi, np.pi, samples)[:, None]

    def residuals(p):
        nonlocal evaluations, error
        r = sine_net.residuals(p, sine_x, np.sin(sine_x))
        evaluations, error = evaluations + 1, r @ r / len(r)
        if error <= 1e-8:
            raise Reached
        return r
    try:
        least_squares(residuals, sine_start,
                      "2-point" if by_differences else lambda p: sine_net.jacobian(p, sine_x, np.sin(sine_x)),
                      method=method, x_scale=x_scale, **tight)
    except Reached:
        pass
    return evaluations, error


if sys.argv[1:] == ["times"]:
    for name, run in [("2-3-2 lm", lambda: scipy_fit("lm")), ("2-3-2 trf", lambda: scipy_fit("trf")),
                      ("2-3-2 without arguments", lambda: scipy_fit("trf", 1.0, "2-point")),
                      ("sine of 200 samples, without arguments", lambda: scipy_sine("trf", 200, 1.0, True)),
                      ("sine of 400 samples, without arguments", lambda: scipy_sine("trf", 400, 1.0, True)),
                      ("sine of 200 samples, trf", lambda: scipy_sine("trf", 200)),
                      ("sine of 400 samples, trf", lambda: scipy_sine("trf", 400)),
                      ("sine of 400 samples, lm", lambda: scipy_sine("lm", 400))]:
        times = []
        for _ in range(3):
            begin = time.process_time()
            result = run()
            times.append(time.process_time() - begin)
        if not isinstance(result, tuple):
            result = result.nfev, 2 * result.cost / t.size
        print(f"{name}: {1e3 * min(times):.2f} ms, evaluations and mean squared error", *result)
    sys.exit()


def torch_losses():
    """Mean squared error and parameters after 1, 2, 5, 10 and 30 steps of LBFGS that remembers four."""
    p = torch.tensor(start, requires_grad=True)
    xs, ts = torch.tensor(x), torch.tensor(t)
    fitter = torch.optim.LBFGS([p], history_size=4, max_iter=1, max_eval=1000, tolerance_grad=0, tolerance_change=0,
                               line_search_fn="strong_wolfe")

    def loss():
        y, at = xs, 0
        for i, o in zip(net.sizes, net.sizes[1:]):
            y = y @ p[at:at + i * o].reshape(i, o) + p[at + i * o:at + i * o + o]
            at += i * o + o
            if at < len(p):
                y = torch.tanh(y)
        return ((y - ts) ** 2).mean()

    def closure():
        fitter.zero_grad()
        value = loss()
        value.backward()
        return value

    losses, parameters = [], []
    for step in range(1, 31):
        fitter.step(closure)
        if step in (1, 2, 5, 10, 30):
            losses.append(loss().item())
            parameters.append(p.detach().numpy().copy())
    return losses, parameters


best = scipy_fit("lm")
losses, parameters = torch_losses()
linear_x = random.normal(size=(20, 3))
linear_t = linear_x @ [1, -2, 0.5] + 3 + 0.3 * random.normal(size=20)
solution, squares, *_ = np.linalg.lstsq(np.column_stack([linear_x, np.ones(20)]), linear_t, rcond=None)
header("second_order", "What SciPy, PyTorch and NumPy make of small nets over full batches", dict(
    x=x, t=t, start=start, minimum=best.x, minimum_loss=2 * best.cost / t.size,
    jacobian=net.jacobian(start, x, t)[:4], lbfgs_losses=losses, lbfgs_parameters=parameters,
    linear_x=linear_x, linear_t=linear_t[:, None], linear_solution=solution, linear_loss=squares[0] / 20,
    sine_start=sine_start))
print("gradient at the minimum", np.abs(best.jac.T @ best.fun).max(), "evaluations", best.nfev, best.message)
