"""Collections become data versions, whatever somebody has put into them."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from core.errors import MediaRefused
from db.data_versions import DataVersionRow
from pipelines.originals import path_of
from pipelines.retraining import items, layouts
from pipelines.retraining.archives import Limits, unpack
from pipelines.retraining.build import build
from pipelines.retraining.importing import import_set
from pipelines.retraining.pixel_tables import unroll
from tests.actors import DESK, person
from tests.retraining.conftest import Newsroom
from tests.retraining.pictures import gridded, jpeg, png, portrait

LIMITS = Limits(file_bytes=1000, all_bytes=2500, members=4)


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, member: tarfile.TarInfo, content: bytes = b"") -> Path:
    member.size = len(content)
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(content))
    return path


def refused(archive: Path, folder: Path) -> str:
    folder.mkdir()
    with pytest.raises(MediaRefused) as refusal:
        unpack(archive, folder, LIMITS)
    return refusal.value.code


FACE = np.array(Image.fromarray(astronaut()[30:200, 140:310]).convert("L").resize((48, 48)))
PIXELS = " ".join(map(str, FACE.ravel()))
USED = ((3, "Training"), (3, "PrivateTest"), (4, "PublicTest"))
FER = {
    "one edition": "emotion,pixels,Usage\n" + "".join(f"{kind},{PIXELS},{use}\n" for kind, use in USED),
    "the other": "emotion, Usage, pixels\n" + "".join(f"{kind},{use},{PIXELS}\n" for kind, use in USED),
}


@pytest.mark.parametrize("table", FER.values(), ids=list(FER))
def test_the_table_of_fer2013_becomes_its_pictures(tmp_path: Path, table: str) -> None:
    (tmp_path / "fer2013.csv").write_text(table)
    unroll(tmp_path / "fer2013.csv", tmp_path / "out")
    rows = layouts.rows(tmp_path / "out", layouts.of(tmp_path / "out"))
    assert [(row.file, row.label, row.held_out) for row in rows] == [
        ("test/happy/PrivateTest_2.png", "real", True), ("train/happy/Training_1.png", "real", False),
        ("validation/sad/PublicTest_3.png", "real", True),
    ]  # fmt: skip
    with Image.open(tmp_path / "out" / "train/happy/Training_1.png") as picture:
        assert np.array_equal(np.asarray(picture), FACE)


HEAD = "emotion,pixels,Usage\n"
NO_FER = ["", "a,b\n1,2\n", f"{HEAD}3,1 2 3,Training\n", f"{HEAD}7,{PIXELS},Training\n", f"{HEAD}3,{PIXELS},Else\n",
          f"{HEAD}3,{PIXELS.replace(' ', ' 300 ', 1)},Training\n", f"{HEAD}3\n", f"{HEAD}3,{'1 ' * 99_999},Training\n",
          HEAD + "x" * 200_000]  # fmt: skip


@pytest.mark.parametrize("text", NO_FER[1:], ids=range(1, len(NO_FER)))
def test_a_table_that_is_not_fer2013_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "fer2013.csv").write_text(text)
    with pytest.raises(MediaRefused, match="not the table of FER2013") as refusal:
        unroll(tmp_path / "fer2013.csv", tmp_path / "out")
    assert refusal.value.code == "bad_manifest"


@pytest.mark.parametrize("packed", ["table", "folder", "zip"])
def test_fer2013_is_taken_in_from_its_table(newsroom: Newsroom, tmp_path: Path, packed: str) -> None:
    source = tmp_path / "set" / "fer2013.csv"
    source.parent.mkdir()
    source.write_text(FER["one edition"])
    if packed == "zip":
        with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
            archive.write(source, "fer2013/fer2013.csv")
    given = {"table": source, "folder": source.parent, "zip": tmp_path / "set.zip"}[packed]
    version = import_set(given, "FER2013", newsroom.config, DESK)
    (item,) = items.read(newsroom.config, version.sha256)
    assert (item.label, item.kind, item.dataset) == ("real", "image", "FER2013")
    assert sorted(one["code"] for one in version.left_out) == ["held_out", "held_out"]
    assert not list(items.training_home(newsroom.config).glob("unpacked-*"))


OUTWARD = ["../out.txt", "/etc/out.txt", "a/../../out.txt", "..\\out.txt", "a\x01b", "/".join("a" * 20)]


@pytest.mark.parametrize("name", OUTWARD)
def test_no_member_leads_out(tmp_path: Path, name: str) -> None:
    assert refused(zipped(tmp_path / "a.zip", **{name: b"x"}), tmp_path / "z") == "outside"
    assert refused(tarred(tmp_path / "a.tar.gz", tarfile.TarInfo(name), b"x"), tmp_path / "t") == "outside"
    assert not list(tmp_path.rglob("out.txt"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_no_links_and_no_devices(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("link")
    member.type, member.linkname = kind, "/etc/passwd"
    assert refused(tarred(tmp_path / "a.tar.gz", member), tmp_path / "t") == "link"


def test_no_links_in_a_zip(tmp_path: Path) -> None:
    entry = zipfile.ZipInfo("link")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    assert refused(tmp_path / "a.zip", tmp_path / "z") == "link"


def test_no_bombs(tmp_path: Path) -> None:
    assert refused(zipped(tmp_path / "1.zip", a=bytes(1001)), tmp_path / "1") == "too_large"
    three = dict.fromkeys("abc", bytes(1000))
    assert refused(zipped(tmp_path / "2.zip", **three), tmp_path / "2") == "too_large"
    many = {str(n): b"" for n in range(5)}
    assert refused(zipped(tmp_path / "3.zip", **many), tmp_path / "3") == "too_many_files"
    whole = zipped(tmp_path / "4.zip", **{str(n): b"x" * 600 for n in range(4)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole.replace(b"\x03", b"\x04", 3))
    assert refused(tmp_path / "cut.zip", tmp_path / "4") == "damaged"


@pytest.fixture
def collection(newsroom: Newsroom, tmp_path: Path) -> DataVersionRow:
    """An archive with two good files, and one of each kind that is left out."""
    table = ("file,label,method,group,split\nset/a.png,real,,ada,\nset/b.png,fake,grid,ada,\nset/broken.png,real,,,\n"
             "set/gone.png,real,,,\n../out.png,real,,,\nset/c.png,real,,,test\nset/both1.png,real,,,\n"
             "set/both2.png,fake,grid,,\n")  # fmt: skip
    archive = zipped(tmp_path / "ours.zip", **{
        "manifest.csv": table.encode(), "set/a.png": png(portrait(1)), "set/b.png": png(gridded(portrait(1))),
        "set/broken.png": b"no picture", "set/c.png": png(portrait(2)), "set/both1.png": png(portrait(3)),
        "set/both2.png": png(portrait(3)),
    })  # fmt: skip
    return import_set(archive, "ours", newsroom.config, DESK)


def test_an_archive_becomes_a_data_version(newsroom: Newsroom, collection: DataVersionRow) -> None:
    found = {item.label: item for item in items.read(newsroom.config, collection.sha256)}
    assert (found["fake"].method, found["fake"].dataset, found["fake"].group) == ("grid", "ours", found["real"].group)
    assert items.path_of(newsroom.config, found["real"]).read_bytes() == png(portrait(1))
    assert {Path(one["name"]).name: one["code"] for one in collection.left_out} == {
        "broken.png": "unreadable", "gone.png": "unreadable", "out.png": "unreadable", "c.png": "held_out",
        "both1.png": "contradictory",
    }  # fmt: skip
    assert not list(items.training_home(newsroom.config).glob("unpacked-*"))
    assert not path_of(newsroom.config.home, found["real"].sha256).exists()  # it is no clip of the desk


def test_a_verdict_and_a_collection_that_disagree_teach_nothing(
    newsroom: Newsroom, collection: DataVersionRow
) -> None:
    newsroom.judged("a.png", png(portrait(1)), "manipulated")
    newsroom.judged("copy.jpg", jpeg(gridded(portrait(1)), 95), "manipulated")
    version = build(newsroom.config, DESK)
    assert {one["name"]: one["code"] for one in version.left_out} == {"a.png": "contradictory", "": "duplicate"}
    assert version.parents == (collection.sha256,) and version.counts["dataset"] == {"desk": 1}


def test_only_who_may_change_models_imports(newsroom: Newsroom, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="Only an editor"):
        import_set(tmp_path, "x", newsroom.config, person(newsroom.config, "zoe"))
