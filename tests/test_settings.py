"""Settings and options, each changed as a reader changes it."""
import glob
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import tensorflow as tf

import main
from conftest import edited, environment, loaded, run_here


def numbers(name, printed):
    return [float(number) for number in re.findall(name + r' = ([0-9.]+)', printed)]


@pytest.fixture(scope='module')
def short_run(tmp_path_factory):
    """The losses of 101 iterations with all else left alone, to compare with."""
    script = edited(tmp_path_factory.mktemp('short'), n_iterations='101')
    return numbers('Loss', run_here(script=script))


@pytest.mark.parametrize('edit', [
    dict(learning_rate='1e-3'), dict(batch_size='32'), dict(dropout='0.9'),
    dict(seed='2'), dict(seed='None'), dict(activation='tf.nn.relu'), dict(n_hidden1='100'),
    dict(n_hidden2='100'), dict(n_hidden3='10')], ids=str)
def test_each_setting_has_its_effect(tmp_path, short_run, edit):
    script = edited(tmp_path, n_iterations='101', **edit)
    losses = numbers('Loss', run_here(script=script))
    assert len(losses) == len(short_run) == 2 and losses[1] != short_run[1]
    if 'learning_rate' in edit:
        assert losses[1] < short_run[1]  # ten times the rate learns faster
    if 'dropout' in edit:
        assert losses[1] > short_run[1]  # fewer units learn more slowly


@pytest.mark.parametrize('name, values, allowed', [
    ('learning_rate', ['0', "float('nan')"], 'a number above 0'),
    ('n_iterations', ['-1', '1e3'], 'a whole number, 0 or more'),
    ('batch_size', ['0', '55001', '128.0', "'128'"], 'a whole number, 1 to 55000'),
    ('dropout', ['1', '-0.1'], 'a number, 0 or more and below 1')])
def test_a_wrong_value_gets_its_sentence(tmp_path, name, values, allowed):
    for value in values:
        with pytest.raises(AssertionError) as mistake:
            loaded(edited(tmp_path, **{name: value}))
        assert str(mistake.value) == '%s must be %s' % (name, allowed)


@pytest.mark.parametrize('edit', [
    dict(learning_rate='np.float32(1e-3)', n_iterations='np.int64(1)'),
    dict(dropout='0', batch_size='np.int32(1)'), dict(activation='tf.nn.sigmoid')],
    ids=str)
def test_what_is_right_is_not_refused(tmp_path, edit):
    printed = run_here(script=edited(tmp_path, **{'n_iterations': '1', **edit}))
    assert 'Prediction for test image: ' in printed


def test_the_settings_are_the_articles():
    assert [main.learning_rate, main.n_iterations] == [1e-4, 1000]
    assert [main.batch_size, main.dropout, main.activation] == [128, 0.5, tf.identity]


def test_ctrl_c(tmp_path):
    """It ends the training, and afterwards does what it did before."""
    script = edited(tmp_path, n_iterations='10**9')
    command = [sys.executable, '-u', '-i', str(script), '--model', str(tmp_path / 'net')]
    process = subprocess.Popen(
        command, universal_newlines=True, env=environment(), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    watch = threading.Timer(60, process.kill)  # so that nothing here can hang
    watch.start()
    for line in process.stdout:
        if line.startswith('Iteration 100 '):
            process.send_signal(signal.SIGINT)
            break
    rest, _ = process.communicate('signal.getsignal(signal.SIGINT)\n', timeout=60)
    watch.cancel()
    assert re.search(r'\nStopped at iteration [1-9]\d\d+\. Testing', rest)
    assert re.search(r'\nAccuracy on test set: 0\.[89]\d*\nPrediction', rest)
    assert '<built-in function default_int_handler>' in rest
    assert process.returncode == 0 and (tmp_path / 'net.index').exists()


def test_the_handler_of_ctrl_c_is_back_after_an_error(monkeypatch):
    monkeypatch.setattr(main, 'batch_size', 'many')
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(TypeError):
        main.train(tf.Session(), main.read_data())
    assert signal.getsignal(signal.SIGINT) == before


def test_a_training_that_diverges(tmp_path):
    script = edited(tmp_path, learning_rate='1e30', n_iterations='5')
    with pytest.raises(SystemExit) as message:
        run_here('--model', tmp_path / 'net', script=script)
    assert 'the loss is not finite. Use a lower learning_rate.' in message.value.code
    assert not (tmp_path / 'net.index').exists()


def test_logdir_records_the_curves(tmp_path):
    script, logdir = edited(tmp_path, n_iterations='201'), tmp_path / 'logs' / 'a'
    printed = run_here('--logdir', logdir, script=script)
    train, validation = recorded(logdir / 'train'), recorded(logdir / 'validation')
    assert train['loss'] == pytest.approx(numbers('Loss', printed), rel=1e-5)
    assert train['accuracy'] == pytest.approx(numbers('Accuracy', printed))
    assert validation['loss'][0] > validation['loss'][2]
    assert 0.75 < validation['accuracy'][2] < 0.95
    right = 5000 * np.array(validation['accuracy'])  # of 5000 examples
    assert right == pytest.approx(np.round(right), abs=0.01)


def recorded(folder):
    """Return what the one file in the folder records at steps 0, 100 and 200."""
    (path,) = glob.glob(str(folder / '*'))
    points = {'loss': {}, 'accuracy': {}}
    for event in tf.train.summary_iterator(path):
        for value in event.summary.value:
            points[value.tag][event.step] = value.simple_value
    return {tag: [steps[i] for i in (0, 100, 200)] for tag, steps in points.items()}
