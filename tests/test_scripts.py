"""The scripts in this folder, each run for a short time."""
import hashlib
import re
import shutil

import numpy as np
import pytest
from PIL import Image, ImageOps

import experiments
import held_out
import main
import mistakes
import own_digits
import picture
from conftest import EDITED, OURS, ROOT, run, run_here


def test_help_and_message():
    script = ROOT / 'tests' / 'own_digits.py'
    assert re.search(r'\n\n.+ \(takes .+\)\.\n', run('--help', script=script).stdout)
    assert 'no picture in nowhere' in run('nowhere', script=script).stderr
    refused = run('tests/digits', '--trainings', '0', script=script).stderr
    assert '--trainings must be at least 1' in refused


def test_mistakes(monkeypatch):
    shares = np.array([[0.6, 0.4], [0.55, 0.45], [0.9, 0.1]])
    assert list(mistakes.find_mistakes(shares, np.array([0, 1, 1]))) == [2, 1]
    monkeypatch.setattr(mistakes, 'HALVES', {'one iteration': {'n_iterations': '1'}})
    half = mistakes.draw_page().subfigs[0]
    matrix = np.zeros((10, 10), int)
    for text in half.axes[-1].texts:
        predicted, true = text.get_position()
        matrix[true, predicted] = text.get_text()
    assert list(matrix.sum(axis=1)) == list(main.read_data().test.labels.sum(axis=0))
    assert half.texts[1].get_text().startswith(f'{10000 - matrix.trace():,} of the 10,')
    for axes in half.axes[:-1]:
        true, predicted = axes.get_xlabel().split(' → ')
        assert true != predicted and matrix[int(true), int(predicted)]


def test_the_picture_of_ten_digits():
    for digit, axes in enumerate(picture.draw_page().axes[10:]):
        image = main.read_image(picture.PATHS[digit])
        assert np.allclose(axes.images[0].get_array(), image.reshape(28, 28))
        assert re.fullmatch(fr'{digit}, \d+%', axes.get_xlabel())


def test_the_usual_preparation(tmp_path):
    assert 12 <= own_digits.otsu_threshold(np.array([10, 10, 12, 200, 210])) < 200
    grey = Image.open(OURS[4]).convert('L')
    ImageOps.invert(grey).save(str(tmp_path / 'negative.png'))
    image = own_digits.usual_image(OURS[4])
    assert np.array_equal(image, own_digits.usual_image(str(tmp_path / 'negative.png')))
    assert own_digits.article_image(OURS[4]).max() > 100 and image.max() <= 1
    places = np.argwhere(image.reshape(28, 28))
    assert max(np.ptp(places, axis=0)) == 19  # 20 pixels long
    centre = np.average(places, axis=0, weights=image[image > 0])
    assert centre == pytest.approx([13.5, 13.5], abs=0.51)


def test_own_digits(capsys, monkeypatch, tmp_path):
    shutil.copytree(str(ROOT / 'tests' / 'digits'), str(tmp_path / 'paint'))
    Image.new('L', (28, 28), 255).save(str(tmp_path / '5_blank.png'))
    for name in 'paint/six.png', 'paint/7.txt', '6_words.png':
        (tmp_path / name).write_text('six')
    settings = {'a': {'n_iterations': '1'}, 'b': dict(EDITED, n_iterations='200')}
    monkeypatch.setattr(own_digits, 'SETTINGS', settings)
    printed = run_here(tmp_path, '--trainings', '1', script=own_digits)
    cells = re.findall(r'\d\.\d\d', printed)
    short, long = np.reshape(cells, (2, 5)).astype(float)
    article, usual, ours, low, high = long
    assert article < usual < ours <= 0.91 and low < ours < high  # 19 of 21
    assert short[2] < 0.6 and '| accuracy on 21 pictures |' in printed
    errors = capsys.readouterr().err
    for problem in '5_blank.png: no digit', '6_words.png: this', 'six.png: its name':
        assert errors.count(problem) == 1
    shares = np.arange(100) % 2
    assert own_digits.interval(shares, shares) == '0.00 to 1.00'
    low, high = own_digits.interval(shares, np.arange(100)).split(' to ')
    assert [float(low), float(high)] == pytest.approx([0.4, 0.6], abs=0.02)


def test_held_out(monkeypatch, tmp_path):
    """The first is not served, the second has changed; saved copies are damaged."""
    served, saved = tmp_path / 'me/digits/c0de/a b', tmp_path / 'new/paint'
    served.mkdir(parents=True)
    saved.mkdir(parents=True)
    lines = ['digit,kind,repository,commit,path,sha256']
    for i in range(3):
        checksum = hashlib.sha256(open(OURS[i], 'rb').read()).hexdigest()
        lines.append(f'{i},paint,me/digits,c0de,a b/{i}#.png,{checksum}')
        (saved / f'{i}__me_digits__{i + 1}.png').write_text('damaged')
    monkeypatch.setattr(held_out, 'LIST', tmp_path / 'list.csv')
    held_out.LIST.write_text('\n'.join(lines))
    (served / '1#.png').write_text('changed')
    shutil.copy(OURS[2], str(served / '2#.png'))
    monkeypatch.setattr(held_out, 'GITHUB', tmp_path.as_uri())
    with pytest.raises(SystemExit, match='/0%23.png: .*No such.*\n.*/1%23.png: it has'):
        run_here(tmp_path / 'new', script=held_out)
    (kept,) = saved.iterdir()
    assert kept.read_bytes() == (served / '2#.png').read_bytes()
    (served / '2#.png').unlink()  # as it must not be downloaded again
    for i in range(2):
        shutil.copy(OURS[i], str(served / f'{i}#.png'))
    assert run_here(tmp_path / 'new', script=held_out).startswith('3 of 3 pictures')


def test_experiments(monkeypatch):
    readme = (ROOT / 'README.md').read_text()
    for name, _ in experiments.EDITS:
        assert '\n| %s | 0.' % name in readme
    relu = dict(experiments.RELU, n_iterations='101')
    edits = ('none', {'n_iterations': '101'}), ('relu', relu)
    monkeypatch.setattr(experiments, 'EDITS', edits)
    printed = run_here('--seeds', '2', script=experiments)
    rows = re.findall(r'\| (\d\.\d+) ± (\d\.\d+) \|', printed)
    (none, spread), (relu, other) = np.array(rows, float)
    assert 0.7 < none < relu < 1 and spread + other > 0
    chance = float(re.search(r'below ([0-9.]+)', printed).group(1))
    pooled = ((spread ** 2 + other ** 2) / 2) ** 0.5
    assert chance == pytest.approx(2 * pooled, abs=0.002)
