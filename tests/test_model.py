"""--model: a network is saved once, and then used without training."""
import pytest

from conftest import edited, run, run_here

NO_NETWORK = 'is damaged or has other layers. Use a new name.\n'


@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    """Return a folder with a network `net` of 101 iterations, and what that printed."""
    folder = tmp_path_factory.mktemp('model')
    script = edited(folder, n_iterations='101')
    return folder, run_here('--model', folder / 'net', script=script)


def test_a_saved_network_gives_the_same_results(saved, tmp_path):
    folder, printed = saved
    assert sorted(path.name for path in folder.glob('net*')) == [
        'net.data-00000-of-00001', 'net.index']
    # Of the settings only the layers and the activation matter.
    script = edited(tmp_path, seed='2', learning_rate='1', n_iterations='7')
    again = run_here('--model', folder / 'net', script=script)
    using = 'Using the network saved in %s.\n' % (folder / 'net')
    assert again[again.index('Using'):] == using + printed[printed.index('\nAccuracy'):]
    assert 'Iteration' in printed and 'Iteration' not in again


@pytest.mark.parametrize('layers', [
    {'n_hidden1': '100'}, {'n_hidden3': '64'}], ids=str)
def test_a_network_of_other_layers(saved, tmp_path, layers):
    with pytest.raises(SystemExit) as message:
        run_here('--model', saved[0] / 'net', script=edited(tmp_path, **layers))
    assert str(message.value) + '\n' == '%s %s' % (saved[0] / 'net', NO_NETWORK)


def test_a_file_that_is_no_network(tmp_path):
    (tmp_path / 'net.index').write_text('no network')
    result = run('--model', tmp_path / 'net', script=edited(tmp_path))
    assert result.stderr == '%s %s' % (tmp_path / 'net', NO_NETWORK)
    assert result.returncode == 1 and 'Iteration' not in result.stdout
    assert (tmp_path / 'net.index').read_text() == 'no network'


@pytest.mark.parametrize('option, name', [
    ('--model', 'file/net'), ('--logdir', 'file'), ('--logdir', '')])
def test_a_place_that_cannot_be_written(tmp_path, option, name):
    (tmp_path / 'file').write_text('no folder')
    place = name and tmp_path / name
    result = run(option, place, script=edited(tmp_path))
    assert result.stderr.startswith('Cannot save anything in the folder')
    assert result.stderr.count('\n') == 1 and result.returncode == 1
    assert result.stdout == ''


def test_a_folder_is_made(tmp_path):
    script = edited(tmp_path, n_iterations='1')
    run_here('--model', tmp_path / 'new' / 'net', script=script)
    assert (tmp_path / 'new' / 'net.index').exists()
