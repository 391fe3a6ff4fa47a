#!/usr/bin/env python
"""Draw the network's mistakes as tests/mistakes.png (takes two minutes).

    .venv/bin/python tests/mistakes.py

The left half shows main.py as it is, the right half main.py with the three edits that
help most. Each half has the most confident mistakes, and a table of how often
each digit was recognised as each digit.
"""
import argparse

import numpy as np
from font_source_sans_pro import SourceSansPro, SourceSansProSemibold
from PIL import Image, ImageDraw, ImageFont

from conftest import EDITED, ROOT, trained
import main

HALVES = ("The article's settings", {}), ('After three edits', EDITED)
COLUMNS, ROWS = 5, 4  # of digits
WIDTH, HEIGHT = 640, 1280  # of a half, in pixels
TABLE_LEFT, TABLE_TOP, CELL = 60, 715, 54
SMALL = ImageFont.truetype(SourceSansPro, 19)
LARGE = ImageFont.truetype(SourceSansProSemibold, 30)


def write(draw, middle, text):
    """Write the text centred on (x, y)."""
    draw.text(middle, text, 'black', SMALL, anchor='mm')


def surest_mistakes(shares, labels):
    """Return the indices of the examples recognised wrongly, the surest first.

    The shares are the network's probabilities [n, 10], the labels digits [n].
    """
    wrong = np.flatnonzero(shares.argmax(axis=1) != labels)
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind='stable')]


def count_pairs(shares, labels):
    """Return how often each digit (row) was taken for each (column), [10, 10]."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, shares.argmax(axis=1)), 1)
    return counts


def draw_mistakes(draw, half, images, labels, shares):
    """Draw the first images [n, 784], each above its true and predicted digit."""
    for i in range(COLUMNS * ROWS):
        left = 30 + i % COLUMNS * 120
        top = 105 + i // COLUMNS * 130
        digit = Image.fromarray(images[i].reshape(28, 28)).resize((100, 100))
        half.paste(digit, (left, top))
        text = f'{labels[i]} → {shares[i].argmax()}   {shares[i].max():.1%}'
        write(draw, (left + 50, top + 113), text)


def draw_table(draw, counts):
    """Draw the counts [10, 10]: what is right in grey, mistakes in red."""
    for digit in range(10):
        middle = digit * CELL + CELL // 2
        write(draw, (TABLE_LEFT + middle, TABLE_TOP - 14), str(digit))
        write(draw, (TABLE_LEFT - 20, TABLE_TOP + middle), str(digit))
    for (true, given), count in np.ndenumerate(counts):
        left, top = TABLE_LEFT + given * CELL, TABLE_TOP + true * CELL
        colour = 'lightgrey'
        if true != given:
            colour = (255, max(0, 255 - 4 * count), max(0, 255 - 4 * count))
        draw.rectangle((left, top, left + CELL - 2, top + CELL - 2), colour)
        if count:
            write(draw, (left + CELL // 2, top + CELL // 2), str(count))


def draw_half(title, images, labels, shares):
    """Return the picture of one network's mistakes among the images [n, 784]."""
    half = Image.new('RGB', (WIDTH, HEIGHT), 'white')
    draw = ImageDraw.Draw(half)
    wrong = surest_mistakes(shares, labels)
    title = f'{title}: {len(wrong):,} of {len(labels):,} wrong'
    draw.text((30, 20), title, 'black', LARGE)
    surest = 'The most confident mistakes: true digit → predicted digit'
    draw.text((30, 65), surest, 'black', SMALL)
    draw_mistakes(draw, half, images[wrong], labels[wrong], shares[wrong])
    table = 'How often each digit (row) was recognised as each digit (column)'
    draw.text((30, 645), table, 'black', SMALL)
    draw_table(draw, count_pairs(shares, labels))
    return half


def draw_page():
    test = main.read_data().test
    page = Image.new('RGB', (2 * WIDTH, HEIGHT))
    for i, (title, edits) in enumerate(HALVES):
        shares = trained(**edits)(test.images)
        half = draw_half(title, test.images, test.labels.argmax(axis=1), shares)
        page.paste(half, (i * WIDTH, 0))
    return page


if __name__ == '__main__':
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    draw_page().save(str(ROOT / 'tests' / 'mistakes.png'), optimize=True)
