"""What the tests share: running main.py as a reader does, from an edited copy if need be, and its network, trained."""
import contextlib
import glob
import importlib.util
import io
import os
import re
import subprocess
import sys
from unittest import mock

import numpy as np
import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True
os.environ.pop('PYTHONUNBUFFERED', None)  # a reader's output is buffered
OURS = sorted(glob.glob(os.path.join(ROOT, 'tests', 'digits', '*')))  # their names begin with the digit

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
    """Import the script as a module of its own, beside main and other copies of it."""
    spec = importlib.util.spec_from_file_location('copy_of_main', str(script))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_here(*arguments, script=os.path.join(ROOT, 'main.py')):
    """Run main() of the script, a path or a module, in this process, which spares the imports; return what it prints."""
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
    """Apply the patch for a fourth hidden layer to a copy of main.py, as a reader would."""
    patch = os.path.join(ROOT, 'tests', 'fourth_layer.patch')
    subprocess.run(['git', 'apply', patch], cwd=os.path.dirname(script), check=True)


def failed(completed):
    """Return the one sentence of a run that ended as it should on a mistake: on stderr, without a traceback."""
    assert completed.returncode == 1, completed
    assert 'Traceback' not in completed.stderr
    assert completed.stderr.endswith('.\n')
    return completed.stderr.rstrip('\n')


@contextlib.contextmanager
def trained(**constants):
    """Train main.py's network with these constants, silently; yield a function from images to probabilities [n, 10].

    Each value is the constant itself, such as learning_rate=1e-3; what is not named stays as main.py has it. The data
    are read anew, so that the batches do not depend on what was drawn before.
    """
    import main
    tf, before = main.tf, {name: getattr(main, name) for name in constants}
    with tf.Graph().as_default() as graph, contextlib.redirect_stdout(io.StringIO()):
        try:
            vars(main).update(constants)
            tf.set_random_seed(main.seed)
            mnist = main.read_data()
            network = main.build_network()
            probabilities = tf.nn.softmax(network.output_layer)
            sess = tf.Session(graph=graph)
            sess.run(tf.global_variables_initializer())
            main.train(sess, network, mnist)
        finally:
            vars(main).update(before)
    with contextlib.closing(sess):
        yield lambda images: sess.run(probabilities, feed_dict={network.X: images})


@pytest.fixture(scope='session')
def article_run():
    """The script run whole, as a reader runs it first, with hash values of its own."""
    return run(script='main.py', cwd=ROOT, env=dict(os.environ, PYTHONHASHSEED='12345'))


@pytest.fixture(scope='session')
def other_run():
    """The same run again, in this process and with pictures of our own: what it prints, and the network it trains.

    The network is a function from images [n, 784] to probabilities [n, 10].
    """
    script, weights = loaded(os.path.join(ROOT, 'main.py')), []
    original = script.train

    def train(sess, *others):
        original(sess, *others)
        weights.extend(sess.run(script.tf.trainable_variables()))

    def network(images):
        outputs = np.divide(images, 255)
        for matrix, bias in zip(weights[:4], weights[4:]):
            outputs = outputs @ matrix + bias
        return np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)

    with mock.patch.object(script, 'train', train):
        return run_here(*OURS, script=script), network


@pytest.fixture(scope='session')
def network(other_run):
    """A function from images [n, 784] to the default network's probabilities [n, 10] after its training."""
    return other_run[1]


@pytest.fixture(scope='session')
def mnist():
    """MNIST as main.py reads it."""
    import main
    return main.read_data()
