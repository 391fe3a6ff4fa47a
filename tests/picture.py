#!/usr/bin/env python
"""Make tests/digits.png: our pictures, below each what the network sees of it, and main.py's answer.

    .venv/bin/python tests/picture.py
"""
import glob
import os
import re

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from conftest import ROOT, run
import main

CELL, GAP, ROW, COLUMNS = 140, 20, 346, 6  # in pixels: five to each that the network sees


def as_drawn(path):
    """Return the picture fitted into a cell; where it is transparent, squares of grey show, as in drawing programs."""
    img = ImageOps.exif_transpose(Image.open(path).convert('RGBA'))
    img = ImageOps.contain(img, (CELL - 2, CELL - 2), Image.BOX)
    odd = np.add(*np.indices(img.size[::-1]) // 10) % 2
    squares = Image.fromarray(np.uint8(200 - 24 * odd)).convert('RGBA')
    return ImageOps.expand(Image.alpha_composite(squares, img).convert('RGB'), 1, 'lightgrey')


def as_seen(path):
    """Return the 28x28 pixels that the network is given."""
    return Image.fromarray(main.read_image(path).reshape(28, 28)).resize((CELL, CELL), Image.NEAREST)


def written(text, colour):
    """Return the text in Pillow's own letters, 6x11 pixels each, at twice their size."""
    letters = Image.new('RGB', (6 * len(text), 11), 'white')
    ImageDraw.Draw(letters).text((0, 0), text, colour)
    return ImageOps.scale(letters, 2, Image.NEAREST)


def overview():
    """Return the page."""
    paths = sorted(glob.glob(os.path.join(ROOT, 'tests', 'digits', '*')))
    answers = re.findall(r'Prediction for .*: (\d \(\d+%\))\n', run(*paths).stdout)
    page = Image.new('RGB', (COLUMNS * (CELL + GAP) + GAP, -(-len(paths) // COLUMNS) * ROW), 'white')
    for i, (path, answer) in enumerate(zip(paths, answers)):
        answer = written(answer, 'black' if answer[0] == os.path.basename(path)[0] else 'red')
        x, y = GAP + CELL // 2 + i % COLUMNS * (CELL + GAP), GAP + CELL // 2 + i // COLUMNS * ROW
        for img, middle in ((as_drawn(path), y), (as_seen(path), y + CELL + 6), (answer, y + 3 * CELL // 2 + 24)):
            page.paste(img, (x - img.width // 2, middle - img.height // 2))
    return page


if __name__ == '__main__':
    overview().save(os.path.join(ROOT, 'tests', 'digits.png'), optimize=True)
