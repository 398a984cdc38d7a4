"""A detector's card in plain words."""

from typing import Any

import streamlit as st

from core.detectors.card import Card
from dashboard.components.wording import plain, short

FIGURES = {
    "auc": ("AUC", "How often a manipulated file scores above a genuine one; 0.5 is a coin."),
    "eer": (
        "Equal error rate",
        "Where as large a share of genuine files is flagged as of manipulated ones is missed.",
    ),
    "tpr_at_fpr05": (
        "Found at 5 %",
        "Share of manipulated files found when 1 genuine file in 20 is flagged.",
    ),
    "ece": ("Calibration error", "How far the scores are from true frequencies."),
    "flagged_genuine": ("Genuine flagged", "Share of genuine files that reached “signs of manipulation”."),
}
SPLITS = {
    "dev": "bands were set on it",
    "worn": "the same clips at 480 lines and CRF 32",
    "test": "kept apart to the end",
}


def model_card(card: Card) -> None:
    """What a detector is, what its bands mean, how good it is and where it fails."""
    gate, clips = card.quality, card.scales["video"].thresholds
    stills = card.scales["image"].thresholds
    st.markdown(
        f"**{plain(card.name)} {plain(card.version)}** · {plain(card.architecture)} · sha256 `{short(card.sha256)}`"
    )
    st.markdown(
        f"- *Signs of manipulation* is said beyond a score that at most **{clips.false_alarm_rate:.0%}** of genuine "
        f"files reach. That rests on **{len(clips.genuine)}** genuine clips and **{len(stills.genuine)}** genuine "
        "pictures; no claim goes beyond them.\n"
        f"- A face is judged if it is at least **{gate.min_face_px:.0f} px** wide, sharp and lit enough, and turned by "
        f"less than **{gate.max_yaw:.0f}°**. A person needs **{gate.min_frames}** such frames."
    )
    _figures(card.figures)
    if card.limits:
        st.markdown("###### Where it is known to fail")
        st.markdown("\n".join(f"- {plain(limit)}" for limit in card.limits))
    st.caption(f"Licence of the weights: {plain(card.licence)}")


def _figures(figures: dict[str, Any]) -> None:
    """By split and set, as `pipelines.release` writes them."""
    rows = [
        {
            "Set": f"{name} · {SPLITS[split]}",
            "Genuine": part["overall"]["n_real"],
            "Fake": part["overall"]["n_fake"],
        }
        | {label: _cell(part["overall"][key]) for key, (label, _) in FIGURES.items()}
        for split in SPLITS
        for name, part in figures.get(split, {}).items()
    ]
    if not rows:
        return
    st.markdown("###### Measured on people it never saw, with 95 % intervals")
    columns = {label: st.column_config.TextColumn(help=help_text) for label, help_text in FIGURES.values()}
    st.dataframe(rows, hide_index=True, column_config=columns)


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return "–"
    low, high = figure["ci"]
    return f"{figure['value']:.2f} ({low:.2f}–{high:.2f})"
