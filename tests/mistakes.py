"""Draw the network's mistakes as tests/mistakes.png (takes one minute)."""
import argparse

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from conftest import EDITED, ROOT, trained
import main

HALVES = {"The article's settings": {},
          'ReLU, learning rate 1e-3, 8000 iterations': EDITED}
matplotlib.rcParams.update({'font.size': 13, 'axes.titlesize': 13})


def find_mistakes(shares, labels):
    """Return the indices of the misclassified examples, the most confident first."""
    wrong = np.flatnonzero(shares.argmax(axis=1) != labels)
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind='stable')]


def draw_examples(half, images, labels, shares):
    """Draw examples, each above its true and predicted digits."""
    grid = half.subplots(4, 5, subplot_kw=dict(xticks=[], yticks=[]))
    half.subplots_adjust(0.04, 0.5, 0.97, 0.89, wspace=0.04, hspace=0.26)
    for axes, image, label, share in zip(grid.flat, images, labels, shares):
        axes.imshow(image.reshape(28, 28), 'gray')
        axes.set_xlabel(f'{label} → {share.argmax()}')


def draw_matrix(half, shares, labels):
    """Draw how often each true digit (row) was classified as each digit (column)."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, shares.argmax(axis=1)), 1)
    axes = half.add_axes([0.09, 0.04, 0.88, 0.4], frame_on=False)
    axes.set(title='Confusion matrix', xlabel='predicted digit', ylabel='true digit',
             xticks=range(10), yticks=range(10))
    axes.tick_params(length=0)
    axes.imshow(np.ma.masked_equal(counts, 0), 'Reds', vmin=0, vmax=100)  # 50: light
    axes.imshow(np.ma.masked_equal(np.eye(10), 0), 'Greys', vmin=0, vmax=5)
    for true, predicted in np.argwhere(counts):
        axes.text(predicted, true, counts[true, predicted], ha='center', va='center')


def draw_page():
    test = main.read_data().test
    labels = test.labels.argmax(axis=1)
    page = Figure(figsize=(12.8, 13.8), facecolor='white')
    for half, title in zip(page.subfigures(1, 2), HALVES):
        shares = trained(**HALVES[title])(test.images)
        wrong = find_mistakes(shares, labels)
        shown = wrong[:20]
        percent = min(np.floor(1000 * shares[shown[-1]].max()) / 10, 99.9)
        half.text(0.04, 0.965, title, fontsize=18, weight='bold')
        half.text(0.04, 0.9, f"{len(wrong):,} of the {len(labels):,} digits of MNIST's "
                  'test set are misclassified.\nThe most confident mistakes, true → '
                  f'predicted digit,\neach with a probability above {percent}%:')
        draw_examples(half, test.images[shown], labels[shown], shares[shown])
        draw_matrix(half, shares, labels)
    return page


if __name__ == '__main__':
    argparse.ArgumentParser(description=__doc__).parse_args()
    draw_page().savefig(str(ROOT / 'tests' / 'mistakes.png'))
