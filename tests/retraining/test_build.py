"""What a data version has, what it leaves out and says why, and what stays together and apart."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import AnalysisFailed, MediaRefused, TelltaleError
from core.fingerprints import BYTES, VIEWS, Fingerprint
from core.provenance import Credentials, Provenance
from core.splits import GATE_SHARE, drawn
from db import cases, data_versions, exclusions, provenance, reference_faults, verdicts
from db.cases import Asked
from db.data_versions import DataVersionRow
from db.models import now
from db.session import session
from pipelines.originals import path_of
from pipelines.retraining import exams, items
from pipelines.retraining.build import build
from pipelines.retraining.child import members
from pipelines.retraining.cuts import Cuts
from pipelines.retraining.cutting import Cut
from pipelines.retraining.reference import HeldOut, held_out
from tests.actors import DESK
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import gridded, jpeg, mp4, png, portrait, softened

NO_PRINTS = Fingerprint(np.empty(0, np.float32), np.empty((0, VIEWS, BYTES), np.uint8))


def built(newsroom: Newsroom) -> tuple[DataVersionRow, dict[str, items.Item]]:
    version = build(newsroom.config, DESK)
    return version, {item.sha256: item for item in items.read(newsroom.config, version.sha256)}


def codes(version: DataVersionRow) -> dict[str, str]:
    """Why each file was left out, by its name."""
    return {one["name"]: one["code"] for one in version.left_out}


def test_only_confirmed_verdicts_that_decide_are_learned_from(newsroom: Newsroom) -> None:
    agreed = newsroom.judged("agreed.png", png(portrait(1)), "manipulated")
    false_context = newsroom.judged("context.png", png(portrait(2)), "misleading")
    newsroom.judge(newsroom.take_in("alone.png", png(portrait(3))), "authentic", confirmed=False)
    newsroom.judge(newsroom.take_in("open.png", png(portrait(4))), "inconclusive")
    signed = newsroom.judge(newsroom.take_in("signed.png", png(portrait(5))), "synthetic", confirmed=False)
    disputed = newsroom.judge(newsroom.take_in("disputed.png", png(portrait(6))), "authentic")
    with session(newsroom.config) as opened:
        verdicts.sign_off(opened, newsroom.eve, signed)
        verdicts.opine(opened, newsroom.eve, disputed, "dissent", "The teeth melt.")
    version, found = built(newsroom)
    said = {item.label + "/" + item.method for item in found.values()}
    assert said == {"fake/manipulated", "real/", "fake/synthetic"} and len(found) == 3
    assert (found[agreed].label, found[false_context].label) == ("fake", "real")
    assert codes(version) == {"disputed.png": "contradictory"}
    assert version.counts["waiting"] == 1 and version.counts["label"] == {"fake": 2, "real": 1}


def test_somebody_who_changes_her_mind_takes_her_confirmation_along(newsroom: Newsroom) -> None:
    verdict = newsroom.judge(newsroom.take_in("a.png", png(portrait(1))), "authentic")
    with session(newsroom.config) as opened:
        verdicts.opine(opened, newsroom.ben, verdict, "dissent", "I looked again.")
    version, found = built(newsroom)
    assert not found and codes(version) == {"a.png": "contradictory"}


def test_what_cannot_teach_is_left_out_with_its_reason(newsroom: Newsroom) -> None:
    newsroom.judged("nobody.png", png(cv2.resize(np.eye(6, dtype=np.uint8) * 255, (300, 300))), "authentic")
    example = newsroom.take_in("example.png", png(portrait(1)), origin="example")
    newsroom.judge(example, "authentic")
    gone = newsroom.judged("gone.png", png(portrait(2)), "authentic")
    path_of(newsroom.config.home, gone).unlink()
    altered = newsroom.judged("altered.png", png(portrait(3)), "authentic")
    path_of(newsroom.config.home, altered).chmod(0o644)
    path_of(newsroom.config.home, altered).write_bytes(png(portrait(4)))
    broken = newsroom.judged("cut.mp4", mp4([portrait(5)] * 8), "authentic")
    version, found = built(newsroom)
    assert codes(version) == {"nobody.png": "no_face", "example.png": "example", "gone.png": "unreadable",
                              "altered.png": "unreadable"}  # fmt: skip
    assert set(found) == {broken} and found[broken].kind == "video"
    assert all(one["why"].endswith(".") for one in version.left_out)


def test_consent_and_cases_keep_files_out_until_an_editor_allows_them(newsroom: Newsroom) -> None:
    private, confidential = (newsroom.take_in(f"{n}.png", png(portrait(n))) for n in (1, 2))
    newsroom.judge(private, "authentic")
    newsroom.judge(confidential, "authentic")
    with session(newsroom.config) as opened:
        case = cases.start(opened, newsroom.ada, Asked("A source at risk"))
        cases.add_item(opened, newsroom.ada, case, confidential)
        exclusions.exclude(opened, newsroom.ada, "media", private, "She did not consent.")
        exclusions.exclude(opened, newsroom.ada, "case", case, "Confidential.")
    version, found = built(newsroom)
    assert not found and codes(version) == {"1.png": "excluded", "2.png": "excluded"}
    with session(newsroom.config) as opened:
        exclusions.allow(opened, newsroom.eve, "case", case)
    assert {item.name for item in built(newsroom)[1].values()} == {""} and len(built(newsroom)[1]) == 1


def test_nothing_of_the_reference_set_is_learned_from_nor_a_copy_of_it(newsroom: Newsroom) -> None:
    held = portrait(1)
    newsroom.hold_out({"held.png": (png(held), "real", ""), "unreadable.png": (b"no picture", "real", "")})
    newsroom.judged("same.png", png(held), "authentic")
    newsroom.judged("copy.jpg", jpeg(cv2.resize(held, (300, 300)), 60), "authentic")
    newsroom.judged("fake_of_it.jpg", jpeg(softened(held), 90), "manipulated")
    other = newsroom.judged("other.png", png(portrait(2)), "authentic")
    version, found = built(newsroom)
    assert codes(version) == dict.fromkeys(("same.png", "copy.jpg", "fake_of_it.jpg"), "held_out")
    assert set(found) == {other}


class Scissors(Cuts):
    """Has trouble with a file of these bytes, and finds nothing in any other."""

    def __init__(self, trouble: dict[bytes, TelltaleError]) -> None:
        self.trouble = trouble

    def of(self, sha256: str, path: Path, faces: bool = True) -> Cut:
        if error := self.trouble.get(path.read_bytes()):
            raise error
        nothing, kind = np.empty((0, 1), np.float32), "image"
        return Cut(kind, nothing.astype(np.uint8), nothing, nothing, NO_PRINTS)  # type: ignore[arg-type]


def held(newsroom: Newsroom, trouble: dict[bytes, TelltaleError]) -> HeldOut:
    members(newsroom.config).mkdir(exist_ok=True)
    return held_out(newsroom.config, Scissors(trouble))


@pytest.fixture
def next_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets a day go by, as the table of faults counts them."""
    days = 0

    def gone() -> None:
        nonlocal days
        days += 1
        monkeypatch.setattr(reference_faults, "now", lambda: now() + timedelta(days=days))

    return gone


def test_a_reference_file_without_a_fingerprint_is_held_out_by_its_hash(newsroom: Newsroom) -> None:
    newsroom.hold_out({"bad.mp4": (b"never", "real", ""), "b.mp4": (b"good", "real", "")})
    found = held(newsroom, {b"never": MediaRefused("broken", "It is broken.")})
    assert found.has(hashlib.sha256(b"never").hexdigest(), NO_PRINTS) and len(found.sha256s) == 2
    again = held(newsroom, {b"good": AnalysisFailed("asked", "It was asked about twice.")})
    assert again.sha256s == found.sha256s


def test_what_can_t_be_read_today_is_not_forgotten_tomorrow(newsroom: Newsroom) -> None:
    newsroom.hold_out({"slow.mp4": (b"slow", "real", "")})
    with pytest.raises(AnalysisFailed, match=r"slow.mp4 of held.csv .* too long"):
        held(newsroom, {b"slow": AnalysisFailed("timeout", "This took too long.")})
    assert held(newsroom, {}).sha256s == {hashlib.sha256(b"slow").hexdigest()}


def test_a_reference_file_that_can_t_be_read_night_after_night_is_set_aside(
    newsroom: Newsroom, next_day: Callable[[], None]
) -> None:
    newsroom.hold_out({"bomb.mp4": (b"bomb", "fake", "swap"), "fine.mp4": (b"good", "real", "")})
    crash = {b"bomb": AnalysisFailed("crashed", "The decoder crashed on this file.")}

    def asked() -> list[str]:
        (exam,) = exams.of_reference(newsroom.config)
        return [row["file"] for row in exam.rows]

    for nth in ("first", "second"):
        for _ in range(2):  # who starts another run on the same day learns nothing new of the file
            with pytest.raises(AnalysisFailed, match=f"bomb.mp4 of held.csv .* crashed .* This is the {nth} night"):
                held(newsroom, crash)
        next_day()
        assert asked() == ["bomb.mp4", "fine.mp4"]
    found = held(newsroom, crash)  # from now on nights go on, and its own bytes are still no lesson
    assert found.has(hashlib.sha256(b"bomb").hexdigest(), NO_PRINTS) and asked() == ["fine.mp4"]
    with session(newsroom.config) as opened:
        (aside,) = reference_faults.set_aside(opened).values()
    assert (aside.file, aside.nights, aside.said) == ("bomb.mp4", 3, "The decoder crashed on this file.")
    assert held(newsroom, crash).sha256s == found.sha256s
    full = {b"bomb": AnalysisFailed("no_room", "The disk is full.")}
    assert held(newsroom, full).sha256s == found.sha256s and asked() == ["fine.mp4"]
    assert held(newsroom, {}).sha256s == found.sha256s  # it is tried each night, and now it can be read
    assert asked() == ["bomb.mp4", "fine.mp4"]
    assert newsroom.config.reference
    (newsroom.config.reference / "held.csv").write_text("file,label\nfine.mp4,real\n")
    held(newsroom, crash)
    with session(newsroom.config) as opened:
        assert not reference_faults.all_of(opened)


def test_a_manifest_that_is_gone_leaves_no_file_at_fault(newsroom: Newsroom) -> None:
    newsroom.hold_out({"bomb.mp4": (b"bomb", "fake", "swap")})
    with pytest.raises(AnalysisFailed):
        held(newsroom, {b"bomb": AnalysisFailed("crashed", "The decoder crashed on this file.")})
    assert newsroom.config.reference
    (newsroom.config.reference / "held.csv").unlink()
    held(newsroom, {})
    with session(newsroom.config) as opened:
        assert not reference_faults.all_of(opened)


@pytest.mark.parametrize("code", ["no_room", "memory", "fault"])
def test_what_is_no_fault_of_a_file_is_held_against_none(
    newsroom: Newsroom, next_day: Callable[[], None], code: str
) -> None:
    newsroom.hold_out({"a.mp4": (b"one", "real", ""), "b.mp4": (b"two", "fake", "swap")})
    said = r"a.mp4 of held.csv .* So it is with 1 more. That is no fault"
    for _ in range(4):
        with pytest.raises(AnalysisFailed, match=said) as ended:
            held(newsroom, dict.fromkeys((b"one", b"two"), AnalysisFailed(code, "It went wrong.")))
        assert ended.value.code == code
        next_day()
    with session(newsroom.config) as opened:
        assert not reference_faults.all_of(opened)
    assert len(held(newsroom, {}).sha256s) == 2


def test_a_night_in_between_that_reads_the_file_counts_anew(
    newsroom: Newsroom, next_day: Callable[[], None]
) -> None:
    newsroom.hold_out({"slow.mp4": (b"slow", "real", ""), "late.mp4": (b"late", "real", "")})
    assert newsroom.config.reference
    (newsroom.config.reference / "held" / "late.mp4").unlink()  # so that nothing is kept, and all is read each night
    slow = {b"slow": AnalysisFailed("timeout", "This took too long.")}
    for nights in (slow, slow, {}, slow, slow):
        if nights:
            with pytest.raises(AnalysisFailed, match="This took too long"):
                held(newsroom, nights)
        else:
            held(newsroom, {})
        next_day()
    (newsroom.config.reference / "held" / "slow.mp4").write_bytes(b"slow, but another file")
    with pytest.raises(AnalysisFailed, match="first night"):
        held(newsroom, {b"slow, but another file": slow[b"slow"]})


def test_a_reference_file_that_is_put_there_later_is_held_out_too(newsroom: Newsroom) -> None:
    newsroom.hold_out({"late.mp4": (b"late", "real", "")})
    assert newsroom.config.reference
    late = newsroom.config.reference / "held" / "late.mp4"
    late.rename(late.with_suffix(".away"))
    assert not held(newsroom, {}).sha256s
    late.with_suffix(".away").rename(late)
    assert held(newsroom, {}).sha256s


def test_near_copies_of_one_label_are_one_lesson_and_a_fake_stays_with_its_original(newsroom: Newsroom) -> None:
    first = newsroom.judged("first.png", png(portrait(1)), "authentic")
    newsroom.judged("again.jpg", jpeg(portrait(1), 70), "authentic")
    fake = newsroom.judged("fake.png", png(gridded(portrait(1))), "manipulated")
    version, found = built(newsroom)
    assert codes(version) == {"again.jpg": "duplicate"}
    assert set(found) == {first, fake}
    assert found[first].group == found[fake].group and found[first].split == found[fake].split


def test_two_fakes_of_one_footage_are_two_lessons_of_one_group(newsroom: Newsroom) -> None:
    one = newsroom.judged("one.png", png(gridded(portrait(1))), "manipulated")
    other = newsroom.judged("other.png", png(softened(portrait(1))), "manipulated")
    version, found = built(newsroom)
    assert not codes(version) and set(found) == {one, other}
    assert found[one].group == found[other].group


def test_one_face_with_two_labels_is_wrong_beyond_doubt(newsroom: Newsroom) -> None:
    newsroom.judged("a.png", png(portrait(1)), "authentic")
    newsroom.judged("b.jpg", jpeg(portrait(1), 95), "manipulated")
    version, found = built(newsroom)
    assert not found and codes(version) == {"a.png": "mislabelled", "b.jpg": "mislabelled"}


@pytest.mark.parametrize(("trust", "left"), [("trusted", True), ("unknown", False)])
def test_trusted_credentials_that_say_generated_outweigh_a_verdict(
    newsroom: Newsroom, trust: str, left: bool
) -> None:
    clip = newsroom.take_in("a.png", png(portrait(1)))
    newsroom.judge(clip, "authentic")
    said = Provenance(credentials=Credentials("intact", trust, ai=True))  # type: ignore[arg-type]
    with session(newsroom.config) as opened:
        provenance.keep(opened, clip, said)
    assert codes(build(newsroom.config, DESK)) == ({"a.png": "mislabelled"} if left else {})


def test_the_files_of_a_case_stay_together_also_through_a_file_of_two_cases(newsroom: Newsroom) -> None:
    clips = [newsroom.take_in(f"{n}.png", png(portrait(n))) for n in range(4)]
    with session(newsroom.config) as opened:
        both = [cases.start(opened, newsroom.ada, Asked(f"Case {n}")) for n in (1, 2)]
        for case, clip in ((both[0], 0), (both[0], 1), (both[1], 1), (both[1], 2)):
            cases.add_item(opened, newsroom.ada, case, clips[clip])
    for clip in clips:
        newsroom.judge(clip, "authentic")
    _, found = built(newsroom)
    groups = [found[hashlib.sha256(png(portrait(n))).hexdigest()].group for n in range(4)]
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_the_same_verdicts_make_the_same_version(newsroom: Newsroom) -> None:
    newsroom.judged("a.png", png(portrait(1)), "authentic")
    first, _ = built(newsroom)
    assert built(newsroom)[0] == first
    newsroom.judged("b.png", png(portrait(2)), "authentic")
    second, _ = built(newsroom)
    assert second.parents == (first.sha256,)
    with session(newsroom.config) as opened:
        assert [one.id for one in data_versions.versions(opened, "desk")] == [second.id, first.id]
    manifest = items.manifest_path(newsroom.config, first.sha256)
    manifest.write_text(manifest.read_text().replace("real", "fake"))
    with pytest.raises(AnalysisFailed, match="was altered"):
        items.read(newsroom.config, first.sha256)
    manifest.unlink()
    with pytest.raises(AnalysisFailed, match="is gone"):
        items.read(newsroom.config, first.sha256)


@pytest.mark.slow
def test_what_was_learned_from_is_never_held_apart_later(newsroom: Newsroom) -> None:
    """A near copy may give a group another name; its part must stay."""
    for seed in range(16):
        newsroom.judged(f"{seed}.png", png(portrait(seed)), "authentic")
    _, before = built(newsroom)
    for seed in range(8):
        newsroom.judged(f"fake{seed}.png", png(gridded(portrait(seed))), "manipulated")
    _, after = built(newsroom)
    assert len(after) == 24
    assert any(after[one].group != item.group for one, item in before.items())
    assert all(after[one].split == item.split for one, item in before.items())
    assert {item.split for item in after.values()} == {"train", "dev", "gate"}


def test_a_fixed_share_of_groups_is_held_apart() -> None:
    drawn_parts = [drawn(f"group-{n}") for n in range(4000)]
    assert drawn_parts == [drawn(f"group-{n}") for n in range(4000)]
    assert abs(drawn_parts.count("gate") / 4000 - GATE_SHARE) < 0.02
