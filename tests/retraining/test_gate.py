"""What the gate decides, from answers made up so that the right decision is known."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.detectors.card import Card
from core.detectors.registry import Detector
from core.evidence import Band, MediaKind
from core.judgement.comparison import Margins
from pipelines.evaluation import Outcome
from pipelines.retraining import gate
from pipelines.retraining.gate import Decision, decide, table
from pipelines.retraining.gate import answers as one_by_one
from tests.evaluation.test_report import outcome

MARGINS = Margins(fewest=10, resamples=400)


def answers(lift: float, missed: float = 0.0, alarms: int = 0) -> list[Outcome]:
    """40 genuine files, 40 swaps and 20 lips; `lift` is how far swaps stand out, `missed` how far lips fall."""
    spread = [(n * 7 % 40) / 40 for n in range(40)]
    said = [outcome(f"r{n}", "real", 0.2 + 0.4 * s, "signs" if n < alarms else "no_signs")
            for n, s in enumerate(spread)]  # fmt: skip
    said += [outcome(f"s{n}", "fake", 0.2 + lift + 0.4 * s, "inconclusive", method="swap")
             for n, s in enumerate(spread)]  # fmt: skip
    lips = (0.45 - missed + 0.4 * s for s in spread[:20])
    return said + [outcome(f"l{n}", "fake", s, "inconclusive", method="lips") for n, s in enumerate(lips)]


def decided(candidate: list[Outcome], slower: float = 1.0) -> Decision:
    return decide({"reference": answers(0.05)}, {"reference": candidate}, slower, Margins(ece=0.3, resamples=400))


def test_worse_nowhere_and_better_somewhere_serves() -> None:
    decision = decided(answers(0.3))
    assert decision.promote, decision.why
    assert any("reference: swap: AUC" in why and "better, beyond chance" in why for why in decision.why)
    assert "may have risen by up to 0.1, not 0.03: its 40 genuine files are of 40 people or" in decision.why[-1]
    assert decision.files == {"reference": 100}
    record = decision.record()
    assert {one["figure"] for one in record["compared"]} == {"auc", "ece", "flagged_genuine"}


@pytest.mark.parametrize(
    ("candidate", "slower", "why"),
    [
        (answers(0.3, missed=0.2), 1.0, "reference: lips: AUC"),
        (answers(0.3, alarms=8), 1.0, "false alarms on genuine files 0.000 → 0.200"),
        (answers(0.3), 1.4, "1.40 times as long"),
        (answers(0.05), 1.0, "better nowhere beyond chance"),
    ],
)
def test_worse_somewhere_or_better_nowhere_does_not(candidate: list[Outcome], slower: float, why: str) -> None:
    decision = decided(candidate, slower)
    assert not decision.promote and any(why in one for one in decision.why), decision.why


def test_what_was_set_aside_is_said() -> None:
    decision = decide({"reference": answers(0.05)}, {"reference": answers(0.3)}, 1.0,
                      Margins(ece=0.3, resamples=400), set_aside=2)  # fmt: skip
    assert decision.promote and "Of the reference set 2 can't be read" in decision.why[-1]
    assert decision.record()["set_aside"] == 2


def test_each_file_is_kept_with_what_both_said() -> None:
    before = [outcome("a", "real", 0.1, "no_signs"), outcome("b", "fake", 0.5, "inconclusive", method="swap")]
    after = [outcome("a", "real", None, "no_face"), Outcome(before[1].row, None, "It is broken.")]
    first, second = one_by_one({"reference": before}, {"reference": after})
    assert (first.champion_band, first.champion_score) == ("no_signs", 0.1)
    assert (first.candidate_band, first.candidate_score, first.label) == ("no_face", None, "real")
    assert (second.method, second.candidate_band, second.candidate_score, second.changed) == ("swap", None, None, True)


def test_nothing_to_show_it_on_is_a_refusal() -> None:
    decision = decide({}, {}, 1.0, MARGINS)
    assert not decision.promote and "Give the desk a reference set" in decision.why[0]
    few = answers(0.05)[:5]
    assert not decide({"newest verdicts": few}, {"newest verdicts": few}, 1.0, MARGINS).promote


def test_ten_genuine_files_are_no_proof_that_false_alarms_do_not_rise() -> None:
    def few(said: list[Outcome]) -> dict[str, list[Outcome]]:
        return {"reference": [one for one in said if one.row["label"] == "fake" or int(one.row["file"][1:]) < 10]}

    decision = decide(few(answers(0.05)), few(answers(0.3)), 1.0, Margins(ece=0.3, auc=0.5, method_auc=0.5))
    assert not decision.promote
    assert "can't be ruled out: that takes 29 genuine files of different people or sources with none" in decision.why[0]


def test_the_people_behind_the_files_are_counted_and_said() -> None:
    def of_one(said: list[Outcome]) -> list[Outcome]:
        return [replace(one, row=one.row | {"group": "ada"}) for one in said if one.row["label"] == "real"]

    before = {"reference": answers(0.05), "newest verdicts": of_one(answers(0.05))}
    after = {"reference": answers(0.3), "newest verdicts": of_one(answers(0.3))}
    decision = decide(before, after, 1.0, Margins(ece=0.3, resamples=400))
    assert decision.promote, decision.why
    alarms = {one.where: (one.n_real, one.groups) for one in decision.compared if one.figure == "flagged_genuine"}
    assert alarms == {"reference": (40, 40), "all parts": (80, 41)}
    assert "newest verdicts: false alarms of this part alone can't be asked about" in decision.why[-1]
    assert "its genuine files are of 1 person or source, and it takes 10." in decision.why[-1]
    assert any("all parts" in why and "its 80 genuine files are of 41 people or sources" in why for why in decision.why)
    alone = decide({"r": of_one(answers(0.05))}, {"r": of_one(answers(0.05))}, 1.0, Margins(resamples=400))
    assert "takes 29 genuine files" in alone.why[0] and "here they are of 1" in alone.why[0]
    assert not any("this part alone" in why for why in alone.why)  # there is no other: it is asked


def test_a_small_part_is_told_as_such_and_refuses_only_what_it_shows() -> None:
    small = [one for one in answers(0.05) if int(one.row["file"][1:]) < 12]
    margins = Margins(ece=0.3, resamples=400)

    def with_imports(lift: float, missed: float) -> Decision:
        imports = [one for one in answers(lift, missed) if int(one.row["file"][1:]) < 12]
        before = {"reference": answers(0.05), "imports": small}
        return decide(before, {"reference": answers(0.3), "imports": imports}, 1.0, margins)

    uneven = with_imports(0.02, -0.02)  # swaps fall a little, lips rise
    assert uneven.promote, uneven.why
    told = next(why for why in uneven.why if why.startswith("Of too few people or sources"))
    assert "imports: swap (AUC)" in told and "Among all parts they count" in told
    harmed = with_imports(-0.4, 0.0)
    assert not harmed.promote and any("imports: swap: AUC" in why and "worse" in why for why in harmed.why)


def test_who_falls_silent_is_refused() -> None:
    parts = {"reference": answers(0.3)}
    decision = decide({"reference": answers(0.05)}, parts, 1.0, Margins(ece=0.3, resamples=400), ["video"])
    assert not decision.promote and "Of a clip it can say nothing" in decision.why[0]


class Busy:
    """A detector that computes for so many ms, and is kept from it for others."""

    def __init__(self, card: Card, computes: float, waits: float) -> None:
        self.card, self._computes, self._waits = card, computes / 1000, waits / 1000

    def score(self, crops: np.ndarray, _kind: MediaKind) -> np.ndarray:
        time.sleep(self._waits)
        ends = time.thread_time() + self._computes
        while time.thread_time() < ends:
            pass
        return np.zeros(len(crops), np.float32)


@pytest.mark.parametrize(("champion", "candidate", "slower"), [((2, 0), (2, 8), 1.0), ((2, 8), (4, 0), 2.0)])
def test_speed_is_what_it_computes_and_not_how_busy_the_machine_is(
    shipped_detector: Detector, monkeypatch: pytest.MonkeyPatch,
    champion: tuple[int, int], candidate: tuple[int, int], slower: float,
) -> None:  # fmt: skip
    rivals = {"was": Busy(shipped_detector.card, *champion), "is": Busy(shipped_detector.card, *candidate)}
    monkeypatch.setattr(gate.registry, "load", lambda folder: rivals[folder.name])
    assert gate.times_slower(Path("was"), Path("is")) == pytest.approx(slower, rel=0.15)


def test_only_what_both_could_judge_is_compared() -> None:
    unscored: Band = "too_poor"
    one, other = answers(0.1), answers(0.2)
    one[0] = outcome("r0", "real", None, unscored)
    other[1] = replace(other[1], evidence=None, why="unreadable")
    assert len(table(one, other)) == 98
