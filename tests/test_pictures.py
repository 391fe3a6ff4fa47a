"""Own pictures: MNIST's test digits, brought the way people bring theirs, are read about as well as MNIST's own."""
import os
import re
import tempfile

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from PIL import Image, ImageFilter

import main
from conftest import OURS, ROOT, edited, failed, run, run_here


def ours(name):
    return os.path.join(ROOT, 'tests', 'digits', name)


COUNT = 20  # digits per kind of picture


# what people do to digits

def enlarged(digit, side=140, stroke=0):
    """Return the ink, 0 to 1, of an MNIST digit [784] drawn side pixels large, its strokes widened by stroke pixels."""
    img = Image.fromarray(digit.reshape(28, 28)).resize((side, side), Image.BICUBIC).point(lambda v: 255 * (v > 127))
    if stroke:
        img = img.filter((ImageFilter.MaxFilter if stroke > 0 else ImageFilter.MinFilter)(1 + abs(stroke)))
    return np.asarray(img.filter(ImageFilter.GaussianBlur(0.7)), float) / 255


def on_paper(ink, paper, dark=30., at=(50, 80)):
    """Return the grey levels of a paper [height, width] with the ink laid on it at (top, left)."""
    cover = np.zeros_like(paper)
    cover[at[0]:at[0] + ink.shape[0], at[1]:at[1] + ink.shape[1]] = ink
    return paper * (1 - cover) + dark * cover


def plain(level=250., size=(240, 300)):
    return np.full(size, level)


def shaded(size=(240, 300)):
    y, x = np.mgrid[-1:1:size[0] * 1j, -1:1:size[1] * 1j]
    return 210 + 20 * x - 25 * y - 50 * (x * x + y * y)  # 65 in the darkest corner


def grey(levels):
    return Image.fromarray(np.uint8(np.clip(levels, 0, 255)))


def see_through(digit, colour=(0, 0, 0, 0)):
    ink = grey(255 * enlarged(digit))
    img = Image.new('RGBA', ink.size, colour)
    img.putalpha(ink)
    return img


def speckled(digit, random):
    levels = on_paper(enlarged(digit), plain())
    for y, x in random.randint(0, 236, (12, 2)):
        levels[y:y + 5, x:x + 5] = 60
    return grey(levels)


def framed(digit, sides):
    levels = on_paper(enlarged(digit), plain())
    for side in sides:
        levels[side] = 50
    return grey(levels)


def cropped(digit):
    img = Image.fromarray(digit.reshape(28, 28)).resize((112, 112), Image.BICUBIC)
    return grey(255 - np.asarray(img.crop(img.getbbox())))


def blue_on_yellow(digit):
    return Image.merge('RGB', [grey(on_paper(enlarged(digit), plain(paper), ink))
                               for ink, paper in ((40, 255), (60, 240), (190, 120))])


def in_colours(cover, ink, paper):
    """Return a picture in RGB, of the colour ink where cover is 1 and of the colour paper where it is 0."""
    return Image.merge('RGB', [grey(p + (i - p) * cover) for i, p in zip(ink, paper)])


def distance(centre, radii):
    """Return how far each pixel is from the centre of an ellipse, 1 being on it."""
    y, x = np.indices((240, 300))
    return np.hypot((y - centre[0]) / radii[0], (x - centre[1]) / radii[1])


def in_shadow(digit):
    y, x = np.indices((240, 300))
    light = np.clip((1.2 * x - y - 60) / 3, 0.4, 1)  # its straight edge, 2 pixels soft, runs through the digit
    return grey(on_paper(enlarged(digit), plain()) * light)


def by_lamp(digit):
    y, x = np.indices((240, 300))  # the lamp is near the left edge's middle; its light is no sheet
    return grey(on_paper(enlarged(digit), plain()) / (1 + ((x - 30) ** 2 + (y - 120) ** 2) / 130 ** 2))


def on_squares(digit):
    cover = on_paper(enlarged(digit), plain(0.), 1)
    for line in (np.s_[10::25], np.s_[11::25], np.s_[:, 15::25], np.s_[:, 16::25]):
        cover[line] = np.maximum(cover[line], 0.55)
    return in_colours(cover, (35, 40, 90), (245, 245, 240))


def with_finger(digit):
    finger = np.clip(8 - 8 * distance((35, 0), (40, 120)), 0, 1)
    return grey(on_paper(finger, on_paper(enlarged(digit, 75), plain(), at=(95, 110)), 90, (0, 0)))


def circled(digit):
    ring = np.clip(5 - 95 * abs(1 - distance((120, 150), (92, 104))), 0, 1)
    return grey(on_paper(ring, on_paper(enlarged(digit), plain()), 30, (0, 0)))


def beside_another(digit):
    """Return a crop that holds half of the next digit too, here the same upside down, close as in a number."""
    ink, other = enlarged(digit), enlarged(digit[::-1])
    near = np.pad(grey(255 * ink).filter(ImageFilter.MaxFilter(25)), ((0, 0), (0, 140)), 'constant')
    at = next(at for at in range(140) if not (near[:, at:at + 140] * other).any())
    cover = np.pad(ink, ((30, 30), (30, at)), 'constant')
    cover[30:-30, 30 + at:] += other
    return grey(250 - 220 * cover[:, :at + 100])


def tight(digit):
    ink = grey(255 * enlarged(digit, stroke=8))
    return np.asarray(ink.crop(ink.getbbox()))


def on_table(levels, table):
    return grey(np.pad(levels, 90, 'constant', constant_values=table))


def plotted(digit):
    """Return it as matplotlib's imshow, in grey and with few ticks, saves it."""
    axes = np.pad(np.kron(digit.reshape(28, 28), np.ones((13, 13))), 1, 'constant')
    page = np.pad(axes, ((58, 56), (144, 130)), 'constant', constant_values=255)
    for tick in range(60, 366, 60):
        page[424:428, 144 + tick] = page[58 + tick, 140:144] = 0
    return grey(page)


random = np.random.RandomState(0)
KINDS = {
    'as MNIST, dark on white': lambda d: grey(255 - d.reshape(28, 28)),
    'cropped to the ink': cropped,
    'drawn small': lambda d: grey(on_paper(enlarged(d, 40), plain())),
    'tiny in a large picture': lambda d: grey(on_paper(enlarged(d, 60), plain(250., (600, 800)), at=(500, 30))),
    'drawn large': lambda d: grey(on_paper(enlarged(d, 400), plain(250., (600, 500)))),
    'off centre': lambda d: grey(on_paper(enlarged(d), plain(), at=(0, 160))),
    'thin strokes': lambda d: grey(on_paper(enlarged(d, stroke=-4), plain())),
    'thick strokes': lambda d: grey(on_paper(enlarged(d, stroke=8), plain())),
    'blue on yellow': blue_on_yellow,
    'grey on grey': lambda d: grey(on_paper(enlarged(d), plain(150.), 90)),
    'shaded paper': lambda d: grey(on_paper(enlarged(d), shaded(), 40)),
    'grainy paper': lambda d: grey(on_paper(enlarged(d), shaded(), 40) + 8 * random.randn(240, 300)),
    'by a lamp': by_lamp,
    'half in shadow': lambda d: grey(on_paper(enlarged(d), plain()) * np.where(np.arange(300) < 130, 0.35, 1)),
    'heavy grain': lambda d: grey(on_paper(enlarged(d), plain(200.)) + 40 * random.randn(240, 300)),
    'white on black': lambda d: grey(255 - on_paper(enlarged(d), plain())),
    'transparent': see_through,
    'specks': lambda d: speckled(d, random),
    'frame': lambda d: framed(d, (np.s_[:, :8], np.s_[-6:])),
    'JPEG': lambda d: grey(on_paper(enlarged(d, 60), plain(250., (80, 90)), at=(10, 10))),
}
HARDER = {  # and how many of 40 digits fewer than MNIST's own were read when measured; two fewer still are allowed
    'shadow': (in_shadow, 0),
    'squared paper': (on_squares, 0),
    'finger': (with_finger, 3),
    'circle': (circled, 3),
    'half of the next digit': (beside_another, 3),
    'tight and bold': (lambda d: grey(255 - tight(d)), 0),
    'tight and bold, light': (lambda d: grey(tight(d)), 1),
    'dark panel': (lambda d: on_table(on_paper(enlarged(d), plain(40.), 230), 200), 0),
    'white sheet': (lambda d: on_table(on_paper(enlarged(d), plain()), 70), 0),
    'plot': (plotted, 1),
    'equal greys': (lambda d: in_colours(on_paper(enlarged(d), plain(0.), 1), (220, 60, 60), (60, 140, 66)), 0),
    'white on nothing': (lambda d: see_through(d, (255, 255, 255, 0)), 0),
}


FOLDER = tempfile.TemporaryDirectory()  # goes with the process


def saved(img, format='PNG', **options):
    """Save the picture; return its path."""
    path = os.path.join(FOLDER.name, 'picture')
    img.save(path, format, **options)
    return path


def rightly_read(mnist, network, draw, count, **file):
    """Return how many of the first count digits the network reads rightly: as MNIST has them, and as drawn."""
    images, labels = mnist.test.images[:count], mnist.test.labels[:count].argmax(axis=1)
    read = [main.read_image(saved(draw(image), **file)) for image in images]
    return [(network(those).argmax(axis=1) == labels).sum() for those in (images, read)]


@pytest.mark.parametrize('kind', KINDS)
def test_read_about_as_well_as_mnist(mnist, network, kind, capsys):
    file = dict(format='JPEG', quality=30) if kind == 'JPEG' else {}
    own, here = rightly_read(mnist, network, KINDS[kind], COUNT, **file)
    # measured: one digit fewer at most, one fewer still is allowed; of those worn through in places, two and four
    assert here >= own - (4 if kind == 'thin strokes' else 2)
    assert capsys.readouterr().err.count('several') <= 2  # measured: of one 5 in two parts


@pytest.mark.parametrize('kind', HARDER)
def test_read_about_as_well_when_harder(mnist, network, kind, capsys):
    draw, fewer = HARDER[kind]
    own, here = rightly_read(mnist, network, draw, COUNT)
    assert here >= own - fewer - 2
    assert capsys.readouterr().err.count('several') <= 3


@pytest.mark.parametrize('count', [2, 3, 4])
def test_warns_of_several_digits(mnist, capsys, count):
    for start in range(0, 16, count):
        digits = np.hstack([enlarged(image, 100) for image in mnist.test.images[start:start + count]])
        main.read_image(saved(grey(on_paper(digits, plain(size=(200, 500))))))
        assert 'seems to show several digits; crop it to the one you mean.\n' in capsys.readouterr().err, start


def test_mnist_read_back_keeps_its_accuracy(mnist, network):
    images, labels = mnist.test.images[-100:], mnist.test.labels[-100:].argmax(axis=1)
    read = [main.read_image(saved(grey(255 - image.reshape(28, 28)))) for image in images]
    own, here = ((network(those).argmax(axis=1) == labels).mean() for those in (images, read))
    assert here >= own - 0.02


def as_mode(img, mode):
    """Return an L image in another of Pillow's modes, as the programs that write it do."""
    levels = np.asarray(img)
    if mode == 'I;16':
        return Image.fromarray(np.uint16(levels) * 257)
    if mode == 'I':
        return Image.fromarray(np.int32(levels) * 100)
    if mode == 'P, one colour transparent':
        img = img.point(lambda v: 255 * (v > 127)).convert('P')
        img.info['transparency'] = int(np.asarray(img)[0, 0])
        return img
    if mode in ('LA', 'RGBA'):
        img = img.convert(mode)
        img.putalpha(Image.fromarray(255 - levels))
        return img
    return img.convert(mode)


@pytest.mark.parametrize('mode, format', [
    ('1', 'PNG'), ('1', 'BMP'), ('L', 'PNG'), ('L', 'GIF'), ('LA', 'PNG'), ('P', 'PNG'), ('P', 'GIF'),
    ('P, one colour transparent', 'PNG'), ('P, one colour transparent', 'GIF'), ('RGB', 'BMP'), ('RGBA', 'PNG'),
    ('CMYK', 'JPEG'), ('I;16', 'PNG'), ('I', 'PNG'), ('YCbCr', 'JPEG')])
def test_every_mode_is_the_same_picture(mnist, mode, format):
    img = KINDS['drawn large'](mnist.test.images[0])
    same = main.read_image(saved(img)).astype(int)
    other = main.read_image(saved(as_mode(img, mode), format)).astype(int)
    assert abs(other - same).mean() < 6, mode  # of 255; a picture of nothing differs by 20 and more


@pytest.mark.parametrize('mode, format', [('L', 'JPEG'), ('I;16', 'PNG')])
@pytest.mark.parametrize('orientation', range(1, 9))
def test_exif_orientation(mnist, orientation, mode, format):
    img = KINDS['off centre'](mnist.test.images[1])
    back = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE,
            6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}  # how the camera holds it
    exif = Image.Exif()
    exif[0x112] = orientation
    turned = img.transpose(back[orientation]) if orientation > 1 else img
    read = main.read_image(saved(as_mode(turned, mode), format, quality=95, exif=exif)).astype(int)
    assert abs(read - main.read_image(saved(img)).astype(int)).mean() < 3


def test_form(mnist):
    """MNIST's form: a box of about 20, the centre of mass at (14, 14), soft edges, and full black and white."""
    for image in mnist.test.images[:50]:
        read = main.read_image(saved(KINDS['shaded paper'](image))).reshape(28, 28)
        assert read.dtype == np.uint8 and read.min() == 0 and read.max() > 200
        rows, columns = np.nonzero(read > 127)
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        y, x = np.mgrid[:28, :28]
        assert abs((read * x).sum() / read.sum() - 14) < 0.1 and abs((read * y).sum() / read.sum() - 14) < 0.1
        assert ((read > 30) & (read < 225)).sum() > 10


@pytest.mark.parametrize('stroke', [-6, -4, 0, 8, 12])
def test_strokes_become_2_to_3_pixels_wide(mnist, stroke):
    widths = []
    for image in mnist.test.images[:20]:
        ink = enlarged(image, stroke=stroke)
        if (ink > 0.5).sum() > 300:  # the rest is too thin to lose so much
            read = Image.fromarray(main.read_image(saved(grey(on_paper(ink, plain())))).reshape(28, 28))
            large = read.resize((224, 224), Image.BICUBIC).point(lambda v: 255 * (v > 127))
            area, core = (np.count_nonzero(img) for img in (large, large.filter(ImageFilter.MinFilter(3))))
            widths.append(2 * area / (area - core) / 8)
    assert len(widths) > 15 and 1.7 < np.mean(widths) < 3.2


# the command line

def test_all_our_digits_are_recognised_in_the_order_given(tmp_path, network, capfd):
    lines = run_here(*OURS, script=edited(tmp_path)).split('Accuracy on test set: ')[1].splitlines()[1:]
    assert len(OURS) == len(lines) == 18
    shares = network([main.read_image(picture) for picture in OURS]).max(axis=1)
    for picture, share, line in zip(OURS, shares, lines):
        match = re.fullmatch(r'Prediction for (.+): (\d) \((\d+)%\)', line)
        assert match.group(1) == picture and match.group(2) == os.path.basename(picture)[0]
        assert abs(int(match.group(3)) - 100 * share) < 3
    assert capfd.readouterr().err == ''


def test_show_prints_what_the_network_sees(tmp_path):
    pictures = OURS[4], OURS[1]
    printed = run_here('--show', *pictures, script=edited(tmp_path, n_iterations='0'))
    lines = printed.split('Accuracy on test set: ')[1].splitlines()[1:]
    assert len(lines) == 2 * 29
    for picture, start in zip(pictures, (0, 29)):
        assert lines[start + 28].startswith('Prediction for %s: ' % picture)
        rows, image = lines[start:start + 28], main.read_image(picture).reshape(28, 28)
        assert all(len(row) == 56 and row[::2] == row[1::2] for row in rows)
        assert sum(not row.isspace() for row in rows) == (image > 25).any(axis=1).sum() > 15
        ramp = sorted(zip(image.ravel(), (' .:-=+*#%@'.index(character) for row in rows for character in row[::2])))
        marks = [mark for _, mark in ramp]  # from the lightest pixel to the darkest
        assert marks == sorted(marks) and set(marks) == set(range(10))


def test_a_picture_in_place_of_the_sample(tmp_path):
    script = edited(tmp_path, learning_rate='1e-3', n_iterations='101')
    os.remove(str(tmp_path / 'test_img.png'))
    Image.open(ours('7.gif')).save(str(tmp_path / 'test_img.png'))
    assert run_here(script=script).endswith('\nPrediction for test image: 7\n')


def test_help(capsys):
    with pytest.raises(SystemExit) as end:
        run_here('--help')
    assert end.value.code == 0


# bad pictures

def bytes_of(path):
    with open(path, 'rb') as f:
        return f.read()


WRONG_FILE, BLANK = 'not a PNG, JPEG, BMP or GIF picture of up to 55 megapixels', 'no digit stands out from the paper'
BAD = {  # the file's content and the words that tell what is wrong
    'words.txt': (b'seven', WRONG_FILE),
    'empty.png': (b'', WRONG_FILE),
    'seven.webp': (bytes_of(saved(Image.new('L', (28, 28)), 'WEBP')), WRONG_FILE),
    'cut.png': (bytes_of(ours('3.png'))[:-900], WRONG_FILE),
    'cut.jpg': (bytes_of(ours('5.jpg'))[:-2000], WRONG_FILE),
    'white.png': (bytes_of(saved(Image.new('RGB', (200, 100), 'white'))), BLANK),
    'flat16.png': (bytes_of(saved(Image.fromarray(np.full((50, 50), 30000, np.uint16)))), BLANK),
    'clear.png': (bytes_of(saved(Image.new('RGBA', (28, 28), (0, 0, 0, 0)))), BLANK),
    'line.png': (bytes_of(saved(Image.new('L', (4000, 1), 'white'))), BLANK),
    'large.png': (bytes_of(saved(Image.new('1', (7500, 7400), 1))), WRONG_FILE),
}


def test_bad_pictures_are_all_named_before_any_training(tmp_path):
    for name, (content, _) in BAD.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / 'folder.png').mkdir()
    expected = [(name, words) for name, (_, words) in BAD.items()]
    expected += [('missing.png', 'no such file'), ('folder.png', 'no such file')]
    result = run(ours('0.png'), *[name for name, _ in expected], cwd=str(tmp_path))
    messages = failed(result).split('\n')
    assert result.stdout == '' and len(messages) == len(expected)
    for message, (name, words) in zip(messages, expected):
        assert message.startswith(name + ': ') and words in message and message.endswith('.')


def test_a_missing_sample(tmp_path):
    script = edited(tmp_path)
    os.remove(str(tmp_path / 'test_img.png'))
    with pytest.raises(SystemExit, match='test_img.png: there is no such file'):
        run_here(script=script)


def outcome(path):
    """Read a picture; whatever it shows, get 784 values or a message, and nothing else."""
    try:
        image = main.read_image(path)
    except ValueError as error:
        assert BLANK in str(error)
        return
    assert image.shape == (784,) and image.dtype == np.uint8 and image.max() > 0


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1), st.sampled_from(['1', 'L', 'RGBA', 'I;16']))
@example(1, 1, 0, 'L')
@example(1, 4000, 0, 'L')
@example(4000, 1, 0, 'L')
@example(1, 2, 0, 'I;16')
def test_noise_of_any_size(width, height, seed, mode):
    levels = np.random.RandomState(seed).randint(0, 256, (height, width))
    outcome(saved(as_mode(grey(levels), mode)))


@pytest.mark.parametrize('width', range(1, 20, 3))
def test_stripes(width):
    outcome(saved(grey(255 * (np.indices((1001, 31))[0] // width % 2))))
