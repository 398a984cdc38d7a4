"""A short run of the fuzzer, and what longer ones have found: each file made here as small as it goes."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import TelltaleError
from core.settings import Settings
from pipelines.fuzzing import run, trying
from pipelines.fuzzing.mutate import broken
from pipelines.fuzzing.seeds import write_seeds
from pipelines.fuzzing.whole_way import whole_way
from pipelines.manifests import ManifestRefused, read_manifest

MIB = 1 << 20


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Whole files of every kind."""
    return {path.name: path.read_bytes() for path in write_seeds(tmp_path_factory.mktemp("seeds"))}


def test_every_seed_is_read_whole(seeds: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in seeds.items():
        (tmp_path / "whole").write_bytes(content)
        assert trying._became(tmp_path / "whole", Settings()) == "read", name


def test_the_same_number_breaks_the_same_file(seeds: dict[str, bytes]) -> None:
    assert broken(seeds, 1, 7) == broken(seeds, 1, 7)
    assert len({broken(seeds, 1, number).content for number in range(50)}) > 40


@pytest.mark.slow
def test_broken_files_end_with_a_reason_and_cost_the_parent_nothing(tmp_path: Path) -> None:
    tally = run.volume(tmp_path, seed=random.SystemRandom().randrange(10**6), until=lambda now: now.files >= 300)
    assert not tally.found
    assert tally.ends["read"] and tally.ends["undecodable"] and tally.ends["not_media"]
    first, most = tally.parent
    assert most - first < 8 * MIB


def test_what_ends_the_process_is_found_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "READER", "tests.fuzzing.dying:reader")
    monkeypatch.setattr(run, "AT_ONCE", 5)
    tally = run.volume(tmp_path, seed=1, until=lambda now: now.files >= 8)
    assert len(tally.found) == 1 and "file 3 " in tally.found[0] and "crashed" in tally.found[0]
    assert tally.ends["read"] == tally.files - 1
    assert (tmp_path / "found" / "3").is_file()


@pytest.mark.slow
def test_a_desk_and_its_worker_live_through_them(tmp_path: Path) -> None:
    tally = whole_way(tmp_path, seed=11, count=16)
    assert not tally.found
    assert tally.files == 16


def test_broken_tables_and_names(tmp_path: Path) -> None:
    tally = run.tables_and_names(tmp_path, seed=3, count=300)
    assert not tally.found
    assert tally.files == 600


@pytest.mark.parametrize(
    "table", [b"", b"\xe6\x00", b"file,label\na.mp4,real\nb.mp4,fake,one,too,many\n", b'file,label\n"a.mp4,real\n']
)
def test_found_a_table_that_is_none(tmp_path: Path, table: bytes) -> None:
    (tmp_path / "table.csv").write_bytes(table)
    with pytest.raises(ManifestRefused, match="CSV"):
        read_manifest(tmp_path / "table.csv")


def test_found_a_gif_that_ends_in_a_block(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (2, 48, 64, 3), dtype=np.uint8)
    first, second = map(Image.fromarray, noise)
    path = tmp_path / "torn.gif"
    first.save(path, save_all=True, append_images=[second], duration=100)
    whole = path.read_bytes()
    for length in range(len(whole) // 2 - 200, len(whole) // 2 + 1200, 5):  # somewhere here is the second frame's head
        path.write_bytes(whole[:length] + b"!\xf9\x00")
        assert not trying._became(path, Settings()).startswith("fault"), length


def test_found_an_orientation_that_can_not_be_written_back(tmp_path: Path) -> None:
    path, exif = tmp_path / "odd.jpg", Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 8)).save(path, exif=exif)
    content = path.read_bytes()
    for kind in range(256):  # the type of the entry, one of those that Pillow writes in another way than it reads
        entry = content.index(b"\x01\x12")
        path.write_bytes(content[: entry + 2] + bytes([0, kind]) + content[entry + 4 :])
        assert not trying._became(path, Settings()).startswith("fault"), kind


def test_errors_of_ours_are_codes(tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise TelltaleError("a_code", "A sentence.")

    assert trying._ended(refuse, tmp_path, Settings()) == "a_code"
