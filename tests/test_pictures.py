"""Your own pictures: MNIST's digits made to look like people's own pictures."""
import os
import re

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

import main
from conftest import OURS, ROOT, edited, run, run_here

DIGITS = 40  # of MNIST, in each kind of picture
NO_PICTURE = ('this is not a PNG, JPEG, BMP or GIF picture, or is damaged; save it '
              'as a PNG (HEIC, WebP and TIFF are not supported)')
NO_DIGIT = 'no digit stands out; use a darker pen or crop closer to it'


# What people do to digits. Ink is an array [240, 300] of 0 to 1, 1 for ink.
def grey(levels):
    return Image.fromarray(np.uint8(np.clip(np.round(levels), 0, 255)))


def inked(digit, stroke=0, size=(240, 300), at=(50, 80), side=140):
    """Return the ink of an MNIST digit [784], side x side pixels, on an empty page.

    Its strokes are made wider by stroke pixels, or thinner where stroke is negative.
    """
    img = grey(255 * digit.reshape(28, 28)).resize((side, side), Image.BICUBIC)
    img = img.point(lambda value: 255 * (value > 127))
    img = img.filter(ImageFilter.MaxFilter(1 + max(stroke, 0)))
    img = img.filter(ImageFilter.MinFilter(1 + max(-stroke, 0)))
    page = np.zeros(size)
    page[at[0]:at[0] + side, at[1]:at[1] + side] = np.array(
        img.filter(ImageFilter.GaussianBlur(0.7))) / 255
    return page


def drawn(ink, paper=250., dark=30.):
    """Return a grey picture: dark where ink is 1, paper where it is 0."""
    return grey(paper + (dark - paper) * ink)


def distance(centre, radii):
    """Return how far each pixel is from the centre of an ellipse; 1 is on its line."""
    y, x = np.indices((240, 300))
    return np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1])


def grain(strength):
    return strength * np.random.RandomState(0).randn(240, 300)


def in_a_shadow(ink):
    y, x = np.indices((240, 300))
    light = np.clip((1.2 * x - y - 60) / 3, 0.4, 1)  # its edge runs through the digit
    return grey(np.array(drawn(ink)) * light)


def on_a_line(ink):
    bottom = np.nonzero(ink.max(axis=1) > 0.5)[0][-1]
    return drawn(np.where(np.arange(240)[:, None] // 3 == bottom // 3 + 1, 0.8, ink))


def equal_greys(ink):
    """Return a purple digit on blue of the same grey."""
    colours = zip((60, 140, 200), (220, 60, 200))
    return Image.merge('RGB', [drawn(ink, *pair) for pair in colours])


def transparent(ink, colour):
    img = Image.new('RGB', (300, 240), colour)
    img.putalpha(grey(255 * ink))
    return img


def cut_out(ink):
    """Return the digit on a tilted white sheet with transparent surroundings."""
    sheet = drawn(ink).crop((40, 20, 260, 220)).convert('RGBA')
    return sheet.rotate(8, expand=True, fillcolor=(0, 0, 0, 0)).rotate(-8, expand=True)


KINDS = {  # each draws a digit as people do, from its ink
    'equal greys': equal_greys,
    'grain': lambda ink: grey(np.array(drawn(ink, 200)) + grain(30)),
    'shadow': in_a_shadow,
    'finger': lambda ink: drawn(np.maximum(
        ink, 0.7 * np.clip(8 - 8 * distance((120, 0), (60, 40)), 0, 1))),
    'blot': lambda ink: drawn(np.maximum(
        ink, np.clip(40 - 40 * distance((30, 260), (25, 25)), 0, 1))),
    'circle': lambda ink: drawn(np.maximum(
        ink, np.clip(5 - 95 * abs(1 - distance((120, 150), (90, 95))), 0, 1))),
    'desk': lambda ink: drawn(np.where(np.arange(300) > 210, 0.8, ink)),
    'dark edge': lambda ink: drawn(np.where(np.arange(300) < 8, 0.9, ink)),
    'line of a form': on_a_line,
    'dark panel': lambda ink: ImageOps.expand(drawn(ink, 40, 230), 90, 200),
    'white sheet': lambda ink: ImageOps.expand(
        drawn(ink, np.linspace(180, 250, 300)), 90, 70),
    'sheet at an edge': lambda ink: ImageOps.expand(drawn(ink), (90, 60, 90, 0), 60),
    'dim light': lambda ink: drawn(ink, 100, 20),
    'tight': lambda ink: drawn(ink).crop(grey(255 * ink).getbbox()),
    'black on nothing': lambda ink: transparent(ink, (0, 0, 0)),
    'white on nothing': lambda ink: transparent(ink, (255, 255, 255)),
    'cut-out sheet': cut_out,
}


@pytest.fixture(scope='session')
def seen(tmp_path_factory):
    """A function from a picture to the pixels that the network sees of it, [28, 28]."""
    path = str(tmp_path_factory.mktemp('pictures') / 'picture')

    def read(img, format='PNG', **options):
        img.save(path, format, **options)
        return main.read_image(path).reshape(28, 28)
    return read


@pytest.fixture(scope='session')
def plain(mnist, seen):
    """What the network sees of MNIST's first digits, drawn on empty pages."""
    return [seen(drawn(inked(digit))) for digit in mnist.test.images[:DIGITS]]


def difference(image, other):
    """Return how much two images differ: two different digits, by 40 or so."""
    return 255 * np.mean(abs(image - other))


@pytest.mark.parametrize('kind', KINDS)
def test_what_is_around_the_ink_changes_nothing(mnist, plain, seen, kind, capsys):
    same = 0
    for digit, image in zip(mnist.test.images, plain):
        same += difference(seen(KINDS[kind](inked(digit))), image) < 8
    assert same >= 0.95 * DIGITS
    if kind != 'blot':  # which may be taken for another digit
        assert capsys.readouterr().err.count('several') <= 5


@pytest.mark.parametrize('kind', ['plain', 'shadow', 'tight', 'blot', 'circle'])
def test_turned_mirrored_and_inverted_pictures_give_the_same_pixels(mnist, seen, kind):
    for digit in mnist.test.images[:6]:
        img = KINDS.get(kind, drawn)(inked(digit))
        plain = seen(img)
        turned = seen(img.transpose(Image.ROTATE_180))[::-1, ::-1]
        assert plain.max() > 0.9
        mirrored = seen(img.transpose(Image.TRANSPOSE)).T
        assert abs(seen(ImageOps.invert(img)) - plain).max() < 1e-4
        assert abs(mirrored - plain).max() < 1e-4
        # The centre of mass is in pixel 14, the 15th from one side, not the other.
        assert abs(turned[:27, :27] - plain[1:, 1:]).max() < 1e-4


def test_size_and_place_change_little(mnist, seen):
    for digit in mnist.test.images[:10]:
        img = drawn(inked(digit))
        far = drawn(inked(digit, size=(600, 750), at=(400, 30)))
        assert difference(seen(far), seen(img)) < 10
        large = img.resize((600, 480), Image.BICUBIC)
        assert difference(seen(large), seen(img)) < 4


def test_a_bold_1_is_no_sheet_on_a_desk(seen):
    for width in 10, 20, 30, 40:
        ink = np.zeros((240, 120))
        ink[15:225, 50:50 + width] = 1
        for page in ink, ink.T:
            places = np.argwhere(seen(drawn(page)) > 0.5)
            assert 17 <= max(np.ptp(places, axis=0)) + 1 <= 21


@pytest.mark.parametrize('gap', [20, 35, 60])
def test_warns_of_several_digits(mnist, seen, capsys, gap):
    """Two or three digits, 100 pixels high; every second picture begins with a 1."""
    one = np.pad(np.ones((20, 3)), ((4, 4), (12, 13)), 'constant').ravel()
    for start in range(0, 16, 2):
        page, left = Image.new('L', (700, 260)), 60
        digits = [one, *mnist.test.images[start:start + 2]][start // 2 % 2:]
        for digit in digits:
            img = grey(255 * inked(digit, stroke=6))
            img = img.crop(img.getbbox())
            page.paste(img, (left, 80))
            left += img.width + gap
        seen(ImageOps.invert(page))
        assert capsys.readouterr().err.endswith('several digits; crop to one.\n'), start
        ink = np.array(page) / 255
        ink[128:134, 100:left - gap - 40] = 1  # joins them
        seen(drawn(ink))
        assert 'several' in capsys.readouterr().err or len(digits) == 2, start


def test_mnist_read_back_keeps_its_accuracy(mnist, network, seen):
    images, labels = mnist.test.images[-100:], mnist.test.labels[-100:].argmax(axis=1)
    read = [seen(grey(255 - 255 * image.reshape(28, 28))).ravel() for image in images]
    own, here = [np.mean(network(those).argmax(axis=1) == labels)
                 for those in (images, read)]
    assert here >= own - 0.02


def as_mode(img, mode):
    """Return a grey image in another of Pillow's modes, as other programs write it."""
    levels = np.array(img)
    if mode == 'I;16':
        return Image.fromarray(np.uint16(levels) * 257)
    img = img.convert(mode)
    if mode in ('LA', 'RGBA'):
        img.putalpha(Image.fromarray(255 - levels))
    return img


@pytest.mark.parametrize('mode, format', [
    ('1', 'BMP'), ('L', 'GIF'), ('LA', 'PNG'), ('P', 'PNG'), ('RGB', 'BMP'),
    ('RGBA', 'PNG'), ('I;16', 'PNG'), ('CMYK', 'JPEG')])
def test_every_mode_is_the_same_picture(mnist, seen, mode, format):
    img = drawn(inked(mnist.test.images[0], side=200, at=(20, 40)))
    assert difference(seen(as_mode(img, mode), format), seen(img)) < 6


def test_exif_orientation(mnist, seen):
    exif = Image.Exif()
    exif[0x112] = 6  # how the camera was held
    img = drawn(inked(mnist.test.images[1]))
    turned = seen(img.transpose(Image.ROTATE_90), 'JPEG', quality=95, exif=exif)
    assert difference(turned, seen(img)) < 3


def stroke_width(image):
    """Return the width of an image's strokes: area over half the outline's length."""
    large = grey(255 * image).resize((224, 224), Image.BICUBIC)
    ink = np.array(large.point(lambda value: 255 * (value > 127))) / 255
    down, across = np.gradient(ink)  # the slopes along the outline add up to it
    return ink.sum() / (np.hypot(down, across).sum() / 2) / 8


@pytest.mark.parametrize('stroke', [-6, 0, 12])
def test_format(mnist, seen, stroke):
    """19 pixels long, centre of mass at (14, 14), soft edges, strokes 2 to 3 wide."""
    y, x = np.mgrid[:28, :28]
    inks = [inked(digit, stroke) for digit in mnist.test.images[:30]]
    widths, same = [], []
    for ink in inks:
        if (ink > 0.5).sum() < 300:
            continue  # made thinner, it lost its strokes
        image = seen(drawn(ink))
        assert image.min() == 0 and 0.8 < image.max() <= 1
        rows, columns = np.nonzero(image > 0.5)
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        assert abs((image * x).sum() / image.sum() - 14) < 0.1
        assert abs((image * y).sum() / image.sum() - 14) < 0.1
        assert ((image > 0.1) & (image < 0.9)).sum() > 10
        widths.append(stroke_width(image))
        same.append(difference(seen(KINDS['tight'](ink)), image) < 8)
    assert len(widths) > 20 and 2 < np.mean(widths) < 3  # MNIST's own: 2.3
    assert np.mean(same) > 0.7  # most give the same pixels when cropped to their ink


def test_all_our_digits_are_recognised_in_the_order_given(tmp_path, capfd):
    printed = run_here(*OURS, script=edited(tmp_path))
    predictions = re.findall(r'Prediction for (.+): (\d) \(\d+%\)\n', printed)
    assert predictions == [(path, os.path.basename(path)[0]) for path in OURS]
    assert len(OURS) == 19 and capfd.readouterr().err == ''


def test_nothing_of_a_neighbour_is_left():
    """In this picture, fragments of other digits lie at the left edge."""
    image = main.read_image(str(ROOT / 'tests' / 'digits' / '6_fragments.jpg'))
    assert len(main.find_parts(image.reshape(28, 28) > 0.1)) == 1


def test_show_prints_what_the_network_sees(tmp_path):
    printed = run_here('--show', OURS[4], script=edited(tmp_path, n_iterations='0'))
    *rows, last = printed.split('Accuracy on test set: ')[1].splitlines()[1:]
    assert last.startswith('Prediction for %s: ' % OURS[4])
    shades = [[' .:-=+*#%@'.index(mark) for mark in row] for row in rows]
    image = main.read_image(OURS[4]).reshape(28, 28)
    assert (np.repeat(np.int32(9.9 * image), 2, axis=1) == shades).all()


def test_bad_pictures_are_all_named_before_any_training(tmp_path):
    expected = [('missing.png', 'No such file or directory'),
                ('folder', 'this is a folder; name the pictures in it: folder/*.png')]
    (tmp_path / 'folder').mkdir()
    for name, img, message in [
            ('white.png', Image.new('RGB', (200, 100), 'white'), NO_DIGIT),
            ('grain.png', drawn(grain(0.002)), NO_DIGIT),
            ('clear.png', Image.new('RGBA', (28, 28), (0, 0, 0, 0)), NO_DIGIT),
            ('large.png', Image.new('1', (20000, 20000), 1), '55 megapixels'),
            ('strip.png', Image.new('L', (51, 1)), 'only a narrow strip'),
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


@pytest.mark.parametrize('mode', ['1', 'L', 'RGBA', 'I;16'])
def test_noise_of_any_size(seen, mode):
    """Whatever a picture shows, there are 784 values or a message."""
    random = np.random.RandomState(0)
    sizes = [(1, 1), (1, 2), (1, 50), (500, 10)]
    sizes += [tuple(random.randint(2, 60, 2)) for _ in range(12)]
    for size in sizes:
        try:
            image = seen(as_mode(grey(random.randint(0, 256, size)), mode))
        except ValueError as error:
            assert str(error) == NO_DIGIT
        else:
            assert image.shape == (28, 28) and 0 < image.max() <= 1
