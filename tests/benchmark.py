#!/usr/bin/env python
"""Measure the time and memory of a run of main.py (takes about a minute).

    .venv/bin/python tests/benchmark.py
"""
import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

from conftest import ROOT, edited

FIGURES = 'wall time, s', 'CPU time, s', 'peak memory, MB'


def measure(script):
    """Run the script; return its wall seconds, CPU seconds and peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.DEVNULL, cwd=ROOT)
    _, process.returncode, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    assert process.returncode == 0
    megabyte = 1024 * 1024 if sys.platform == 'darwin' else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / megabyte


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', type=int, default=5, metavar='N',
                        help='measured runs, after one warm-up run (default: 5)')
    parser.add_argument('--iterations', default='1000', metavar='N',
                        help='training steps (default: 1000)')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = edited(folder, n_iterations=args.iterations)
        measure(script)
        runs = [measure(script) for _ in range(args.runs)]
    print('Python %s, %s, %d cores\n'
          % (platform.python_version(), platform.machine(), os.cpu_count()))
    print('| %s iterations | median | lowest to highest |' % args.iterations)
    print('|---|---|---|')
    for name, values in zip(FIGURES, zip(*runs)):
        print('| %s | %.1f | %.1f to %.1f |'
              % (name, statistics.median(values), min(values), max(values)))


if __name__ == '__main__':
    main()
