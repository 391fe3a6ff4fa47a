"""The scripts that print the README's tables: each is run on a tiny input, and its table read."""
import os
import re
import shutil
import subprocess
import sys

import pytest

import experiments
import own_digits
from conftest import OURS, ROOT


def rows(printed):
    """Return the rows of the tables in what a script prints: their cells by the first of them."""
    cells = [line.strip('| ').split(' | ') for line in printed.splitlines() if line[:2] == '| ']
    return {name: others for name, *others in cells}


@pytest.fixture
def table(monkeypatch, capsys):
    """A function that calls a script's main function with arguments and returns the rows of what it prints."""
    def called(function, *arguments):
        monkeypatch.setattr('sys.argv', [function.__module__ + '.py'] + list(map(str, arguments)))
        function()
        return rows(capsys.readouterr().out)
    return called


def test_own_digits(table, monkeypatch, tmp_path):
    for kind, pictures in ('paint', OURS[:4]), ('photo', OURS[4:10]):
        (tmp_path / kind).mkdir()
        for picture in pictures:
            shutil.copy(picture, str(tmp_path / kind))
    monkeypatch.setattr(own_digits, 'EDITED', dict(own_digits.EDITED, n_iterations='300'))
    head, *body = table(own_digits.table, tmp_path, '--trainings', 1).items()
    assert head == ('kind', ['pictures', "article's lines, default", "article's lines, edited",
                             'ours, default', 'ours, edited'])
    kinds = {kind: [int(figure.rstrip('%')) for figure in figures] for kind, figures in body}
    assert {kind: count for kind, (count, *_) in kinds.items()} == {'paint': 4, 'photo': 6, 'all': 10}
    for paint, photo, both in list(zip(*kinds.values()))[1:]:
        assert paint % 25 == 0 and both == pytest.approx(0.4 * paint + 0.6 * photo, abs=0.5)
    _, default, edited, ours_default, ours_edited = kinds['all']
    assert max(default, edited) < 70 and min(ours_default, ours_edited) >= 80


def test_experiments(table, monkeypatch):
    name = '`activation = tf.nn.relu`, `learning_rate = 1e-3`'
    monkeypatch.setattr(experiments, 'EDITS', (('none', {'n_iterations': '101'}),
                                               (name, dict(experiments.RELU, n_iterations='101'))))
    results = table(experiments.main, '--seeds', 1)
    assert results.pop('edit') == ['test accuracy, mean', 'sd', 'lowest to highest', 'time']
    assert list(results) == ['none', name]
    for mean, deviation, lowest_to_highest, time in results.values():
        assert re.fullmatch(r'0\.\d{4}', mean) and lowest_to_highest == '%s to %s' % (mean, mean)
        assert deviation == '0.0000'
        assert float(time) > 0
    assert results['none'][3] == '1.00' and 0.7 < float(results['none'][0]) < float(results[name][0])


def test_the_experiments_are_the_readmes_and_can_be_made(tmp_path):
    with open(os.path.join(ROOT, 'README.md')) as f:
        readme = f.read()
    copies = []
    for i, (name, edit) in enumerate(experiments.EDITS):
        assert '\n| %s | 0.' % name in readme
        (tmp_path / str(i)).mkdir()
        with open(experiments.change(tmp_path / str(i), edit, seed=0)) as f:
            copies.append(f.read())
        compile(copies[-1], name, 'exec')
    assert len(set(copies)) == len(copies)


def figures(cell):
    """Return a cell's median, lowest and highest."""
    middle, lowest, highest = map(float, re.fullmatch(r'(-?[\d.]+) \((-?[\d.]+) to (-?[\d.]+)\)', cell).groups())
    assert lowest <= middle <= highest
    return middle


def benchmark(*arguments):
    """Run benchmark.py with one run of ten steps for each figure; return the rows of its tables.

    In a process of its own, since a child's peak memory is never less than its parent's was when it was started.
    """
    code = 'import benchmark; benchmark.BATCH_SIZES, benchmark.GROWTH = [32], [1]; benchmark.main()'
    command = [sys.executable, '-c', code, '--runs', '1', '--iterations', '10'] + list(arguments)
    return rows(subprocess.check_output(command, cwd=os.path.join(ROOT, 'tests'), universal_newlines=True))


def test_benchmark():
    results = benchmark()
    assert figures(results['wall time, s'][0]) > 0 and figures(results['CPU time, s'][0]) > 0
    assert 200 < figures(results['peak memory, MB'][0]) < 1000
    for part in ('start-up: the imports and the graph', 'reading the picture', 'reading MNIST', 'starting the session', 'training',
                 'testing', 'predicting'):
        assert figures(results[part][0]) >= 0
    figures(results['32'][0])  # a number; ten steps are too few for a speed
    seconds, memory = map(float, results['10'])
    assert seconds > 0 and 200 < memory < 1000


def test_benchmark_beside_another_command():
    results = benchmark('--vs', '%s -c ""' % sys.executable)
    assert figures(results['wall time'][0]) > 1 and figures(results['peak memory'][0]) > 5
