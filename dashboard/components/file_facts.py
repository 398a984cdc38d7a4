"""What a file is: names, hash, picture, and what its makers wrote into it."""

from collections.abc import Sequence

import streamlit as st

from core.evidence import MediaInfo
from core.units import coding, size
from dashboard.components.wording import span


def file_facts(info: MediaInfo, names: Sequence[str]) -> None:
    """Everything known of a file, as two columns of plain text."""
    facts = {
        "SHA-256": info.sha256,
        "Names": " / ".join(names),
        "Size": size(info.bytes),
        "Picture": f"{info.width} × {info.height}{f', turned by {info.rotation}°' if info.rotation else ''}",
        "Coding": coding(info.codec, info.container),
    }
    if info.duration is not None:
        facts["Length"] = f"{span(info.duration)}{f', {info.fps:.3g} frames a second' if info.fps else ''}"
        facts["Sound"] = "yes" if info.has_audio else "no"
    table(facts)
    if info.tags:
        st.markdown("###### What its container says")
        table(info.tags)
        st.caption("Anybody can write these. They are hints, not proof. **Provenance** has all that is written in it.")


def table(facts: dict[str, str]) -> None:
    """Names and values as plain text, for they come from strangers."""
    rows = [{"What": name, "Value": value} for name, value in facts.items()]
    st.dataframe(rows, hide_index=True, column_config={"What": st.column_config.TextColumn(width="small")})
