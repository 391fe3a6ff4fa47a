"""The README: its commands are the ones that run, its transcripts are what they print."""
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
    setup = 'python3.7 -m venv .venv && .venv/bin/pip install -r %s && .venv/bin/python %s'
    tests = setup % ('tests/requirements.txt', '-m pytest tests')
    assert blocks()[0] == setup % ('requirements.txt', 'main.py')
    assert tests in blocks() and text('.ci', 'run').strip() == tests
    for script in re.findall(r'\btests/\w+\.\w+', text('README.md')):
        assert os.path.exists(os.path.join(ROOT, script)), script


def test_transcript_of_the_first_run(article_run):
    (transcript,) = [block for block in blocks() if block.startswith('Extracting')]
    shown, lines = transcript.splitlines(), article_run.stdout.splitlines()
    cut = shown.index('...')
    here = '\n'.join(lines[:cut] + ['...'] + lines[cut + 1 - len(shown):])
    numbers = re.compile(r'\d+\.\d+')
    assert numbers.sub('#', transcript) == numbers.sub('#', here)
    for ours, number in zip(numbers.findall(transcript), numbers.findall(here)):
        assert abs(float(ours) - float(number)) < 0.1  # processors differ in the last decimals, and those add up


def test_transcript_of_an_own_digit(network):
    (picture, digit, percent), = re.findall(r'`Prediction for (\S+): (\d) \((\d+)%\)`', text('README.md'))
    (probabilities,) = network([main.read_image(os.path.join(ROOT, picture))])
    assert probabilities.argmax() == int(digit) == int(os.path.basename(picture)[0])
    assert abs(int(percent) - 100 * probabilities.max()) < 5  # processors differ
