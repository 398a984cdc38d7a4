"""Fetch CelebA by torchvision's own download: `python -m scripts.download_celeba FOLDER`; 1.4 GB, research use alone.

It lies in FOLDER/celeba afterwards, with attributes and identities beside the pictures, as `--data` understands it.
torchvision fetches it with gdown, which nothing else here needs: `pip install gdown` first. FER2013 has no download in
torchvision: sign in at Kaggle and name the archive or `fer2013.csv` as `--data`.
"""

import argparse
import importlib
import sys
from pathlib import Path

from core.torchvision_cpu import ensure_torchvision

BY_HAND = "Fetch img_align_celeba.zip and its tables from the authors' page, and name the folder as --data."


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    ensure_torchvision()
    try:
        importlib.import_module("gdown")
    except ModuleNotFoundError:
        sys.exit(f"torchvision fetches CelebA with gdown, which isn't installed: `pip install gdown`. Else: {BY_HAND}")
    try:
        importlib.import_module("torchvision.datasets").CelebA(folder, split="all", download=True)
    except Exception as failed:  # noqa: BLE001  (torchvision, the downloader and the network fail in ways of their own)
        told = str(failed).removesuffix(".")
        sys.exit(f"CelebA could not be fetched: {told}. It needs a network, and its host allows few a day. {BY_HAND}")
    print(f"--data {folder / 'celeba' / 'img_align_celeba'}")


if __name__ == "__main__":
    main()
