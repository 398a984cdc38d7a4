"""Entries of the log in the words of people: what was done, and to what."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from core.judgement.bands import WORDS as BANDS
from core.units import clock
from db.first_looks import WORDS as IMPRESSIONS
from db.verdicts import WORDS as VERDICTS

PHRASES = {
    "media.received": "took in {name}",
    "media.refused": "could not take in {name}",
    "link.asked": "asked for the clip of {address}",
    "link.captured": "had it fetched from {address}",
    "analysis.asked": "asked for an analysis",
    "analysis.paused": "let an analysis rest",
    "analysis.resumed": "let the analysis wait again",
    "analysis.hurried": "made an analysis urgent",
    "analysis.cancelled": "stopped an analysis",
    "analysis.retried": "asked for the analysis again",
    "analysis.stored": "{model} found: {band}",
    "verdict.given": "gave a verdict: {picture}",
    "verdict.changed": "changed the verdict to: {picture}",
    "verdict.confirm": "confirmed the verdict",
    "verdict.dissent": "dissented: {reason}",
    "verdict.signed_off": "signed the verdict off",
    "first_look.given": "gave a first look: {impression}",
    "first_look.skipped": "skipped the first look: {reason}",
    "note.added": "pinned a note at {time}",
    "note.removed": "took a note back",
    "key_frames.exported": "exported key frames: {names}",
    "case.opened": "opened the case",
    "case.changed": "changed what the case says",
    "case.item_added": "added an exhibit",
    "case.item_removed": "took an exhibit out",
    "case.item_moved": "put the exhibits in another order",
    "case.comment": "commented",
    "case.answered": "signed the answer: {answer}",
    "case.closed": "closed the case",
    "case.reopened": "reopened the case",
    "case.exported": "wrote the whole case into an archive, of {files} files",
    "case.imported": "took the case in from {desk_name}, with {files} files",
    "analysis.imported": "took in an analysis of {desk}: {model} found: {band}",
    "user.added": "added {login} ({role})",
    "user.arrived": "came in for the first time, without a role",
    "user.role": "changed the role of {login} from {before} to {role}",
    "user.activated": "let {login} in again",
    "user.deactivated": "shut {login} out",
    "user.password": "set a new password for {login}",
    "token.made": "made a token: {name}",
    "token.revoked": "revoked a token: {name}",
    "sites.chosen": "let links be fetched from: {sites}",
    "sites.left": "let the setting say again which sites links may be fetched from",
    "log.verified": "checked the seals of {entries} entries",
    "log.exported": "took {entries} entries of the log as CSV",
    "history.exported": "took {rows} lines of the history as CSV",
    "media.deleted": "deleted the file: {reason}",
    "case.deleted": "deleted the case: {reason}",
    "person.media_deleted": "deleted what this person had brought: {reason}",
    "model.registered": "made {model} known to the desk",
    "model.card_changed": "brought a newer card of {model}",
    "model.promoted": "put {model} in service: {reason}",
    "model.rolled_back": "went back to {model}: {reason}",
    "model.refused": "refused {model}: {reason}",
    "model.tried": "tried {model} on {files} files",
    "model.trial_stopped": "ended the trial of {model}",
    "drift.watched": "compared the files of {days} days with the first weeks",
    "run.asked": "asked for a run of the Lab",
    "run.stopped": "stopped the run of the Lab",
    "data_version.made": "made the data {name} to learn from",
    "data_version.lost_a_file": "noted that a file of the data is deleted",
    "files.removed": "removed it from the disk",
    "hold.set": "put it under legal hold: {reason}",
    "hold.lifted": "lifted the legal hold: {reason}",
    "learning.excluded": "kept it from learning: {reason}",
    "learning.allowed": "let it be learned from again",
    "training.asked": "asked for a run of learning",
    "training.stopped": "stopped the run of learning",
    "training.exported": "took what the gate heard about {files} files as CSV",
    "backup.taken": "took the backup {name}",
    "backup.restored": "made this desk from the backup {name}",
    "report.issued": "issued the report {reference}",
    "report.fetched": "fetched the report {reference}",
    "signed_in": "signed in",
    "signed_out": "signed out",
    "sign_in_failed": "turned away a wrong password, from {address}",
}
LONGEST = 160  # characters of a sentence
KINDS = {"media": "file", "user": "person", "data_version": "data"}  # what subjects are called


def told(action: str, details: Mapping[str, Any]) -> str:
    """What was done, without who; a kind that has no phrase is named as it is."""
    phrase = PHRASES.get(action)
    if phrase is None:
        return action.replace(".", " ").replace("_", " ")
    said = phrase.format_map(_Words({name: _word(name, value) for name, value in details.items()}))
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def untold(action: str, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details that the phrase leaves out, and that are not empty."""
    used = {name for _, name, _, _ in Formatter().parse(PHRASES.get(action, ""))}
    return {name: value for name, value in details.items() if name not in used and value not in (None, "", [], {})}


def subject_words(subject: str) -> str:
    """What an entry is about: “file 12” of “media:12”."""
    kind, _, number = subject.partition(":")
    return f"{KINDS.get(kind, kind)} {number}".strip()


class _Words(dict[str, str]):
    """An entry may lack what a later version writes."""

    def __missing__(self, key: str) -> str:
        return "…"


def _word(name: str, value: Any) -> str:
    if name == "band":
        return BANDS.get(value, str(value)).lower()
    if name == "picture":
        return VERDICTS.get(value, str(value)).lower()
    if name == "impression":
        return IMPRESSIONS.get(value, str(value))
    if name == "time" and isinstance(value, int | float):
        return clock(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "no role" if value is None else str(value)
