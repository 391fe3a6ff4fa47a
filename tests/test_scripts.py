"""The scripts that print the README's tables, each on a tiny input."""
import os
import re
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import experiments
import mistakes
import own_digits
from benchmark import FIGURES
from conftest import OURS, ROOT


def rows(printed):
    """Return the rows of the tables in what a script prints, by their first cells."""
    lines = [line for line in printed.splitlines() if line.startswith('| ')]
    cells = [line.strip('| ').split(' | ') for line in lines]
    return {name: others for name, *others in cells}


@pytest.fixture
def table(monkeypatch, capsys):
    """A function that calls a script's main function; it returns rows() and stderr."""
    def called(function, *arguments):
        arguments = [str(argument) for argument in arguments]
        monkeypatch.setattr('sys.argv', [function.__module__ + '.py'] + arguments)
        function()
        printed = capsys.readouterr()
        return rows(printed.out), printed.err
    return called


@pytest.mark.parametrize('script', [
    'benchmark', 'experiments', 'mistakes', 'own_digits', 'picture'])
def test_help_says_what_it_does_and_how_long_it_takes(script, monkeypatch, capsys):
    path = os.path.join(ROOT, 'tests', script + '.py')
    monkeypatch.setattr('sys.argv', [path, '--help'])
    with pytest.raises(SystemExit):
        runpy.run_path(path, run_name='__main__')
    assert re.search(r'\n\n.+ \(takes .+\)\.\n', capsys.readouterr().out)


def test_mistakes():
    """Of three examples the second and the third are wrong, the third the surest."""
    shares = np.array([[0.6, 0.4], [0.55, 0.45], [0.9, 0.1]])
    shares = np.hstack([shares, np.zeros((3, 8))])
    labels = np.array([0, 1, 1])
    assert list(mistakes.surest_mistakes(shares, labels)) == [2, 1]
    counts = mistakes.count_pairs(shares, labels)
    assert counts[0, 0] == 1 and counts[1, 0] == 2 and counts.sum() == 3


def test_the_page_of_mistakes(monkeypatch):
    halves = [('', {'n_iterations': iterations}) for iterations in ('1', '101')]
    monkeypatch.setattr(mistakes, 'HALVES', halves)
    tables = np.array(mistakes.draw_page())[mistakes.TABLE_TOP:]
    is_dark = tables[..., 1] < 100  # in green: red cells, and letters
    left, right = np.hsplit(is_dark, 2)
    assert np.count_nonzero(left) > 2 * np.count_nonzero(right)


def test_own_digits(table, monkeypatch, tmp_path):
    for kind, pictures in ('paint', OURS[:4]), ('photo', OURS[4:10]):
        (tmp_path / kind).mkdir()
        for picture in pictures:
            shutil.copy(picture, str(tmp_path / kind))
    Image.new('L', (28, 28), 255).save(str(tmp_path / 'paint' / '5_blank.png'))
    for name in 'paint/6_words.png', 'paint/six.png':
        (tmp_path / name).write_text('six')
    quick = dict(own_digits.EDITED, n_iterations='200')
    monkeypatch.setattr(own_digits, 'NETWORKS', (quick, quick))
    printed, errors = table(own_digits.table, tmp_path, '--trainings', 1)
    head, *body = printed.items()
    assert head[0] == 'kind' and head[1][0] == 'pictures'
    kinds = {kind: [int(cell.rstrip('%')) for cell in cells] for kind, cells in body}
    assert {kind: cells[0] for kind, cells in kinds.items()} == {
        'paint': 6, 'photo': 6, 'all': 12}
    for paint, photo, both in list(zip(*kinds.values()))[1:]:
        assert paint <= 67 and both == pytest.approx((paint + photo) / 2, abs=1)
    _, default, edited, ours_default, ours_edited = kinds['all']
    assert max(default, edited) < 60 and min(ours_default, ours_edited) >= 66
    for problem in '5_blank.png: no digit', '6_words.png: this is', 'six.png: its name':
        assert problem in errors


def test_experiments(table, monkeypatch):
    relu = dict(experiments.RELU, n_iterations='101')
    edits = ('none', {'n_iterations': '101'}), ('relu', relu)
    monkeypatch.setattr(experiments, 'EDITS', edits)
    results, _ = table(experiments.main, '--seeds', 1)
    assert results['edit'] == ['test accuracy', 'standard deviation', 'time']
    assert 0.7 < float(results['none'][0]) < float(results['relu'][0]) < 1
    assert results['none'][1] == '0.000' and results['none'][2] == '1.0'
    assert 0.3 < float(results['relu'][2]) < 3


def test_the_experiments_are_the_readmes():
    with open(os.path.join(ROOT, 'README.md')) as f:
        readme = f.read()
    for name, _ in experiments.EDITS:
        assert '\n| %s | 0.' % name in readme


def test_benchmark():
    """In a process of its own, since a process's memory is at first its parent's."""
    command = [sys.executable, 'benchmark.py', '--runs', '1', '--iterations', '10']
    results = rows(subprocess.check_output(
        command, cwd=os.path.join(ROOT, 'tests'), universal_newlines=True))
    assert '10 iterations' in results
    wall, cpu, memory = [float(results[name][0]) for name in FIGURES]
    assert wall > 0.5 and cpu > 0.5 and 200 < memory < 1000
