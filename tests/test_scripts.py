"""The scripts that print the README's tables: each is run on a tiny input, and its table read."""
import os
import re
import shutil

import pytest

import benchmark
import experiments
import main
import own_digits
from conftest import OURS, ROOT


@pytest.fixture
def table(monkeypatch, capsys):
    """A function that calls a script's main function with arguments and returns the rows of all that it prints."""
    def rows(function, *arguments):
        monkeypatch.setattr('sys.argv', [function.__module__ + '.py'] + list(map(str, arguments)))
        function()
        printed = [line.strip('| ').split(' | ') for line in capsys.readouterr().out.splitlines() if line[:2] == '| ']
        return {cells[0]: cells[1:] for cells in printed}
    return rows


def test_own_digits(table, monkeypatch, tmp_path):
    for kind, pictures in ('paint', OURS[:4]), ('photo', OURS[4:10]):
        (tmp_path / kind).mkdir()
        for picture in pictures:
            shutil.copy(picture, str(tmp_path / kind))
    monkeypatch.setattr(main, 'n_iterations', 300)
    monkeypatch.setattr(own_digits, 'EDITED', dict(own_digits.EDITED, n_iterations=300))
    head, *rows = table(own_digits.table, tmp_path, '--trainings', 1).items()
    assert head == ('kind', ['pictures', "article's lines, default", "article's lines, edited", 'ours, default', 'ours, edited'])
    kinds = {kind: [int(figure.rstrip('%')) for figure in figures] for kind, figures in rows}
    assert {kind: count for kind, (count, *_) in kinds.items()} == {'paint': 4, 'photo': 6, 'all': 10}
    for paint, photo, both in list(zip(*kinds.values()))[1:]:
        assert paint % 25 == 0 and both == pytest.approx(0.4 * paint + 0.6 * photo, abs=0.5)
    _, default, edited, ours_default, ours_edited = kinds['all']
    assert max(default, edited) < 70 and min(ours_default, ours_edited) >= 80


def test_experiments(table, monkeypatch):
    name = '`activation = tf.nn.relu`, `learning_rate = 1e-3`'
    monkeypatch.setattr(experiments, 'EDITS', (('none', {'n_iterations': '101'}),
                                               (name, dict(experiments.RELU, n_iterations='101'))))
    rows = table(experiments.main, '--seeds', 1)
    assert rows.pop('edit') == ['test accuracy, mean', 'sd', 'lowest to highest', 'time']
    assert list(rows) == ['none', name]
    for mean, deviation, lowest_to_highest, time in rows.values():
        assert re.fullmatch(r'0\.\d{4}', mean) and deviation == '0.0000' and lowest_to_highest == '%s to %s' % (mean, mean)
        assert float(time) > 0
    assert rows['none'][3] == '1.00' and 0.7 < float(rows['none'][0]) < float(rows[name][0])


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


def test_benchmark(table, monkeypatch):
    monkeypatch.setattr(benchmark, 'BATCH_SIZES', [32])
    monkeypatch.setattr(benchmark, 'GROWTH', [1])
    rows = table(benchmark.main, '--runs', 1, '--iterations', 10)
    assert figures(rows['wall time, s'][0]) > 0 and figures(rows['CPU time, s'][0]) > 0
    assert 200 < figures(rows['peak memory, MB'][0]) < 1000
    parts = [part for part in rows if part in ('start-up: the imports', 'reading the picture', 'reading MNIST', 'testing',
                                               'building the graph', 'training', 'predicting')]
    assert len(parts) == 7 and all(figures(rows[part][0]) >= 0 for part in parts)
    figures(rows['32'][0])  # a number; ten steps are too few for a speed
    seconds, memory = map(float, rows['10'])
    assert seconds > 0 and 200 < memory < 1000


def test_benchmark_beside_another_command(table):
    rows = table(benchmark.main, '--runs', 1, '--iterations', 10, '--vs', 'python -c "print(2)"')
    assert all(figures(rows[name][0]) > 1 for name in ('wall time', 'CPU time', 'peak memory'))
