"""Measure how well near copies are found: make copies of the clips in a folder, and look which are recognised.

    python -m scripts.measure_fingerprints /media/clips

For each way of copying: how many copies are found again in their original. For clips that are no copies of each
other: how many pairs are taken for copies, those of one person or place apart where `--groups` names them.
"""

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from core.fingerprints import Fingerprint
from core.settings import settings
from pipelines.media.decode import sampled_frames
from pipelines.media.probe import probe
from pipelines.provenance.fingerprints import NEAR, Fingerprinter, distances, stretches

Picture = NDArray[np.uint8]
RATE = 8  # frames a second of the copies
LONGER_SIDE = 640  # px that they start from
SUFFIXES = frozenset([".mp4", ".mov", ".mkv", ".webm"])
SAID = ("This is what he said on Monday", "and nobody could believe it")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder of clips")
    parser.add_argument("--groups", type=Path, help="CSV: file, group, group2")
    asked = parser.parse_args()
    clips = sorted(path for path in asked.folder.iterdir() if path.suffix.lower() in SUFFIXES)
    prints = {path.name: fingerprint(path) for path in clips}
    _tell_copies(clips, prints)
    _tell_others(prints, _groups(asked.groups))


def fingerprint(path: Path) -> Fingerprint:
    """The fingerprint that an analysis would take."""
    config = settings()
    info = probe(path, path.name, "0" * 64, config)
    made = Fingerprinter(info.duration)
    grid = (config.samples_per_second, config.min_samples, config.max_samples)
    for frame in sampled_frames(path, info, *grid, config.max_pixels):
        made.see(frame)
    return made.made()


def _tell_copies(clips: list[Path], prints: dict[str, Fingerprint]) -> None:
    found: dict[str, list[bool]] = {name: [] for name in COPIES}
    bits: dict[str, list[float]] = {name: [] for name in COPIES}
    with tempfile.TemporaryDirectory() as folder:
        for path in clips:
            pictures = list(_pictures(path))
            for name, (change, crf) in COPIES.items():
                copy = fingerprint(_write(Path(folder) / "copy.mp4", change(pictures), crf))
                found[name].append(bool(stretches(copy, prints[path.name])))
                bits[name] += distances(copy.hashes, prints[path.name].hashes).min(1).tolist()
    for name in COPIES:
        middle, most = np.percentile(bits[name], [50, 95])
        share = f"{sum(found[name])} of {len(found[name])} copies found"
        print(f"{name}: {share}; bits apart: median {middle:.0f}, 95 % within {most:.0f} (n {len(bits[name])})")


def _tell_others(prints: dict[str, Fingerprint], groups: dict[str, set[str]]) -> None:
    names = {True: "of one group", False: "of different groups"}
    pairs: dict[str, list[tuple[int, bool]]] = {name: [] for name in names.values()}
    for a, b in combinations(prints, 2):
        kind = names[bool(groups.get(a, set()) & groups.get(b, set()))]
        closest = int(distances(prints[a].hashes, prints[b].hashes).min(initial=256))
        pairs[kind].append((closest, bool(stretches(prints[a], prints[b]))))
    for kind, seen in pairs.items():
        apart = [bits for bits, _ in seen]
        print(
            f"pairs {kind}: {sum(said for _, said in seen)} of {len(seen)} taken for copies; closest frames "
            f"{min(apart, default=0)} bits apart, {sum(bits <= NEAR for bits in apart)} pairs within {NEAR}"
        )


def _groups(path: Path | None) -> dict[str, set[str]]:
    if path is None:
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["file"]: {row.get("group", ""), row.get("group2", "")} - {""} for row in rows}


def _pictures(path: Path) -> Iterator[Picture]:
    due = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= due - 1e-3:
                due += 1 / RATE
                yield _within(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), LONGER_SIDE)


def _within(picture: Picture, side: int) -> Picture:
    scale = min(1.0, side / max(picture.shape[:2]))
    return _scaled(picture, scale) if scale < 1 else picture


def _scaled(picture: Picture, scale: float) -> Picture:
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _middle(picture: Picture, share: float) -> Picture:
    down, right = (round(size * share / 2) for size in picture.shape[:2])
    return picture[down : picture.shape[0] - down, right : picture.shape[1] - right]


def _subtitled(picture: Picture) -> Picture:
    written = picture.copy()
    height, width = picture.shape[:2]
    for line, text in enumerate(SAID):
        place = (int(width * 0.1), int(height * (0.86 + 0.08 * line)))
        for colour, thick in (((0, 0, 0), 5), ((255, 255, 255), 2)):
            cv2.putText(written, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9 * width / 640, colour, thick)
    return written


def _write(path: Path, pictures: list[Picture], crf: int) -> Path:
    height, width = (size - size % 2 for size in pictures[0].shape[:2])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            whole = np.ascontiguousarray(picture[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(whole, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def _piece(pictures: list[Picture]) -> list[Picture]:
    """The middle half, begun a little off the grid on which the whole clip is sampled."""
    return pictures[len(pictures) // 4 + 1 : 3 * len(pictures) // 4 + 2]


def _each(change: Callable[[Picture], Picture]) -> Callable[[list[Picture]], list[Picture]]:
    return lambda pictures: [change(picture) for picture in pictures]


COPIES: dict[str, tuple[Callable[[list[Picture]], list[Picture]], int]] = {
    "re-encoded at CRF 35": (_each(lambda picture: picture), 35),
    "scaled to 40 %, CRF 30": (_each(lambda picture: _scaled(picture, 0.4)), 30),
    "5 % of the middle cropped": (_each(lambda picture: _middle(picture, 0.05)), 28),
    "10 % cropped around the middle": (_each(lambda picture: _middle(picture, 0.1)), 28),
    "15 % cropped around the middle": (_each(lambda picture: _middle(picture, 0.15)), 28),
    "10 % cropped off the left": (_each(lambda picture: picture[:, round(picture.shape[1] * 0.1) :]), 28),
    "10 % cropped off the bottom": (_each(lambda picture: picture[: round(picture.shape[0] * 0.9)]), 28),
    "subtitled in two lines": (_each(_subtitled), 28),
    "the middle half of its length": (_piece, 28),
    "the middle half, subtitled, at half size, CRF 32": (
        lambda pictures: [_subtitled(_scaled(picture, 0.5)) for picture in _piece(pictures)],
        32,
    ),
}  # fmt: skip


if __name__ == "__main__":
    main()
