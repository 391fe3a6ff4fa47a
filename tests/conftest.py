"""Helpers to run main.py, or an edited copy of it, and to train its network."""
import contextlib
import glob
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
from unittest import mock

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True
os.environ.pop('PYTHONUNBUFFERED', None)  # a reader's output is buffered
OURS = sorted(glob.glob(os.path.join(ROOT, 'tests', 'digits', '*')))  # their names begin with the digit

# the three edits that help most, as a reader types them
EDITED = dict(activation='tf.nn.relu', learning_rate='1e-3', n_iterations='8000')

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


def loaded(script):
    """Import the script as a module of its own; its graph becomes the default one."""
    spec = importlib.util.spec_from_file_location('copy_of_main', str(script))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_here(*arguments, script=os.path.join(ROOT, 'main.py')):
    """Run main() of the script, a path or a module, in this process, to avoid importing TensorFlow again; return what it prints."""
    module, output = loaded(script) if isinstance(script, str) else script, io.StringIO()
    with mock.patch('sys.argv', ['main.py'] + list(map(str, arguments))), contextlib.redirect_stdout(output):
        module.main()
    return output.getvalue()


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


def add_layer(script):
    """Add a fourth hidden layer to a copy of main.py, as the README says."""
    with open(script) as f:
        source = f.read()
    for old, new in (
            ("n_output = 10 ", "n_hidden4 = 64\nn_output = 10 "),
            ("    'out': tf.Variable(tf.truncated_normal([n_hidden3, n_output]",
             "    'w4': tf.Variable(tf.truncated_normal([n_hidden3, n_hidden4], stddev=0.1)),\n"
             "    'out': tf.Variable(tf.truncated_normal([n_hidden4, n_output]"),
            ("    'out': tf.Variable(tf.constant(", "    'b4': tf.Variable(tf.constant(0.1, shape=[n_hidden4])),\n"
             "    'out': tf.Variable(tf.constant("),
            ("layer_drop = tf.nn.dropout(layer_3", "layer_4 = activation(tf.add(tf.matmul(layer_3, weights['w4']), "
             "biases['b4']))\nlayer_drop = tf.nn.dropout(layer_4")):
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    with open(script, 'w') as f:
        f.write(source)


def failed(completed, traceback=False):
    """Return the message of a run that ended as it should on a mistake: on stderr, without a traceback."""
    assert completed.returncode == 1, completed
    assert traceback or 'Traceback' not in completed.stderr
    return completed.stderr.rstrip('\n')


@contextlib.contextmanager
def trained(**settings):
    """Train an edited copy of main.py; yield a function from images [n, 784] to probabilities [n, 10].

    The settings are the texts that a reader would type, as for edited().
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        script = loaded(edited(folder, **settings))
        sess = script.tf.Session()
        sess.run(script.init)
        script.train(sess, script.read_data())
    with contextlib.closing(sess):
        yield lambda images: sess.run(script.probabilities, feed_dict={script.X: images})


@pytest.fixture(scope='session')
def article_run():
    """The script run whole, as a reader runs it first."""
    return run(script='main.py', cwd=ROOT, env=dict(os.environ, PYTHONHASHSEED='12345'))


@pytest.fixture(scope='session')
def network():
    """A function from images [n, 784] to the default network's probabilities [n, 10] after its training."""
    with trained() as probabilities:
        yield probabilities


@pytest.fixture(scope='session')
def mnist():
    """MNIST as main.py loads it."""
    import main
    return main.read_data()
