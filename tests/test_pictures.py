"""Your own pictures: MNIST's digits, drawn as people draw theirs, are recognised."""
import os
import re
from unittest import mock

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from PIL import Image, ImageFilter, ImageOps

import main
from conftest import OURS, ROOT, edited, run, run_here

DIGITS = 20  # of each kind of picture


# What people do to digits. Ink is an array of 0 to 1, 1 for ink.
def enlarged(digit, side=140, stroke=0):
    """Return the ink of an MNIST digit [784] on side x side pixels.

    Its strokes are made wider by stroke pixels, or thinner where stroke is negative.
    """
    img = grey(255 * digit.reshape(28, 28)).resize((side, side), Image.BICUBIC)
    img = img.point(lambda value: 255 * (value > 127))
    if stroke > 0:
        img = img.filter(ImageFilter.MaxFilter(1 + stroke))
    if stroke < 0:
        img = img.filter(ImageFilter.MinFilter(1 - stroke))
    return np.array(img.filter(ImageFilter.GaussianBlur(0.7))) / 255


def laid(ink, size=(240, 300), at=(50, 80)):
    """Return the ink laid on an empty page of size (height, width) at (top, left)."""
    page = np.zeros(size)
    page[at[0]:at[0] + ink.shape[0], at[1]:at[1] + ink.shape[1]] = ink
    return page


def grey(levels):
    return Image.fromarray(np.uint8(np.clip(levels, 0, 255)))


def drawn(ink, paper=250., dark=30.):
    """Return a grey picture: dark where ink is 1, paper where it is 0."""
    return grey(paper + (dark - paper) * ink)


def equal_greys(digit):
    """Return a red digit on green of the same grey."""
    colours = zip((60, 140, 66), (220, 60, 60))
    return Image.merge('RGB', [drawn(laid(enlarged(digit)), *pair) for pair in colours])


def distance(centre, radii):
    """Return how far each pixel is from the centre of an ellipse; 1 is on its line."""
    y, x = np.indices((240, 300))
    return np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1])


def grain(strength):
    return strength * np.random.RandomState(0).randn(240, 300)


def across_a_shadow(digit):
    y, x = np.indices((240, 300))
    light = np.clip((1.2 * x - y - 60) / 3, 0.4, 1)  # its edge runs through the digit
    return grey(np.array(drawn(laid(enlarged(digit, stroke=-4)))) * light)


def with_a_finger(digit):
    finger = np.clip(8 - 8 * distance((35, 0), (40, 120)), 0, 1)
    return drawn(np.maximum(laid(enlarged(digit, 75), at=(95, 110)), 0.7 * finger))


def on_a_line(digit):
    ink = laid(enlarged(digit))
    bottom = np.nonzero(ink.max(axis=1) > 0.5)[0][-1]
    ink[bottom:bottom + 3] = 0.8
    return drawn(ink)


def in_two_parts(digit):
    y, x = np.indices((140, 140))
    return drawn(laid(enlarged(digit) * (abs(y - x) > 9)))


def with_a_blot(digit):
    blot = np.clip(40 - 40 * distance((60, 245), (30, 30)), 0, 1)
    return drawn(np.maximum(laid(enlarged(digit, 100), at=(100, 40)), blot))


def circled(digit):
    ring = np.clip(5 - 95 * abs(1 - distance((120, 150), (92, 104))), 0, 1)
    return drawn(np.maximum(laid(enlarged(digit)), ring))


def tight(digit):
    """Return a bold digit's ink, cropped to it."""
    ink = grey(255 * enlarged(digit, stroke=8))
    return np.array(ink.crop(ink.getbbox())) / 255


def transparent(digit, colour=(0, 0, 0)):
    ink = grey(255 * enlarged(digit))
    img = Image.new('RGB', ink.size, colour)
    img.putalpha(ink)
    return img


KINDS = {  # how each is drawn, and how many of the DIGITS it may cost
    'tiny in a large picture':
        (lambda d: drawn(laid(enlarged(d, 60), (600, 800), (500, 30))), 2),
    'off centre': (lambda d: drawn(laid(enlarged(d), at=(0, 160))), 2),
    'thin strokes': (lambda d: drawn(laid(enlarged(d, stroke=-4))), 4),
    'equal greys': (equal_greys, 2),
    'grain': (lambda d: grey(np.array(drawn(laid(enlarged(d)), 200)) + grain(40)), 2),
    'white on black': (lambda d: drawn(laid(enlarged(d)), 5, 225), 2),
    'transparent': (transparent, 2),
    'white on nothing': (lambda d: transparent(d, (255, 255, 255)), 2),
    'in two parts': (in_two_parts, 7),
    'blot': (with_a_blot, 5),
    'finger': (with_a_finger, 5),
    'line of a form': (on_a_line, 5),
    'shadow, thin strokes': (across_a_shadow, 4),
    'circle': (circled, 5),
    'tight and bold': (lambda d: drawn(tight(d)), 2),
    'tight and bold, light': (lambda d: grey(255 * tight(d)), 3),
    'dark panel':
        (lambda d: ImageOps.expand(drawn(laid(enlarged(d)), 40, 230), 90, 200), 2),
    'white sheet': (lambda d: ImageOps.expand(drawn(laid(enlarged(d))), 90, 70), 2),
}


@pytest.fixture(scope='session')
def saved(tmp_path_factory):
    """A function that saves a picture and returns its path."""
    path = str(tmp_path_factory.mktemp('pictures') / 'picture')

    def save(img, format='PNG', **options):
        img.save(path, format, **options)
        return path
    return save


@pytest.mark.parametrize('kind', KINDS)
def test_kinds_of_pictures(mnist, network, saved, kind, capsys):
    draw, fewer = KINDS[kind]
    images, labels = mnist.test.images[:DIGITS], mnist.test.labels[:DIGITS]
    read = [main.read_image(saved(draw(image))) for image in images]
    own, here = [np.sum(network(those).argmax(axis=1) == labels.argmax(axis=1))
                 for those in (images, read)]
    assert here >= own - fewer
    if kind != 'blot':  # which may be taken for another digit
        assert capsys.readouterr().err.count('several') <= 3


@pytest.mark.parametrize('count, joined', [(2, 0), (3, 0), (4, 0), (3, 1)])
def test_warns_of_several_digits(mnist, saved, capsys, count, joined):
    for start in range(0, 16, count):
        images = mnist.test.images[start:start + count]
        ink = np.hstack([enlarged(image, 100) for image in images])
        if joined:
            ink[48:53, 40:-40] = 1
        main.read_image(saved(drawn(laid(ink, (200, 500)))))
        warning = capsys.readouterr().err
        assert warning.endswith('several digits; crop to one.\n'), start


def test_mnist_read_back_keeps_its_accuracy(mnist, network, saved):
    images, labels = mnist.test.images[-100:], mnist.test.labels[-100:].argmax(axis=1)
    pictures = [grey(255 - 255 * image.reshape(28, 28)) for image in images]
    read = [main.read_image(saved(picture)) for picture in pictures]
    own, here = [np.mean(network(those).argmax(axis=1) == labels)
                 for those in (images, read)]
    assert here >= own - 0.02


def as_mode(img, mode):
    """Return a grey image in another of Pillow's modes, as other programs write it."""
    levels = np.array(img)
    if mode == 'I;16':
        return Image.fromarray(np.uint16(levels) * 257)
    if mode == 'P, one colour transparent':
        img = img.point(lambda value: 255 * (value > 127)).convert('P')
        img.info['transparency'] = int(np.array(img)[0, 0])
        return img
    img = img.convert(mode)
    if mode in ('LA', 'RGBA'):
        img.putalpha(Image.fromarray(255 - levels))
    return img


def difference(image, other):
    return 255 * np.mean(abs(image - other))


@pytest.mark.parametrize('mode, format', [
    ('1', 'PNG'), ('1', 'BMP'), ('L', 'GIF'), ('LA', 'PNG'), ('P', 'PNG'), ('P', 'GIF'),
    ('P, one colour transparent', 'PNG'), ('P, one colour transparent', 'GIF'),
    ('RGB', 'BMP'), ('RGBA', 'PNG'), ('I;16', 'PNG'), ('CMYK', 'JPEG')])
def test_every_mode_is_the_same_picture(mnist, saved, mode, format):
    img = drawn(laid(enlarged(mnist.test.images[0], 400), (600, 500)))
    same = main.read_image(saved(img))
    other = main.read_image(saved(as_mode(img, mode), format))
    assert difference(same, other) < 6  # a picture of nothing differs by 20 or more


@pytest.mark.parametrize('mode, format', [('L', 'JPEG'), ('I;16', 'PNG')])
@pytest.mark.parametrize('orientation, turn', [
    (2, Image.FLIP_LEFT_RIGHT), (3, Image.ROTATE_180), (4, Image.FLIP_TOP_BOTTOM),
    (5, Image.TRANSPOSE), (6, Image.ROTATE_90), (7, Image.TRANSVERSE),
    (8, Image.ROTATE_270)])
def test_exif_orientation(mnist, saved, orientation, turn, mode, format):
    img = KINDS['off centre'][0](mnist.test.images[1])
    upright = main.read_image(saved(img))
    exif = Image.Exif()
    exif[0x112] = orientation  # how the camera was held
    turned = as_mode(img.transpose(turn), mode)
    read = main.read_image(saved(turned, format, quality=95, exif=exif))
    assert difference(read, upright) < 3


@pytest.mark.parametrize('stroke', [-6, 0, 12])
def test_format(mnist, saved, stroke):
    """19 pixels long, centre of mass at (14, 14), soft edges, strokes 2 to 3 wide."""
    y, x = np.mgrid[:28, :28]
    inks = [enlarged(image, stroke=stroke) for image in mnist.test.images[:30]]
    inks = [ink for ink in inks if (ink > 0.5).sum() > 300]  # others lost their strokes
    widths = []
    for ink in inks:
        read = 255 * main.read_image(saved(drawn(laid(ink)))).reshape(28, 28)
        assert read.min() == 0 and read.max() > 200
        rows, columns = np.nonzero(read > 127)
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        assert abs((read * x).sum() / read.sum() - 14) < 0.1
        assert abs((read * y).sum() / read.sum() - 14) < 0.1
        assert ((read > 30) & (read < 225)).sum() > 10
        large = grey(read).resize((224, 224), Image.BICUBIC)
        large = large.point(lambda value: 255 * (value > 127))
        widths.append(2 * np.count_nonzero(large) / main.outline(large) / 8)
    assert len(widths) > 20 and 1.7 < np.mean(widths) < 3


def test_all_our_digits_are_recognised_in_the_order_given(tmp_path, network, capfd):
    printed = run_here(*OURS, script=edited(tmp_path))
    predictions = re.findall(r'Prediction for (.+): (\d) \((\d+)%\)\n', printed)
    assert [path for path, _, _ in predictions] == OURS and len(OURS) == 18
    shares = network([main.read_image(path) for path in OURS]).max(axis=1)
    for (path, digit, percent), share in zip(predictions, shares):
        assert digit == os.path.basename(path)[0]
        assert abs(int(percent) - 100 * share) < 3
    assert capfd.readouterr().err == ''


def test_show_prints_what_the_network_sees(tmp_path):
    pictures = OURS[4], OURS[1]
    printed = run_here('--show', *pictures, script=edited(tmp_path, n_iterations='0'))
    lines = printed.split('Accuracy on test set: ')[1].splitlines()[1:]
    assert len(lines) == 2 * 29
    for picture, start in zip(pictures, (0, 29)):
        assert lines[start + 28].startswith('Prediction for %s: ' % picture)
        shades = [[' .:-=+*#%@'.index(mark) for mark in row]
                  for row in lines[start:start + 28]]
        image = main.read_image(picture).reshape(28, 28)
        assert (np.repeat(np.int32(9.9 * image), 2, axis=1) == shades).all()


NO_PICTURE = ('this is not a PNG, JPEG, BMP or GIF picture, or it is damaged; save it as '
              'a PNG (HEIC, WebP and TIFF are not supported)')
NO_DIGIT = 'no digit stands out; use a darker pen or crop closer'


def test_bad_pictures_are_all_named_before_any_training(tmp_path):
    expected = [('missing.png', 'there is no such file'),
                ('folder', 'this is a folder; name the pictures in it, as in folder/*.png')]
    (tmp_path / 'folder').mkdir()
    for name, img, message in [
            ('white.png', Image.new('RGB', (200, 100), 'white'), NO_DIGIT),
            ('grain.png', drawn(grain(0.002)), NO_DIGIT),
            ('flat.png', Image.new('L', (330, 10), 'white'), NO_DIGIT),
            ('clear.png', Image.new('RGBA', (28, 28), (0, 0, 0, 0)), NO_DIGIT),
            ('large.png', Image.new('1', (7500, 7400), 1), '55 million pixels'),
            ('huge.png', Image.new('1', (20000, 20000), 1), '55 million pixels'),
            ('seven.webp', Image.new('L', (28, 28)), NO_PICTURE)]:
        img.save(str(tmp_path / name))
        expected.append((name, message))
    for name, ours, end in [('words.txt', 'README.md', 99),
                            ('cut.png', 'tests/digits/3.png', -900),
                            ('cut.jpg', 'tests/digits/5.jpg', -2000)]:
        (tmp_path / name).write_bytes((ROOT / ours).read_bytes()[:end])
        expected.append((name, NO_PICTURE))
    result = run(OURS[0], *[name for name, _ in expected], cwd=str(tmp_path))
    lines = result.stderr.splitlines()
    assert result.returncode == 1 and result.stdout == ''
    assert len(lines) == len(expected)
    for line, (name, message) in zip(lines, expected):
        assert line.startswith(name + ': ') and message in line and line.endswith('.')


def test_a_file_that_may_not_be_read(monkeypatch):
    """The tests may run as root, who may read every file."""
    monkeypatch.setattr(Image, 'open', mock.Mock(side_effect=PermissionError))
    with pytest.raises(ValueError, match='may not be read'):
        main.read_image(OURS[0])


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1),
       st.sampled_from(['1', 'L', 'RGBA', 'I;16']))
@example(1, 1, 0, 'L')
@example(1, 100, 0, 'I;16')
def test_noise_of_any_size(saved, width, height, seed, mode):
    """Whatever a picture shows, there are 784 values or a message."""
    levels = np.random.RandomState(seed).randint(0, 256, (height, width))
    try:
        image = main.read_image(saved(as_mode(grey(levels), mode)))
    except ValueError as error:
        assert str(error) == NO_DIGIT
    else:
        assert image.shape == (784,) and 0 < image.max() <= 1
