"""From a file to evidence: every odd file ends in the right state, and the same file in the same evidence."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut, coffee

from core.errors import Cancelled, MediaRefused
from core.settings import Settings
from pipelines.media.analyse import Progress, analyse
from tests.media.conftest import (
    SAMPLES,
    Picture,
    looked_at,
    packets_of,
    portrait_frames,
    write_clip,
)


def small_portrait(side: int, width: int = 640, height: int = 360) -> Picture:
    picture = cv2.resize(coffee(), (width, height), interpolation=cv2.INTER_AREA)
    picture[40 : 40 + side, 30 : 30 + side] = cv2.resize(
        astronaut(), (side, side), interpolation=cv2.INTER_AREA
    )
    return picture


def test_a_portrait_is_one_person_from_end_to_end(evidence_of) -> None:
    found = evidence_of(SAMPLES / "portrait_genuine.mp4", heatmaps=4)
    (track,) = found.tracks
    assert (track.id, track.start, track.end > 5.5) == ("A", 0.0, True)
    assert found.frames_sampled == len(track.frames) == 32
    assert found.shots == (0.0,)
    assert found.raw_score == track.raw_score == pytest.approx(np.mean([f.raw_score for f in track.frames]))
    assert found.band == track.band
    assert 0 < found.score < 1
    spent = found.timing  # faces are scored while others are looked for
    assert spent.total_s >= max(spent.decode_s + spent.faces_s, spent.score_s + spent.explain_s)
    json.dumps(found.record(), allow_nan=False)


def test_heatmaps_are_of_the_highest_scores_spread_in_time_and_lie_on_the_face(evidence_of) -> None:
    found = evidence_of(SAMPLES / "portrait_genuine.mp4", heatmaps=4)
    assert len(found.heatmaps) == 4
    frames = {seen.index: seen for seen in found.tracks[0].frames}
    best = max(found.tracks[0].frames, key=lambda seen: seen.raw_score)
    assert found.heatmaps[0].index == best.index
    times = sorted(heatmap.time for heatmap in found.heatmaps)
    assert min(np.diff(times)) >= 6.0 / 8
    for heatmap in found.heatmaps:
        crop, heat, frame = (
            decoded(data) for data in (heatmap.crop_png, heatmap.heat_png, heatmap.frame_jpg)
        )
        assert crop.shape[:2] == heat.shape == (96, 96)
        assert max(frame.shape) <= 960
        x, y = np.reshape(heatmap.to_frame, (2, 3)) @ (48, 48, 1)
        left, top, width, height = frames[heatmap.index].box
        assert left < x < left + width
        assert top < y < top + height


def test_a_large_frame_is_kept_small_and_its_scale_said(evidence_of, tmp_path: Path) -> None:
    Image.fromarray(cv2.resize(astronaut(), (1920, 1920))).save(tmp_path / "a.png")
    (heatmap,) = evidence_of(tmp_path / "a.png").heatmaps
    assert decoded(heatmap.frame_jpg).shape == (960, 960, 3)
    assert heatmap.frame_scale == 0.5


def test_the_same_file_gives_the_same_evidence_whatever_the_batch(evidence_of) -> None:
    first, again, small = (
        evidence_of(SAMPLES / "portrait_manipulated.mp4", batch_size=size, heatmaps=2) for size in (16, 16, 1)
    )
    for other in (again, small):
        assert (other.tracks, other.raw_score, other.heatmaps) == (
            first.tracks,
            first.raw_score,
            first.heatmaps,
        )


def test_the_twins_differ_where_the_face_was_exchanged(evidence_of) -> None:
    genuine, manipulated = (
        evidence_of(SAMPLES / f"portrait_{kind}.mp4") for kind in ("genuine", "manipulated")
    )
    assert (
        manipulated.raw_score < genuine.raw_score - 0.3
    )  # its colours were made cooler, which this detector sees


def test_a_cut_ends_a_track_and_letters_go_on(evidence_of, tmp_path: Path) -> None:
    other = [cv2.flip(picture, 1)[:, ::-1][::1] for picture in portrait_frames(30)]
    scene = [np.ascontiguousarray(255 - cv2.resize(coffee(), (320, 240))) for _ in range(15)]
    found = evidence_of(write_clip(tmp_path / "a.mp4", [*portrait_frames(30), *scene, *other]))
    assert [track.id for track in found.tracks] == ["A", "B"]
    assert len(found.shots) == 3
    assert found.tracks[0].end < 1.2 <= 1.8 <= found.tracks[1].start


def test_a_clip_without_people(evidence_of, tmp_path: Path) -> None:
    found = evidence_of(write_clip(tmp_path / "a.mp4", [cv2.resize(coffee(), (320, 240))] * 20))
    assert (found.band, found.score, found.raw_score, found.tracks, found.heatmaps) == (
        "no_face",
        None,
        None,
        (),
        (),
    )


def test_a_small_face_is_found_and_called_too_poor_with_the_reason(evidence_of, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [small_portrait(140)] * 12)
    found = evidence_of(path)
    assert (found.band, found.score, len(found.tracks)) == ("too_poor", None, 1)
    assert {seen.score for seen in found.tracks[0].frames} == {None}
    (finding,) = found.findings
    assert finding.code == "limits_small"
    assert "30 px are needed" in finding.text


def smeared() -> Picture:
    """The portrait as a fast pan leaves it: the detector sees a face, and the landmark network none."""
    return np.asarray(cv2.blur(portrait_frames(1)[0], (33, 1)), np.uint8)


def test_a_face_too_unclear_for_its_features_is_told_and_not_judged(evidence_of, tmp_path: Path) -> None:
    found = evidence_of(write_clip(tmp_path / "a.mp4", [smeared()] * 12))
    assert (found.band, found.score, found.heatmaps) == ("too_poor", None, ())
    (track,) = found.tracks
    assert {(seen.raw_score, seen.quality.poor[0]) for seen in track.frames} == {(None, "unclear")}
    (finding,) = found.findings
    assert finding.text == "Person A: the face is too unclear for its features to be made out in 12 of 12 frames."


def test_what_looks_like_a_face_only_twice_is_none(evidence_of, tmp_path: Path) -> None:
    scene = [cv2.resize(coffee(), (320, 240))] * 12
    found = evidence_of(write_clip(tmp_path / "a.mp4", [*scene, smeared(), smeared(), *scene]))
    assert (found.band, found.tracks) == ("no_face", ())


def test_where_somebody_is_seen_clearly_doubtful_faces_add_nothing(evidence_of, tmp_path: Path) -> None:
    found = evidence_of(write_clip(tmp_path / "a.mp4", [*portrait_frames(12), *[smeared()] * 12]))
    (track,) = found.tracks
    assert track.raw_score is not None
    assert "unclear" not in {reason for seen in track.frames for reason in seen.quality.poor}


def test_a_person_seen_too_shortly_is_too_poor(evidence_of, tmp_path: Path) -> None:
    scene = [cv2.resize(coffee(), (320, 240))] * 30
    found = evidence_of(write_clip(tmp_path / "a.mp4", [*portrait_frames(3), *scene]))
    assert found.band == "too_poor"
    assert "short_track" in {finding.code for finding in found.findings}


@pytest.mark.parametrize("count", [1, 3])
def test_a_clip_of_a_few_frames_can_be_judged(evidence_of, tmp_path: Path, count: int) -> None:
    found = evidence_of(write_clip(tmp_path / "a.mp4", portrait_frames(count)))
    assert found.score is not None
    assert len(found.tracks[0].frames) == count


def test_stills(evidence_of, tmp_path: Path) -> None:
    Image.fromarray(astronaut()).save(tmp_path / "a.jpg")
    found = evidence_of(tmp_path / "a.jpg")
    assert (found.frames_sampled, found.shots, len(found.tracks), len(found.heatmaps)) == (1, (0.0,), 1, 1)
    Image.fromarray(coffee()).save(tmp_path / "b.jpg")
    assert evidence_of(tmp_path / "b.jpg").band == "no_face"


def test_damage_is_told(evidence_of, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", portrait_frames(50))
    data = bytearray(path.read_bytes())
    for place, size in packets_of(path)[-4:]:
        data[place : place + size] = b"\xff" * size
    path.write_bytes(data)
    found = evidence_of(path)
    assert found.score is not None
    assert "damaged" in {finding.code for finding in found.findings}


def test_a_file_that_broke_after_it_was_probed_is_refused(detector, finder, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", portrait_frames(5))
    info = looked_at(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MediaRefused):
        analyse(path, info, detector, finder, Settings(), lambda _: None)


def test_progress_is_told_and_can_stop_the_work(detector, finder) -> None:
    path = SAMPLES / "portrait_genuine.mp4"
    heard: list[Progress] = []

    def stop(progress: Progress) -> None:
        heard.append(progress)
        if len(heard) == 2:
            raise Cancelled("cancelled", "Stopped.")

    with pytest.raises(Cancelled):
        analyse(path, looked_at(path), detector, finder, Settings(samples_per_second=20), stop)
    assert heard[0].stage == "faces"
    assert heard[0].done < heard[1].done <= heard[1].total == 120


def decoded(data: bytes) -> Picture:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
