"""Seen before, on the review page: a link, the times that match, and what it doesn't mean."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.fingerprints import Fingerprint
from core.settings import Settings
from dashboard.components import first_look
from dashboard.components.band import UNTOLD
from dashboard.components.seen_before import BEFORE, CAUTION, LATER, NONE, NOT_TAKEN, matching
from db import analyses, fingerprints
from db.session import session
from pipelines.provenance.fingerprints import Stretch
from pipelines.provenance.near_copies import index_keys
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track


def section(opened: Open, analysis: int) -> AppTest:
    """The review page with this section open."""
    desk = opened("review", analysis=str(analysis))
    desk.session_state["section"] = "Seen before"
    return desk.run()


def analysed(config: Settings, name: str, sha256: str, prints: Fingerprint | None) -> int:
    analysis = store(config, evidence(clip(name, sha256), (track("A", 3.0, "signs"),)))
    with session(config) as opened:
        stored = analyses.get(opened, analysis)
        assert stored is not None
        if prints:
            fingerprints.keep(opened, stored.media_id, prints, index_keys(prints))
    return analysis


def prints_of(seed: int, begin: int = 0, count: int = 12) -> Fingerprint:
    """Any hashes; the same seed gives the same footage."""
    hashes = np.random.default_rng(seed).integers(0, 256, (40, 6, 32), dtype=np.uint8)
    return Fingerprint(np.arange(count, dtype=np.float32), hashes[begin : begin + count])


def test_a_copy_is_linked_with_its_times(config: Settings, opened: Open) -> None:
    first = analysed(config, "first_[one].mp4", "1" * 64, prints_of(1))
    second = analysed(config, "piece.mp4", "2" * 64, prints_of(1, begin=4, count=5))
    desk = section(opened, second)
    words = text_of(desk)
    assert BEFORE in words and LATER not in words and CAUTION in words
    assert "00:00.000 – 00:04.000 here is 00:04.000 – 00:08.000 there" in words
    (link,) = [link for link in desk.get("page_link") if "first" in link.proto.label]
    assert f"analysis={first}" in link.proto.query_string and "t=4.000" in link.proto.query_string
    assert "first\\_\\[one\\]\\.mp4" in link.proto.label
    assert LATER in text_of(section(opened, first))


def test_a_copy_that_waits_for_a_first_look_is_not_told_of(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = analysed(config, "first.mp4", "1" * 64, prints_of(1))
    second = analysed(config, "piece.mp4", "2" * 64, prints_of(1, begin=4, count=5))
    with session(config) as database:
        stored = analyses.get(database, first)
    assert stored is not None
    monkeypatch.setattr(first_look, "waiting", lambda asked: {stored.media_id} & set(asked))
    (link,) = [link for link in section(opened, second).get("page_link") if "first" in link.proto.label]
    assert UNTOLD in link.proto.label and "Signs" not in link.proto.label


def test_nothing_found_says_what_is_not_found(config: Settings, opened: Open) -> None:
    analysed(config, "first.mp4", "1" * 64, prints_of(1))
    other = analysed(config, "other.mp4", "2" * 64, prints_of(2))
    assert NONE in text_of(section(opened, other))


def test_without_a_fingerprint_nothing_is_said(config: Settings, opened: Open) -> None:
    assert NOT_TAKEN in text_of(section(opened, analysed(config, "a.mp4", "1" * 64, None)))


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (Stretch(0, 0, 7, 7, 1, 3.0), "00:00.000 here is 00:07.000 there"),
        (Stretch(1, 2, 61, 62, 4, 3.0), "00:01.000 – 00:02.000 here is 01:01.000 – 01:02.000 there"),
    ],
)
def test_times_in_words(stretch: Stretch, words: str) -> None:
    assert matching(stretch) == words
