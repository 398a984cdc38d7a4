"""A report for programs: the whole dossier, every frame's score included. Pictures are told by their SHA-256."""

import json
from typing import Any

from core.judgement.bands import WORDS
from pipelines.reports.dossier import Dossier, evidence_fingerprint, fingerprint, plain
from pipelines.reports.wording import caution, sentence

FORMAT = 1  # of this file; raised when a field changes its meaning


def as_json(dossier: Dossier) -> bytes:
    """UTF-8, the same for the same dossier."""
    whole = {"format": FORMAT, "dossier_sha256": fingerprint(dossier)} | plain(dossier)
    for exhibit, told in zip(dossier.exhibits, whole["exhibits"], strict=True):
        told["evidence_sha256"] = evidence_fingerprint(exhibit)
        told["in_words"] = _in_words(dossier, exhibit.number - 1)
    return (json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _in_words(dossier: Dossier, place: int) -> dict[str, Any] | None:
    exhibit = dossier.exhibits[place]
    if exhibit.analysed is None:
        return None
    band = exhibit.analysed.evidence.band
    said = sentence(exhibit.analysed.evidence, dossier.card(exhibit))
    return {"band": WORDS[band], "genuine_files": said, "caution": caution(band)}
