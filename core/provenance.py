"""What a file says about its own making. Plain records: made in `pipelines.provenance`, kept by `db`, shown by all.

Nothing here is evidence of manipulation: tags can be written by anybody, and most sites remove them.
"""

from dataclasses import dataclass
from typing import Literal

Group = Literal["Made with", "When", "Where", "Who", "Text", "Coding", "Other"]
TraceKind = Literal["ai", "editor", "site", "encoder", "camera", "history"]
Integrity = Literal["absent", "intact", "altered", "unreadable", "elsewhere"]
Trust = Literal["trusted", "unknown"]


@dataclass(frozen=True)
class Fact:
    """One thing written in the file: `name` in plain words, `value` as short printable text."""

    group: Group
    name: str
    value: str


@dataclass(frozen=True)
class Trace:
    """A tool that left its name. `found` is where and what is written; `means` and `caution` are sentences."""

    kind: TraceKind
    tool: str
    found: str
    means: str
    caution: str


@dataclass(frozen=True)
class Action:
    """One step that the credentials tell of; `tool` and `source` are empty where they don't say."""

    what: str
    tool: str = ""
    source: str = ""  # how the pixels came to be, in words
    when: str = ""


@dataclass(frozen=True)
class Credentials:
    """C2PA Content Credentials. Integrity and trust are two statements, and neither is about truth.

    `integrity` is `absent` where the file has none, `elsewhere` where it only names an address (never fetched).
    `trust` is None where there is no signature to trust.
    """

    integrity: Integrity
    trust: Trust | None = None
    issuer: str = ""
    generator: str = ""  # the program that wrote them
    signed_at: str = ""
    actions: tuple[Action, ...] = ()
    ingredients: tuple[str, ...] = ()  # the files that it was made of
    ai: bool = False  # whether an action says that the picture, or a part of it, was generated
    problems: tuple[str, ...] = ()  # codes of the C2PA specification
    address: str = ""


@dataclass(frozen=True)
class Provenance:
    """All of it for one file. `failed` is a sentence where the file could not be read for it."""

    facts: tuple[Fact, ...] = ()
    traces: tuple[Trace, ...] = ()
    credentials: Credentials = Credentials("absent")
    failed: str | None = None
