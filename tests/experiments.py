#!/usr/bin/env python
"""Measure the accuracy, time and memory of each edit (takes 20 minutes).

    .venv/bin/python tests/experiments.py             ten seeds for each edit
    .venv/bin/python tests/experiments.py --seeds 2   a quicker look

Each edit is made in a copy of main.py, as a reader would make it, and the whole copy
is run. Memory is the peak of a run.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

from conftest import EDITED, add_layer, edited

RELU = {'activation': 'tf.nn.relu', 'learning_rate': '1e-3'}
FEWER = {'n_hidden1': '128', 'n_hidden2': '64', 'n_hidden3': '32'}
FOURTH = {}  # add_layer() types it
EDITS = (
    ('none', {}),
    ('`dropout = 0.0`', {'dropout': '0.0'}),
    ('`activation = tf.nn.relu`', {'activation': 'tf.nn.relu'}),
    ('`activation = tf.nn.relu`, `learning_rate = 1e-3`', RELU),
    ('both of these and `n_iterations = 8000`', EDITED),
    ('`n_hidden1 = 128`, `n_hidden2 = 64`, `n_hidden3 = 32`', FEWER),
    ('a fourth hidden layer, of 64 units', FOURTH),
)


def measure(edit, seed):
    """Return a run's test accuracy, its seconds, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        script = edited(folder, seed=str(seed), **edit)
        if edit is FOURTH:
            add_layer(script)
        start = time.time()
        command = [sys.executable, str(script)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        printed = process.stdout.read().decode()
        _, process.returncode, usage = os.wait4(process.pid, 0)
        seconds = time.time() - start
    assert process.returncode == 0
    kilobyte = 1024 if sys.platform == 'darwin' else 1
    accuracy = float(re.search(r'test set: ([0-9.]+)', printed).group(1))
    return accuracy, seconds, usage.ru_maxrss / kilobyte / 1024


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
    print('| edit | test accuracy | standard deviation | seconds | MB |\n'
          '|---|---|---|---|---|')
    for name, runs in results.items():
        accuracies, seconds, memory = zip(*runs)
        print('| %s | %.3f | %.3f | %.1f | %.0f |'
              % (name, np.mean(accuracies), np.std(accuracies),
                 statistics.median(seconds), max(memory)))


if __name__ == '__main__':
    main()
