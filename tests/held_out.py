"""Download the pictures that tests/held_out.csv lists (takes two minutes)."""
import argparse
import csv
import hashlib
import pathlib
import sys
import urllib.request
from urllib.parse import quote

from tqdm import tqdm

LIST = pathlib.Path(__file__).with_name('held_out.csv')  # labelled before measuring
GITHUB = 'https://raw.githubusercontent.com'


def fetch(url, sha256, path):
    """Save the picture at an address, unless it is there already."""
    if path.exists():
        if hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
            return
        path.unlink()  # a damaged picture must not be measured
    with urllib.request.urlopen(url, timeout=20) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError('it has changed: its SHA-256 checksum is not the one listed')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=pathlib.Path, help='where to save the pictures')
    args = parser.parse_args()
    rows = list(csv.DictReader(LIST.open()))
    problems = []
    for number, row in enumerate(tqdm(rows, 'pictures'), 1):
        source = row['repository'].replace('/', '_')
        ending = pathlib.Path(row['path']).suffix
        name = f"{row['digit']}__{source}__{number}{ending}"  # for own_digits.py
        url = quote(f"{row['repository']}/{row['commit']}/{row['path']}")
        try:
            fetch(f'{GITHUB}/{url}', row['sha256'], args.folder / row['kind'] / name)
        except Exception as problem:
            problems.append(f'{url}: {problem}')
    print(f'{len(rows) - len(problems)} of {len(rows)} pictures are in {args.folder}.')
    if problems:
        sys.exit('These could not be downloaded:\n' + '\n'.join(problems))


if __name__ == '__main__':
    main()
