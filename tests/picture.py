#!/usr/bin/env python
"""Draw eight predictions as tests/digits.png (takes 15 seconds).

    .venv/bin/python tests/picture.py
"""
import argparse
import os
import re

from PIL import Image, ImageDraw, ImageOps

from conftest import OURS, ROOT, run
import main
from mistakes import write

CELL = 140  # pixels, 5 for each that the network sees


def draw():
    paths = [path for path in OURS if '_' in os.path.basename(path)]
    predictions = re.findall(r'Prediction for .*: (\d \(\d+%\))\n', run(*paths).stdout)
    page = Image.new('RGB', (len(paths) * (CELL + 20), 2 * CELL + 50), 'white')
    for i, (path, prediction) in enumerate(zip(paths, predictions)):
        left = i * (CELL + 20) + 10
        img = Image.open(path).convert('RGBA')
        img = ImageOps.contain(img, (CELL, CELL), Image.BOX)
        grey = Image.new('RGBA', img.size, 'lightgrey')  # shows where it is transparent
        img = Image.alpha_composite(grey, img)
        page.paste(img, (left + (CELL - img.width) // 2, (CELL - img.height) // 2))
        seen = Image.fromarray(main.read_image(path).reshape(28, 28))
        page.paste(seen.resize((CELL, CELL), Image.NEAREST), (left, CELL + 8))
        write(ImageDraw.Draw(page), (left + CELL // 2, 2 * CELL + 28), prediction)
    return page


if __name__ == '__main__':
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    draw().save(str(ROOT / 'tests' / 'digits.png'), optimize=True)
