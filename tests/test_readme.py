"""The README: its commands are the ones that run, its transcripts are what they print."""
import os
import re

from conftest import ROOT, edited, run


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


def test_transcript_of_an_own_digit(tmp_path):
    (shown,) = [block for block in blocks() if 'Prediction for tests/digits' in block]
    result = run('--show', 'tests/digits/7.gif', script=edited(tmp_path, n_iterations='0'), cwd=ROOT)
    lines = [line.rstrip() for line in result.stdout.split('test set: ')[1].splitlines()[1:29]]
    assert '\n'.join(lines).strip('\n') in '\n'.join(line.rstrip() for line in shown.splitlines())
    assert re.search(r'\nPrediction for tests/digits/7.gif: 7 \(\d+%\)$', shown)
