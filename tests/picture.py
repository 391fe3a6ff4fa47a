"""Draw ten predictions as tests/digits.png (takes 15 seconds)."""
import argparse
import re

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from conftest import ROOT, run
import main

NAMES = ('0_transparent.png 1_chalk.jpg 2_ruled.jpg 3_squared.jpg 4_finger.jpg 5.jpg '
         '6_tight.jpg 7_circled.jpg 8.bmp 9_shadow.jpg').split()
PATHS = [str(ROOT / 'tests' / 'digits' / name) for name in NAMES]


def draw_page():
    found = re.findall(r'Prediction for .*: (\d) \((\d+%)\)\n', run(*PATHS).stdout)
    page = Figure(figsize=(16.6, 3.8), facecolor='white')
    above, below = page.subplots(2, 10, subplot_kw=dict(xticks=[], yticks=[]))
    page.subplots_adjust(0.11, 0.11, 0.998, 0.99, wspace=0.05, hspace=0.06)
    for i, (digit, percent) in enumerate(found):
        picture = Image.open(PATHS[i]).convert('RGBA')
        area = 0, picture.width, picture.height, 0
        chequerboard = np.indices((12, 10)).sum(axis=0) % 2  # where it is transparent
        above[i].imshow(chequerboard, 'gray', vmin=-3, vmax=3, extent=area)
        above[i].imshow(picture, extent=area)
        above[i].set_anchor('S')  # all stand on one line
        below[i].imshow(main.read_image(PATHS[i]).reshape(28, 28), 'gray')
        below[i].set_xlabel(f'{digit}, {percent}', fontsize=21)
    page.text(0.003, 0.74, 'your\npicture', fontsize=21, va='center')
    page.text(0.003, 0.32, 'what the\nnetwork\nsees', fontsize=21, va='center')
    page.text(0.003, 0.07, 'prediction', fontsize=21, va='center')
    return page


if __name__ == '__main__':
    argparse.ArgumentParser(description=__doc__).parse_args()
    draw_page().savefig(str(ROOT / 'tests' / 'digits.png'))
