#!/usr/bin/env python
"""Print how many of a folder's pictures are recognised (takes six minutes).

    .venv/bin/python tests/own_digits.py FOLDER

Each picture's name begins with its digit, as 7.png and 7_with_a_bar.jpg do. Each
sub-folder is one row of the table. Pictures are prepared in two ways, by the article's
lines (shrunk to 28x28 pixels first) and by read_image(), and given to two networks, the
default one and one trained with the three edits that help most.
"""
import argparse
import pathlib
import sys

import numpy as np
from PIL import Image

from conftest import EDITED, trained  # conftest also puts main.py on the path
import main

NETWORKS = {}, EDITED  # the edits of each
BLANK = np.zeros(784)
problems = []


def article_reading(path):
    """Return the picture as the article's lines prepare it, uint8 [784]."""
    return np.invert(Image.open(path).convert('L').resize((28, 28))).ravel()


def read(reading, path):
    """Return the picture; one that cannot be read is blank, and counts as wrong."""
    try:
        return reading(path)
    except Exception as problem:
        problems.append('%s: %s' % (path, problem))
        return BLANK


def pictures_in(folder):
    """Return the paths, digits and kinds of the pictures in a folder and below it."""
    paths, digits, kinds = [], [], []
    for path in sorted(filter(pathlib.Path.is_file, pathlib.Path(folder).rglob('*'))):
        if path.name[0].isdigit():
            paths.append(str(path))
            digits.append(int(path.name[0]))
            kinds.append(path.parent.name)
        else:
            problems.append('%s: its name does not begin with a digit' % path)
    if not paths:
        sys.exit('%s has no picture whose name begins with its digit.' % folder)
    return paths, np.array(digits), np.array(kinds)


def table():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('--trainings', type=int, default=5, metavar='N',
                        help='training runs for each network (default: 5)')
    args = parser.parse_args()
    paths, digits, kinds = pictures_in(args.folder)
    readings = [np.array([read(reading, path) for path in paths])
                for reading in (article_reading, main.read_image)]
    right = [[], [], [], []]
    for seed in range(args.trainings):
        for column, edits in enumerate(NETWORKS):
            network = trained(seed=str(seed), **edits)
            for images in readings:
                is_read = images.any(axis=1)
                given = network(images).argmax(axis=1)
                right[column].append(is_read & (given == digits))
                column += 2
    columns = np.mean(right, axis=1)

    print("| kind | pictures | article's lines, default | article's lines, edited "
          '| read_image, default | read_image, edited |\n|---|---|---|---|---|---|')
    for kind in sorted(set(kinds)) + ['all']:
        those = (kinds == kind) | (kind == 'all')
        shares = ['%.0f%%' % (100 * column[those].mean()) for column in columns]
        print('| %s | %d | %s |' % (kind, those.sum(), ' | '.join(shares)))
    for problem in problems:
        print('Could not use: ' + problem, file=sys.stderr)


if __name__ == '__main__':
    table()
