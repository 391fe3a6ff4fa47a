"""Print the accuracy on a folder of pictures (takes five minutes)."""
import argparse
import pathlib
import sys
from itertools import product

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from conftest import EDITED, trained  # conftest also puts main.py on the path
from main import read_image

SETTINGS = {'as it is': {}, 'after three edits': EDITED}
ENDINGS = '.png', '.jpg', '.jpeg', '.bmp', '.gif'
NAMING = ('folder of pictures, with or without sub-folders. Each name begins with the '
          'digit it shows: 7.png or 7_bar.jpg. In 7__anna__3.png, anna is the source, '
          'by which the interval is resampled')
problems = {}  # of each path


def article_image(path):
    """Return a picture, resized, as the article's code prepares it, [784], 0 to 255."""
    return np.invert(Image.open(path).convert('L').resize((28, 28))).ravel()


def otsu_threshold(levels):
    """Return Otsu's threshold, which best divides grey levels into dark and light."""
    counts = np.bincount(levels.ravel(), minlength=256)
    darker = np.cumsum(counts)  # pixels at each level or below
    lighter = levels.size - darker
    offsets = np.cumsum(counts * (np.arange(256) - levels.mean()))
    return np.argmax(offsets ** 2 / np.maximum(darker * lighter, 1))


def usual_image(path):
    """Return a picture as most people prepare it, [784], from 0 to 1."""
    levels = np.array(Image.open(path).convert('L'))
    if np.median(levels) > 127:
        levels = 255 - levels  # now the ink is light
    ink = Image.fromarray(levels > otsu_threshold(levels)).convert('L')
    if not ink.getbbox():
        return np.zeros(784)  # the whole picture has one shade of grey
    digit = np.array(ImageOps.contain(ink.crop(ink.getbbox()), (20, 20)))
    rows, columns = np.indices(digit.shape)
    top = int(14 - np.average(rows, weights=digit))  # centre of mass to the centre
    left = int(14 - np.average(columns, weights=digit))
    image = Image.new('L', (28, 28))
    image.paste(Image.fromarray(digit), (left, top))
    return np.array(image).ravel() / 255


def prepare(paths):
    """Return the pictures prepared in three ways, [3, n, 784]; a blank one failed."""
    images = np.zeros((3, len(paths), 784))
    for i, path in enumerate(tqdm(paths, 'pictures')):
        for way, function in enumerate([article_image, usual_image, read_image]):
            try:
                images[way, i] = function(str(path))
            except Exception as problem:
                problems[path] = problem
    return images


def measure(images, digits, trainings):
    """Return how often each picture is recognised, 0 to 1, [settings, ways, n]."""
    rights = []
    for seed, edits in tqdm(list(product(range(trainings), SETTINGS.values())), 'runs'):
        article = trained(seed=str(seed), dropout='0.0', **edits)  # as it has no effect
        ours = trained(seed=str(seed), **edits)
        for network, way in zip([article, ours, ours], images):
            is_right = network(way).argmax(axis=1) == digits
            rights.append(is_right & way.any(axis=1))
    return np.reshape(rights, (trainings, 2, 3, len(digits))).mean(axis=0)


def interval(shares, sources):
    """Return the 95% interval of the mean share, from 2,000 resamples."""
    names, numbers = np.unique(sources, return_inverse=True)
    n = len(names)
    random = np.random.RandomState(1)
    means = []
    for _ in range(2000):
        drawn = np.bincount(random.randint(n, size=n), minlength=n)  # how often each
        means.append(np.average(shares, weights=drawn[numbers]))
    low, high = np.percentile(means, [2.5, 97.5])
    return f'{low:.2f} to {high:.2f}'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path, help=NAMING)
    parser.add_argument('--trainings', type=int, default=3, metavar='N',
                        help='training runs for each network (default: 3)')
    args = parser.parse_args()
    if args.trainings < 1:
        parser.error('--trainings must be at least 1')
    paths = []
    for path in sorted(args.folder.rglob('*')):
        if path.suffix.lower() in ENDINGS and path.name[0] in '0123456789':
            paths.append(path)
        elif path.suffix.lower() in ENDINGS:
            problems[path] = 'its name does not begin with the digit it shows'
    if not paths:
        parser.error(f'no picture in {args.folder} is named after the digit it shows')
    digits = np.array([int(path.name[0]) for path in paths])
    # a picture whose name gives no source is its own source
    sources = [path.name[1:].rpartition('__')[0] or str(path) for path in paths]
    shares = measure(prepare(paths), digits, args.trainings)
    print(f"| accuracy on {len(paths)} pictures | article's code "
          '| usual preparation | `main.py` |\n|---|---|---|---|')
    for name, (article, usual, ours) in zip(SETTINGS, shares):
        print(f'| {name} | {article.mean():.2f} | {usual.mean():.2f} '
              f'| {ours.mean():.2f} ({interval(ours, sources)}) |')
    print(f'\nMeans of {args.trainings} training runs. In brackets: the 95% confidence '
          f'interval,\nresampled by source ({len(set(sources))} sources).')
    for path, problem in problems.items():
        print(f'Could not use {path}: {problem}.', file=sys.stderr)


if __name__ == '__main__':
    main()
