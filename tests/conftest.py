"""Helpers to run main.py, or an edited copy of it, and to train its network."""
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from unittest import mock

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.dont_write_bytecode = True
OURS = sorted(map(str, ROOT.glob('tests/digits/*')))

# the three edits that help most, as a reader types them
EDITED = dict(activation='tf.nn.relu', learning_rate='1e-3', n_iterations='8000')


def environment(**variables):
    """Return this process's environment with these variables, and TensorFlow quiet."""
    return {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '2', **variables}


def run(*arguments, script=ROOT / 'main.py', **options):
    """Run the script in a process of its own; return the completed process."""
    options.setdefault('env', environment())
    return subprocess.run(
        [sys.executable, str(script), *map(str, arguments)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=120, **options)


def loaded(script):
    """Import the script as a module of its own; its graph becomes the default one."""
    spec = importlib.util.spec_from_file_location('copy_of_main', str(script))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_here(*arguments, script):
    """Run main() of a script (path or module) in this process; return its output."""
    if isinstance(script, pathlib.Path):
        script = loaded(script)
    output = io.StringIO()
    arguments = ['main.py', *map(str, arguments)]
    with mock.patch('sys.argv', arguments), contextlib.redirect_stdout(output):
        script.main()
    return output.getvalue()


def edited(folder, **constants):
    """Return a copy of main.py in the folder, with these values for its settings."""
    source = (ROOT / 'main.py').read_text(encoding='utf-8')
    for name, value in constants.items():
        line = '%s = %s  ' % (name, value)
        source, count = re.subn(r'(?m)^%s = [^#\n]*' % name, line, source)
        assert count == 1, name
    path = pathlib.Path(str(folder)) / 'main.py'
    if not path.exists():
        for entry in 'MNIST_data', 'test_img.png':
            (path.parent / entry).symlink_to(ROOT / entry)
    path.write_text(source)
    return path


def add_layer(script):
    """Change a copy of main.py as the README's diff for a fourth hidden layer does."""
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    (diff,) = re.findall(r'```diff\n(.*?)```', readme, re.S)
    source = script.read_text(encoding='utf-8')
    for hunk in re.findall(r'(?m)^[ -].*\n(?:\+.*\n)+', diff):  # an old line, new ones
        lines = hunk.splitlines()
        before = lines[0][1:] + '\n'
        after = ''.join(line[1:] + '\n' for line in lines if line[0] in ' +')
        assert source.count(before) == 1, before
        source = source.replace(before, after)
    script.write_text(source, encoding='utf-8')


def started(**settings):
    """Load a copy of main.py, edited as by edited(); return it and a new session."""
    with tempfile.TemporaryDirectory() as folder:
        script = loaded(edited(folder, **settings))
    sess = script.tf.Session()
    sess.run(script.init)
    return script, sess


def trained(**settings):
    """Train an edited copy; return a function from images to their probabilities."""
    script, sess = started(data_dir=repr(str(ROOT / 'MNIST_data')), **settings)
    with contextlib.redirect_stdout(io.StringIO()):
        script.train(sess, script.read_data())

    def network(images):
        return sess.run(script.probabilities, {script.X: images})
    return network


@pytest.fixture(scope='session')
def article_run():
    return run(cwd=str(ROOT), script='main.py')


@pytest.fixture(scope='session')
def network():
    return trained()


@pytest.fixture(scope='session')
def mnist():
    import main
    return main.read_data()
