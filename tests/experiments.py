#!/usr/bin/env python
"""Print the README's table of what each edit of main.py does: test accuracy over seeds, and time beside the default.

    .venv/bin/python tests/experiments.py             ten seeds for each edit, about a quarter of an hour
    .venv/bin/python tests/experiments.py --seeds 2   a quicker look

Each edit is made in a copy of main.py, as a reader makes it, and the copy is run whole.
"""
import argparse
import datetime
import platform
import re
import statistics
import sys
import tempfile
import time

import numpy
import tensorflow

from conftest import add_layer, edited, run

RELU = {'activation': 'tf.nn.relu', 'learning_rate': '1e-3'}
EDITS = (
    ('none', {}),
    ('`dropout = 0.0`, the listing as it really behaves', {'dropout': '0.0'}),
    ('`activation = tf.nn.relu`', {'activation': 'tf.nn.relu'}),
    ('`activation = tf.nn.relu`, `learning_rate = 1e-3`', RELU),
    ('these two and `n_iterations = 8000`', dict(RELU, n_iterations='8000')),
    ('`batch_size = 512`', {'batch_size': '512'}),
    ('`learning_rate = 1e-2`', {'learning_rate': '1e-2'}),
    ('`n_hidden1 = 128`, `n_hidden2 = 64`, `n_hidden3 = 32`', {'n_hidden1': '128', 'n_hidden2': '64', 'n_hidden3': '32'}),
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
    parser.add_argument('--seeds', type=int, default=10, help='runs for each edit (default: 10)')
    args = parser.parse_args()
    results = {name: [] for name, _ in EDITS}
    for seed in range(args.seeds):  # in turn, so that a slow minute slows all alike
        for name, edit in EDITS:
            results[name].append(measure(edit, seed))
            print('seed %d, %s: %.4f in %.1f s' % ((seed, name) + results[name][-1]), file=sys.stderr)

    print('%s, Python %s, TensorFlow %s, NumPy %s, seeds 0 to %d\n' % (
        datetime.date.today(), platform.python_version(), tensorflow.__version__, numpy.__version__, args.seeds - 1))
    print('| edit | test accuracy, mean | sd | lowest to highest | time |\n|---|---|---|---|---|')
    default = [seconds for _, seconds in results['none']]
    for name, pairs in results.items():
        accuracies = [accuracy for accuracy, _ in pairs]
        time_ratio = statistics.median(seconds / base for (_, seconds), base in zip(pairs, default))
        print('| %s | %.4f | %.4f | %.4f to %.4f | %.2f |' % (
            name, numpy.mean(accuracies), numpy.std(accuracies, ddof=len(accuracies) > 1),  # of one seed: 0
            min(accuracies), max(accuracies), time_ratio))


if __name__ == '__main__':
    main()
