"""A detector's card in plain words."""

import streamlit as st

from core.detectors.card import Card
from dashboard.components.wording import plain, short
from pipelines.error_rates import FIGURES, cell, measured

# A figure and its interval stay on one line.
WHOLE = "<style>.st-key-figures td:not(:first-child) * { white-space: nowrap; }</style>"


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
    _figures(card)
    if card.limits:
        st.markdown("###### Where it is known to fail")
        st.markdown("\n".join(f"- {plain(limit)}" for limit in card.limits))
    st.caption(f"Licence of the weights: {plain(card.licence)}")


def _figures(card: Card) -> None:
    sets = list(measured(card))
    told = {key: words for key, words in FIGURES.items() if any(one.figures.get(key) for one in sets)}  # cards grow old
    rows = [
        {"Set": f"{one.name} · {one.told}", "Genuine": one.figures["n_real"], "Fake": one.figures["n_fake"]}
        | {label: cell(one.figures.get(key)) for key, (label, _) in told.items()}
        for one in sets
    ]
    if not rows:
        return
    st.markdown("###### Measured on people it never saw, with 95 % intervals")
    with st.container(key="figures"):
        st.html(WHOLE)
        st.table(rows, border="horizontal", hide_index=True)  # its heads wrap: all columns fit a laptop
    with st.expander("What these figures mean", icon=":material/help:"):
        st.markdown("\n".join(f"- **{label}**: {meaning}" for label, meaning in told.values()))
