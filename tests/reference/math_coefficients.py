#!/usr/bin/python3
"""Prints the polynomial coefficients of include/tenon/math, computed by the Remez exchange algorithm with 60 digits.

Coefficients are rounded to float or double in two ways: all at once, or one after the other, lowest power first, with
the remaining ones fitted again after each. The better result is printed, with the error of the rounded polynomial.
"""
import struct
import sys

from mpmath import mp, mpf, mpmathify

mp.dps = 60
LN2 = mp.log(2)


def rounded(value, scalar):
    if scalar == "double":
        return mpf(float(value))
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def solve(points, values, weights, powers):
    """Solves weight * (value - sum c x^power) = +-e, with alternating signs at the points, for c and e; returns c."""
    rows = mp.matrix(len(points), len(powers) + 1)
    for i, x in enumerate(points):
        for j, power in enumerate(powers):
            rows[i, j] = x**power
        rows[i, len(powers)] = (-1) ** i / weights[i]
    return list(mp.lu_solve(rows, mp.matrix(values)))[:-1]


def remez(f, weight, low, high, powers):
    """The minimax polynomial over `powers`: the least maximum of weight * |f - polynomial| on [low, high]."""
    count = len(powers) + 1
    grid = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (i + mpf(1) / 2) / 400) for i in range(400)]
    values = [f(x) for x in grid]
    weights = [weight(x) for x in grid]
    chosen = [round((i + 0.5) * (len(grid) - 1) / count) for i in range(count)]
    for _ in range(30):
        c = solve([grid[i] for i in chosen], [values[i] for i in chosen], [weights[i] for i in chosen], powers)
        errors = [w * (v - sum(a * x**p for a, p in zip(c, powers))) for x, v, w in zip(grid, values, weights)]
        runs = []  # the index of the largest error in each run of errors with equal signs
        for i, error in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (error > 0):
                if abs(error) > abs(errors[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        while len(runs) > count:
            runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
        if len(runs) < count or runs == chosen:
            break
        chosen = runs
    return c, max(abs(e) for e in errors)


def fit(name, scalar, f, weight, low, high, count):
    low, high = mpmathify(low), mpmathify(high)
    grid = [low + (high - low) * i / 1000 for i in range(1, 1000)]

    def error(c):
        return max(weight(x) * abs(f(x) - mp.polyval(c[::-1], x)) for x in grid)

    best = [rounded(a, scalar) for a in remez(f, weight, low, high, range(count))[0]]
    if low * high >= 0 or count < 8:  # without the lower powers, the exchange may not converge on an interval with 0
        fixed = []
        for k in range(count):
            c, _ = remez(lambda x: f(x) - mp.polyval(fixed[::-1], x), weight, low, high, range(k, count))
            fixed.append(rounded(c[0], scalar))
        best = min(best, fixed, key=error)
    print(f"{name}, {scalar}, {count} coefficients, relative error 2^{float(mp.log(error(best), 2)):.1f}")
    digits, suffix = (9, "f") if scalar == "float" else (17, "")
    text = [f"{mp.nstr(a, digits, min_fixed=-1, max_fixed=1)}{suffix}" for a in best]
    print("    {" + ", ".join(text) + "}\n")


def series(f, terms):
    """f, but near zero its Taylor series, because f may suffer from cancellation there."""
    c = [mp.mpf(t) for t in terms]
    return lambda x: f(x) if abs(x) > mpf(10) ** -8 else sum(a * x**k for k, a in enumerate(c))


def split_ln2(scalar, bits):
    """ln 2 = high + low, where high has so few fractional bits (`bits`) that its product with an exponent is exact."""
    high = mp.floor(LN2 * 2**bits) / 2**bits
    print(f"ln2, {scalar}: {mp.nstr(high, 20)}, {mp.nstr(rounded(LN2 - high, scalar), 20)}\n")


half_ln2 = LN2 / 2 * mpf("1.0001")

# e^r = 1 + r + r^2 h(r); the error is relative to e^r - 1, because tanh and expm1 use it
exp_remainder = series(lambda r: (mp.exp(r) - 1 - r) / r**2, [mpf(1) / 2, mpf(1) / 6, mpf(1) / 24])
# log((1 + s) / (1 - s)) = 2 s + s z l(z), z = s^2
log_remainder = series(lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z, [mpf(2) / 3, mpf(2) / 5, mpf(2) / 7])
s_limit = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)

split_ln2("float", 16)
split_ln2("double", 42)
for scalar, exp_count, log_count in (("float", 6, 4), ("double", 11, 7)):
    # In float, sigmoid uses slightly larger r (sigmoid_log2_e): e^r is then further from 0.7, where ulps are largest
    top = half_ln2 + (mpf("0.06") if scalar == "float" else 0)
    fit("exp", scalar, exp_remainder, lambda r: r * r / abs(mp.expm1(r)) if r else mpf(0), -half_ln2, top, exp_count)
    fit("log", scalar, log_remainder, lambda z: z / 2, mpf(10) ** -9, s_limit**2, log_count)

fit("exp_short", "float", exp_remainder, lambda r: r * r / abs(mp.expm1(r)) if r else mpf(0), -half_ln2, half_ln2, 5)

# Phi(-t) = e^(-t^2/2) g(y) / (t + 5/4), y = (t - a) / (t + a); g is between 0.39 and 0.63, and flat at t = 0
def tail(a):
    t = lambda y: a * (1 + y) / (1 - y)
    return lambda y: mp.ncdf(-t(y)) * mp.exp(t(y) ** 2 / 2) * (t(y) + mpf(5) / 4)


for scalar, a, limit, count in (("float", 4, mpf("13.4"), 12), ("double", 5, 38, 22)):
    g = tail(a)
    fit("tail", scalar, g, lambda y: 1 / g(y), -1, (limit - a) / (limit + a), count)
