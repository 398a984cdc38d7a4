"""From finished runs to a model folder that the registry takes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from core.detectors import registry
from core.detectors.card import Kinds
from core.detectors.networks import CloseLook, Panel
from core.devices import one_device
from core.errors import TelltaleError
from core.judgement import fusion
from core.judgement.bands import band
from core.training import kinds
from core.training.data import aligned
from core.training.face_sets import FaceSet
from core.training.loop import Run, train
from core.training.sources import CLIPS, PAIRS, WHOLE
from core.training.validation import dev_logits, validation
from db.data_versions import DataVersionRow
from db.models import now
from pipelines import release
from pipelines.retraining import candidate
from scripts import ship_detector
from tests.model_folders import card
from tests.training.conftest import portrait_set
from tests.training.test_loop import recipe

ABOUT = {"name": "tiny", "version": "1", "limits": ["Knows one portrait."], "licence": "CC0-1.0"}


@pytest.fixture(scope="module")
def faces() -> dict[str, FaceSet]:
    return {"portrait": portrait_set(12)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, faces: dict[str, FaceSet]) -> list[Path]:
    """Two finished runs; the second starts from what the first learned."""
    folder = tmp_path_factory.mktemp("runs")
    first = recipe(2).model_copy(update={"name": "first", "shares": {"aligned": 1}})
    second = first.model_copy(update={"name": "second", "starts_from": "first", "seed": 4})
    for plan in (first, second):
        (folder / plan.name).mkdir()
        run = Run(plan, folder / plan.name, one_device("cpu", "auto"))
        train(run, {"aligned": aligned(faces["portrait"])}, validation(faces, plan), workers=0)
    return [folder / "first", folder / "second"]


def test_two_runs_become_a_panel(runs: list[Path], faces: dict[str, FaceSet], tmp_path: Path) -> None:
    stills = {PAIRS: faces["portrait"], CLIPS: red(faces["portrait"])}  # clips are not what it is fitted on
    card = release.draft([[run] for run in runs], stills, tmp_path, ABOUT)
    detector = registry.load(tmp_path)
    assert detector.card == card
    assert card.experts == ("first", "second")
    # The panel is the fitted sum of its experts, on the very faces that it was fitted on.
    first, second = (release.expert([run]).eval().face_net for run in runs)
    table = dev_logits({PAIRS: faces["portrait"]}, [first, CloseLook(second)], release.recipe_of(runs[0]))
    fake = (table["label"] == "fake").to_numpy()
    weights, offset = fusion.fit(table[["0", "1"]].to_numpy(float), fake, table["set"].to_numpy(str))
    assert card.training["fusion"] == {"weights": pytest.approx(weights), "offset": pytest.approx(offset)}
    expected = table["0"].to_numpy() * weights[0] + table["1"].to_numpy() * weights[1] + offset
    assert expected[fake].mean() > expected[~fake].mean()


def test_a_card_that_claims_nothing_decides_nothing() -> None:
    said = {band(raw, raw, release.NO_CLAIM.thresholds) for raw in (-1e6, -1.0, 0.0, 1.0, 1e6)}
    assert said == {"inconclusive"}


def test_one_run_needs_no_fusion(runs: list[Path], faces: dict[str, FaceSet], tmp_path: Path) -> None:
    card = release.draft([runs[:1]], faces, tmp_path, ABOUT)
    assert card.training["fusion"] == {"weights": [1.0], "offset": 0.0}
    side = card.crop.size
    crops = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    assert np.isfinite(registry.load(tmp_path).score(crops, "image")).all()


def test_a_run_starts_from_another(runs: list[Path]) -> None:
    plan = release.recipe_of(runs[1])
    started = Run(plan, runs[1].with_name("third"), one_device("cpu", "auto")).averaged().state_dict()
    first = release.expert(runs[:1]).state_dict()
    assert all(np.array_equal(started[name].numpy(), first[name].numpy()) for name in first)


def test_a_run_starts_from_the_mean_of_two(runs: list[Path]) -> None:
    plan = release.recipe_of(runs[1]).model_copy(update={"starts_from": "first+second"})
    started = Run(plan, runs[1].with_name("fourth"), one_device("cpu", "auto")).averaged().state_dict()
    mean = release.expert(runs).state_dict()
    assert all(np.array_equal(started[name].numpy(), mean[name].numpy()) for name in mean)


def test_an_expert_is_the_mean_of_its_runs(runs: list[Path], faces: dict[str, FaceSet], tmp_path: Path) -> None:
    first, second, mean = (release.expert(some).state_dict() for some in (runs[:1], runs[1:], runs))
    name = "face_net.backbone.classifier.weight"
    assert not np.array_equal(first[name].numpy(), second[name].numpy())
    for name, tensor in mean.items():
        middle = (first[name].double() + second[name].double()) / 2
        whole = not tensor.dtype.is_floating_point  # counters are rounded
        assert np.allclose(tensor.double().numpy(), middle.numpy(), atol=1 if whole else 1e-6)
    assert release.draft([runs], faces, tmp_path, ABOUT).experts == ("first and second",)


def test_a_run_named_twice_weighs_twice(runs: list[Path]) -> None:
    name = "face_net.backbone.classifier.weight"
    first, second, mixed = (release.expert(some).state_dict()[name] for some in (runs[:1], runs[1:], [*runs, runs[1]]))
    assert np.allclose(mixed.numpy(), (first + 2 * second).numpy() / 3, atol=1e-6)
    assert release.mixture([*runs, runs[1]]) == "first and 2 × second"


def test_experts_of_different_crops_are_no_panel(runs: list[Path], faces: dict[str, FaceSet], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("checkpoint.json", "learned.safetensors"):
        (other / name).write_bytes((runs[0] / name).read_bytes())
    checkpoint = other / "checkpoint.json"
    checkpoint.write_text(checkpoint.read_text().replace('"size": 64', '"size": 96'))
    with pytest.raises(ValueError, match="same size"):
        release.draft([[runs[0]], [other]], faces, tmp_path / "model", ABOUT)


def two_kinds(mouths: FaceSet) -> dict[str, FaceSet]:
    """Faces whose mouth is blurred, and faces that are too red all over."""
    return {PAIRS: mouths, WHOLE: red(mouths)}


def red(mouths: FaceSet) -> FaceSet:
    """The genuine faces of a set, and the same again too red all over."""
    images = mouths.images.copy()
    images[mouths.rows["label"] == "fake"] = mouths.images[mouths.rows["label"] == "real"]
    images[mouths.rows["label"] == "fake", :, :, 1:] //= 2
    return FaceSet(images, mouths.landmarks, mouths.rows)


@pytest.mark.slow
def test_kinds_are_taught_where_there_are_several(
    faces: dict[str, FaceSet], runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "BATCHES", 8)  # faces so unlike each other need no more
    monkeypatch.setattr(kinds, "HELD_OUT", 4)
    panel = Panel([release.expert(runs[:1])], [1.0], 0.0).eval()
    shown = ["aligned", "whole_face", "desk video"]
    told = release.kinds_taught(panel, two_kinds(faces["portrait"]), shown, release.recipe_of(runs[0]))
    assert told is not None
    assert told.names == ("swap", "gan")
    named = sum(one["named"] for one in told.held_out.values())
    right = sum(one["right"] for one in told.held_out.values())
    assert right >= 0.8 * named > 0
    assert panel.kinds.out_features == 2


def test_what_is_learned_at_night_names_the_kinds_of_its_parent(
    faces: dict[str, FaceSet], runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "BATCHES", 2)
    monkeypatch.setattr(kinds, "HELD_OUT", 1)
    parent = card().model_copy(update={"kinds": Kinds(names=("swap", "gan"), least=0.7, held_out={})})
    base = {CLIPS: faces["portrait"]} | two_kinds(faces["portrait"])
    version = DataVersionRow(1, "d" * 64, "desk", "verdicts", {"label": {"real": 2}}, (), (), (), "desk", now())

    heir = candidate.draft(runs[1:], faces | base, tmp_path / "heir", parent, 7, version)
    assert heir.kinds and heir.kinds.names == ("swap", "gan") and heir.kinds.held_out["gan"]["n"] > 0
    assert registry.load(tmp_path / "heir").card.kinds == heir.kinds
    assert not any(limit.startswith(candidate.NO_KINDS) for limit in heir.limits)

    lost = candidate.draft(runs[1:], faces, tmp_path / "lost", parent, 8, version)
    assert lost.kinds is None and sum(limit.startswith(candidate.NO_KINDS) for limit in lost.limits) == 1


def test_the_experts_of_what_is_learned_at_night_weigh_what_their_parents_did(
    faces: dict[str, FaceSet], runs: list[Path], tmp_path: Path
) -> None:
    weighed = {"weights": [0.5, 0.25], "offset": 0.125}
    parent = card().model_copy(update={"training": {"fusion": weighed}})
    version = DataVersionRow(1, "d" * 64, "desk", "verdicts", {"label": {"real": 2}}, (), (), (), "desk", now())
    heir = candidate.draft(runs, faces, tmp_path / "heir", parent, 7, version)
    assert len(heir.experts) == 2 and heir.training["fusion"] == weighed


def test_one_kind_alone_is_not_named(faces: dict[str, FaceSet], runs: list[Path], tmp_path: Path) -> None:
    assert release.draft([runs[:1]], faces, tmp_path, ABOUT).kinds is None


def test_what_is_refused_while_it_ships_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> None:
        raise TelltaleError("no_manifest", "There is no manifest clips.csv.")

    monkeypatch.setattr(sys, "argv", ["ship_detector", str(tmp_path), "runs/a", "--faces", str(tmp_path)])
    monkeypatch.setattr(release, "draft", refuse)
    with pytest.raises(SystemExit, match="There is no manifest clips.csv."):
        ship_detector.main()
