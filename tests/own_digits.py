#!/usr/bin/env python
"""Print the README's table of how many pictures of a folder are read rightly, by reading and by network.

    .venv/bin/python tests/own_digits.py FOLDER

Each picture's name begins with its digit, as 7.png and 7_with_a_bar.jpg do; each sub-folder is a kind. Two readings:
the article's lines, shrunk to 28x28 where the picture is not, since its network takes no other; and read_image. Two
networks: the default, and the one with the three constants edited that help most. Five trainings of each.
"""
import argparse
import os
import sys

import numpy as np
from PIL import Image

from conftest import trained  # conftest also puts main.py on the path
import main

EDITED = dict(activation='tf.nn.relu', learning_rate='1e-3', n_iterations='8000')


def article_reading(path):
    """Return the picture as the article's lines read it, uint8 [784]."""
    return np.invert(Image.open(path).convert('L').resize((28, 28))).ravel()


def folder_of_pictures(folder):
    """Return the paths, digits and kinds of the pictures in a folder and its sub-folders."""
    found = [(os.path.join(place, name), int(name[0]), os.path.basename(place))
             for place, _, names in os.walk(folder) for name in sorted(names)
             if name[0].isdigit() and name.lower().endswith(('.png', '.jpg', '.jpeg', '.bmp', '.gif', '.tif', '.tiff'))]
    if not found:
        sys.exit('%s holds no picture whose name begins with its digit.' % folder)
    return map(np.array, zip(*found))


def table():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('folder')
    parser.add_argument('--trainings', type=int, default=5, metavar='N', help='trainings of each network (default: 5)')
    args = parser.parse_args()
    paths, digits, kinds = folder_of_pictures(args.folder)
    readings = [[reading(path) for path in paths] for reading in (article_reading, main.read_image)]
    shares = []
    for settings in ({}, EDITED):
        right = []
        for seed in range(args.trainings):
            with trained(seed=str(seed), **settings) as network:
                right.append([network(images).argmax(axis=1) == digits for images in readings])
        shares.append(np.mean(right, axis=0))
    print('| kind | pictures | article\'s lines, default | article\'s lines, edited | ours, default | ours, edited |')
    print('|---|---|---|---|---|---|')
    for kind in sorted(set(kinds)) + ['all']:
        those = (kinds == kind) | (kind == 'all')
        figures = [100 * shares[network][reading][those].mean() for reading in (0, 1) for network in (0, 1)]
        print('| %s | %d | %.0f%% | %.0f%% | %.0f%% | %.0f%% |' % ((kind, those.sum()) + tuple(figures)))


if __name__ == '__main__':
    table()
