"""Near copies: found again whatever is usually done to them, with the times that match, and others left alone."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data
from sqlalchemy import text

from core.evidence import MediaInfo
from core.fingerprints import Fingerprint
from core.settings import Settings
from db import fingerprints, media
from db.session import session
from pipelines.media.decode import Frame
from pipelines.provenance.fingerprints import NEAR, Fingerprinter, distances, stretches
from pipelines.provenance.near_copies import asked_keys, index_keys, near_copies

Picture = NDArray[np.uint8]
PHOTOS = (data.astronaut(), data.coffee(), data.chelsea(), data.rocket())


def film(seconds: float, begin: float = 0.0, rate: int = 4) -> list[Frame]:
    """A camera that moves over one photo after the other, five seconds each."""
    moments = np.arange(begin, begin + seconds, 1 / rate)
    return [Frame(n, float(time - begin), _at(float(time))) for n, time in enumerate(moments)]


def _at(time: float) -> Picture:
    photo = cv2.resize(PHOTOS[int(time // 5) % len(PHOTOS)], (640, 480), interpolation=cv2.INTER_AREA)
    left = int(20 * (time % 5))
    return np.ascontiguousarray(photo[left : left + 360, left : left + 480])


def changed(frames: Sequence[Frame], change: Callable[[Picture], Picture]) -> list[Frame]:
    return [Frame(frame.index, frame.time, change(frame.image)) for frame in frames]


def fingerprint(frames: Sequence[Frame]) -> Fingerprint:
    made = Fingerprinter(frames[-1].time + 0.25 if len(frames) > 1 else None)
    for frame in frames:
        made.see(frame)
    return made.made()


def jpeg(picture: Picture) -> Picture:
    _, bytes_ = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 12])
    return np.asarray(cv2.imdecode(bytes_, cv2.IMREAD_COLOR), np.uint8)


def small(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (160, 120), interpolation=cv2.INTER_AREA), np.uint8)


def subtitled(picture: Picture) -> Picture:
    written = picture.copy()
    for colour, thick in ((0, 4), (255, 2)):
        cv2.putText(written, "He said it", (60, 330), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (colour,) * 3, thick)
    return written


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "re-encoded": jpeg,
    "small": small,
    "subtitled": subtitled,
    "cropped around the middle": lambda picture: picture[18:-18, 24:-24],
    "cropped off the left": lambda picture: picture[:, 48:],
    "cropped off the bottom": lambda picture: picture[:-36],
}


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_found_with_its_times(copy: str) -> None:
    original, other = fingerprint(film(10)), fingerprint(changed(film(10), COPIES[copy]))
    for one, two in ((original, other), (other, original)):
        (stretch,) = stretches(one, two)
        assert stretch.end - stretch.start > 7
        assert abs(stretch.start - stretch.other_start) <= 0.5
        assert stretch.bits <= NEAR


def test_a_piece_of_a_longer_clip_says_where_it_is_from() -> None:
    piece = fingerprint(changed(film(4, begin=8.1), subtitled))
    (stretch,) = stretches(piece, fingerprint(film(20)))
    assert stretch.start < 1 and stretch.end > 3
    assert abs(stretch.other_start - stretch.start - 8.1) <= 0.75


def test_two_pieces_in_another_order_are_two_stretches() -> None:
    first, second = film(5, begin=10), film(5, begin=0)
    joined = [*first, *[Frame(n + 20, frame.time + 5, frame.image) for n, frame in enumerate(second)]]
    found = stretches(fingerprint(joined), fingerprint(film(15)))
    assert [round(stretch.other_start / 10) for stretch in found] == [1, 0]
    assert found[0].end < found[1].start


def test_a_still_is_found_in_the_clip_it_was_taken_from() -> None:
    still = fingerprint(changed(film(0.2, begin=7.0), jpeg))
    (stretch,) = stretches(still, fingerprint(film(20)))
    assert (stretch.start, stretch.frames) == (0.0, 1)
    assert abs(stretch.other_start - 7.0) <= 0.5


def test_what_is_no_copy_is_not_taken_for_one() -> None:
    assert not stretches(fingerprint(film(5, begin=0)), fingerprint(film(5, begin=5)))
    mirrored = fingerprint(changed(film(5), lambda picture: np.ascontiguousarray(picture[:, ::-1])))
    assert not stretches(fingerprint(film(5)), mirrored)


def test_black_frames_are_copies_of_nothing() -> None:
    black = fingerprint([Frame(n, n / 4, np.zeros((90, 160, 3), np.uint8)) for n in range(20)])
    assert len(black) == 0 and not stretches(black, black) and not index_keys(black)


def test_it_survives_being_stored() -> None:
    prints = fingerprint(film(5))
    again = Fingerprint.of_bytes(*prints.to_bytes())
    assert (again.times == prints.times).all() and (again.hashes == prints.hashes).all()
    with pytest.raises(ValueError):
        Fingerprint.of_bytes(prints.to_bytes()[0], prints.to_bytes()[1][:-1])


def test_distances_are_counted_in_bits() -> None:
    hashes = np.zeros((2, 6, 32), np.uint8)
    hashes[1] = 0xFF
    assert distances(hashes, hashes).tolist() == [[0, 256], [256, 0]]


@pytest.fixture
def config(tmp_path: Path, empty_home: Path) -> Settings:
    shutil.copytree(empty_home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def keep(config: Settings, name: str, prints: Fingerprint | None) -> int:
    info = MediaInfo(hashlib.sha256(name.encode()).hexdigest(), name, "video", 9, "mov", "h264", 64, 48, 10.0, 25.0)
    with session(config) as opened:
        number = media.add(opened, info)
        if prints:
            fingerprints.keep(opened, number, prints, index_keys(prints))
    return number


def test_the_desk_finds_what_it_met_before(config: Settings) -> None:
    first = keep(config, "first.mp4", fingerprint(film(10)))
    keep(config, "other.other.mp4", fingerprint(film(5, begin=15)))
    keep(config, "nothing taken of this.mp4", None)
    copy = keep(config, "piece.mp4", fingerprint(changed(film(4, begin=2.1), small)))
    with session(config) as opened:
        (found,) = near_copies(opened, copy) or ()
        (back,) = near_copies(opened, first) or ()
    assert (found.file.media_id, found.file.name, found.before) == (first, "first.mp4", True)
    assert (back.file.media_id, back.before) == (copy, False)
    assert abs(found.stretches[0].other_start - 2.1) <= 0.75


def test_without_a_fingerprint_nothing_is_claimed(config: Settings) -> None:
    number = keep(config, "old.mp4", None)
    with session(config) as opened:
        assert near_copies(opened, number) is None


def test_it_is_kept_once(config: Settings) -> None:
    prints = fingerprint(film(3))
    number = keep(config, "a.mp4", prints)
    keep(config, "a.mp4", fingerprint(film(3, begin=10)))
    with session(config) as opened:
        kept = fingerprints.of_media(opened, [number])[number]
    assert (kept.hashes == prints.hashes).all()


def test_looking_up_reads_an_index(config: Settings) -> None:
    asked = "SELECT media_id, count(*) FROM fingerprint_key WHERE key IN (1, 2, 3) GROUP BY media_id"
    with session(config) as opened:
        plan = opened.execute(text(f"EXPLAIN QUERY PLAN {asked}")).all()
    assert "SEARCH fingerprint_key USING PRIMARY KEY (key=?)" in str(plan)


def test_more_frames_are_asked_for_than_are_indexed() -> None:
    prints = fingerprint(film(10))
    assert index_keys(prints) <= asked_keys(prints)
