"""Settings and options, each changed as a reader changes it."""
import re
import signal
import subprocess
import sys

import pytest
import tensorflow as tf

from conftest import edited, environment, loaded, run_here


def numbers(name, printed):
    return [float(number) for number in re.findall(name + r' = ([0-9.]+)', printed)]


@pytest.fixture(scope='module')
def short_run(tmp_path_factory):
    script = edited(tmp_path_factory.mktemp('short'), n_iterations='101')
    return numbers('Loss', run_here(script=script))


@pytest.mark.parametrize('edit', [
    dict(learning_rate='np.float32(1e-3)'), dict(batch_size='np.int32(1)'),
    dict(dropout='0.9'), dict(dropout='0'), dict(activation='tf.nn.sigmoid'),
    dict(seed='2'), dict(seed='None'), dict(n_hidden1='100'), dict(n_hidden2='100'),
    dict(n_hidden3='10')], ids=str)
def test_each_setting_has_its_effect(tmp_path, short_run, edit):
    script = edited(tmp_path, n_iterations='np.int64(101)', **edit)
    losses = numbers('Loss', run_here(script=script))
    assert len(losses) == len(short_run) == 2 and losses[1] != short_run[1]
    if 'learning_rate' in edit:
        assert losses[1] < short_run[1]  # ten times the rate learns faster
    if edit == dict(dropout='0.9'):
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


def test_ctrl_c(tmp_path):
    script = edited(tmp_path, n_iterations='20000')  # a minute, if Ctrl-C fails
    process = subprocess.Popen(
        [sys.executable, '-u', str(script), '--model', str(tmp_path / 'net')],
        universal_newlines=True, env=environment(), stdout=subprocess.PIPE)
    printed = ''
    for line in process.stdout:
        printed += line
        if line.startswith('Iteration 100 '):
            process.send_signal(signal.SIGINT)
    assert re.search(r'\nStopped at iteration [1-9]\d\d+\. Testing', printed)
    assert re.search(r'\nAccuracy on test set: 0\.[89]\d*\nPrediction', printed)
    assert process.wait() == 0 and (tmp_path / 'net.index').exists()


def test_a_training_that_diverges(tmp_path):
    script = edited(tmp_path, learning_rate='1e30', n_iterations='5')
    with pytest.raises(SystemExit) as message:
        run_here('--model', tmp_path / 'net', script=script)
    assert 'the loss is not finite. Use a lower learning_rate.' in message.value.code
    assert not (tmp_path / 'net.index').exists()
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler  # it is back


def test_logdir_records_the_curves(tmp_path):
    script, logdir = edited(tmp_path, n_iterations='201'), tmp_path / 'logs' / 'a'
    printed = run_here('--logdir', logdir, script=script)
    train, validation = recorded(logdir / 'train'), recorded(logdir / 'validation')
    assert train['loss'] == pytest.approx(numbers('Loss', printed), rel=1e-5)
    assert train['accuracy'] == pytest.approx(numbers('Accuracy', printed))
    assert train['step'] == validation['step'] == [0, 0, 100, 100, 200, 200]
    assert validation['loss'][0] > validation['loss'][2]
    assert 0.75 < validation['accuracy'][2] < 0.95


def recorded(folder):
    """Return what the one file in the folder records, in the order of the steps."""
    (path,) = folder.iterdir()
    points = {'loss': [], 'accuracy': [], 'step': []}
    for event in tf.train.summary_iterator(str(path)):
        for value in event.summary.value:
            points[value.tag].append(value.simple_value)
            points['step'].append(event.step)  # once for each curve
    return points
