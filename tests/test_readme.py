"""The README: its commands run, and its numbers are what they print."""
import os
import re

import main
from conftest import ROOT


def text(*path):
    with open(os.path.join(ROOT, *path)) as f:
        return f.read()


def blocks():
    """Return the README's indented blocks, without their indent."""
    found = re.findall(r'(?:^    .*\n|^\n(?=    ))+', text('README.md'), re.M)
    return [re.sub(r'(?m)^    ', '', block).strip('\n') for block in found]


def test_commands():
    setup = ('python3.7 -m venv .venv && .venv/bin/pip install -r %s '
             '&& .venv/bin/python %s')
    tests = setup % ('tests/requirements.txt', '-m pytest tests')
    assert setup % ('requirements.txt', 'main.py') in blocks()
    assert tests in blocks() and text('.ci', 'run').strip() == tests
    for path in re.findall(r'\btests/\w+\.\w+', text('README.md')):
        assert os.path.exists(os.path.join(ROOT, path)), path


def test_what_you_should_see(article_run):
    (shown,) = [block for block in blocks() if block.startswith('Extracting')]
    number = re.compile(r'\d+\.\d+')  # processors differ in these
    for line in shown.replace('\n...', '').split('\n'):
        assert number.sub('#', line) in number.sub('#', article_run.stdout)


def test_your_own_digit(network):
    pattern = r'`Prediction for (\S+): (\d) \((\d+)%\)`'
    ((picture, digit, percent),) = re.findall(pattern, text('README.md'))
    (shares,) = network([main.read_image(os.path.join(ROOT, picture))])
    assert shares.argmax() == int(digit)
    assert abs(int(percent) - 100 * shares.max()) < 5  # processors differ
