"""A reader's machine and shell: broken packages, a closed pipe, wildcards."""
import platform
import re
import shutil
import sys

import pytest

from conftest import ROOT, edited, environment, run, run_here

SCRIPT = ROOT / 'main.py'
PREDICTION = re.compile(r'^Prediction for (.*): \d( \(\d+%\))?$', re.M)


def test_starts_on_windows(tmp_path):
    """TensorFlow for Windows has no tensorflow.examples."""
    script = edited(tmp_path, n_iterations='1')
    windows = tmp_path / 'windows.py'
    windows.write_text(
        'import runpy, sys\n'
        'sys.modules["tensorflow.examples"] = None\n'
        'runpy.run_path(%r, run_name="__main__")' % str(script))
    result = run(script=windows)
    assert result.returncode == 0 and result.stderr == ''
    assert result.stdout == run_here(script=script) and PREDICTION.search(result.stdout)


@pytest.mark.parametrize('package, code, reason', [
    ('numpy', 'raise ImportError("No module named numpy")', 'No module named numpy'),
    ('tensorflow', 'raise ImportError("Traceback:\\nDLL load failed")',
     'Traceback:\nDLL load failed'),
    ('PIL', '', 'PIL')], ids=['no NumPy', 'a reason of several lines', 'an old Pillow'])
def test_wrong_packages(tmp_path, package, code, reason):
    (tmp_path / (package + '.py')).write_text(code)
    result = run(env=environment(PYTHONPATH=str(tmp_path)))
    assert result.stderr.startswith(
        'main.py needs Python 3.7 and everything in requirements.txt. Python '
        '%s (%s) reports: ' % (platform.python_version(), sys.executable))
    assert reason in result.stderr
    assert result.returncode == 1


def test_the_metadata_pin_what_requirements_pin():
    script = SCRIPT.read_text()
    metadata = re.search(r'(?ms)^# /// script\n(.*?)^# ///$', script).group(1)
    ours = (ROOT / 'requirements.txt').read_text().split('\n\n')[0]
    pin = r'[\w-]+==[\d.]+'
    assert re.findall(pin, metadata) == re.findall(pin, ours)
    assert 'requires-python = "==3.7.*"' in metadata


def test_any_order_of_arguments_and_patterns(tmp_path):
    """A file that exists is that file, even if its name is a pattern too."""
    script = edited(tmp_path, n_iterations='0')
    names = a, b, odd = [str(tmp_path / name) for name in ('a1', 'b1', '[a]1')]
    for name in names:
        shutil.copy(str(ROOT / 'test_img.png'), name)
    both = tmp_path / '[ab]1'
    orders = (a, '--show', b, odd), ('--show', a, b, odd), (both, odd)
    for arguments in orders:
        printed = run_here(*arguments, script=script)
        assert [name for name, _ in PREDICTION.findall(printed)] == [a, b, odd]


def test_a_name_that_the_output_cannot_show(tmp_path):
    """From another folder, too."""
    shutil.copy(str(ROOT / 'test_img.png'), str(tmp_path / 'zwé.png'))
    folder = tmp_path / 'a b'
    folder.mkdir()
    result = run('../zwé.png', script=edited(folder, n_iterations='0'), cwd=str(folder),
                 env=environment(PYTHONIOENCODING='ascii'))
    assert PREDICTION.search(result.stdout).group(1) == '../zw?.png'
    assert result.returncode == 0 and result.stderr == ''
