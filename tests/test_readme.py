"""The README: its commands run, its files exist and its examples hold."""
import os
import re
import subprocess
import sys

from conftest import ROOT, edited, environment, run

README = (ROOT / 'README.md').read_text(encoding='utf-8')


def blocks():
    """Return the README's indented blocks, without their indent."""
    found = re.findall(r'(?:^    .*\n|^\n(?=    ))+', README, re.M)
    return [re.sub(r'(?m)^    ', '', block).strip('\n') for block in found]


def test_commands(tmp_path):
    """Each command of the page that needs no internet."""
    edited(tmp_path, n_iterations='1')
    (tmp_path / 'tests').symlink_to(ROOT / 'tests')
    (tmp_path / 'README.md').symlink_to(ROOT / 'README.md')
    commands = re.findall(r'\.venv/bin/(\w+ .*?)(?: && |\n)', README)
    assert len(commands) == 10
    for command in commands:
        if command.startswith(('pip', 'python -m pytest')):
            continue  # .ci/run does these
        if command.startswith('tensorboard'):
            command += ' --inspect'  # it would wait for a browser
        if command.startswith('python tests/'):
            command += ' --help'  # test_scripts.py runs them
        words = command.split()
        words[0] = os.path.join(os.path.dirname(sys.executable), words[0])
        printed = subprocess.check_output(words, cwd=str(tmp_path), env=environment())
        assert re.search(b'Prediction for|accuracy|--help', printed), command


def test_the_files_and_the_command_it_names():
    for path in re.findall(r'\btests/\w+\.\w+', README):
        assert (ROOT / path).exists(), path
    assert '    ' + (ROOT / '.ci' / 'run').read_text() in README


def test_what_you_should_see(article_run):
    (shown,) = [block for block in blocks() if block.startswith('Accuracy on')]
    number = re.compile(r'\d+\.\d+')  # processors differ in these
    assert number.sub('#', shown) in number.sub('#', article_run.stdout)


def test_your_own_digit():
    (shown,) = [block for block in blocks() if '@@' in block]
    command, *rows, last = shown.split('\n')
    words = command.split()[2:]
    printed = run(*words, cwd=str(ROOT)).stdout.splitlines()
    assert '\n'.join(rows) in '\n'.join(line.rstrip() for line in printed)
    expected, percent = last.split('(')
    prediction, our_percent = printed[-1].split('(')
    assert prediction == expected
    assert abs(int(our_percent[:-2]) - int(percent[:-2])) < 5  # processors differ
