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
import tensorflow as tf
from PIL import Image

import conftest  # noqa: F401, puts main.py on the path
import main

EDITED = dict(activation=tf.nn.relu, learning_rate=1e-3, n_iterations=8000)


def article_reading(path):
    """Return the picture as the article's lines read it, uint8 [784]."""
    return np.invert(Image.open(path).convert('L').resize((28, 28))).ravel()


def predictions(images, seed):
    """Train the network of main.py with this seed; return the digits it takes the images for."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(seed)
        main.seed = seed
        mnist = main.read_data()
        network = main.build_network()
        sess.run(tf.global_variables_initializer())
        main.train(sess, network, mnist)
        return sess.run(tf.argmax(network.output_layer, 1), feed_dict={network.X: images})


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
    paths, digits, kinds = folder_of_pictures(parser.parse_args().folder)
    readings = [[reading(path) for path in paths] for reading in (article_reading, main.read_image)]
    shares = []
    output, sys.stdout = sys.stdout, open(os.devnull, 'w')
    for constants in ({}, EDITED):
        vars(main).update(constants)
        right = [(predictions(sum(readings, []), seed) == np.tile(digits, 2)).reshape(2, -1) for seed in range(5)]
        shares.append(np.mean(right, axis=0))
    sys.stdout = output
    print('| kind | pictures | article\'s lines, default | article\'s lines, edited | ours, default | ours, edited |')
    print('|---|---|---|---|---|---|')
    for kind in sorted(set(kinds)) + ['all']:
        those = (kinds == kind) | (kind == 'all')
        figures = [100 * shares[network][reading][those].mean() for reading in (0, 1) for network in (0, 1)]
        print('| %s | %d | %.0f%% | %.0f%% | %.0f%% | %.0f%% |' % ((kind, those.sum()) + tuple(figures)))


if __name__ == '__main__':
    table()
