"""What is said of the kind of manipulation: of flagged people only, and only as clearly as it is."""

from dataclasses import replace

import numpy as np
import pytest

from core.detectors.card import Kinds
from core.evidence import Band, Evidence, Finding, FrameScore, MediaInfo, Quality, Track
from core.settings import Settings
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.findings import findings, kind_finding
from pipelines.media.judge import clip_of, decisive
from pipelines.media.probe import DECLARED
from tests.media.conftest import SAMPLES, WarmthDetector, looked_at

PORTRAIT = SAMPLES / "portrait_genuine.mp4"
MEDIA = replace(looked_at(PORTRAIT), duration=2.0, tags={})
GOOD = Quality(face_px=100.0, sharpness=50.0, brightness=0.5, contrast=0.2, yaw=0.0, pitch=0.0, poor=())
KINDS = Kinds(names=("swap", "gan"), least=0.8, held_out={})


class Naming(WarmthDetector):
    """Says of every face that it is the second kind, by a logit of 2; flags whatever scores above `signs`."""

    asked = 0

    def __init__(self, signs: float) -> None:
        scale = self.card.scales["video"]
        both = scale.thresholds.model_copy(update={"signs": signs, "no_signs": signs - 1})
        scales = {"video": scale.model_copy(update={"thresholds": both})}
        self.card = self.card.model_copy(update={"kinds": KINDS, "scales": scales})

    def kinds(self, crops: np.ndarray) -> np.ndarray:
        self.asked += len(crops)
        return np.array([[0.0, 2.0]] * len(crops), np.float32)


def evidence(detector: Naming, finder: FaceFinder) -> Evidence:
    return analyse(PORTRAIT, looked_at(PORTRAIT), detector, finder, Settings(heatmaps=2), lambda _: None)


@pytest.mark.parametrize(("signs", "flagged"), [(-9.0, True), (9.0, False)])
def test_a_kind_is_named_of_flagged_people_only(finder: FaceFinder, signs: float, flagged: bool) -> None:
    detector = Naming(signs)
    found = evidence(detector, finder)
    said = [finding for finding in found.findings if finding.code.startswith("kind_")]
    assert [finding.code for finding in said] == (["kind_gan"] if flagged else [])
    assert (detector.asked > 0) == flagged


def test_appearances_are_not_counted_as_people(finder: FaceFinder) -> None:
    found = evidence(Naming(9.0), finder)
    first = found.tracks[0]
    again = replace(first, id="B", raw_score=(first.raw_score or 0) + 1)
    said = findings((first, again), WarmthDetector.card, found.media, 0, 0.25, 0.25, 32)
    (told,) = [one.text for one in said if one.code == "several_tracks"]
    assert told.startswith("2 appearances were judged one by one (a person who comes back after a cut counts anew)")
    assert told.endswith("person B.")


def test_what_is_not_clear_is_said_to_be_so(finder: FaceFinder) -> None:
    track = evidence(Naming(-9.0), finder).tracks[0]
    clear = kind_finding(track, KINDS, np.array([[0.0, 2.0]], np.float32))
    unclear = kind_finding(track, KINDS, np.array([[0.0, 1.0]], np.float32))
    assert "88%" in clear.text
    assert "a whole face made by a GAN" in clear.text
    assert (unclear.code, "not clear" in unclear.text) == ("kind_unclear", True)


def seen(time: float, raw: float | None, face_px: float = 100.0, poor: tuple[str, ...] = ()) -> FrameScore:
    """One face of a person, at `time`."""
    quality = replace(GOOD, face_px=face_px, poor=poor)
    return FrameScore(round(25 * time), time, (0.0, 0.0, face_px, face_px), None, raw, quality)


def person(name: str, band: Band, raw: float | None, frames: tuple[FrameScore, ...]) -> Track:
    """A track as `judge` leaves it."""
    return Track(name, frames[0].time, frames[-1].time, band, None, raw, frames)


def said_of(track: Track, media: MediaInfo, looked_at: int = 40) -> dict[str, Finding]:
    """The findings about a clip with this one person, by code."""
    told = findings((track,), WarmthDetector.card, media, 0, 0.25, 0.25, looked_at)
    return {one.code: one for one in told}


def test_who_decides_is_whose_score_holds() -> None:
    louder = person("A", "inconclusive", 8.0, (seen(0, 8.0),))
    holds = person("B", "signs", 2.7, (seen(0, 2.7),))
    scale = WarmthDetector.card.scales["video"]
    assert decisive((louder, holds)) == holds
    assert (clip_of((louder, holds), scale).band, clip_of((louder, holds), scale).raw_score) == ("signs", 2.7)
    (told,) = [
        one.text
        for one in findings((louder, holds), WarmthDetector.card, MEDIA, 0, 0.25, 0.25, 40)
        if one.code == "several_tracks"
    ]
    assert told.endswith("person B.")
    assert decisive(()) is None


def test_of_a_flagged_person_all_judged_frames_are_counted() -> None:
    level = WarmthDetector.card.scales["video"].thresholds.signs
    high, low = level + 1, level - 1
    raws = [high, high, high, low, low, None, high, low]
    track = person("A", "signs", high, tuple(seen(n, raw) for n, raw in enumerate(raws)))
    told = said_of(track, MEDIA)["strong_track"]
    assert "signs of manipulation in 4 of 7 frames judged, the longest run 00:00.000 to 00:02.000." in told.text
    assert (told.start, told.end) == (0, 2)


def test_a_limit_tells_the_size_of_the_faces_that_were_too_small() -> None:
    frames = (*(seen(n, 0.0, 90.0) for n in range(30)), *(seen(30 + n, None, 20.0, ("small",)) for n in range(10)))
    told = said_of(person("A", "inconclusive", 0.0, frames), MEDIA)["limits_small"]
    assert "in 10 of 40 frames (about 20 px wide there;" in told.text


def test_no_more_frames_are_asked_for_than_there_are() -> None:
    track = person("A", "too_poor", None, (seen(0, 1.0), seen(1, None, 100.0, ("dark",))))
    assert said_of(track, MEDIA, looked_at=2)["short_track"].text.endswith("1 frame can be judged; 2 are needed.")


def test_what_is_cut_short_is_said_in_our_own_figure() -> None:
    told = said_of(person("A", "no_signs", 0.0, (seen(0, 0.0),)), replace(MEDIA, tags={DECLARED: "12.00"}))
    assert told["cut_short"].text == "The file says that it lasts 00:12.000, but it holds 00:02.000."
