#!/usr/bin/env python3
"""Writes sklearn_metrics.hpp: metrics of scikit-learn for scores with ties, absent classes and regressions.

    /usr/bin/python3 tests/reference/sklearn_metrics.py > tests/reference/sklearn_metrics.hpp

Made with scikit-learn 1.2.1.
"""
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")
random = np.random.default_rng(1)


def numbers(values):
    return ", ".join(repr(float(v)) for v in values)


def rows(values):
    return ",\n    ".join("{" + numbers(row) + "}" for row in values)


def constant(name, value):
    print(f"inline constexpr double {name} = {float(value)!r};")


def scores(prefix, truth, predicted, **how):
    for name, function in ("precision", metrics.precision_score), ("recall", metrics.recall_score), ("f1", metrics.f1_score):
        constant(f"{prefix}_{name}", function(truth, predicted, **how))


print("// Metrics of scikit-learn, written by sklearn_metrics.py.\n// clang-format off\n#pragma once\n\n#include <array>\n")
print("namespace sklearn {\n")

# Two classes: scores in steps of 1/16, so that many are equal.
n = 60
labels = random.integers(0, 2, n)
score = np.round(np.clip(0.35 * labels + random.random(n) * 0.65, 0, 1) * 16) / 16
print(f"inline constexpr std::array<int, {n}> binary_labels{{{', '.join(map(str, labels))}}};")
print(f"inline constexpr std::array<double, {n}> binary_scores{{{numbers(score)}}};")
predicted = (score > 0.5).astype(int)
constant("binary_accuracy", metrics.accuracy_score(labels, predicted))
constant("binary_auc", metrics.roc_auc_score(labels, score))
scores("binary", labels, predicted)
scores("binary_macro", labels, predicted, average="macro")
scores("binary_of_0", labels, predicted, pos_label=0)
constant("none_predicted_f1", metrics.f1_score(labels, np.zeros(n)))
constant("none_predicted_macro_f1", metrics.f1_score(labels, np.zeros(n), average="macro"))

# Five classes, of which class 3 has no samples and class 4 neither samples nor predictions.
n = 50
labels = random.integers(0, 3, n)
score = np.round(random.random((n, 5)) * 8) / 8 * [1, 1, 1, 1.2, 0.1]
score[np.arange(n), labels] += 0.25
predicted = np.argmax(score, axis=1)
assert 3 in predicted and 4 not in predicted
print(f"inline constexpr std::array<int, {n}> multi_labels{{{', '.join(map(str, labels))}}};")
print(f"inline constexpr std::array<std::array<double, 5>, {n}> multi_scores{{{{\n    {rows(score)}}}}};")
constant("multi_accuracy", metrics.accuracy_score(labels, predicted))
scores("multi", labels, predicted, average="macro")
scores("multi_of_2", labels, predicted, average="macro", labels=[2])
for k in 1, 2, 3, 4:
    constant(f"multi_top_{k}", metrics.top_k_accuracy_score(labels, score, k=k, labels=range(5)))

# All of four classes occur. scikit-learn wants probabilities.
n = 40
labels = np.concatenate([np.arange(4), random.integers(0, 4, n - 4)])
score = np.round(random.random((n, 4)) * 4 + 2 * np.eye(4)[labels])
score = score / score.sum(axis=1, keepdims=True)
print(f"inline constexpr std::array<int, {n}> ovr_labels{{{', '.join(map(str, labels))}}};")
print(f"inline constexpr std::array<std::array<double, 4>, {n}> ovr_scores{{{{\n    {rows(score)}}}}};")
constant("ovr_auc", metrics.roc_auc_score(labels, score, multi_class="ovr"))

# Regression with two outputs.
n = 25
target = random.normal(size=(n, 2)) * [1, 5] + [0, 100]
output = target + random.normal(size=(n, 2)) * [0.4, 1]
print(f"inline constexpr std::array<std::array<double, 2>, {n}> regression_targets{{{{\n    {rows(target)}}}}};")
print(f"inline constexpr std::array<std::array<double, 2>, {n}> regression_outputs{{{{\n    {rows(output)}}}}};")
constant("r2", metrics.r2_score(target, output))
constant("mean_absolute_error", metrics.mean_absolute_error(target, output))
constant("mean_squared_error", metrics.mean_squared_error(target, output))
target[:, 0] = 3
constant("constant_target_r2", metrics.r2_score(target, output))
output[:, 0] = 3
constant("constant_target_met_r2", metrics.r2_score(target, output))

print("\n} // namespace sklearn")
