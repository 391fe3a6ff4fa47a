"""What the tests share: running main.py as a reader does, from an edited copy if need be."""
import os
import re
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

# what the script prints: TensorFlow's four lines, then the article's
EXTRACTING = ''.join('Extracting .*MNIST_data.%s-ubyte.gz\n' % name for name in (
    'train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'))
ITERATION = 'Iteration %d \t\\| Loss = [0-9.]+ \t\\| Accuracy = [0-9.]+\n'


def transcript(n_iterations, last='Prediction for test image: 2\n'):
    """Return the regular expression of a whole run's stdout; its one group is the test accuracy."""
    lines = ''.join(ITERATION % i for i in range(0, n_iterations, 100))
    return EXTRACTING + lines + '\nAccuracy on test set: ([0-9.]+)\n' + last


def run(*arguments, script=os.path.join(ROOT, 'main.py'), **options):
    """Run the script in a process of its own; return it completed, with .returncode, .stdout and .stderr."""
    return subprocess.run([sys.executable, script] + list(map(str, arguments)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, **options)


def edited(folder, **constants):
    """Write a copy of main.py into folder, beside links to its data, with the given constants edited; return its path.

    Each value is the text that a reader would type, such as learning_rate='1e-3'.
    """
    with open(os.path.join(ROOT, 'main.py')) as f:
        source = f.read()
    for name, value in constants.items():
        source, count = re.subn(r'(?m)^%s = [^#\n]*' % name, lambda _: '%s = %s  ' % (name, value), source)
        assert count == 1, name
    for entry in ('MNIST_data', 'test_img.png'):
        if not os.path.lexists(os.path.join(str(folder), entry)):
            os.symlink(os.path.join(ROOT, entry), os.path.join(str(folder), entry))
    path = os.path.join(str(folder), 'main.py')
    with open(path, 'w') as f:
        f.write(source)
    return path


def failed(completed):
    """Return the one sentence of a run that ended as it should on a mistake: on stderr, without a traceback."""
    assert completed.returncode == 1, completed
    assert 'Traceback' not in completed.stderr
    assert completed.stderr.endswith('.\n')
    return completed.stderr.rstrip('\n')


@pytest.fixture(scope='session')
def article_run():
    """The script run whole, as a reader runs it first."""
    return run(script='main.py', cwd=ROOT)


@pytest.fixture(scope='session')
def mnist():
    """MNIST as main.py reads it."""
    import main
    return main.read_data()
