"""The README: its commands run, its files exist and its examples hold."""
import os
import re
import shutil
import subprocess
import sys

import main
from conftest import OURS, ROOT, edited

README = (ROOT / 'README.md').read_text()


def blocks():
    """Return the README's indented blocks, without their indent."""
    found = re.findall(r'(?:^    .*\n|^\n(?=    ))+', README, re.M)
    return [re.sub(r'(?m)^    ', '', block).strip('\n') for block in found]


def test_installing():
    install = '.venv/bin/pip install -r %s && .venv/bin/python %s'
    with_tests = install % ('tests/requirements.txt', '-m pytest tests')
    test_command = (ROOT / '.ci' / 'run').read_text().strip()
    assert test_command == 'python3.7 -m venv .venv && ' + with_tests
    assert test_command in blocks()
    program = install % ('requirements.txt', 'main.py')
    assert 'python3.7 -m venv .venv && ' + program in blocks()
    (with_uv,) = [block for block in blocks() if '.uv' in block]
    assert with_uv.endswith(' venv --python 3.7 --seed .venv\n' + program)


def test_commands(tmp_path):
    """Each command that runs main.py or TensorBoard, in the order of the page."""
    edited(tmp_path, n_iterations='1')
    (tmp_path / 'photos').mkdir()
    shutil.copy(OURS[0], str(tmp_path / 'my_7.png'))
    shutil.copy(OURS[5], str(tmp_path / 'photos' / '5.jpg'))
    pattern = r'\.venv/bin/((?:python main|tensorboard).*?)[`\n]'
    found = re.findall(pattern, README)
    assert len(found) == 5
    for command in dict.fromkeys(found):
        if command.startswith('tensorboard'):
            command += ' --inspect'  # it would wait for a browser
        command = os.path.join(os.path.dirname(sys.executable), command)
        printed = subprocess.check_output(command, shell=True, cwd=str(tmp_path))
        assert b'Prediction for' in printed or b'accuracy' in printed


def test_the_files_it_names_exist():
    for path in re.findall(r'\btests/\w+\.\w+', README):
        assert (ROOT / path).exists(), path


def test_what_you_should_see(article_run):
    (shown,) = [block for block in blocks() if block.startswith('Iteration')]
    number = re.compile(r'\d+\.\d+')  # processors differ in these
    for line in shown.split('\n'):
        assert number.sub('#', line) in number.sub('#', article_run.stdout)


def test_your_own_digit(network):
    pattern = r'`Prediction for (\S+): (\d) \((\d+)%\)`'
    ((picture, digit, percent),) = re.findall(pattern, README)
    (shares,) = network([main.read_image(str(ROOT / picture))])
    assert shares.argmax() == int(digit)
    assert abs(int(percent) - 100 * shares.max()) < 5  # processors differ
