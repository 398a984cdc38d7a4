"""Archives of cases that were altered, forged or cut off: each is refused whole, and nothing of it is stored."""

import hashlib
import json
import shutil
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile
from zlib import crc32

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db.rights import User
from pipelines.keeping.cases.archive import MOST_MEMBERS, Writer
from pipelines.keeping.cases.exporting import Exported
from pipelines.keeping.cases.importing import import_case
from pipelines.originals import Incoming
from tests.keeping.conftest import Ours
from tests.keeping.desks import files_of, rows_of

Members = dict[str, bytes]
Change = Callable[[dict[str, Any]], object]


def packed(archive: Path) -> Members:
    with ZipFile(archive) as found:
        return {name: found.read(name) for name in found.namelist()}


def pack(members: Members, target: Path, honest: bool = True) -> None:
    """Write them as an archive; an honest one has the right hashes in its manifest and in its case."""
    if honest:
        case = json.loads(members["case.json"])
        for one in case["exhibits"]:
            if (record := members.get(f"files/{one['sha256']}.json")) is not None:
                one["record"] = hashlib.sha256(record).hexdigest()
        members["case.json"] = json.dumps(case, ensure_ascii=False).encode()
        manifest = json.loads(members["manifest.json"])
        manifest["members"] = [
            {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for path, content in members.items() if path != "manifest.json"
        ]  # fmt: skip
        members["manifest.json"] = json.dumps(manifest).encode()
    with ZipFile(target, "w", ZIP_DEFLATED) as out:
        for path, content in members.items():
            out.writestr(path, content)


def one_of(members: Members, folder: str) -> str:
    return next(path for path in sorted(members) if path.startswith(folder))


def edit(members: Members, path: str, change: Change) -> None:
    content = json.loads(members[path])
    change(content)
    members[path] = json.dumps(content, ensure_ascii=False).encode()


def edit_file(change: Change) -> Callable[[Members], object]:
    return lambda members: edit(members, one_of(members, "files/"), change)


def edit_case(change: Change) -> Callable[[Members], object]:
    return lambda members: edit(members, "case.json", change)


def found(record: dict[str, Any]) -> Any:
    return record["analyses"][0]["evidence"]


ALTERED: dict[str, Callable[[Members], object]] = {  # the manifest knows nothing of it
    "an original": lambda members: members.update({one_of(members, "originals/"): b"other bytes"}),
    "a picture": lambda members: members.update({one_of(members, "pictures/"): b"other bytes"}),
    "a score": edit_file(lambda record: found(record).update(score=0.01)),
    "an answer": edit_case(lambda case: case["request"].update(answer="It is him.")),
    "a file too many": lambda members: members.update({"../../escape.py": b"import os"}),
    "a file too few": lambda members: members.pop(one_of(members, "originals/")),
    "a bomb": lambda members: members.update({one_of(members, "originals/"): bytes(1 << 26)}),
    "no manifest": lambda members: members.pop("manifest.json"),
    "a manifest that is none": lambda members: members.update({"manifest.json": b"[1]"}),
}
FORGED: dict[str, Callable[[Members], object]] = {  # with a manifest that goes with it
    "a way out": lambda members: members.update({"../../escape.py": b"import os"}),
    "an absolute path": lambda members: members.update({"/etc/cron.d/x": b"x"}),
    "an original under another hash": lambda members: members.update({one_of(members, "originals/"): b"other bytes"}),
    "a picture that is none": lambda members: swap(members, b"<svg/>"),
    "a huge picture": lambda members: swap(members, png_of(1 << 15, 1 << 15)),
    "what nothing speaks of": lambda members: members.update({f"originals/{hashlib.sha256(b'x').hexdigest()}": b"x"}),
    "another entry of the log": edit_case(lambda case: case["custody"][0].update(actor="mallory")),
    "another entry about a file": edit_file(lambda record: record["said"]["custody"][0].update(number=99)),
    "no number": edit_file(lambda record: found(record).update(score=float("nan"))),
    "too large a number": edit_file(lambda record: found(record).update(frames_sampled=2**60)),
    "weights as a path": edit_file(lambda record: found(record)["model"].update(sha256="../" * 20 + "abcd")),
    "settings as a path": edit_file(lambda record: record["analyses"][0].update(settings_hash="../x")),
    "a band that is none": edit_file(lambda record: found(record).update(band="authentic")),
    "a time without a zone": edit_file(lambda record: record["analyses"][0].update(at="2026-01-01T00:00:00")),
    "a time at the end": edit_file(lambda record: record["analyses"][0].update(at="9999-12-31T23:59:59-12:00")),
    "a null byte": edit_case(lambda case: case["request"].update(question="a\0b")),
    "no title": edit_case(lambda case: case["request"].update(title=" ")),
    "one person twice": edit_file(lambda record: found(record)["tracks"].append(found(record)["tracks"][0])),
    "an analysis twice": edit_file(lambda record: record["analyses"].append(record["analyses"][0])),
    "a broken fingerprint": edit_file(lambda record: record.update(fingerprint=["00", "00"])),
    "an unknown version": lambda members: edit(members, "manifest.json", lambda manifest: manifest.update(format=99)),
    "another shape": edit_case(lambda case: case.pop("request")),
    "no media": lambda members: replace_original(members, b"no media at all"),
}  # fmt: skip


def swap(members: Members, content: bytes) -> None:
    """Another picture in place of one, under its right hash, everywhere."""
    old = one_of(members, "pictures/").removeprefix("pictures/")
    del members[f"pictures/{old}"]
    new = hashlib.sha256(content).hexdigest()
    members[f"pictures/{new}"] = content
    for path in [path for path in members if path.startswith("files/")]:
        members[path] = members[path].replace(old.encode(), new.encode())


def replace_original(members: Members, content: bytes) -> None:
    """Another file in place of one, under its right hash, everywhere."""
    old = one_of(members, "originals/").removeprefix("originals/")
    del members[f"originals/{old}"]
    new = hashlib.sha256(content).hexdigest()
    members[f"originals/{new}"] = content
    members[f"files/{new}.json"] = members.pop(f"files/{old}.json").replace(old.encode(), new.encode())
    edit(
        members, f"files/{new}.json", lambda record: record["said"].update(custody=[])
    )  # its seals name the old one
    members["case.json"] = members["case.json"].replace(old.encode(), new.encode())


def png_of(width: int, height: int) -> bytes:
    """The header of a picture of this size: whoever draws it runs out of memory."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", crc32(head))


def refused(config: Settings, actor: User, archive: Path) -> TelltaleError:
    """Nothing of it is stored; gives the refusal."""
    rows, files = rows_of(config), files_of(config.home)
    with pytest.raises(TelltaleError) as refusal:
        import_case(config, actor, archive)
    assert rows_of(config) == rows and files_of(config.home) == files
    assert str(refusal.value).endswith((".", "?"))
    return refusal.value


@pytest.mark.slow
def test_altered_and_forged_archives_are_refused_whole(ours: Ours, handed_on: Exported) -> None:
    config, ed = ours
    target = handed_on.path.with_name("hostile.zip")
    for honest, hostile in ((False, ALTERED), (True, FORGED)):
        for what, alter in hostile.items():
            members = packed(handed_on.path)
            alter(members)
            pack(members, target, honest)
            refusal = refused(config, ed, target)
            expected = {
                "no media": "not_media",
                "an unknown version": "other_version",
                "no title": "bad_case",
            }
            assert refusal.code == expected.get(what, "bad_archive"), (what, refusal)
    assert not list(config.home.parent.rglob("escape.py"))
    pack(packed(handed_on.path), target)  # the tools of this test break nothing themselves
    assert import_case(config, ed, target).new_files == 2


def test_a_cut_off_archive_is_refused(ours: Ours, handed_on: Exported) -> None:
    config, ed = ours
    whole, cut = handed_on.path.read_bytes(), handed_on.path.with_name("cut.zip")
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:length])
        assert refused(config, ed, cut).code == "bad_archive"
    shutil.copy(handed_on.path, cut)
    with ZipFile(cut, "a") as twice, pytest.warns(UserWarning, match="Duplicate"):
        twice.writestr("case.json", b"{}")
    assert "twice" in str(refused(config, ed, cut))


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(ours: Ours, tmp_path: Path) -> None:
    config, ed = ours
    length, archive = 1 << 30, tmp_path / "list.zip"
    with archive.open("wb") as sparse:
        sparse.seek(length)
        sparse.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, length, 0, 0))
    tracemalloc.start()
    assert "too many files" in str(refused(config, ed, archive))
    assert tracemalloc.get_traced_memory()[1] < length // 8
    tracemalloc.stop()


def test_a_list_of_more_members_than_a_desk_takes_is_never_taken_apart(ours: Ours, tmp_path: Path) -> None:
    config, ed = ours
    number, archive = 2 * MOST_MEMBERS, tmp_path / "many.zip"
    listed = struct.pack("<4s24xH16xc", b"PK\1\2", 1, b"x") * number
    ending = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number & 0xFFFF, number & 0xFFFF, len(listed), 0, 0)
    archive.write_bytes(listed + ending)
    tracemalloc.start()
    assert "too many files" in str(refused(config, ed, archive))
    assert tracemalloc.get_traced_memory()[1] < 3 * len(listed)
    tracemalloc.stop()


def test_more_than_a_desk_takes_in_is_not_written(
    ours: Ours, handed_on: Exported, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    written = Writer(tmp_path / "much.zip")
    monkeypatch.setattr("pipelines.keeping.cases.archive.MOST_MEMBERS", 2)
    written.add("files/a.json", b"{}")
    written.add("files/b.json", b"{}")
    with pytest.raises(TelltaleError, match="Divide the case"):
        written.close()
    assert "too many files" in str(refused(*ours, handed_on.path))


def test_a_disk_that_fails_leaves_nothing_half(
    ours: Ours, handed_on: Exported, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, ed = ours
    honest, done = Incoming.place, []

    def place(self: Incoming, sha256: str) -> None:
        if done:
            raise OSError(28, "No space left on device")
        done.append(sha256)
        honest(self, sha256)

    monkeypatch.setattr(Incoming, "place", place)
    assert refused(config, ed, handed_on.path).code == "not_stored" and done
    monkeypatch.undo()
    assert import_case(config, ed, handed_on.path).new_files == 2
