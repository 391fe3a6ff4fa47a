"""Measure the accuracy of the README's experiments (takes seven minutes)."""
import argparse
import re
import statistics
import tempfile
from itertools import product

from tqdm import tqdm

from conftest import EDITED, add_layer, edited, run

RELU = {'activation': 'tf.nn.relu', 'learning_rate': '1e-3'}
FOURTH = {}  # add_layer() makes this edit
EDITS = (
    ('none', {}),
    ('`dropout = 0.0`', {'dropout': '0.0'}),
    ('`activation = tf.nn.relu`', {'activation': 'tf.nn.relu'}),
    ('`activation = tf.nn.relu`, `learning_rate = 1e-3`', RELU),
    ('both of these and `n_iterations = 8000`', EDITED),
    ('a fourth hidden layer, of 64 units', FOURTH),
)


def measure(edit, seed):
    """Run an edited copy of main.py; return its test accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        script = edited(folder, seed=str(seed), **edit)
        if edit is FOURTH:
            add_layer(script)
        printed = run(script=script).stdout
    return float(re.search(r'test set: ([0-9.]+)', printed).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seeds', type=int, default=5, metavar='N',
                        help='runs for each edit, at least 2 (default: %(default)s)')
    args = parser.parse_args()
    if args.seeds < 2:
        parser.error('--seeds must be at least 2')
    results = {name: [] for name, _ in EDITS}
    for seed, (name, edit) in tqdm(list(product(range(args.seeds), EDITS)), 'runs'):
        results[name].append(measure(edit, seed))
    print('| edit | test accuracy |\n|---|---|')
    variances = []
    for name, accuracies in results.items():
        mean, deviation = statistics.mean(accuracies), statistics.stdev(accuracies)
        print(f'| {name} | {mean:.3f} ± {deviation:.3f} |')
        variances.append(deviation ** 2)
    error = (2 * statistics.mean(variances) / args.seeds) ** 0.5
    print(f'\nMeans of {args.seeds} runs ± their standard deviation. Differences below '
          f'{2 * error:.3f},\ntwice their standard error, may be due to chance.')


if __name__ == '__main__':
    main()
