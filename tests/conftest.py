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
OURS = sorted(glob.glob(os.path.join(ROOT, 'tests', 'digits', '*')))

# the three edits that help most, as a reader types them
EDITED = dict(activation='tf.nn.relu', learning_rate='1e-3', n_iterations='8000')


def run(*arguments, script=os.path.join(ROOT, 'main.py'), **options):
    """Run the script in a process of its own; return the completed process."""
    return subprocess.run(
        [sys.executable, script] + list(arguments), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, **options)


def loaded(script):
    """Import the script as a module of its own; its graph becomes the default one."""
    spec = importlib.util.spec_from_file_location('copy_of_main', str(script))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_here(*arguments, script=os.path.join(ROOT, 'main.py')):
    """Run main() of a script (path or module) in this process; return its output."""
    output = io.StringIO()
    if isinstance(script, str):
        script = loaded(script)
    arguments = ['main.py'] + [str(argument) for argument in arguments]
    with mock.patch('sys.argv', arguments), contextlib.redirect_stdout(output):
        script.main()
    return output.getvalue()


def edited(folder, **constants):
    """Return the path of a copy of main.py in the folder, with these settings edited.

    Each value is the text that a reader would type, such as learning_rate='1e-3'.
    """
    with open(os.path.join(ROOT, 'main.py')) as f:
        source = f.read()
    for name, value in constants.items():
        line = '%s = %s  ' % (name, value)
        source, count = re.subn(r'(?m)^%s = [^#\n]*' % name, line, source)
        assert count == 1, name
    for entry in ('MNIST_data', 'test_img.png'):
        if not os.path.lexists(os.path.join(str(folder), entry)):
            os.symlink(os.path.join(ROOT, entry), os.path.join(str(folder), entry))
    path = os.path.join(str(folder), 'main.py')
    with open(path, 'w') as f:
        f.write(source)
    return path


def add_layer(script):
    """Type the README's lines for a fourth hidden layer into a copy of main.py."""
    with open(os.path.join(ROOT, 'README.md')) as f:
        block = re.search(r'(?m)^    n_hidden4 = 64\n(    .+\n)+', f.read()).group()
    setting, weight, bias, layer, out, drop = block.replace('    ', '').splitlines()
    with open(script) as f:
        source = f.read()
    for line, before in (
            (setting, 'n_output = '), (weight, "'out': tf.Variable(tf.trunc"),
            (bias, "'out': tf.Variable(tf.const"), (layer, 'layer_drop = ')):
        assert source.count(before) == 1
        source = source.replace(before, line + '\n' + before)
    source = re.sub(r"'out': tf.Variable\(tf.trunc.*", out, source)
    source = re.sub('layer_drop = .*', drop, source)
    with open(script, 'w') as f:
        f.write(source)


def failed(completed, traceback=False):
    """Return what a run that ended on a mistake wrote to stderr."""
    assert completed.returncode == 1, completed
    assert traceback or 'Traceback' not in completed.stderr
    return completed.stderr.rstrip('\n')


@contextlib.contextmanager
def trained(**settings):
    """Train an edited copy of main.py; yield its probabilities [n, 10] for images.

    The settings are the texts that a reader would type, as for edited().
    """
    quiet = contextlib.redirect_stdout(io.StringIO())
    with tempfile.TemporaryDirectory() as folder, quiet:
        script = loaded(edited(folder, **settings))
        sess = script.tf.Session()
        sess.run(script.init)
        script.train(sess, script.read_data())
    with contextlib.closing(sess):
        yield lambda images: sess.run(script.probabilities, {script.X: images})


@pytest.fixture(scope='session')
def article_run():
    """The script run whole, as a reader runs it first."""
    return run(script='main.py', cwd=ROOT, env=dict(os.environ, PYTHONHASHSEED='12345'))


@pytest.fixture(scope='session')
def network():
    """A function from images [n, 784] to a trained network's probabilities [n, 10]."""
    with trained() as probabilities:
        yield probabilities


@pytest.fixture(scope='session')
def mnist():
    """MNIST as main.py loads it."""
    import main
    return main.read_data()
