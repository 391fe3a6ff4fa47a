"""The settings and the options: each is changed as a reader changes it, and its effect or its message is checked."""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import main
from conftest import ROOT, edited, failed, run, run_here


def losses(printed):
    return [float(loss) for loss in re.findall(r'Loss = ([0-9.]+)', printed)]


@pytest.fixture(scope='module')
def short_run(tmp_path_factory):
    """101 iterations with all else left alone, to compare with."""
    return losses(run_here(script=edited(tmp_path_factory.mktemp('short'), n_iterations='101')))


@pytest.mark.parametrize('edit', [
    dict(learning_rate='1e-3'), dict(batch_size='32'), dict(dropout='0.0'), dict(seed='2'),
    dict(activation='tf.nn.relu'), dict(n_hidden1='100'), dict(n_hidden2='100'), dict(n_hidden3='10')], ids=str)
def test_each_setting_has_its_effect(tmp_path, short_run, edit):
    here = losses(run_here(script=edited(tmp_path, n_iterations='101', **edit)))
    assert len(here) == len(short_run) == 2 and here[1] != short_run[1]
    if 'learning_rate' in edit:
        assert here[1] < short_run[1]  # ten times the rate learns faster


def test_iterations(tmp_path):
    printed = run_here(script=edited(tmp_path, n_iterations='301', batch_size='8'))
    assert re.findall(r'Iteration (\d+)', printed) == ['0', '100', '200', '300']


def test_the_seed_orders_the_examples(monkeypatch, mnist):
    monkeypatch.setattr(main, 'seed', 2)
    first, again = (main.read_data().train.next_batch(5)[0] for _ in range(2))
    assert (first == again).all() and (first != mnist.train.next_batch(5)[0]).any()


def test_without_a_seed_each_run_differs(tmp_path):
    script = edited(tmp_path, n_iterations='0', seed='None')
    assert run_here(script=script) != run_here(script=script)  # the accuracies of two initial networks


def test_data_dir(tmp_path):
    shutil.copytree(os.path.join(ROOT, 'MNIST_data'), str(tmp_path / 'other'))
    assert re.search('other.train-images-idx3', run_here(script=edited(tmp_path, n_iterations='0', data_dir="'other'")))


@pytest.mark.parametrize('name, value, allowed', [
    ('n_input', '28', '784'), ('n_output', '2', '10'), ('n_hidden1', '0', 'a whole number from 1 to 10000'),
    ('n_hidden2', "'64'", 'a whole number from 1 to 10000'), ('n_hidden3', '12.5', 'a whole number from 1 to 10000'),
    ('learning_rate', '0', 'a number from 1e-12'), ('learning_rate', "float('nan')", 'a number from 1e-12'),
    ('n_iterations', '-1', 'a whole number from 0'), ('n_iterations', '1e3', 'a whole number from 0'),
    ('batch_size', '55001', 'a whole number from 1 to 55000'), ('dropout', '1.0', 'a number from 0 to 0.999'),
    ('dropout', '-0.1', 'a number from 0 to 0.999'), ('seed', '-1', 'a whole number from 0 to 4294967295')])
def test_a_wrong_value_gets_its_message(tmp_path, name, value, allowed):
    with pytest.raises(SystemExit) as mistake:
        run_here(script=edited(tmp_path, **{name: value}))
    assert name in mistake.value.code and allowed in mistake.value.code and '\n' not in mistake.value.code


def test_a_hidden_layer_that_was_added_is_checked_too(tmp_path):
    with pytest.raises(SystemExit, match='n_hidden4 = 0 is not valid'):
        run_here(script=edited(tmp_path, n_hidden3='128; n_hidden4 = 0'))


@pytest.mark.parametrize('edit', [
    dict(learning_rate='np.float32(1e-3)'), dict(n_hidden1='np.int64(64)'), dict(dropout='0'), dict(dropout='0.999'),
    dict(batch_size='55000'), dict(activation='lambda x: tf.maximum(x, 0.1 * x)')], ids=str)
def test_what_is_right_is_not_refused(tmp_path, edit):
    assert 'Prediction for test image: ' in run_here(script=edited(tmp_path, n_iterations=1, **edit))


def test_the_settings_are_the_articles():
    assert (main.n_input, main.n_hidden1, main.n_hidden2, main.n_hidden3, main.n_output) == (784, 512, 256, 128, 10)
    assert (main.learning_rate, main.n_iterations, main.batch_size, main.dropout) == (1e-4, 1000, 128, 0.5)
    assert main.activation is tf.identity


def test_training_that_diverges(tmp_path):
    result = run(script=edited(tmp_path, n_iterations='10**9', learning_rate='1e12'))
    assert 'diverged' in failed(result) and 'learning_rate' in result.stderr
    assert 'Accuracy on' not in result.stdout


# Ctrl-C

@pytest.fixture
def started():
    """A function that starts a run and returns its process once the line of the iteration has come."""
    processes = []

    def start(script):
        process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   universal_newlines=True)
        processes.append(process)
        while 'Iteration 100 ' not in read_line(process):
            pass
        return process

    yield start
    for process in processes:
        process.kill()


def read_line(process):
    line = process.stdout.readline()
    assert line, process.communicate(timeout=60)
    return line


def test_ctrl_c_ends_the_training_but_not_the_program(tmp_path, started):
    process = started(edited(tmp_path, n_iterations='10**9'))
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    stop = re.search(r'\nStopped at iteration (\d+)\. .*\n\nAccuracy on test set: 0\.[89]\d*\nPrediction for test image: \d\n$',
                     rest)
    assert int(stop.group(1)) < 8000  # were lines not printed at once, more would have to fill the pipe's buffer
    assert errors == '' and process.returncode == 0


def test_a_second_ctrl_c_ends_the_program(tmp_path, started):
    script = edited(tmp_path, n_iterations='10**9')
    insert(script, "print('held'); signal.pause()", before='test_accuracy = ')
    process = started(script)
    process.send_signal(signal.SIGINT)
    while read_line(process) != 'held\n':
        pass
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert rest == errors == '' and process.returncode == -signal.SIGINT


def test_ctrl_c_before_the_training_ends_the_program(tmp_path):
    script = edited(tmp_path)
    insert(script, 'os.kill(os.getpid(), signal.SIGINT)', before='mnist = read_data()')
    result = run(script=script)
    assert result.stdout == result.stderr == '' and result.returncode == -signal.SIGINT


def insert(script, line, before):
    """Put a line into the script before the one line that begins with the given words."""
    with open(script) as f:
        source, count = re.subn(r'(?m)^( *)(?=%s)' % re.escape(before), lambda m: m[1] + line + '\n' + m[1], f.read())
    assert count == 1
    with open(script, 'w') as f:
        f.write(source)


# --logdir

def test_logdir_records_the_curves(tmp_path):
    script, logdir = edited(tmp_path, n_iterations='201'), tmp_path / 'logs' / 'a'
    printed = run_here('--logdir', logdir, script=script)
    train, validation = recorded(logdir / 'train'), recorded(logdir / 'validation')
    assert list(train['loss']) == pytest.approx(losses(printed), rel=1e-5)
    assert list(train['accuracy']) == pytest.approx([float(a) for a in re.findall(r'Accuracy = ([0-9.]+)', printed)])
    assert 0.75 < validation['accuracy'][2] < 0.95 and validation['loss'][0] > validation['loss'][2]
    assert [round(5000 * accuracy, 2) % 1 for accuracy in validation['accuracy']] == [0] * 3  # of 5000 examples
    with pytest.raises(SystemExit, match='Cannot create the folder .* choose a new one'):
        run_here('--logdir', logdir, script=script)


def recorded(folder):
    """Return the values that the one file in the folder records at steps 0, 100 and 200, by name."""
    (path,) = glob.glob(str(folder / '*'))
    points = {'loss': {}, 'accuracy': {}}
    for event in tf.train.summary_iterator(path):
        for value in event.summary.value:
            points[value.tag][event.step] = value.simple_value
    assert all(sorted(steps) == [0, 100, 200] for steps in points.values())
    return {tag: np.array([steps[i] for i in (0, 100, 200)]) for tag, steps in points.items()}


def test_without_logdir_nothing_is_written(tmp_path, monkeypatch):
    script = edited(tmp_path, n_iterations='1')
    before = sorted(os.listdir(str(tmp_path)))
    monkeypatch.chdir(str(tmp_path))
    run_here(script=script)
    assert sorted(os.listdir(str(tmp_path))) == before
