"""The article's run: what it prints, that it is reproducible, and its data."""
import gzip
import hashlib
import re
import shutil

import numpy as np
import pytest

import main
from conftest import OURS, ROOT, edited, loaded, run, run_here, trained

MD5 = {'train-images-idx3-ubyte.gz': '6bbc9ace898e44ae57da46a324031adb',
       'train-labels-idx1-ubyte.gz': 'a25bea736e30d166cdddb491f175f624',
       't10k-images-idx3-ubyte.gz': '2646ac647ad5339dbf082846283269ea',
       't10k-labels-idx1-ubyte.gz': '27ae3e4e09519cfbb04c329615203637'}


def test_the_articles_run(article_run):
    assert [main.learning_rate, main.batch_size, main.dropout] == [1e-4, 128, 0.5]
    lines = [r'Extracting MNIST_data/\S+-ubyte\.gz'] * 4
    for i in range(0, 1000, 100):
        lines.append('Iteration %d \t\\| Loss = [0-9.]+ \t\\| Accuracy = [0-9.]+' % i)
    lines += ['', 'Accuracy on test set: ([0-9.]+)', 'Prediction for test image: 2', '']
    match = re.fullmatch('\n'.join(lines), article_run.stdout)
    assert match, article_run.stdout
    assert 0.907 < float(match.group(1)) < 0.919  # 0.9130 over ten seeds, sd 0.0015
    assert article_run.stderr == '' and article_run.returncode == 0


def test_the_same_seed_prints_the_same(article_run, tmp_path):
    """In another process, with pictures, and twice in one process."""
    script = loaded(edited(tmp_path, n_iterations='101'))
    first, second = run_here(script=script), run_here(OURS[0], script=script)
    lines = article_run.stdout.splitlines()[4:6]
    assert lines == first.splitlines()[4:6] == second.splitlines()[4:6]
    assert first.split('Prediction')[0] == second.split('Prediction')[0]


def test_the_loss_is_measured_after_the_step_with_all_units(article_run):
    images, labels = main.read_data().train.next_batch(main.batch_size)
    probabilities = trained(n_iterations='1')(images)
    loss = -np.log((probabilities * labels).sum(axis=1)).mean()
    printed = re.search(r'Loss = (\S+)', article_run.stdout).group(1)
    assert float(printed) == pytest.approx(loss, rel=1e-4)


def test_the_accuracy_is_the_test_sets(article_run, network, mnist):
    predictions = network(mnist.test.images).argmax(axis=1)
    is_right = predictions == mnist.test.labels.argmax(axis=1)
    assert 'test set: %s\n' % np.float32(is_right.mean()) in article_run.stdout


def test_the_data_are_mnist(mnist):
    for name, md5 in MD5.items():
        content = gzip.decompress((ROOT / 'MNIST_data' / name).read_bytes())
        assert hashlib.md5(content).hexdigest() == md5
    sets = mnist.train, mnist.validation, mnist.test
    assert [part.num_examples for part in sets] == [55000, 5000, 10000]
    for part in sets:
        assert part.images.min() == 0 and part.images.max() == 1
        assert (np.sort(part.labels) == [0] * 9 + [1]).all()
    assert list(mnist.validation.labels[:5].argmax(axis=1)) == [5, 0, 4, 1, 9]


def test_missing_data(tmp_path):
    folder = tmp_path / 'data'
    shutil.copytree(str(ROOT / 'MNIST_data'), str(folder))
    path = folder / 't10k-labels-idx1-ubyte.gz'
    path.unlink()
    result = run(script=edited(tmp_path, data_dir=repr(str(folder))))
    assert result.returncode == 1 and result.stdout == '' and not path.exists()
    assert result.stderr.startswith('%s is missing. Copy it' % path)
    assert result.stderr.count('\n') == 1
