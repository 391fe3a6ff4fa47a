#!/usr/bin/env python
"""Time main.py as a whole process and print the README's tables.

    .venv/bin/python tests/benchmark.py                      the tables, about five minutes
    .venv/bin/python tests/benchmark.py --vs "python other.py"   main.py and another command in turn, and their ratio

Figures are medians over the runs after one warm-up, with the lowest and highest in brackets.
"""
import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

from conftest import ROOT, edited

BATCH_SIZES = 32, 128, 512
GROWTH = 1, 4, 16  # times the iterations

# each part is timed between two lines, so this cannot be conftest's trained()
SPLIT = '''
import json, sys, time
times, last = {}, time.perf_counter()
def done(name):
    global last
    now = time.perf_counter()
    times[name], last = now - last, now
import main
done('start-up: the imports and the graph')
images = [main.read_image('test_img.png')]
done('reading the picture')
mnist = main.read_data()
done('reading MNIST')
sess = main.tf.Session()
sess.run(main.init)
done('starting the session')
main.train(sess, mnist)
done('training')
sess.run(main.accuracy, feed_dict={main.X: mnist.test.images, main.Y: mnist.test.labels})
done('testing')
sess.run(main.probabilities, feed_dict={main.X: images})
done('predicting')
json.dump(times, sys.stderr)
'''


def measure(command):
    """Run the command; return its wall seconds, its CPU seconds and its peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = status
    if status:
        sys.exit('%s failed; run it by itself to see why.' % ' '.join(command))
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == 'darwin' else 1024)
    return wall, usage.ru_utime + usage.ru_stime, peak


def split(folder):
    """Return the seconds that each part of a run of the folder's main.py takes."""
    result = subprocess.run([sys.executable, '-c', SPLIT], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder,
                            check=True)
    return json.loads(result.stderr.decode())


def row(name, values, form='%.2f'):
    figures = tuple(form % value for value in (statistics.median(values), min(values), max(values)))
    print('| %s | %s (%s to %s) |' % ((name,) + figures))


def compare(runs, command, other):
    """Run the two commands in turn and print the first's figures over the second's, pair by pair."""
    measure(command), measure(other)
    pairs = [(measure(command), measure(other)) for _ in range(runs)]
    print('| main.py over %s, %d pairs | ratio |\n|---|---|' % (' '.join(other), runs))
    for i, name in enumerate(('wall time', 'CPU time', 'peak memory')):
        row(name, [a[i] / b[i] for a, b in pairs])


def tables(runs, command, iterations):
    """Print what a run costs, where its time goes, its speed at three batch sizes, and what more iterations cost."""
    measure(command)
    figures = [measure(command) for _ in range(runs)]
    print('| whole run, %d runs | |\n|---|---|' % runs)
    for i, name in enumerate(('wall time, s', 'CPU time, s', 'peak memory, MB')):
        row(name, [figure[i] for figure in figures], '%.0f' if i == 2 else '%.2f')

    parts = [split(os.path.dirname(command[1])) for _ in range(runs)]
    print('\n| part of a run | s |\n|---|---|')
    for name in parts[0]:
        row(name, [part[name] for part in parts])

    def variant(**constants):
        with tempfile.TemporaryDirectory() as folder:
            script = edited(folder, **constants)
            return [measure([sys.executable, script]) for _ in range(max(1, runs // 2))]

    print('\n| batch size | iterations a second |\n|---|---|')
    for batch_size in BATCH_SIZES:
        few = iterations // 10
        short, long = (variant(batch_size=batch_size, n_iterations=n) for n in (few, few + iterations))
        row(batch_size, [iterations / (b[0] - a[0]) for a, b in zip(short, long)], '%.0f')

    print('\n| iterations | wall time, s | peak memory, MB |\n|---|---|---|')
    for n_iterations in (times * iterations for times in GROWTH):
        figures = variant(n_iterations=n_iterations)
        print('| %d | %.1f | %.0f |' % (n_iterations, statistics.median(f[0] for f in figures),
                                        statistics.median(f[2] for f in figures)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=5, metavar='N', help='runs after the warm-up (default: 5)')
    parser.add_argument('--iterations', type=int, default=1000, metavar='N', help='training steps (default: 1000)')
    parser.add_argument('--vs', metavar='COMMAND', help='run this command in turn with main.py, in its folder')
    args = parser.parse_args()
    print('Python %s, %s, %d cores\n' % (platform.python_version(), platform.machine(), os.cpu_count()))
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, edited(folder, n_iterations=args.iterations)]
        if args.vs:
            compare(args.runs, command, shlex.split(args.vs))
        else:
            tables(args.runs, command, args.iterations)


if __name__ == '__main__':
    main()
