"""Collections as they lie on a disk: who is who, what is fake, and who is kept for testing."""

import json
from pathlib import Path

import pytest

from core.errors import MediaRefused
from pipelines.retraining import layouts
from pipelines.retraining.layouts import Row


def tree(folder: Path, *names: str, **texts: str) -> Path:
    """Empty files, and some with text."""
    for name in (*names, *texts):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(texts.get(name, ""))
    return folder


def read(folder: Path, layout: str) -> dict[str, Row]:
    assert layouts.of(folder) == layout
    return {Path(row.file).name: row for row in layouts.rows(folder, layout)}


def test_faceforensics(tmp_path: Path) -> None:
    found = read(tree(
        tmp_path, "original_sequences/youtube/c23/videos/033.mp4", "original_sequences/actors/c23/videos/01__hall.mp4",
        "manipulated_sequences/Face2Face/c23/videos/033_097.mp4",
        "manipulated_sequences/Face2Face/c23/masks/033_097.mp4",
        "manipulated_sequences/DeepFakeDetection/c23/videos/01_02__hall__ABC.mp4",
    ), "faceforensics")  # fmt: skip
    assert found["033.mp4"] == Row("original_sequences/youtube/c23/videos/033.mp4", "real", "", ("youtube-033",))
    assert (found["033_097.mp4"].method, found["033_097.mp4"].groups) == ("Face2Face", ("youtube-033", "youtube-097"))
    assert found["01__hall.mp4"].groups == ("actor-01",)
    assert found["01_02__hall__ABC.mp4"].groups == ("actor-01", "actor-02")
    assert len(found) == 4


def test_celeb_df(tmp_path: Path) -> None:
    found = read(tree(
        tmp_path, "Celeb-real/id0_0000.mp4", "Celeb-synthesis/id0_id1_0000.mp4", "YouTube-real/00170.mp4",
        **{"List_of_testing_videos.txt": "1 YouTube-real/00170.mp4\n"},
    ), "celeb-df")  # fmt: skip
    assert found["id0_0000.mp4"] == Row("Celeb-real/id0_0000.mp4", "real", "", ("id0",))
    fake = Row("Celeb-synthesis/id0_id1_0000.mp4", "fake", "Celeb-DF", ("id0", "id1"))
    assert found["id0_id1_0000.mp4"] == fake
    assert found["00170.mp4"].held_out and not fake.held_out


def test_dfdc(tmp_path: Path) -> None:
    told = {"a.mp4": {"label": "REAL", "split": "train"}, "b.mp4": {"label": "FAKE", "original": "a.mp4"},
            "c.mp4": {"label": "FAKE", "original": "a.mp4", "split": "test"}}  # fmt: skip
    found = read(tree(tmp_path, **{"dfdc_train_part_0/metadata.json": json.dumps(told)}), "dfdc")
    assert found["a.mp4"] == Row("dfdc_train_part_0/a.mp4", "real", "", ("a.mp4",))
    assert found["b.mp4"] == Row("dfdc_train_part_0/b.mp4", "fake", "DFDC", ("a.mp4",))
    assert found["c.mp4"].held_out


def test_celeba(tmp_path: Path) -> None:
    tables = {"identity_CelebA.txt": "1.jpg 7\n2.jpg 7\n", "list_eval_partition.txt": "1.jpg 0\n2.jpg 2\n"}
    found = read(tree(tmp_path, "img_align_celeba/1.jpg", "img_align_celeba/2.jpg", **tables), "celeba")
    assert found["1.jpg"] == Row("img_align_celeba/1.jpg", "real", "", ("7",)) and found["2.jpg"].held_out


def test_fer2013(tmp_path: Path) -> None:
    found = read(tree(tmp_path, "train/happy/a.jpg", "train/sad/b.jpg", "test/sad/c.jpg", "validation/fear/d.jpg"),
                 "fer2013")  # fmt: skip
    assert found["a.jpg"] == Row("train/happy/a.jpg", "real", "", ("train/happy/a.jpg",))
    assert [name for name, row in found.items() if row.held_out] == ["c.jpg", "d.jpg"]


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    table = "file,label,method,group,split\na.jpg,real,,ada,train\nb.jpg,fake,swap,,\nc.jpg,fake,swap,ben,dev\n"
    found = read(tree(tmp_path, **{"manifest.csv": table}), "manifest")
    assert found["a.jpg"] == Row("a.jpg", "real", "", ("ada",))
    assert found["b.jpg"] == Row("b.jpg", "fake", "swap", ("b.jpg",))
    assert found["c.jpg"].held_out


@pytest.mark.parametrize(
    ("name", "text"),
    [("manifest.csv", "file,label\na.jpg,perhaps\n"), ("manifest.csv", "name\na.jpg\n"), ("metadata.json", "[1]"),
     ("metadata.json", "no json"), ("metadata.json", '{"a.mp4": {"label": "BOTH"}}')],
)  # fmt: skip
def test_a_table_that_is_none_is_refused(tmp_path: Path, name: str, text: str) -> None:
    tree(tmp_path, **{name: text})
    with pytest.raises(MediaRefused) as refusal:
        layouts.rows(tmp_path, layouts.of(tmp_path))
    assert refusal.value.code == "bad_manifest"


def test_a_folder_that_is_no_collection(tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match=r"manifest\.csv"):
        layouts.of(tree(tmp_path, "a.jpg"))
