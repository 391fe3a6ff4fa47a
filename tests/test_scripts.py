"""The scripts that the README names, each run for a short time."""
import re
import runpy
import shutil

import numpy as np
import pytest
from PIL import Image

import experiments
import mistakes
import own_digits
from conftest import OURS, ROOT


@pytest.fixture
def table(monkeypatch, capsys):
    """A function that runs a script; it returns its table's rows, and its stderr."""
    def called(function, *arguments):
        monkeypatch.setattr('sys.argv', ['script.py', *arguments])
        function()
        printed, errors = capsys.readouterr()
        lines = [line for line in printed.splitlines() if line.startswith('| ')]
        cells = [line.strip('| ').split(' | ') for line in lines]
        return {name: others for name, *others in cells}, errors
    return called


@pytest.mark.parametrize('name', ['experiments', 'mistakes', 'own_digits', 'picture'])
def test_help_says_what_it_does_and_how_long_it_takes(name, monkeypatch, capsys):
    path = str(ROOT / 'tests' / (name + '.py'))
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
    printed, errors = table(own_digits.table, str(tmp_path), '--trainings', '1')
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
    results, _ = table(experiments.main, '--seeds', '1')
    assert results['edit'] == ['test accuracy', 'standard deviation', 'seconds', 'MB']
    assert 0.7 < float(results['none'][0]) < float(results['relu'][0]) < 1
    for _, deviation, seconds, megabytes in results['none'], results['relu']:
        assert deviation == '0.000'
        assert float(seconds) > 0.5 and 200 < float(megabytes) < 1000


def test_the_experiments_are_the_readmes():
    readme = (ROOT / 'README.md').read_text()
    for name, _ in experiments.EDITS:
        assert '\n| %s | 0.' % name in readme
