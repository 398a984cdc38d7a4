"""Search by words: what is found, in which writing, and that it stays right whatever changes. On both databases."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from core.settings import Settings
from db import media, search
from db.migrate import alembic_config
from db.models import Media, MediaName
from db.session import engine, session
from tests.db.conftest import info
from tests.postgresql import DATABASES, fresh

NAMES = [
    "Straße am Hafen.mp4",
    "İSTANBUL miting ışık.mov",
    "北京发布会_习近平.mp4",
    "مُقَابَلَة الوزير.mp4",
    "Été à l'Élysée (final) 100%_real.mp4",
    "ﬁrst-Ｃｌｉｐ_0417.mp4",
    "がんばれ.mp4",
    'quote " and \\ back.mp4',
]


@pytest.fixture(scope="module", params=DATABASES)
def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A desk that holds files of these names, for tests that only look."""
    with fresh(request, tmp_path_factory.mktemp("named")) as desk:
        fill(desk, *NAMES)
        yield desk


def fill(desk: Settings, *names: str) -> None:
    with session(desk) as opened:
        for number, name in enumerate(names):
            media.add(opened, info(name, (f"{number:02x}" * 32)[:64]))


def found(opened: Session, asked: str) -> list[str]:
    query = search.found(opened, asked)
    assert query is not None
    names = select(MediaName.name).where(MediaName.media_id.in_(query)).order_by(MediaName.id)
    return list(opened.scalars(names))


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("STRASSE", [0]),
        ("straße", [0]),
        ("istanbul", [1]),
        ("ISTANBUL", [1]),
        ("isik", [1]),
        ("IŞIK", [1]),
        ("北京", [2]),
        ("近平", [2]),
        ("京", [2]),
        ("مقابلة", [3]),
        ("الوَزير", [3]),
        ("elysee", [4]),
        ("ELYSÉE été", [4]),
        ("100%_", [4]),
        ("100_", []),
        ("%", [4]),
        ("first", [5]),
        ("clip_0417", [5]),
        ("417", [5]),
        ("ｃｌｉｐ", [5]),
        ("か", []),
        ("がん", [6]),
        ("final real", [4]),
        ('"final real"', []),
        ('"am hafen"', [0]),
        ("hafen elysee", []),
        ("ha", [0]),
    ],
)
def test_names_are_found_in_any_writing(named: Settings, asked: str, numbers: list[int]) -> None:
    with session(named) as opened:
        assert found(opened, asked) == [NAMES[number] for number in numbers]


TYPED = (
    *('"', '""', 'a"b', '" OR 1', "AND", "NOT clip", "NEAR(a b)", "clip*", "folded:clip", "^clip", "-clip", "(clip"),
    *("clip)", "{a}", "a:b", "a+b", "'", "';--", "\\", "%", "_", "*", "a\x00b", "\ud800x", "🎬🎬🎬", "“clip”"),
    "x" * 5000,
    " ".join("abc" for _ in range(500)),
)


@pytest.mark.parametrize("asked", TYPED, ids=range(len(TYPED)))
def test_nothing_that_a_person_types_is_an_error(named: Settings, asked: str) -> None:
    with session(named) as opened:
        query = search.found(opened, asked)
        if query is not None:
            opened.scalars(query).all()


def test_what_stands_in_a_name_is_found_by_it(named: Settings) -> None:
    with session(named) as opened:
        assert found(opened, "\\ back") == [NAMES[7]]
        assert found(opened, "“quote”") == [NAMES[7]]


def test_without_a_word_there_is_no_question(named: Settings) -> None:
    with session(named) as opened:
        assert search.found(opened, "") is search.found(opened, '  "" \u0301') is None


@pytest.mark.parametrize("asked", ["030303", "03" * 32, "SHA256:0303030303", "030303030303…"])
def test_the_beginning_of_a_hash_finds_its_file(named: Settings, asked: str) -> None:
    with session(named) as opened:
        assert found(opened, asked) == [NAMES[3]]


def test_few_digits_are_no_hash(either: Settings) -> None:
    fill(either, "2024.mp4", "other.mp4")
    with session(either) as opened:
        opened.execute(update(Media).where(Media.id == 2).values(sha256="2024" * 16))
        assert found(opened, "2024") == ["2024.mp4"]


def test_every_change_is_heard_of(either: Settings) -> None:
    fill(either, "first.mp4", "second.mp4")
    with session(either) as opened:
        assert found(opened, "first") == ["first.mp4"]
    with session(either) as opened:
        opened.execute(update(MediaName).where(MediaName.id == 1).values(name="third.mp4"))
        opened.add(MediaName(media_id=2, name="also first.mp4"))
    with session(either) as opened:
        assert found(opened, "third") == ["third.mp4"]
        assert found(opened, "first") == ["second.mp4", "also first.mp4"]
        assert found(opened, "also second") == ["second.mp4", "also first.mp4"]
    with session(either) as opened:
        opened.execute(delete(MediaName).where(MediaName.id == 3))
    with session(either) as opened:
        assert found(opened, "first") == []
        opened.execute(delete(Media).where(Media.id == 2))
    with session(either) as opened:
        assert found(opened, "second") == []
        assert opened.scalar(text("SELECT count(*) FROM search_text")) == 1


def test_what_was_undone_is_not_found(either: Settings) -> None:
    fill(either, "kept.mp4")
    with pytest.raises(ZeroDivisionError), session(either) as opened:
        media.add(opened, info("undone.mp4", "b" * 64))
        assert found(opened, "undone") == ["undone.mp4"]
        raise ZeroDivisionError
    with session(either) as opened:
        assert found(opened, "undone") == [] and found(opened, "kept") == ["kept.mp4"]


def test_an_index_is_asked(either: Settings) -> None:
    fill(either, *(f"clip number {number}.mp4" for number in range(300)))
    made = engine(either.resolved_database_url())
    with session(either) as opened:
        query = search.found(opened, "number 217")
        assert query is not None
        written = str(query.compile(made, compile_kwargs={"literal_binds": True}))
        if made.dialect.name == "sqlite":
            steps = opened.execute(text(f"EXPLAIN QUERY PLAN {written}")).all()
            assert "search_index VIRTUAL TABLE INDEX" in str(steps) and "SCAN search_text" not in str(steps)
        else:
            opened.execute(text("SET LOCAL enable_seqscan = off"))
            steps = opened.execute(text("EXPLAIN " + written.replace(":", "\\:"))).all()
            assert "Bitmap Index Scan on search_index" in str(steps)


def test_files_from_before_the_index_are_found(config: Settings) -> None:
    url = config.resolved_database_url()
    command.downgrade(alembic_config(url), "0001")
    with session(config) as opened:
        opened.execute(text(_OLD_MEDIA))
        opened.execute(
            text("INSERT INTO media_name (media_id, name, folded, added_at) VALUES (1, 'Old.mp4', '', '2026-01-01')")
        )
    command.upgrade(alembic_config(url), "head")
    with session(config) as opened:
        assert found(opened, "old") == ["Old.mp4"]


_OLD_MEDIA = """INSERT INTO media (id, sha256, kind, bytes, container, codec, width, height, rotation, has_audio,
tags, origin, added_at) VALUES (1, 'x', 'video', 1, 'mp4', 'h264', 1, 1, 0, FALSE, '{}', 'desk', '2026-01-01')"""


