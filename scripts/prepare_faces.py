"""Cut the faces of the training media once: `python -m scripts.prepare_faces DATA --out cache/faces`.

DATA is a folder with manifests (`dfdc_pairs.csv`, `videos.csv`, …) and beside each its zip or folder of that name.
Face sets that exist already are kept.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from rich.progress import track

from core.settings import settings
from core.training.face_sets import assert_no_leak
from pipelines.face_cutting import CutFace, cut_clips, cut_pictures, face_set, faces_wanted
from pipelines.media.faces import FaceFinder

FRAMES_PER_CLIP = 24


def cut_all(data: Path, name: str, finder: FaceFinder) -> Iterator[CutFace]:
    """The faces of the set called `name`: a zip of pictures or a folder of clips."""
    rows = faces_wanted(data / f"{name}.csv")
    archive = data / f"{name}.zip"
    if archive.is_file():
        return cut_pictures(rows, archive, finder)
    return cut_clips(rows, data / name, finder, FRAMES_PER_CLIP)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=["dfdc_pairs", "stylegan_ffhq256", "videos"])
    parser.add_argument("--out", type=Path, default=Path("cache/faces"))
    options = parser.parse_args()
    with FaceFinder(settings().face_models) as finder:
        for name in options.sets:
            if (options.out / name / "rows.csv").is_file():
                print(f"{name}: already cut.")
                continue
            faces = face_set(track(cut_all(options.data, name, finder), description=name))
            assert_no_leak(faces.rows)
            faces.save(options.out / name)
            print(f"{name}: {len(faces.rows)} faces.")


if __name__ == "__main__":
    main()
