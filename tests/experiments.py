#!/usr/bin/env python
"""Measure the accuracy and time of each edit (takes half an hour).

    .venv/bin/python tests/experiments.py             ten seeds for each edit
    .venv/bin/python tests/experiments.py --seeds 2   a quicker look

Each edit is made in a copy of main.py, as a reader would make it, and the whole copy
is run.
"""
import argparse
import re
import statistics
import sys
import tempfile
import time

import numpy as np

from conftest import EDITED, add_layer, edited, run

RELU = {'activation': 'tf.nn.relu', 'learning_rate': '1e-3'}
FEWER = {'n_hidden1': '128', 'n_hidden2': '64', 'n_hidden3': '32'}
EDITS = (
    ('none', {}),
    ('`dropout = 0.0`', {'dropout': '0.0'}),
    ('`activation = tf.nn.relu`', {'activation': 'tf.nn.relu'}),
    ('`activation = tf.nn.relu`, `learning_rate = 1e-3`', RELU),
    ('both of these and `n_iterations = 8000`', EDITED),
    ('`n_hidden1 = 128`, `n_hidden2 = 64`, `n_hidden3 = 32`', FEWER),
    ('a fourth hidden layer, of 64 units', add_layer),
)


def change(folder, edit, seed):
    """Make the edit in a copy of main.py in the folder; return the copy's path."""
    if isinstance(edit, dict):
        return edited(folder, seed=str(seed), **edit)
    script = edited(folder, seed=str(seed))
    edit(script)
    return script


def measure(edit, seed):
    """Return the test accuracy and the seconds of one run."""
    with tempfile.TemporaryDirectory() as folder:
        script = change(folder, edit, seed)
        start = time.time()
        result = run(script=script)
        seconds = time.time() - start
    assert result.returncode == 0, result.stderr
    return float(re.search(r'test set: ([0-9.]+)', result.stdout).group(1)), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seeds', type=int, default=10, metavar='N',
                        help='runs for each edit (default: 10)')
    args = parser.parse_args()
    results = {name: [] for name, _ in EDITS}
    for seed in range(args.seeds):  # in turn, so that a slow minute slows all alike
        for name, edit in EDITS:
            results[name].append(measure(edit, seed))
            print('seed %d, %s' % (seed, name), file=sys.stderr)
    print('| edit | test accuracy | standard deviation | time |\n|---|---|---|---|')
    default = statistics.median(seconds for _, seconds in results['none'])
    for name, pairs in results.items():
        accuracies, seconds = zip(*pairs)
        ratio = statistics.median(seconds) / default
        print('| %s | %.3f | %.3f | %.1f |'
              % (name, np.mean(accuracies), np.std(accuracies), ratio))


if __name__ == '__main__':
    main()
