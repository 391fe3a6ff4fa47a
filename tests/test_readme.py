"""The README: its commands are the ones that run, its transcripts are what they print."""
import os
import re

import main
from conftest import OURS, ROOT, edited, run_here


def text(*path):
    with open(os.path.join(ROOT, *path)) as f:
        return f.read()


def blocks():
    """Return the README's indented blocks, without their indent."""
    found = re.findall(r'(?:^    .*\n|^\n(?=    ))+', text('README.md'), re.M)
    return [re.sub(r'(?m)^    ', '', block).strip('\n') for block in found]


def test_commands():
    setup = 'python3.7 -m venv .venv && .venv/bin/pip install -r %s && .venv/bin/python %s'
    tests = setup % ('tests/requirements.txt', '-m pytest tests')
    assert blocks()[0] == setup % ('requirements.txt', 'main.py')
    assert tests in blocks() and text('.ci', 'run').strip() == tests
    for script in re.findall(r'\btests/\w+\.\w+', text('README.md')):
        assert os.path.exists(os.path.join(ROOT, script)), script


def test_transcript_of_the_first_run(article_run):
    (transcript,) = [block for block in blocks() if block.startswith('Extracting')]
    numbers = re.compile(r'\d+\.\d+')
    assert numbers.sub('#', transcript + '\n') == numbers.sub('#', article_run.stdout)
    for ours, here in zip(numbers.findall(transcript), numbers.findall(article_run.stdout)):
        assert abs(float(ours) - float(here)) < 0.1  # processors differ in the last decimals, and those add up


def test_transcript_of_an_own_digit(tmp_path, network):
    (shown,) = [block for block in blocks() if 'Prediction for tests/digits' in block]
    printed = run_here('--show', OURS[7], script=edited(tmp_path, n_iterations='0'))
    drawn = [line.rstrip() for line in printed.split('test set: ')[1].splitlines()[1:29]]
    *rows, empty, last = [line.rstrip() for line in shown.splitlines()]
    assert rows == '\n'.join(drawn).strip('\n').split('\n') and len(rows) > 15 and empty == ''
    percent = re.fullmatch(r'Prediction for tests/digits/7.gif: 7 \((\d+)%\)', last).group(1)
    assert abs(int(percent) - 100 * network([main.read_image(OURS[7])])[0, 7]) < 2  # processors differ
