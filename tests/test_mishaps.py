"""Mishaps: what a newcomer's machine, shell, edits and data do wrong, and the one true sentence that each gets."""
import glob
import gzip
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import main
from conftest import EXTRACTING, ROOT, edited, failed, run, run_here

SCRIPT = os.path.join(ROOT, 'main.py')
PREDICTION = re.compile(r'^Prediction for (.*): \d( \(\d+%\))?$', re.M)


def sentence(function, *arguments):
    with pytest.raises(SystemExit) as mistake:
        function(*arguments)
    return mistake.value.code


def shell(command, **options):
    """Run a shell's command line, in which $RUN is this Python and $MAIN the script."""
    options['env'] = dict(os.environ, RUN=sys.executable, MAIN=SCRIPT, **options.get('env', {}))
    return subprocess.run(['bash', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)


# what it starts with

def test_starts_on_windows(tmp_path):
    """Its TensorFlow holds no tensorflow/examples/tutorials, its Python no SIGPIPE."""
    script = edited(tmp_path, n_iterations='1')
    windows = ('import runpy, signal, sys; sys.modules["tensorflow.examples"] = None; del signal.SIGPIPE; '
               'sys.argv = [%r]; runpy.run_path(sys.argv[0], run_name="__main__")' % script)
    result = subprocess.run([sys.executable, '-c', windows], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            universal_newlines=True)
    assert result.returncode == 0 and result.stderr == ''
    assert result.stdout == run_here(script=script) and PREDICTION.search(result.stdout)


@pytest.mark.parametrize('package, code', [
    ('numpy', 'raise ImportError("No module named numpy")'), ('tensorflow', '__version__ = "2.11.0"'),
    ('tensorflow', 'raise TypeError("Descriptors cannot not be created directly.\\nIf this call came from ...")'),
    ('PIL', '')], ids=['no NumPy', 'TensorFlow 2', 'protobuf 4', 'an old Pillow'])
def test_wrong_packages(tmp_path, package, code):
    (tmp_path / (package + '.py')).write_text(code)
    words = failed(run(env=dict(os.environ, PYTHONPATH=str(tmp_path))))
    assert 'Python 3.7' in words and 'requirements.txt' in words and 'README.md' in words and '\n' not in words


def test_parses_on_every_python_3():
    read = 'import sys; compile(open(sys.argv[1], "rb").read(), "main.py", "exec")'
    versions = ['python3.%d' % minor for minor in range(3, 20)]
    pythons = [python for python in map(shutil.which, versions) if python]  # pyenv's may lead nowhere
    here = [python for python in [sys.executable] + pythons if not subprocess.call([python, '-ISc', ''])]
    assert here and [subprocess.call([python, '-ISc', read, SCRIPT]) for python in here] == [0] * len(here)


# constants

@pytest.mark.parametrize('name', 'n_input n_hidden1 n_hidden2 n_hidden3 n_output learning_rate n_iterations batch_size '
                                 'dropout activation seed data_dir'.split())
def test_a_missing_constant_is_named(monkeypatch, name):
    monkeypatch.delattr(main, name)
    assert sentence(main.check_constants).startswith('%s is missing at the top of main.py: make it ' % name)


def test_a_misspelt_constant_ends_the_run(tmp_path):
    script = edited(tmp_path)
    with open(script) as f:
        source = f.read().replace('\nlearning_rate = ', '\nlearning_rat = ')
    with open(script, 'w') as f:
        f.write(source)
    assert failed(run(script=script)).startswith('learning_rate is missing')


@pytest.mark.parametrize('activation', ['np.tanh', 'math.tanh', 'tf.nn.crelu', 'print', 'lambda a, b: a',
                                        'tf.transpose', 'tf.keras.layers.ReLU', 'tf.reduce_max', 'tf.keras.layers.PReLU()', 'exit',
                                        'lambda x: tf.cast(x, tf.float64)'])
def test_what_is_no_activation(monkeypatch, capfd, activation):
    function = eval(activation, dict(np=np, tf=tf, math=__import__('math')))
    monkeypatch.setattr(main, 'activation', function)
    assert sentence(main.check_constants).startswith('activation = %r cannot work: make it a function ' % function)
    assert capfd.readouterr() == ('', '')


@pytest.mark.parametrize('activation', ['tf.nn.tanh', 'tf.nn.leaky_relu', 'tf.keras.layers.ReLU()',
                                        'lambda x: tf.maximum(x, 0.1 * x)'])
def test_what_is_an_activation(monkeypatch, activation):
    monkeypatch.setattr(main, 'activation', eval(activation))
    main.check_constants()
    with tf.Graph().as_default():
        assert main.build_network().output_layer.shape.as_list() == [None, 10]


@pytest.mark.parametrize('name, value', [
    ('learning_rate', np.float32(1e-3)), ('learning_rate', np.longdouble(1e-3)),
    ('n_hidden1', np.int64(64)), ('dropout', 0), ('batch_size', np.int16(64)),
    ('n_iterations', np.uint8(2)), ('seed', np.int64(3))])
def test_any_number_of_the_right_kind_is_right(monkeypatch, capsys, name, value):
    monkeypatch.setattr(main, 'n_iterations', 1)
    monkeypatch.setattr(main, name, value)
    monkeypatch.setattr(sys, 'argv', ['main.py'])
    main.main()
    assert PREDICTION.search(capsys.readouterr().out)


@pytest.mark.parametrize('name, value', [
    ('n_hidden1', True), ('n_iterations', False), ('dropout', False), ('n_input', 784.5), ('n_output', 10.0),
    ('learning_rate', 10**39), ('learning_rate', 10**400), ('learning_rate', 1e-50), ('seed', True)])
def test_what_is_no_number_of_the_right_kind(monkeypatch, name, value):
    monkeypatch.setattr(main, name, value)
    assert sentence(main.check_constants).startswith('%s = %r cannot work: make it ' % (name, value))


@pytest.mark.parametrize('name, value', [('n_hidden1', 10**12), ('n_hidden2', 5000000), ('n_hidden3', np.int64(2**62)),
                                         ('n_hidden1', 10**400)])
def test_a_network_beyond_memory(monkeypatch, name, value):
    monkeypatch.setattr(main, name, value)
    words = sentence(main.check_constants)
    assert words == '%s = %r cannot work: make it a whole number, 1 to 10000.' % (name, value)


def test_a_wide_network_is_right(monkeypatch):
    monkeypatch.setattr(main, 'n_hidden1', 8192)
    monkeypatch.setattr(main, 'n_hidden2', 8192)
    main.check_constants()


# the run

@pytest.mark.parametrize('n_iterations', [50, 10**9])
def test_training_that_diverges(monkeypatch, capsys, n_iterations):
    monkeypatch.setattr(main, 'n_iterations', n_iterations)
    monkeypatch.setattr(main, 'learning_rate', 1e10)
    monkeypatch.setattr(sys, 'argv', ['main.py'])
    words, out = sentence(main.main), capsys.readouterr().out
    assert words.startswith('The training diverged') and 'learning_rate' in words and 'activation' in words
    assert 'Accuracy on' not in out and 'Prediction' not in out


def test_a_second_run_in_one_process(monkeypatch, capsys):
    monkeypatch.setattr(main, 'n_iterations', 1)
    monkeypatch.setattr(sys, 'argv', ['main.py'])
    main.main()
    first = capsys.readouterr().out
    main.main()
    assert capsys.readouterr().out == first and 'Iteration 0' in first


@pytest.mark.parametrize('command, out', [
    ('$RUN $MAIN | head -1; exit ${PIPESTATUS[0]}', b'Extracting .*ubyte.gz\n'),
    ('$RUN $MAIN --help | true; exit ${PIPESTATUS[0]}', b'')])
def test_a_reader_that_stops_reading(command, out):
    result = shell(command)
    assert result.stderr == b'' and result.returncode == 128 + 13  # by SIGPIPE, as other programs
    assert re.fullmatch(out, result.stdout)


@pytest.mark.parametrize('arguments', ['', '--help'])
def test_a_full_disk(arguments):
    result = shell('$RUN $MAIN %s > /dev/full' % arguments)
    assert result.returncode == 1
    assert result.stderr == b'The output cannot be written (No space left on device): choose another place.\n'


def test_stdout_closed(tmp_path):
    result = shell('$RUN %s >&-' % edited(tmp_path, n_iterations='1'))
    assert (result.returncode, result.stderr) == (0, b'')


@pytest.fixture
def untrained(monkeypatch, capsys):
    """A function that runs main.main() untrained with the given arguments and returns the pictures it predicts."""
    monkeypatch.setattr(main, 'n_iterations', 0)

    def predicted(*arguments):
        monkeypatch.setattr(sys, 'argv', ['main.py'] + list(map(str, arguments)))
        main.main()
        return [match.group(1) for match in PREDICTION.finditer(capsys.readouterr().out)]
    return predicted


def picture(path):
    shutil.copy(os.path.join(ROOT, 'test_img.png'), str(path))
    return str(path)


def test_any_order_of_arguments(untrained, tmp_path):
    a, b = picture(tmp_path / 'a.png'), picture(tmp_path / 'b.png')
    assert untrained(a, '--show', b) == untrained('--show', a, b) == [a, b]


def test_wildcards(untrained, tmp_path):
    """The Windows shells pass them on as they are."""
    a, b = picture(tmp_path / 'a1.png'), picture(tmp_path / 'b1.png')
    odd = picture(tmp_path / 'digit[1].png')
    picture(tmp_path / 'digit1.png')
    assert untrained(tmp_path / '?1.png', odd) == [a, b, odd]
    assert sentence(untrained, tmp_path / '*.bmp').startswith('%s: ' % (tmp_path / '*.bmp'))


def test_names_that_stdout_cannot_encode(tmp_path):
    names = [b'\xff7.png', 'f\u00fcnf.png'.encode(), '\u4e03.png'.encode()]
    for name in names:
        shutil.copy(os.path.join(ROOT, 'test_img.png'), os.path.join(os.fsencode(str(tmp_path)), name))
    result = subprocess.run([sys.executable, edited(tmp_path, n_iterations='0')] + names, cwd=str(tmp_path),
                            env=dict(os.environ, PYTHONUTF8='1', PYTHONIOENCODING='cp1252'),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert result.returncode == 0 and result.stderr == b''
    assert re.findall(b'Prediction for (.*): ', result.stdout) == [b'?7.png', b'f\xfcnf.png', b'?.png']


# pictures

def test_what_is_no_file(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe'))
    os.symlink('loop', str(tmp_path / 'loop'))
    for path, reason in (('', 'No such file'), (tmp_path / 'pipe', 'not a file'), ('/dev/zero', 'not a file'),
                         (tmp_path, 'not a file'), (tmp_path / 'loop', 'Too many levels of symbolic links')):
        with pytest.raises(ValueError, match=reason):
            main.read_image(str(path))


@pytest.mark.parametrize('exif', [
    b'', b'II*\0', b'II*\0\x08\0', b'MM\0*\0\0\0\x08\xff\xff', b'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0',
    b'II*\0\x08\0\0\0\x01\0\x1a\x01\x05\0\x01\0\0\0\xff\xff\xff\xff'], ids=repr)
def test_odd_exif_hides_no_picture(tmp_path, exif):
    with Image.open(os.path.join(ROOT, 'test_img.png')) as img:
        img.convert('L').save(str(tmp_path / 'plain.jpg'), quality=95)
    content = (tmp_path / 'plain.jpg').read_bytes()
    block = b'\xff\xe1' + (len(exif) + 8).to_bytes(2, 'big') + b'Exif\0\0' + exif
    (tmp_path / 'odd.jpg').write_bytes(content[:2] + block + content[20:])  # in place of JFIF's 18 bytes
    np.testing.assert_array_equal(*(main.read_image(str(tmp_path / name)) for name in ('plain.jpg', 'odd.jpg')))


def test_the_largest_picture_takes_no_gigabyte(tmp_path):
    levels = np.full((7000, 7800), 60000, np.uint16)  # 54.6 megapixels of 16 bits
    levels[2000:5000, 3700:4100] = 2000
    Image.fromarray(levels).save(str(tmp_path / 'large.png'), compress_level=1)
    code = ('import resource, sys; sys.path.insert(0, %r); import main; print(main.read_image(%r).max(), '
            'resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)' % (ROOT, str(tmp_path / 'large.png')))
    darkest, memory = subprocess.check_output([sys.executable, '-c', code]).split()
    assert int(darkest) > 200 and int(memory) < 1e6  # kB


# data

def idx(*header, value=0, size):
    """Return an MNIST file of the given header, in which every one of size bytes has the given value."""
    return np.array(header, '>u4').tobytes() + bytes([value]) * size


TRAIN = {'train-images-idx3': idx(2051, 5010, 28, 28, size=5010 * 784), 'train-labels-idx1': idx(2049, 5010, size=5010)}
TEST = {'t10k-images-idx3': idx(2051, 7, 28, 28, size=7 * 784), 't10k-labels-idx1': idx(2049, 7, size=7)}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A function that writes the smallest data of MNIST's form, but for the files given, and makes them main's."""
    def write(files):
        for name, content in dict(dict(TRAIN, **TEST), **files).items():
            with gzip.open(str(tmp_path / (name + '-ubyte.gz')), 'wb', 1) as f:
                f.write(content)
        monkeypatch.setattr(main, 'data_dir', str(tmp_path))
        monkeypatch.setattr(main, 'batch_size', 10)
    return write


def test_other_data_of_mnists_form(data, monkeypatch, capsys):
    data({})
    monkeypatch.setattr(main, 'n_iterations', 0)
    monkeypatch.setattr(sys, 'argv', ['main.py'])
    main.main()
    assert re.search(r'\nAccuracy on test set: [01]\.0\nPrediction', capsys.readouterr().out)  # seven black pictures


@pytest.mark.parametrize('name, content, reason', [
    ('train-images-idx3', idx(2051, 5010, 32, 32, size=5010 * 1024), '28x28'),
    ('t10k-images-idx3', idx(2051, 7, 56, 14, size=7 * 784), '1 or more pictures of 28x28'),
    ('t10k-images-idx3', idx(2051, 0, 28, 28, size=0), '28'),
    ('train-images-idx3', idx(2051, 5000, 28, 28, size=5000 * 784), '5001 or more pictures'),
    ('train-labels-idx1', idx(2049, 5009, size=5009), 'one for each picture'),
    ('t10k-labels-idx1', idx(2049, 7, value=10, size=7), 'labels from 0 to 9')],
    ids=['32x32', '56x14', 'none', 'no more than the split takes', 'a label short', 'a label of 10'])
def test_data_of_another_form(data, capsys, name, content, reason):
    data({name: content})
    words = sentence(main.read_data)
    assert words.startswith(os.path.join(main.data_dir, name)) and reason in words
    assert 'git checkout' not in words and words.endswith('data_dir name another.')
    assert capsys.readouterr().out == ''


def test_missing_data_in_the_systems_words(tmp_path, monkeypatch):
    monkeypatch.setattr(main, 'data_dir', str(tmp_path))
    missing = 'train-images-idx3-ubyte.gz is missing, damaged or not MNIST (No such file or directory): '
    assert sentence(main.read_data).endswith(missing + 'let data_dir name another.')
    monkeypatch.undo()
    monkeypatch.setattr(main, 'here', str(tmp_path))
    assert sentence(main.read_data).endswith(missing + '"git checkout -- MNIST_data" brings it back.')


def test_a_bomb_is_not_unpacked(data, tmp_path):
    data({})
    path = str(tmp_path / 't10k-images-idx3-ubyte.gz')
    with gzip.open(path, 'wb') as f:
        f.write(idx(2051, 7, 28, 28, size=2**24))
    with open(path, 'rb') as f:
        member = f.read()
    with open(path, 'ab') as f:  # members follow one another: 8 GB
        for _ in range(511):
            f.write(member)
    code = ('import resource, sys; sys.path.insert(0, %r); import main; main.data_dir = %r\n'
            'try: main.read_data()\nexcept SystemExit as error: print(error)\n'
            'print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)' % (ROOT, str(tmp_path)))
    words, memory = subprocess.check_output([sys.executable, '-c', code], universal_newlines=True).splitlines()
    assert words.startswith(path) and int(memory) < 1e6  # kB


# --logdir

def test_a_logdir_that_cannot_be(tmp_path):
    result = run('--logdir', '', cwd=str(tmp_path))
    assert failed(result) == "'' cannot be written (No such file or directory): choose another place."
    assert re.match(EXTRACTING + '$', result.stdout) and os.listdir(str(tmp_path)) == []


@pytest.mark.parametrize('name, error', [('', FileExistsError), ('a', FileExistsError), ('a/b', NotADirectoryError)])
def test_a_logdir_in_the_place_of_another_thing(tmp_path, name, error):
    (tmp_path / 'a').write_text('')
    with pytest.raises(error):  # its sentence is the one above
        run_here('--logdir', tmp_path / name)
    assert os.listdir(str(tmp_path)) == ['a']
