"""Layouts of sets, the central cut, and an order of batches that depends on the step alone."""

import shutil
import sys
import types
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.generators.pictures import EMOTIONS, PictureSet, read, read_held_out
from core.generators.stream import Stream
from core.torchvision_cpu import ensure_torchvision
from scripts import download_celeba
from tests.generators.conftest import tiny

ensure_torchvision()
from torchvision.datasets import CelebA  # noqa: E402  (needs the line above)


def write(folder: Path, name: str, image: np.ndarray) -> None:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(place), cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image)


def celeba(folder: Path, n: int = 4) -> Path:
    """`n` portraits of 89 × 109, red ones smiling, in CelebA's own tree."""
    for i in range(n):
        colour = (200, 40, 40) if i % 2 else (40, 40, 200)
        write(folder / "img_align_celeba", f"{i + 1:06d}.png", np.full((109, 89, 3), colour, np.uint8))
    lines = [str(n), "Male Smiling"] + [f"{i + 1:06d}.png -1 {1 if i % 2 else -1}" for i in range(n)]
    (folder / "list_attr_celeba.txt").write_text("\n".join(lines))
    return folder


def test_celebas_faces_are_cut_square_in_colour_and_sorted_by_name(tmp_path: Path) -> None:
    found = read(celeba(tmp_path), tiny())
    assert found.pictures.shape == (4, 3, 32, 32)
    assert found.pictures[1, :, 16, 16] == pytest.approx([200, 40, 40], abs=2)
    assert found.labels is None


@pytest.fixture
def drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """gdown as torchvision calls it, with a drive that holds 40 portraits of 20 people in CelebA's files."""
    kept = celeba(tmp_path / "kept", 40)
    names = [f"{i + 1:06d}.png" for i in range(40)]
    with zipfile.ZipFile(kept / "img_align_celeba.zip", "w") as archive:
        for name in names:
            archive.write(kept / "img_align_celeba" / name, f"img_align_celeba/{name}")
    (kept / "identity_CelebA.txt").write_text("\n".join(f"{name} {i // 2}" for i, name in enumerate(names)))
    (kept / "list_eval_partition.txt").write_text("\n".join(f"{name} 0" for name in names))
    for table in ("list_bbox_celeba.txt", "list_landmarks_align_celeba.txt"):
        (kept / table).write_text("\n".join(["40", "x y", *(f"{name} 1 1" for name in names)]))
    asked = {number: name for number, _, name in CelebA.file_list}
    gdown = types.ModuleType("gdown")
    gdown.download = lambda output, **told: shutil.copy(kept / asked[told["id"]], output)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gdown", gdown)
    monkeypatch.setattr(CelebA, "file_list", [(number, None, name) for number, _, name in CelebA.file_list])
    monkeypatch.setattr(sys, "argv", ["download_celeba", str(tmp_path / "sets")])


@pytest.mark.usefixtures("drive")
def test_what_torchvision_downloads_is_read_with_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    download_celeba.main()
    place = Path(capsys.readouterr().out.split()[-1])
    recipe = tiny("cyclegan", attribute="Smiling", held_out=0.3)
    known, unseen = read(place, recipe), read_held_out(place, recipe)
    assert known.classes == ("not Smiling", "Smiling") and len(known) + len(unseen) == 40
    assert len(known) % 2 == len(unseen) % 2 == 0 < len(unseen), "nobody is on both sides"


@pytest.mark.usefixtures("drive")
def test_a_download_that_fails_says_why_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: object) -> None:
        raise ConnectionError("No address for the host.")

    monkeypatch.setattr(sys.modules["gdown"], "download", refused)
    with pytest.raises(SystemExit, match=r"No address for the host\. It needs a network.*name the folder as --data"):
        download_celeba.main()


@pytest.mark.usefixtures("drive")
def test_a_missing_downloader_is_not_taken_for_a_missing_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gdown", None)
    with pytest.raises(SystemExit, match=r"pip install gdown") as told:
        download_celeba.main()
    assert "network" not in str(told.value)


def test_celebas_attributes_become_two_classes(tmp_path: Path) -> None:
    recipe = tiny("cyclegan", attribute="Smiling")
    found = read(celeba(tmp_path), recipe)
    assert found.labels.tolist() == [0, 1, 0, 1]
    assert found.classes == ("not Smiling", "Smiling")
    with pytest.raises(ValueError, match="no attribute 'Bald'"):
        read(tmp_path, tiny("cyclegan", attribute="Bald"))


def test_an_archive_with_its_table_beside_it(tmp_path: Path) -> None:
    celeba(tmp_path / "tree")
    archive = tmp_path / "faces.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for file in (tmp_path / "tree" / "img_align_celeba").iterdir():
            zipped.write(file, file.name)
    rows = "".join(f"{i:06d}.png,1,{i > 2:d}\n" for i in range(1, 5))
    (tmp_path / "faces.csv").write_text(f"file,person,Smiling\n{rows}")
    found = read(archive, tiny("cyclegan", attribute="Smiling"))
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert len(read(archive, tiny(), most=3)) == 3


def test_people_who_are_held_out_are_never_learned_from(tmp_path: Path) -> None:
    """Two pictures of each person, told apart by their colour, who stand on the same side; both sides are all."""
    rows = []
    for i in range(60):
        write(tmp_path / "faces", f"{i:03d}.png", np.full((32, 32, 3), 4 * (i // 2), np.uint8))
        rows.append(f"{i:03d}.png,{i // 2}\n")
    (tmp_path / "faces.csv").write_text("file,person\n" + "".join(rows))
    recipe = tiny(held_out=0.3)
    seen, unseen = (
        [int(picture[0, 0, 0]) // 4 for picture in reader(tmp_path / "faces", recipe).pictures]
        for reader in (read, read_held_out)
    )
    assert not set(seen) & set(unseen) and sorted(seen + unseen) == sorted([*range(30), *range(30)])
    assert 8 <= len(unseen) <= 30
    identities = "".join(row.replace(",", " ") for row in rows)  # CelebA's own table says the same
    (tmp_path / "faces.csv").unlink()
    (tmp_path / "identity_CelebA.txt").write_text(identities)
    assert len(read_held_out(tmp_path / "faces", recipe)) == len(unseen)
    with pytest.raises(ValueError, match="has no pictures"):
        read_held_out(tmp_path / "faces", tiny())


def test_fer2013_by_folders_and_by_its_table(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for i, emotion in enumerate(EMOTIONS):
            write(tmp_path / "fer", f"{split}/{emotion}/{i}.png", np.full((48, 48), 10 * i, np.uint8))
    recipe = tiny("conditional", channels=1, size=48, split="test")
    found = read(tmp_path / "fer", recipe)
    assert found.pictures.shape == (7, 1, 48, 48)
    assert sorted(zip(found.labels.tolist(), found.pictures[:, 0, 0, 0].tolist(), strict=True)) == [
        (i, 10 * i) for i in range(7)
    ]
    rows = [f'{i},"{" ".join(["7"] * 48 * 48)}",{usage}' for usage in ("Training", "PrivateTest") for i in (3, 6)]
    table = tmp_path / "fer2013.csv"
    table.write_text("emotion,pixels,Usage\n" + "\n".join(rows))
    found = read(table, recipe)
    assert found.labels.tolist() == [3, 6]
    assert set(found.pictures.flatten()) == {7}
    assert read(table, tiny("conditional", split="test")).pictures.shape == (2, 3, 32, 32)


def test_the_centre_is_kept_and_the_crop_is_a_share_of_the_shorter_side(tmp_path: Path) -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[25:75, 75:125] = 255  # the middle half of the shorter side
    write(tmp_path, "a.png", image)
    assert read(tmp_path, tiny(crop=0.5)).pictures.min() == 255
    whole = read(tmp_path, tiny()).pictures[0, 0]
    assert whole[16, 16] == 255 and whole[2, 16] == whole[16, 2] == 0


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no pictures"):
        read(tmp_path, tiny())
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"broken\.jpg is not a picture"):
        read(tmp_path, tiny())
    (tmp_path / "broken.jpg").unlink()
    write(tmp_path, "a.png", np.zeros((40, 40, 3), np.uint8))
    with pytest.raises(ValueError, match="0 classes, and tiny needs 7"):
        read(tmp_path, tiny("conditional"))
    with pytest.raises(ValueError, match="no table of attributes"):
        read(tmp_path, tiny("cyclegan", attribute="Smiling"))


def numbered(n: int, labels: np.ndarray | None = None) -> PictureSet:
    """Pictures that are their own number."""
    pictures = np.broadcast_to(np.arange(n, dtype=np.uint8)[:, None, None, None], (n, 3, 4, 4)).copy()
    return PictureSet(pictures, labels, ("a", "b") if labels is not None else ())


def numbers(stream: Stream, step: int) -> list[int]:
    return ((stream.batch(step).pictures[:, 0, 0, 0] + 1) * 127.5).round().int().tolist()


def test_each_epoch_shows_every_picture_once_in_another_order() -> None:
    stream = Stream(numbered(12), tiny(batch=4))
    first, second = ([n for step in steps for n in numbers(stream, step)] for steps in (range(3), range(3, 6)))
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert numbers(stream, 4) == numbers(Stream(numbered(12), tiny(batch=4)), 4)


def test_epochs_run_into_each_other_without_a_break() -> None:
    stream = Stream(numbered(6), tiny(batch=4))
    seen = [n for step in range(3) for n in numbers(stream, step)]
    assert sorted(seen[:6]) == sorted(seen[6:]) == list(range(6))
    assert len(numbers(Stream(numbered(3), tiny(batch=8)), 0)) == 8


def test_a_cyclegan_sees_as_many_of_either_domain() -> None:
    labels = np.array([0] * 9 + [1] * 3)
    stream = Stream(numbered(12, labels), tiny("cyclegan", batch=4))
    assert all(sorted(stream.batch(step).labels.tolist()) == [0, 0, 1, 1] for step in range(5))


def test_half_of_the_pictures_are_mirrored_and_only_if_asked() -> None:
    ramp = np.broadcast_to(np.arange(32, dtype=np.uint8), (200, 3, 4, 32)).copy()
    streams = [Stream(PictureSet(ramp), tiny(batch=200, flip=flip)) for flip in (False, True)]
    rising = [(s.batch(0).pictures[:, 0, 0].diff() > 0).all(1).float().mean() for s in streams]
    assert rising[0] == 1 and 0.4 < rising[1] < 0.6
