"""The figures of an evaluation, from answers made up so that each can be checked by hand."""

import json
from dataclasses import replace

import pytest

from core.detectors.registry import Detector
from core.evidence import Band, Evidence, MediaInfo, ModelRef, Timing
from pipelines.evaluation import Outcome, report

SAID_NOTHING = Evidence(
    media=MediaInfo("", "", "image", 1, "jpeg", "mjpeg", 8, 8, None, None),
    band="no_face",
    score=None,
    raw_score=None,
    tracks=(),
    findings=(),
    heatmaps=(),
    shots=(0.0,),
    frames_sampled=1,
    model=ModelRef("", "", ""),
    timing=Timing(0, 0, 0, 0, 0),
)


def outcome(name: str, label: str, score: float | None, band: Band, **columns: str) -> Outcome:
    """What the desk said about one picture."""
    row = {"file": name, "label": label, "method": "", "dataset": "", "group": name, "kind": ""} | columns
    return Outcome(row, replace(SAID_NOTHING, score=score, raw_score=score, band=band))


@pytest.fixture
def outcomes() -> list[Outcome]:
    """Two genuine files and three fakes of two methods; a third genuine one was not answered, one file failed."""
    broken = {"file": "e", "label": "fake", "method": "", "dataset": "", "group": "e", "kind": ""}
    return [
        outcome("a", "real", 0.1, "no_signs", dataset="one"),
        outcome("b", "real", 0.95, "signs", dataset="one"),
        outcome("c", "real", None, "too_poor", dataset="two"),
        outcome("p", "fake", 0.99, "signs", dataset="one", method="swap"),
        outcome("q", "fake", 0.5, "inconclusive", dataset="one", method="swap"),
        outcome("r", "fake", 0.05, "no_signs", dataset="three", method="lips"),
        Outcome(broken, None, "This file is empty."),
    ]


def test_overall(outcomes: list[Outcome], shipped_detector: Detector) -> None:
    overall = report(outcomes, shipped_detector)["overall"]
    counts = {key: overall[key] for key in ("n", "n_real", "n_fake", "unscored")}
    assert counts == {"n": 6, "n_real": 3, "n_fake": 3, "unscored": 1}
    assert overall["auc"]["value"] == pytest.approx(3 / 6)  # of 2 × 3 pairs: p beats a and b, q beats a
    assert overall["flagged_genuine"]["value"] == pytest.approx(1 / 3)
    assert overall["inconclusive"]["value"] == pytest.approx(2 / 6)
    assert overall["confidently_wrong"]["value"] == pytest.approx(2 / 5)


def test_no_false_alarm_among_few_is_not_said_to_be_certain(shipped_detector: Detector) -> None:
    quiet = [outcome(str(n), "real", 0.1, "no_signs") for n in range(34)]
    flagged = report(quiet, shipped_detector)["overall"]["flagged_genuine"]
    assert (flagged["value"], flagged["ci"]) == (0, pytest.approx([0, 0.1015], abs=1e-4))


def test_curves_are_of_what_was_scored(outcomes: list[Outcome], shipped_detector: Detector) -> None:
    found = report(outcomes, shipped_detector)["curves"]
    assert sum(found["calibration"]["n"]) == 5
    assert found["roc"] == {"false_alarms": [0, 0, 0.5, 0.5, 1, 1], "hits": [0, 0.3333, 0.3333, 0.6667, 0.6667, 1]}


def test_a_method_meets_all_genuine_files(outcomes: list[Outcome], shipped_detector: Detector) -> None:
    by_method = report(outcomes, shipped_detector)["by_method"]
    assert {name: (part["n_real"], part["n_fake"]) for name, part in by_method.items()} == {
        "lips": (3, 1),
        "swap": (3, 2),
    }
    assert by_method["lips"]["auc"]["value"] == 0


def test_a_data_set_of_one_class_borrows_the_other_and_says_so(
    outcomes: list[Outcome], shipped_detector: Detector
) -> None:
    by_dataset = report(outcomes, shipped_detector)["by_dataset"]
    assert "borrowed" not in by_dataset["one"]
    assert (by_dataset["one"]["n_real"], by_dataset["one"]["n_fake"]) == (2, 2)
    assert by_dataset["two"]["borrowed"]
    assert (by_dataset["two"]["n_real"], by_dataset["two"]["n_fake"]) == (1, 3)
    assert by_dataset["two"]["auc"] is None  # its one genuine file has no score


def test_a_missing_class_gives_null_and_not_a_figure(
    outcomes: list[Outcome], shipped_detector: Detector
) -> None:
    fakes = [outcome for outcome in outcomes if outcome.row["label"] == "fake"]
    overall = report(fakes, shipped_detector)["overall"]
    assert [overall[name] for name in ("auc", "eer", "tpr_at_fpr01", "ece", "aurc", "flagged_genuine")] == [
        None
    ] * 6
    assert overall["inconclusive"]["value"] == pytest.approx(1 / 3)


def test_the_failed_are_named_and_counted_nowhere(
    outcomes: list[Outcome], shipped_detector: Detector
) -> None:
    whole = report(outcomes, shipped_detector)
    assert whole["failed"] == [{"file": "e", "why": "This file is empty."}]
    assert [line["file"] for line in whole["files"]] == ["a", "b", "c", "p", "q", "r"]
    assert whole["video"] is None
    assert whole["image"]["n"] == 6
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole


def test_nothing_at_all_is_a_report_too(shipped_detector: Detector) -> None:
    whole = report([], shipped_detector)
    assert whole["overall"]["n"] == 0
    assert whole["overall"]["auc"] is None
    assert whole["overall"]["inconclusive"] is None
