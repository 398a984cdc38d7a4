"""Promote and roll back in the shell, with the detector that ships and a sibling of it, on a real clip."""

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from core.detectors import registry
from core.detectors.export import export
from core.detectors.networks import load_panel
from core.evidence import Evidence
from core.settings import Settings, settings
from db import audit, model_versions
from db.session import session
from pipelines import serving, staging
from pipelines.analysing import analyst
from pipelines.media.probe import probe
from scripts import models
from tests.actors import DESK, person
from tests.model_folders import put


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A fresh desk with the shipped detector."""
    monkeypatch.setenv("TELLTALE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TELLTALE_HEATMAPS", "1")
    settings.cache_clear()
    assert run(monkeypatch, "list") == 0
    yield settings()
    settings.cache_clear()


def registered(config: Settings, folder: Path) -> None:
    """The model in this folder becomes a candidate."""
    name = serving.keep(config, folder)
    with session(config) as opened:
        model_versions.register(opened, DESK, registry.read_card(folder), name)


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["models", *words])
    return models.main()


def sibling(config: Settings, folder: Path) -> None:
    """The shipped detector with another offset of its first expert: every score moves."""
    shipped = config.shipped_detector
    card = registry.read_card(shipped)
    registry.copy(shipped, folder)
    panel = load_panel(card, (folder / registry.WEIGHTS).read_bytes())
    panel.experts[0].get_parameter("face_net.backbone.classifier.bias").data += 0.25
    sha256, graph_sha256 = export(panel, card.crop.size, folder)
    changed = card.model_copy(update={"version": "sibling", "sha256": sha256, "graph_sha256": graph_sha256})
    (folder / registry.CARD).write_text(changed.model_dump_json(), encoding="utf-8")


def analysed(config: Settings, clip: Path, folder: Path) -> Evidence:
    """What the version in service says about a clip, as the worker's child would."""
    folder.mkdir()
    examine = analyst({"settings": config.model_dump(mode="json"), "model": None, "device": "cpu"})
    model = serving.for_child(config, serving.in_service(config))
    info = probe(clip, clip.name, "c" * 64, config)
    asked = {"path": str(clip), "media": asdict(info), "staging": str(folder), "model": model}
    examine(asked | {"samples_per_second": None}, lambda _: None)
    return TypeAdapter(Evidence).validate_json((folder / staging.EVIDENCE).read_bytes())


def raws(found: Evidence) -> list[float | None]:
    """Every raw score, bit by bit."""
    return [found.raw_score, *(frame.raw_score for track in found.tracks for frame in track.frames)]


@pytest.mark.slow
def test_a_rollback_restores_every_score_to_the_bit(
    config: Settings, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sibling(config, tmp_path / "sibling")
    registered(config, tmp_path / "sibling")
    clip = samples / "portrait_manipulated.mp4"
    before = analysed(config, clip, tmp_path / "before")
    assert run(monkeypatch, "promote", "2", "--reason", "Try the sibling.") == 0
    between = analysed(config, clip, tmp_path / "between")
    assert run(monkeypatch, "roll-back", "--reason", "It was only a trial.") == 0
    after = analysed(config, clip, tmp_path / "after")
    assert raws(after) == raws(before) != raws(between)
    assert (after.band, after.score, after.model) == (before.band, before.score, before.model)
    assert between.model.version == "sibling"
    with session(config) as opened:
        told = [one.details.get("reason") for one in audit.events(opened, limit=2)]
    assert told == ["It was only a trial.", "Try the sibling."]


def test_the_command_refuses_with_a_reason(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "other", "other")
    registered(config, tmp_path / "other")
    person(config, "ada")
    assert run(monkeypatch, "roll-back", "--reason", "back") == 2
    assert "No other version" in capsys.readouterr().err
    assert run(monkeypatch, "promote", "2", "--reason", "mine", "--by", "ada") == 2
    assert "Only an editor" in capsys.readouterr().err
    assert run(monkeypatch, "promote", "2", "--reason", "mine", "--by", "nobody") == 2
    assert run(monkeypatch, "list") == 0
    newest, first = capsys.readouterr().out.splitlines()
    assert newest.split()[1:3] + newest.split()[-1:] == ["fake", "other", "candidate"]
    assert "champion since" in first
