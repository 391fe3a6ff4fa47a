"""The README: its commands run, its files exist and its examples hold."""
import os
import re
import subprocess
import sys

import main
from conftest import ROOT, edited, environment

README = (ROOT / 'README.md').read_text(encoding='utf-8')


def blocks():
    """Return the README's indented blocks, without their indent."""
    found = re.findall(r'(?:^    .*\n|^\n(?=    ))+', README, re.M)
    return [re.sub(r'(?m)^    ', '', block).strip('\n') for block in found]


def test_ci_runs_the_command_of_the_tests():
    assert (ROOT / '.ci' / 'run').read_text().strip() in '\n'.join(blocks()).split('\n')


def test_commands(tmp_path):
    """Each command of the page that needs no network, in the page's order."""
    edited(tmp_path, n_iterations='1')
    (tmp_path / 'tests').symlink_to(ROOT / 'tests')
    (tmp_path / 'README.md').symlink_to(ROOT / 'README.md')
    found = re.findall(r'(?m)^    .*?\.venv/bin/(\S.*)|`\.venv/bin/([^`]* --logdir [^`]*)`', README)
    commands = [block or inline for block, inline in found]
    assert len(commands) == 7
    for command in commands:
        if command.startswith(('pip', 'python -m pytest')):
            continue  # .ci/run does these
        if command.startswith('tensorboard'):
            command += ' --inspect'  # it would wait for a browser
        if 'tests/held_out' in command:
            command = command.split(' && ')[0] + ' --help'  # test_scripts.py runs them
        words = command.split()
        words[0] = os.path.join(os.path.dirname(sys.executable), words[0])
        printed = subprocess.check_output(words, cwd=str(tmp_path), env=environment())
        assert re.search(b'Prediction for|accuracy|--help', printed), command


def test_the_files_it_names_exist():
    for path in re.findall(r'\btests/\w+\.\w+', README):
        assert (ROOT / path).exists(), path


def test_what_you_should_see(article_run):
    (shown,) = [block for block in blocks() if block.startswith('Accuracy on')]
    number = re.compile(r'\d+\.\d+')  # processors differ in these
    assert number.sub('#', shown) in number.sub('#', article_run.stdout)


def test_your_own_digit(network):
    """The lines of --show, and the prediction below them."""
    (shown,) = [block for block in blocks() if '@@' in block]
    *rows, last = shown.split('\n')[2:]  # after the command
    picture, digit, percent = re.match(r'Prediction for (\S+): (\d) \((\d+)%\)', last).groups()
    image = main.read_image(str(ROOT / picture))
    shades = [' .:-=+*#%@'[int(9.9 * pixel)] for pixel in image]
    printed = [''.join(2 * shade for shade in shades[i:i + 28]) for i in range(0, 784, 28)]
    assert '\n'.join(rows) in '\n'.join(line.rstrip() for line in printed)
    (shares,) = network([image])
    assert shares.argmax() == int(digit)
    assert abs(int(percent) - 100 * shares.max()) < 5  # processors differ
