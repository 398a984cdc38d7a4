"""Two detectors on the same files: is the newer one worse anywhere that matters, and better somewhere?

Each difference is that of one figure on the same files, and its interval comes from a paired bootstrap: whole groups
are drawn, and both detectors are asked about the same draw. Worse must be ruled out (non-inferiority) by all parts
together, and by each part or method that is large enough to show it: so too few files are a reason to refuse, not to
let pass. A small part can't show it, however good the candidate; there the question is turned round, and a loss counts
where it is beyond chance. What fewer files than `fewest` bear is not asked by itself at all.

Which parts are small is told by how many people or sources they hold, never by how wide an interval came out: that of a
bad candidate is the widest.

False alarms are rare: where neither detector raises any, a bootstrap has no width, on ten files as on a thousand. So
their interval reaches at least as far as Clopper and Pearson's bound on the groups. Few genuine groups can't show so
little; then the margin of a part is widened to what they can show though chance newly flags one of them, and that of
all parts together to `flagged_genuine_widest` at most; of a part of fewer groups than `fewest`, whose margin would let
anything pass, it is not asked at all. Two detectors that are equally good never flag the very same
files: a margin that only none newly flagged could show refuses half of the good candidates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from core.judgement import metrics
from core.judgement.metrics import Bools, Floats
from core.judgement.shares import at_most

Figure = Literal["auc", "flagged_genuine", "ece"]
Finding = Literal["better", "held", "few", "not_shown", "worse"]

WORDS: dict[Figure, str] = {
    "auc": "AUC", "flagged_genuine": "false alarms on genuine files", "ece": "calibration error"
}  # fmt: skip

COLUMNS = ("label", "method", "group", "champion_score", "candidate_score", "champion_signs", "candidate_signs")
LEVEL = 0.05
BY_CHANCE = 1  # genuine group that is newly flagged although the candidate flags no more than the champion
TOGETHER = "all parts"


class Margins(BaseModel):
    """By how much a candidate may seem worse, and how many files of a kind are needed to ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    auc: float = Field(0.02, ge=0, description="of all files of a part")
    method_auc: float = Field(0.05, ge=0, description="of one method's fakes against the genuine files")
    flagged_genuine: float = Field(0.03, gt=0, description="share of genuine files that reach `signs`")
    flagged_genuine_widest: float = Field(
        0.1, gt=0, le=1, description="the same, at most, where the genuine groups of all parts are too few to show less"
    )
    ece: float = Field(0.05, ge=0, description="expected calibration error")
    slower: float = Field(1.25, ge=1, description="computing time a crop, as a multiple of the champion's")
    alone: int = Field(200, ge=2, description="people or sources of each label from which on a part must show it alone")
    method_alone: int = Field(32, ge=2, description="the same of a method, whose margin is wider")
    fewest: int = Field(10, ge=2, description="files of each label that a figure must rest on")
    resamples: int = Field(2000, ge=100, description="draws of the bootstrap")


@dataclass(frozen=True)
class Compared:
    """One figure of both. `gain` is positive where the candidate is better; [`low`, `high`] is its 90 % interval.

    `better`: the gain is beyond chance, however many figures were looked at. `held`: a loss beyond `margin` is ruled
    out at 5 %. `not_shown`: it is not, though there are files enough. `few`: it is not, and so few could not.
    `worse`: the loss itself is beyond the margin; where files are few, its whole interval lies below 0, too. `groups`:
    of different people or sources, that the genuine files fall into; decisions of earlier versions don't say.
    """

    where: str
    figure: Figure
    n_real: int
    n_fake: int
    champion: float
    candidate: float
    gain: float
    low: float
    high: float
    margin: float
    finding: Finding
    narrower: float | None = None
    groups: int | None = None


@dataclass(frozen=True)
class _Question:
    where: str
    figure: Figure
    files: pd.DataFrame
    margin: float
    narrower: float | None = None
    few: bool = False  # by themselves they can't show that nothing is lost


def compare(parts: dict[str, pd.DataFrame], margins: Margins) -> list[Compared]:
    """Every figure of every part that enough files bear, and of all. A part has the `COLUMNS`, a row a file that both
    scored."""
    own = {name: _own_groups(name, files) for name, files in parts.items()}
    asked = [question for name, files in own.items() for question in _questions(name, files, margins, len(own) == 1)]
    if len(own) > 1:
        asked += _of_scores(TOGETHER, pd.concat(own.values()), margins, few=False)
    asked += _false_alarms(own, margins)
    return [_compared(question, margins, len(asked)) for question in asked]


def _own_groups(part: str, files: pd.DataFrame) -> pd.DataFrame:
    """Groups of two parts that are called the same are two."""
    return files.assign(group=[f"{part}/{group}" for group in files["group"]])


def _questions(part: str, files: pd.DataFrame, margins: Margins, is_all: bool) -> Iterator[_Question]:
    """About one part and its methods; if it is all there is, it must show what all must."""
    yield from _of_scores(part, files, margins, few=not is_all and _borne_by(files) < margins.alone)
    genuine, fakes = files[files["label"] == "real"], files[files["label"] == "fake"]
    for method, of_method in fakes.groupby("method"):
        if method and margins.fewest <= min(len(genuine), len(of_method)):
            both = pd.concat([genuine, of_method])
            few = _borne_by(both) < margins.method_alone
            yield _Question(f"{part}: {method}", "auc", both, margins.method_auc, few=few)


def _of_scores(where: str, files: pd.DataFrame, margins: Margins, few: bool) -> Iterator[_Question]:
    if margins.fewest <= min((files["label"] == label).sum() for label in ("real", "fake")):
        yield _Question(where, "auc", files, margins.auc, few=few)
        yield _Question(where, "ece", files, margins.ece, few=few)


def _borne_by(files: pd.DataFrame) -> int:
    """Groups of the label that has fewer of them."""
    return min(files["group"][files["label"] == label].nunique() for label in ("real", "fake"))


def _false_alarms(parts: dict[str, pd.DataFrame], margins: Margins) -> Iterator[_Question]:
    """Of each part by what it can show, and of all of them together, which must show it."""
    if not parts:
        return
    genuine = {name: files[files["label"] == "real"] for name, files in parts.items()}
    together = pd.concat(genuine.values())
    for name, files in genuine.items():
        if margins.fewest <= files["group"].nunique() and len(files) < len(together):
            yield _of_false_alarms(name, files, margins.flagged_genuine, 1.0)
    if len(together) >= margins.fewest:
        where = TOGETHER if len(parts) > 1 else next(iter(parts))
        yield _of_false_alarms(where, together, margins.flagged_genuine, margins.flagged_genuine_widest)


def unasked(parts: dict[str, pd.DataFrame], margins: Margins) -> dict[str, int]:
    """The groups of genuine files of each part that has enough such files, but of too few people or sources.

    Of its false alarms alone nothing can be asked; among all parts they count.
    """
    genuine = {name: files[files["label"] == "real"] for name, files in parts.items()}
    together = sum(map(len, genuine.values()))
    enough = {name: files for name, files in genuine.items() if margins.fewest <= len(files) < together}
    found = {name: files["group"].nunique() for name, files in enough.items()}
    return {name: groups for name, groups in found.items() if groups < margins.fewest}


def _of_false_alarms(where: str, genuine: pd.DataFrame, wished: float, widest: float) -> _Question:
    least = ceil(1000 * at_most(BY_CHANCE, genuine["group"].nunique(), 1 - LEVEL)) / 1000
    if least <= wished or wished >= widest:
        return _Question(where, "flagged_genuine", genuine, wished)
    return _Question(where, "flagged_genuine", genuine, min(least, widest), wished)


def _compared(question: _Question, margins: Margins, questions: int) -> Compared:
    files = question.files
    fake = (files["label"] == "fake").to_numpy(bool)
    champion, candidate = (_figure(question.figure, files, fake, who) for who in ("champion", "candidate"))
    sign = 1.0 if question.figure == "auc" else -1.0
    once = np.ones((len(files), 1))
    was, is_now = float(champion(once)[0]), float(candidate(once)[0])
    weights = metrics.resampled(files["group"].tolist(), margins.resamples)
    gains = sign * (candidate(weights) - champion(weights))
    low, high = np.nanpercentile(gains, [100 * LEVEL, 100 * (1 - LEVEL)])
    if question.figure == "flagged_genuine":
        low = min(low, _least_gain(files))
    gain = sign * (is_now - was)
    surely = np.nanpercentile(gains, 100 * LEVEL / 2 / questions)  # Bonferroni: many figures, some gain by chance
    return Compared(
        where=question.where,
        figure=question.figure,
        n_real=int((~fake).sum()),
        n_fake=int(fake.sum()),
        champion=was,
        candidate=is_now,
        gain=gain,
        low=float(low),
        high=float(high),
        margin=question.margin,
        finding=_finding(question, gain, float(low), float(high), float(surely)),
        narrower=question.narrower,
        groups=files["group"][~fake].nunique(),
    )


def _least_gain(genuine: pd.DataFrame) -> float:
    """What is no longer flagged, less the share that may be newly flagged of all by what was seen on these groups."""
    was, is_now = (genuine[f"{who}_signs"].to_numpy(bool) for who in ("champion", "candidate"))
    groups = genuine["group"].nunique()
    return float((was & ~is_now).mean()) - at_most(float((is_now & ~was).mean()) * groups, groups, 1 - LEVEL)


def _finding(question: _Question, gain: float, low: float, high: float, surely: float) -> Finding:
    if gain < -question.margin and (high < 0 or not question.few):
        return "worse"
    if low < -question.margin:
        return "few" if question.few else "not_shown"
    return "better" if surely > 0 else "held"


def _figure(figure: Figure, files: pd.DataFrame, fake: Bools, who: str) -> Callable[[Floats], Floats]:
    if figure == "flagged_genuine":
        return partial(metrics.flagged_genuine, fake, files[f"{who}_signs"].to_numpy(bool))
    of_scores = {"auc": metrics.auc, "ece": metrics.ece}[figure]
    return partial(of_scores, fake, files[f"{who}_score"].to_numpy(float))
