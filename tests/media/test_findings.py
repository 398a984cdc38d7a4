"""What is said of the kind of manipulation: of flagged people only, and only as clearly as it is."""

from dataclasses import replace

import numpy as np
import pytest

from core.detectors.card import Kinds
from core.evidence import Evidence
from core.settings import Settings
from pipelines.media.analyse import analyse
from pipelines.media.faces import FaceFinder
from pipelines.media.findings import findings, kind_finding
from tests.media.conftest import SAMPLES, WarmthDetector, looked_at

PORTRAIT = SAMPLES / "portrait_genuine.mp4"
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
    said = findings((first, again), WarmthDetector.card, found.media, 0, 0.25, 0.25)
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
