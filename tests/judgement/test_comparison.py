"""Two detectors compared, on scores made up so that the right answer is known."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sklearn.metrics import roc_auc_score

from core.judgement.comparison import Compared, Margins, compare, unasked

RNG = np.random.default_rng(5)


def files(n: int, champion: float, candidate: float, method: str = "swap", noise: float = 0.1) -> pd.DataFrame:
    """`n` genuine files and as many fakes; each detector's fakes score so much higher."""
    label = np.array(["real"] * n + ["fake"] * n)
    shared = RNG.normal(0, noise, 2 * n)

    def scores(lift: float) -> np.ndarray:
        return np.clip(0.4 + shared + lift * (label == "fake") + RNG.normal(0, 0.02, 2 * n), 0, 1)

    was, is_now = scores(champion), scores(candidate)
    return pd.DataFrame({
        "label": label, "method": np.where(label == "fake", method, ""), "group": [f"g{i}" for i in range(2 * n)],
        "champion_score": was, "candidate_score": is_now, "champion_signs": was > 0.8, "candidate_signs": is_now > 0.8,
    })  # fmt: skip


def found(parts: dict[str, pd.DataFrame], **margins: float) -> dict[tuple[str, str], Compared]:
    return {(one.where, one.figure): one for one in compare(parts, Margins(**margins))}


def test_a_plain_gain_is_better_and_its_figures_are_those_of_scikit_learn() -> None:
    table = files(80, 0.05, 0.25)
    auc = found({"reference": table})["reference", "auc"]
    fake = table["label"] == "fake"
    assert auc.champion == pytest.approx(roc_auc_score(fake, table["champion_score"]))
    assert auc.candidate == pytest.approx(roc_auc_score(fake, table["candidate_score"]))
    assert auc.gain == pytest.approx(auc.candidate - auc.champion)
    assert auc.low < auc.gain < auc.high and auc.finding == "better"
    assert (auc.n_real, auc.n_fake) == (80, 80)


def test_a_plain_loss_is_worse_and_the_same_is_held() -> None:
    assert found({"r": files(80, 0.25, 0.05)})["r", "auc"].finding == "worse"
    table = files(80, 0.2, 0.2)
    table["candidate_score"] = table["champion_score"]
    same = found({"r": table})["r", "auc"]
    assert (same.gain, same.low, same.high, same.finding) == (0, 0, 0, "held")


def test_a_loss_in_one_method_is_seen_behind_a_gain_in_all() -> None:
    table = pd.concat([files(60, 0.02, 0.3, "new"), files(20, 0.3, 0.12, "old").query("label == 'fake'")])
    table["group"] = [str(i) for i in range(len(table))]
    answers = found({"r": table})
    assert answers["r", "auc"].gain > 0
    assert answers["r: new", "auc"].finding == "better"
    assert answers["r: old", "auc"].finding == "worse"


def test_the_clips_of_two_people_are_two_witnesses_however_many_they_are() -> None:
    table = files(60, 0.15, 0.15)
    of_one = np.array([True, False] * 60)
    lift = np.where(of_one, 0.06, -0.06) * (table["label"] == "fake")
    table["candidate_score"] = table["champion_score"] + lift
    assert found({"r": table}, auc=0.07)["r", "auc"].finding == "held"
    table["group"] = np.where(of_one, "ada", "ben")
    assert found({"r": table}, auc=0.07)["r", "auc"].finding == "not_shown"


def test_false_alarms_and_calibration_count_as_losses_when_they_rise() -> None:
    table = files(50, 0.2, 0.2)
    table.loc[table["label"] == "real", "candidate_signs"] = RNG.random(50) < 0.3
    answers = found({"r": table})
    flagged = answers["r", "flagged_genuine"]
    assert flagged.finding == "worse" and flagged.gain == pytest.approx(flagged.champion - flagged.candidate)
    table["candidate_score"] = 1 - table["candidate_score"]
    assert found({"r": table})["r", "ece"].gain < 0


def test_no_false_alarm_among_few_rules_out_little() -> None:
    def asked(**parts: int) -> dict[str, Compared]:
        tables = {name: quiet(genuine) for name, genuine in parts.items()}
        return {one.where: one for one in compare(tables, Margins()) if one.figure == "flagged_genuine"}

    ten = asked(r=10)["r"]
    assert (ten.finding, ten.margin, ten.narrower) == ("not_shown", 0.1, 0.03)
    assert ten.low == pytest.approx(-(1 - 0.05 ** (1 / 10)))
    some = asked(r=40)["r"]
    assert (some.finding, some.margin, some.narrower) == ("held", 0.1, 0.03)
    more = asked(r=99)["r"]
    assert (more.finding, more.margin, more.narrower) == ("held", 0.048, 0.03)
    many = asked(r=157)["r"]
    assert (many.finding, many.margin, many.narrower) == ("held", 0.03, None)
    both = asked(r=90, newest=10)
    assert {name: (one.finding, one.margin) for name, one in both.items()} == {
        "r": ("held", 0.052), "newest": ("held", 0.395), "all parts": ("held", 0.047)
    }  # fmt: skip


@pytest.mark.parametrize("genuine", [46, 80, 157])
def test_one_file_that_is_newly_flagged_may_be_chance_and_two_may_not(genuine: int) -> None:
    table = quiet(genuine)
    for number, finding in enumerate(("held", "not_shown")):
        table.iloc[number, table.columns.get_loc("candidate_signs")] = True
        assert found({"r": table})["r", "flagged_genuine"].finding == finding


def test_false_alarms_that_are_gone_weigh_against_new_ones() -> None:
    table = quiet(200)
    table.loc[:19, "champion_signs"] = True
    assert found({"r": table})["r", "flagged_genuine"].finding == "better"
    table.loc[100, "candidate_signs"] = True
    assert found({"r": table})["r", "flagged_genuine"].finding == "better"
    table["champion_signs"] = False
    table.loc[100:103, "candidate_signs"] = True
    assert found({"r": table})["r", "flagged_genuine"].finding == "not_shown"


def quiet(genuine: int) -> pd.DataFrame:
    """Genuine files that neither detector flags."""
    table = files(genuine, 0.1, 0.1)
    table = table[table["label"] == "real"].copy()
    table[["champion_signs", "candidate_signs"]] = False
    return table


def test_a_part_of_one_person_is_not_asked_about_its_false_alarms() -> None:
    one = quiet(12).assign(group="ada")
    asked = [(found.where, found.groups) for found in compare({"r": quiet(60), "one": one}, Margins())]
    assert asked == [("r", 60), ("all parts", 61)]
    assert unasked({"r": quiet(60), "one": one, "few": quiet(4)}, Margins()) == {"one": 1}
    assert [found.finding for found in compare({"one": one}, Margins())] == ["not_shown"]  # all there is: it is asked
    assert not unasked({"one": one}, Margins())


def of_scores(n: int, lost: float = 0.0) -> pd.DataFrame:
    """`n` genuine files and as many fakes; the candidate scores every other a little higher, and fakes `lost` lower."""
    table = files(n, 0.15, 0.15)
    moved = 0.03 * (np.arange(2 * n) % 4 < 2) - lost * (table["label"] == "fake")
    return table.assign(candidate_score=np.clip(table["champion_score"] + moved, 0, 1))


def test_a_small_part_can_t_hold_up_what_all_parts_show() -> None:
    parts = {"reference": of_scores(220), "imports": of_scores(23)}
    strict = found(parts, resamples=400, auc=0, method_auc=0, ece=0)
    small = (("imports", "auc"), ("imports", "ece"), ("imports: swap", "auc"))
    assert {strict[one].finding for one in small} == {"few"}
    assert {strict[where, "auc"].finding for where in ("reference", "all parts")} <= {"not_shown", "worse"}
    lenient = found(parts, resamples=400, auc=0.9, method_auc=0.9, ece=0.9, flagged_genuine=0.9)
    assert {one.finding for one in lenient.values()} <= {"held", "better"}


def test_a_loss_in_a_small_part_is_seen_where_it_is_beyond_chance() -> None:
    parts = {"reference": of_scores(220), "imports": of_scores(23, lost=0.25)}
    asked = found(parts, resamples=400, ece=0.5)
    assert asked["imports", "auc"].finding == asked["imports: swap", "auc"].finding == "worse"
    assert asked["reference", "auc"].finding == "held"


def test_who_is_small_is_told_by_people_and_not_by_files() -> None:
    table = of_scores(220)
    table["group"] = [f"p{number // 11}" for number in range(len(table))]
    parts = {"reference": table, "imports": of_scores(23)}
    assert found(parts, resamples=400, auc=0.0)["reference", "auc"].finding == "few"
    assert found(parts, resamples=400, auc=0.0, alone=20)["reference", "auc"].finding in ("not_shown", "worse")


def test_all_there_is_must_show_it_however_few() -> None:
    small = of_scores(23)
    assert found({"r": small}, auc=0.0)["r", "auc"].finding in ("not_shown", "worse")
    both = found({"r": small, "s": of_scores(23)}, auc=0.0)
    assert both["r", "auc"].finding == both["s", "auc"].finding == "few"
    assert both["all parts", "auc"].finding in ("not_shown", "worse")


def test_parts_that_are_too_small_to_be_asked_count_among_all() -> None:
    asked = found({"r": of_scores(6), "s": of_scores(6)})
    assert {where for where, _ in asked} == {"all parts"} and asked["all parts", "auc"].n_fake == 12


def test_a_margin_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="flagged_genuine"):
        Margins(flagged_genuine=0)


def test_what_too_few_files_bear_is_not_asked() -> None:
    table = files(12, 0.1, 0.2)
    few = table[(table["label"] == "real") | (table.index < 12 + 5)]
    assert [one.figure for one in compare({"r": few}, Margins())] == ["flagged_genuine"]
    assert compare({"r": table.iloc[:5]}, Margins()) == []


def test_chance_is_not_taken_for_a_gain() -> None:
    """Of candidates that are as good as the champion, hardly any seems better, though eight figures are looked at."""
    methods = [files(40, 0.15, 0.15, f"m{n}") for n in range(6)]
    better = 0
    for _ in range(20):
        table = pd.concat(methods, ignore_index=True)
        table["group"] = [str(i) for i in range(len(table))]
        table["candidate_score"] = table["champion_score"] + RNG.normal(0, 0.03, len(table))
        better += any(one.finding == "better" for one in compare({"r": table}, Margins(resamples=400)))
    assert better <= 2
