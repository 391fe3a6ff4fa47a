"""--model: a network is saved once, and then used without training."""
import pytest

from conftest import edited, run, run_here


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    """Return a network of 101 iterations, in a new folder, and what its run printed."""
    folder = tmp_path_factory.mktemp('model')
    net = folder / 'new' / 'net'
    script = edited(folder, n_iterations='101')
    return net, run_here('--model', net, script=script)


def test_a_saved_network_gives_the_same_results(saved, tmp_path):
    net, printed = saved
    names = sorted(path.name for path in net.parent.iterdir())
    assert names == ['net.data-00000-of-00001', 'net.index']
    # Of the settings only the layers and the activation matter.
    script = edited(tmp_path, seed='2', learning_rate='1', n_iterations='7')
    again = run_here('--model', net, script=script)
    using = 'Using the network saved in %s.\n' % net
    assert again[again.index('Using'):] == using + printed[printed.index('\nAccuracy'):]
    assert 'Iteration' in printed and 'Iteration' not in again


def test_a_file_of_other_layers_or_no_network(saved, tmp_path):
    (tmp_path / 'net.index').write_text('no network')
    script = edited(tmp_path, n_hidden1='100')
    for net in saved[0], tmp_path / 'net':
        with pytest.raises(SystemExit) as message:
            run_here('--model', net, script=script)
        expected = '%s is damaged or its layers differ. Use a new name.' % net
        assert message.value.code == expected
    assert (tmp_path / 'net.index').read_text() == 'no network'


@pytest.mark.parametrize('option, name', [
    ('--model', 'file/net'), ('--logdir', 'file'), ('--logdir', '')])
def test_a_place_that_cannot_be_written(tmp_path, option, name):
    (tmp_path / 'file').write_text('no folder')
    result = run(option, name and tmp_path / name, script=edited(tmp_path))
    assert result.stderr.startswith('Cannot save anything in the folder')
    assert result.stderr.count('\n') == 1 and result.returncode == 1
    assert result.stdout == ''
