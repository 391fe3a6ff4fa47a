"""The article's run: what it prints, that it repeats itself, the data it reads and what it says when they are gone."""
import gzip
import hashlib
import os
import re
import shutil

import numpy as np
import pytest

import main
from conftest import EXTRACTING, ROOT, edited, run_here, trained, transcript

MD5 = {'train-images-idx3-ubyte.gz': '6bbc9ace898e44ae57da46a324031adb',
       'train-labels-idx1-ubyte.gz': 'a25bea736e30d166cdddb491f175f624',
       't10k-images-idx3-ubyte.gz': '2646ac647ad5339dbf082846283269ea',
       't10k-labels-idx1-ubyte.gz': '27ae3e4e09519cfbb04c329615203637'}


def test_the_articles_run(article_run):
    match = re.fullmatch(transcript(1000), article_run.stdout)
    assert match, article_run.stdout
    assert 0.907 < float(match.group(1)) < 0.919  # over seeds 0.9128, give or take 0.0012: five times that
    assert article_run.stdout.startswith('Extracting MNIST_data/train-images-idx3-ubyte.gz\n')
    assert article_run.stderr == ''
    assert article_run.returncode == 0


def test_the_loss_falls(article_run):
    losses = [float(loss) for loss in re.findall(r'Loss = ([0-9.]+)', article_run.stdout)]
    assert losses[0] > 2 and max(losses[5:]) < 0.7


def test_another_process_prints_the_same_digits(article_run, other_run):
    here, there = (printed.split('ubyte.gz\n')[-1].split('Prediction')[0] for printed in (article_run.stdout, other_run[0]))
    assert here == there and 'Accuracy on test set' in here


def test_the_minibatch_is_measured_after_its_step_with_all_units(article_run):
    images, labels = main.read_data().train.next_batch(main.batch_size)
    with trained(n_iterations=1) as network:
        probabilities = network(images)
    loss, accuracy = map(float, re.search(r'Loss = (\S+) \t\| Accuracy = (\S+)', article_run.stdout).groups())
    assert loss == pytest.approx(-np.log((probabilities * labels).sum(axis=1)).mean(), rel=1e-4)
    assert accuracy == (probabilities.argmax(axis=1) == labels.argmax(axis=1)).mean()


def test_the_accuracy_is_the_test_sets(article_run, network, mnist):
    test, validation = ((network(part.images).argmax(axis=1) == part.labels.argmax(axis=1)).mean()
                        for part in (mnist.test, mnist.validation))
    assert 'Accuracy on test set: %s\n' % round(float(test), 4) in article_run.stdout
    assert abs(test - validation) > 0.001  # else this would show nothing


def test_the_data_are_mnist(mnist):
    for name, md5 in MD5.items():
        with gzip.open(os.path.join(ROOT, 'MNIST_data', name)) as f:
            assert hashlib.md5(f.read()).hexdigest() == md5
    assert [part.num_examples for part in (mnist.train, mnist.validation, mnist.test)] == [55000, 5000, 10000]
    for part in (mnist.train, mnist.validation, mnist.test):
        assert part.images.shape == (part.num_examples, 784) and part.images.dtype == np.uint8
        assert part.labels.shape == (part.num_examples, 10)
        assert set(np.unique(part.labels)) == {0, 1} and (part.labels.sum(axis=1) == 1).all()
    assert list(mnist.validation.labels[:10].argmax(axis=1)) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def cut_short(path):
    with open(path, 'r+b') as f:
        f.truncate(20000)


def one_bit_flipped(path):
    with open(path, 'r+b') as f:
        f.seek(3000)
        byte = f.read(1)[0]
        f.seek(3000)
        f.write(bytes([byte ^ 4]))


def emptied(path):
    open(path, 'w').close()


def swapped(path):
    shutil.copy(path.replace('images-idx3', 'labels-idx1'), path)


@pytest.mark.parametrize('name, damage', [
    ('train-images-idx3-ubyte.gz', os.remove), ('t10k-labels-idx1-ubyte.gz', os.remove),
    ('train-images-idx3-ubyte.gz', cut_short), ('t10k-images-idx3-ubyte.gz', emptied),
    ('t10k-images-idx3-ubyte.gz', one_bit_flipped), ('train-labels-idx1-ubyte.gz', one_bit_flipped),
    ('train-images-idx3-ubyte.gz', swapped)])
def test_missing_or_damaged_data(tmp_path, monkeypatch, capsys, name, damage):
    shutil.copytree(os.path.join(ROOT, 'MNIST_data'), str(tmp_path / 'MNIST_data'))
    damage(str(tmp_path / 'MNIST_data' / name))
    monkeypatch.setattr(main, 'here', str(tmp_path))
    with pytest.raises(SystemExit) as mistake:
        main.read_data()
    sentence = mistake.value.code
    assert os.path.join('MNIST_data', name) + ' is missing, damaged or not MNIST (' in sentence
    assert 'git checkout' in sentence and '\n' not in sentence
    assert capsys.readouterr().out == ''
    assert damage is not os.remove or not (tmp_path / 'MNIST_data' / name).exists()  # nor downloaded


def test_no_iterations_test_an_untrained_network(tmp_path):
    printed = run_here(script=edited(tmp_path, n_iterations='0'))
    match = re.fullmatch(EXTRACTING + '\nAccuracy on test set: ([0-9.]+)\nPrediction for test image: [0-9]\n', printed)
    assert float(match.group(1)) < 0.3
