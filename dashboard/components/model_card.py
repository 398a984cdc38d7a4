"""A detector's card in plain words."""

from typing import Any

import streamlit as st

from core.detectors.card import Card
from dashboard.components.wording import plain, short

FIGURES = {
    "auc": ("AUC", "How often a manipulated clip scores above a genuine one; 0.5 is a coin."),
    "eer": ("Equal error rate", "Where as many genuine clips are flagged as manipulated ones are missed."),
    "tpr_at_fpr05": (
        "Found at 5 % false alarms",
        "Share of manipulated clips found when 1 genuine clip in 20 is flagged.",
    ),
    "ece": ("Calibration error", "How far the scores are from true frequencies."),
}


def model_card(card: Card) -> None:
    """What a detector is, what its bands mean, how good it is and where it fails."""
    gate, limits = card.quality, card.thresholds
    st.markdown(
        f"**{plain(card.name)} {plain(card.version)}** · {plain(card.architecture)} · sha256 `{short(card.sha256)}`"
    )
    st.markdown(
        f"- *Signs of manipulation* is said beyond a score that at most **{limits.false_alarm_rate:.0%}** of genuine "
        f"clips reach. That rests on **{len(limits.genuine)}** genuine clips; no claim goes beyond them.\n"
        f"- A face is judged if it is at least **{gate.min_face_px:.0f} px** wide, sharp and lit enough, and turned by "
        f"less than **{gate.max_yaw:.0f}°**. A person needs **{gate.min_frames}** such frames."
    )
    _figures(card.figures)
    if card.limits:
        st.markdown("###### Where it is known to fail")
        st.markdown("\n".join(f"- {plain(limit)}" for limit in card.limits))
    st.caption(f"Licence of the weights: {plain(card.licence)}")


def _figures(figures: dict[str, Any]) -> None:
    overall = figures.get("overall") or figures
    known = [(name, overall[name]) for name in FIGURES if isinstance(overall.get(name), dict)]
    if not known:
        return
    st.markdown("###### Measured on clips it never saw")
    for column, (name, figure) in zip(st.columns(len(known)), known, strict=True):
        label, help_text = FIGURES[name]
        column.metric(label, _number(figure["value"]), help=help_text)
        if figure.get("ci"):
            column.caption(f"95 %: {_number(figure['ci'][0])} to {_number(figure['ci'][1])}")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
