"""A reader's machine and shell: Windows, broken packages, patterns, odd names."""
import platform
import re
import shutil
import sys

from conftest import ROOT, edited, environment, run, run_here

PREDICTION = re.compile(r'^Prediction for (.*): \d( \(\d+%\))?$', re.M)


def test_starts_on_windows(tmp_path):
    """TensorFlow for Windows has no tensorflow.examples."""
    script = edited(tmp_path, n_iterations='1')
    windows = 'import sys; sys.modules["tensorflow.examples"] = None'
    (tmp_path / 'sitecustomize.py').write_text(windows)  # Python runs it at its start
    result = run(script=script, env=environment(PYTHONPATH=str(tmp_path)))
    assert result.returncode == 0 and result.stderr == ''
    assert result.stdout == run_here(script=script) and PREDICTION.search(result.stdout)


def test_a_broken_package(tmp_path):
    broken = 'raise ImportError("Traceback:\\nDLL load failed")'
    (tmp_path / 'tensorflow.py').write_text(broken)
    result = run(env=environment(PYTHONPATH=str(tmp_path)))
    assert result.stderr == (
        'main.py needs Python 3.7 and everything in requirements.txt. Python '
        '%s (%s) reports: Traceback:\nDLL load failed\n'
        % (platform.python_version(), sys.executable))
    assert result.returncode == 1


def test_the_metadata_pin_what_requirements_pin():
    script = (ROOT / 'main.py').read_text()
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
    for arguments in (a, '--show', b, odd), (both, odd):
        printed = run_here(*arguments, script=script)
        assert [name for name, _ in PREDICTION.findall(printed)] == [a, b, odd]


def test_a_name_that_the_output_cannot_show(tmp_path):
    shutil.copy(str(ROOT / 'test_img.png'), str(tmp_path / 'zwé.png'))
    other = tmp_path / 'another folder'
    other.mkdir()
    script = edited(other, n_iterations='0')
    result = run('zwé.png', script=script, cwd=str(tmp_path),
                 env=environment(PYTHONIOENCODING='ascii'))
    assert PREDICTION.search(result.stdout).group(1) == 'zw?.png'
    assert result.returncode == 0 and result.stderr == ''
