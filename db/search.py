"""Finding files again by what is known of them in words: one function, `found`, for both databases.

All that is known of a file (names, notes, reasons of verdicts, its cases) is one text in `search_text`, folded here,
in Python, so that SQLite and PostgreSQL find the same. A word that is asked for may stand anywhere in that text, also
within a longer word, as file names want it and as Chinese and Japanese need it. SQLite keeps an FTS5 trigram index
of the text, PostgreSQL a trigram index of its own. Words of one or two letters are looked for without an index.

Triggers of the database note in `search_stale` whose text is out of date, whoever changed it and however; the next
search writes those texts anew before it looks.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, union
from sqlalchemy.orm import Session
from sqlalchemy.sql import column, table

from core.settings import Settings
from db.models import Analysis, Media, MediaName, SearchStale, SearchText
from db.models_people import Case, CaseComment, CaseItem, CaseTag, Note, Opinion, Verdict
from db.session import session as opened_session

GRAM = 3  # letters; the trigram indexes know nothing shorter
SHORTEST_HASH = 6  # hex digits that are meant as the beginning of a hash; "2024" is more likely a year
MOST_WORDS = 16
LONGEST_WORD = 100  # characters
AT_ONCE = 1000  # texts written in one go
LOCK = 8415  # any number that nothing else on this database locks

WORD = re.compile(r'"([^"]*)"|(\S+)')  # words in quotation marks stay together
HASH = re.compile(rf"[0-9a-f]{{{SHORTEST_HASH},64}}")
VOICED = frozenset("\u3099\u309a")  # the two marks that make other letters of kana
FOLDED_TOO = str.maketrans({"ı": "i", "\u0640": None})  # Turkish dotless i; the stroke that stretches Arabic

# Each tells the texts of some files: media id and text. What is added here needs triggers in a migration.
_IN_CASE = select(CaseItem.media_id).join(Case, Case.id == CaseItem.case_id)
SOURCES: tuple[Select[*tuple[Any, ...]], ...] = (
    select(MediaName.media_id, MediaName.name),
    select(Analysis.media_id, Note.text).join(Note, Note.analysis_id == Analysis.id).where(Note.removed_at.is_(None)),
    select(Verdict.media_id, Verdict.reason),
    select(Verdict.media_id, Opinion.reason).join(Opinion, Opinion.verdict_id == Verdict.id),
    _IN_CASE.add_columns(Case.title),
    _IN_CASE.add_columns(Case.question),
    _IN_CASE.add_columns(Case.answer).where(Case.answer.is_not(None)),
    select(CaseItem.media_id, CaseTag.tag).join(CaseTag, CaseTag.case_id == CaseItem.case_id),
    select(CaseItem.media_id, CaseComment.text).join(CaseComment, CaseComment.case_id == CaseItem.case_id),
)

_index = table("search_index", column("rowid"), column("search_index"))


def found(session: Session, asked: str) -> Select[int] | None:
    """A query for the ids of the media that all words of `asked` speak of; None where it holds no word.

    Whatever a person types is looked for as it stands: there is no syntax but quotation marks. A single word of
    hex digits also finds the files whose hash begins with it.
    """
    words = words_of(asked)
    if not words:
        return None
    refresh(session)
    texts = select(SearchText.media_id).where(*_conditions(session, words))
    if len(words) > 1 or not (hash_ := _hash(words[0])):
        return texts
    hashed = select(Media.id).where(Media.sha256 >= hash_, Media.sha256 < hash_ + "g")
    return select(union(texts, hashed).subquery().c[0])


def words_of(asked: str) -> list[str]:
    """The folded words of what somebody typed."""
    pairs = WORD.findall(asked.replace("\u201c", '"').replace("\u201d", '"'))
    words = (fold(quoted or bare.replace('"', "")) for quoted, bare in pairs)
    return [word[:LONGEST_WORD] for word in words if word][:MOST_WORDS]


def fold(written: str) -> str:
    """A text without what people leave out when they search: case, accents, width, ligatures, control characters."""
    letters = unicodedata.normalize("NFKD", written.casefold())
    kept = "".join(_kept(letter) for letter in letters)
    return " ".join(unicodedata.normalize("NFC", kept).casefold().translate(FOLDED_TOO).split())


def refresh(session: Session) -> None:
    """Write the texts anew that are out of date."""
    while _refresh_some(session):
        pass


def catch_up(config: Settings) -> None:
    """The same for very many, in transactions of their own: others may write between them."""
    more = True
    while more:
        with opened_session(config) as opened:
            more = _refresh_some(opened)


def _refresh_some(session: Session) -> bool:
    """Up to `AT_ONCE` texts; says no once none is out of date."""
    if session.scalar(select(SearchStale.id).limit(1)) is None:
        return False
    _alone(session)
    if stale := _take(session):
        session.execute(delete(SearchText).where(SearchText.media_id.in_(stale)))
        if texts := _texts(session, stale):
            session.execute(insert(SearchText), texts)
    return bool(stale)


def _kept(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Mn" and letter not in VOICED:
        return ""
    return "" if kind == "Cf" else " " if kind in ("Cc", "Cs") else letter


def _hash(word: str) -> str | None:
    """The word as the beginning of a hash, also as the desk shows one, with an ellipsis; None where it is none."""
    bare = word.removeprefix("sha256:").rstrip(".")
    return bare if HASH.fullmatch(bare) else None


def _conditions(session: Session, words: Sequence[str]) -> list[ColumnElement[bool]]:
    """What a text must fulfil; SQLite asks its index of trigrams for all words that are long enough."""
    if _dialect(session) == "postgresql":
        return [SearchText.folded.contains(word, autoescape=True) for word in words]
    long = [word for word in words if len(word) >= GRAM]
    short = [SearchText.folded.contains(word, autoescape=True) for word in words if len(word) < GRAM]
    if not long:
        return short
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
    return [SearchText.media_id.in_(select(_index.c.rowid).where(_index.c.search_index.op("MATCH")(phrases))), *short]


def _alone(session: Session) -> None:
    """Until this transaction ends, nobody else writes texts; SQLite has one writer anyway, once it writes."""
    if _dialect(session) == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _take(session: Session) -> set[int]:
    """Some of the media whose texts are out of date, taken off the list."""
    oldest = select(SearchStale.media_id).order_by(SearchStale.id).limit(AT_ONCE).subquery()
    gone = delete(SearchStale).where(SearchStale.media_id.in_(select(oldest.c.media_id)))
    taken = session.scalars(
        gone.returning(SearchStale.media_id), execution_options={"synchronize_session": False}
    )
    return set(taken)


def _texts(session: Session, media_ids: Iterable[int]) -> list[dict[str, object]]:
    told = defaultdict[int, list[str]](list)
    for source in SOURCES:
        media_id = source.selected_columns[0]
        for number, written in session.execute(source.where(media_id.in_(media_ids)).order_by(media_id)):
            told[number].append(fold(written))
    return [{"media_id": number, "folded": "\n".join(sorted(set(texts)))} for number, texts in told.items()]


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
