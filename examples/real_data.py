#!/usr/bin/env python3
"""scikit-learn's multilayer perceptrons on the tables of real_data.cpp: same sizes, same test samples.

    real_data --splits splits.txt && real_data.py [--search] [--only NAME,...] splits.txt [FOLDER [PROBEN1]]

Settings were found as real_data.cpp --search 5 finds tenon's: 60 draws, compared by accuracy or mean squared error in
cross-validation on the training part of split 0, with 3 folds, or for small tables 5 folds of 5 divisions; --search does
it again. Needs scikit-learn (1.2.1 was used)."""
import os
import pathlib
import sys
import time
import warnings

import numpy as np
from scipy.stats import loguniform
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import RandomizedSearchCV, RepeatedKFold, RepeatedStratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEEDS = 20  # of split, initial weights and order of samples; the search has split 0

# Name, hidden layers, activation, whether targets are numbers; learning rate, alpha, batch and epochs that were found.
TASKS = [
    ("iris", (8,), "tanh", False, (0.0733, 0.003649, 16, 50)),
    ("wine", (16,), "tanh", False, (0.003954, 2.639, 16, 100)),
    ("sonar", (24,), "tanh", False, (0.003879, 3.467e-05, 16, 25)),
    ("ionosphere", (16,), "tanh", False, (0.06806, 0.01706, 16, 50)),
    ("banknote_authentication", (8,), "tanh", False, (0.0733, 0.003649, 16, 20)),
    ("wheat-seeds", (12,), "tanh", False, (0.07541, 0.1571, 64, 200)),
    ("winequality-red", (16,), "tanh", True, (0.006242, 0.8666, 64, 80)),
    ("optdigits", (64,), "relu", False, (0.001552, 0.04224, 32, 40)),
    ("thyroid", (16, 8), "tanh", False, (0.02704, 0.0002935, 32, 80)),
    ("diabetes", (8,), "tanh", False, (0.02347, 0.5113, 32, 200)),
    ("building", (16,), "tanh", True, (0.006662, 0.003825, 32, 80)),
]


def read(name, numbers, folder, proben1):
    """Inputs, and targets as words or numbers; None without the files."""
    files = [folder / "tabular" / f"{name}.csv"]
    if not files[0].exists():
        files = [folder / name / f"{name}.tra", folder / name / f"{name}.tes"]
    if files[0].exists():
        rows = []
        for file in files:
            lines = [line.split(",") for line in file.read_text().splitlines()]
            rows += [line for line in lines if line[0] and line[0][0] in "-.0123456789"]  # no header
        inputs = np.array([[float(x) for x in row[:-1]] for row in rows])
        targets = np.array([row[-1] for row in rows])
        return inputs, targets.astype(float) if numbers else targets
    if not (proben1 / f"{name}.train").exists():
        return None
    parts = []
    for end in ("train", "test"):
        words = (proben1 / f"{name}.{end}").read_text().split()
        count, inputs, outputs = (int(word) for word in words[:3])
        parts.append(np.array(words[3:], float).reshape(count, inputs + outputs))
    rows = np.vstack(parts)
    targets = rows[:, inputs:]
    return rows[:, :inputs], targets if numbers else targets.argmax(axis=1)


def net(hidden, activation, numbers, seed, settings):
    rate, alpha, batch, epochs = settings
    kind = MLPRegressor if numbers else MLPClassifier
    return kind(hidden, activation=activation, learning_rate_init=rate, alpha=alpha, batch_size=batch,
                max_iter=epochs, n_iter_no_change=epochs + 1, random_state=seed)


def search(task, inputs, targets):
    name, hidden, activation, numbers, _ = task
    large = len(inputs) * 10 / 7 > 1000
    pipeline = make_pipeline(StandardScaler(), net(hidden, activation, numbers, 1, (1e-3, 1e-4, 32, 50)))
    step = pipeline.steps[1][0]
    epochs = [10, 20, 40, 80] if large else [25, 50, 100, 200]
    folds = (RepeatedKFold if numbers else RepeatedStratifiedKFold)(
        n_splits=3 if large else 5, n_repeats=1 if large else 5, random_state=1)
    found = RandomizedSearchCV(
        pipeline,
        {f"{step}__learning_rate_init": loguniform(1e-3, 1e-1), f"{step}__alpha": loguniform(3e-5, 3),
         f"{step}__batch_size": [16, 32, 64], f"{step}__max_iter": epochs},
        n_iter=60, cv=folds, random_state=1, scoring="neg_mean_squared_error" if numbers else "accuracy",
        refit=False).fit(inputs, targets)
    best = found.best_params_
    return (float(f"{best[step + '__learning_rate_init']:.4g}"), float(f"{best[step + '__alpha']:.4g}"),
            best[f"{step}__batch_size"], best[f"{step}__max_iter"])


def main():
    warnings.filterwarnings("ignore")  # that max_iter was reached
    arguments = sys.argv[1:]
    searches = arguments[:1] == ["--search"]
    arguments = arguments[searches:]
    only = None
    if arguments[:1] == ["--only"]:
        only = arguments[1].split(",")
        arguments = arguments[2:]
    if not arguments:
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[1] if len(arguments) > 1 else os.environ.get("TENON_DATA", "."))
    proben1 = pathlib.Path(arguments[2] if len(arguments) > 2 else "/usr/share/doc/libfann-dev/examples/datasets")
    splits = {}
    for line in pathlib.Path(arguments[0]).read_text().splitlines():
        name, seed, *indices = line.split()
        splits[name, int(seed)] = np.array(indices, int)
    for task in TASKS:
        name, hidden, activation, numbers, settings = task
        if only and name not in only:
            continue
        data = read(name, numbers, folder, proben1)
        if data is None or (name, 1) not in splits:
            print(f"{name:24} skipped: no such file")
            continue
        inputs, targets = data
        parts = {seed: (np.setdiff1d(np.arange(len(inputs)), splits[name, seed]), splits[name, seed])
                 for seed in range(SEEDS + 1)}
        start = time.time()
        if searches:
            settings = search(task, inputs[parts[0][0]], targets[parts[0][0]])
        searched = time.time() - start
        scores = []
        start = time.time()
        for seed in range(1, SEEDS + 1):
            train, test = parts[seed]
            pipeline = make_pipeline(StandardScaler(), net(hidden, activation, numbers, seed, settings))
            pipeline.fit(inputs[train], targets[train])
            scores.append(mean_squared_error(targets[test], pipeline.predict(inputs[test])) if numbers
                          else pipeline.score(inputs[test], targets[test]))
        mean, spread = np.mean(scores), np.std(scores)
        result = f"error {mean:.5f} +- {spread:.5f}" if numbers else f"right {100 * mean:6.2f}% +- {100 * spread:.2f}%"
        print(f"{name:24} {result} {time.time() - start:7.2f} s   {settings}"
              + (f"   searched in {searched:.0f} s" if searches else ""), flush=True)


if __name__ == "__main__":
    main()
