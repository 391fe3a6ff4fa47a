#!/usr/bin/env python
"""Draw tests/digits.png: pictures, what the network sees of each, and its prediction.

    .venv/bin/python tests/picture.py
"""
import os
import re

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from conftest import OURS, ROOT, run
import main

CELL = 140  # pixels, 5 for each that the network sees


def on_squares(img):
    """Return the picture in a cell; grey squares show where it is transparent."""
    img = ImageOps.contain(img.convert('RGBA'), (CELL - 2, CELL - 2), Image.BOX)
    odd = np.sum(np.indices(img.size[::-1]) // 10, axis=0) % 2
    squares = Image.fromarray(np.uint8(200 - 24 * odd)).convert('RGBA')
    cell = Image.alpha_composite(squares, img).convert('RGB')
    return ImageOps.expand(cell, 1, 'lightgrey')


def written(text):
    """Return the text in Pillow's own letters, 6x11 pixels each, at twice their size."""
    letters = Image.new('RGB', (6 * len(text), 11), 'white')
    ImageDraw.Draw(letters).text((0, 0), text, 'black')
    return ImageOps.scale(letters, 2, Image.NEAREST)


def draw():
    paths = [path for path in OURS if '_' in os.path.basename(path)]
    predictions = re.findall(r'Prediction for .*: (\d \(\d+%\))\n', run(*paths).stdout)
    page = Image.new('RGB', (len(paths) * (CELL + 20), 2 * CELL + 50), 'white')
    for i, (path, prediction) in enumerate(zip(paths, predictions)):
        seen = Image.fromarray(main.read_image(path).reshape(28, 28))
        seen = seen.resize((CELL, CELL), Image.NEAREST)
        middle = CELL // 2
        for img in on_squares(Image.open(path)), seen, written(prediction):
            left = i * (CELL + 20) + 10 + (CELL - img.width) // 2
            page.paste(img, (left, middle - img.height // 2))
            middle = CELL * 3 // 2 + 8 if middle < CELL else 2 * CELL + 30
    return page


if __name__ == '__main__':
    draw().save(os.path.join(ROOT, 'tests', 'digits.png'), optimize=True)
