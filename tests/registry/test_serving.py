"""Which weights serve, as files: kept whole on the desk, whatever happens to the folder that came with the project."""

import shutil
from pathlib import Path

import pytest

from core.detectors import registry
from core.errors import WeightsRefused
from core.settings import Settings
from db import audit, model_versions
from db.model_versions import Version
from db.models import now
from db.session import session
from pipelines import cards, serving, storage
from tests.actors import DESK
from tests.model_folders import card, put


@pytest.fixture
def config(tmp_path: Path, empty_home: Path) -> Settings:
    """An empty desk, and the detector that came with it."""
    config = Settings(home=tmp_path / "home", models=tmp_path / "models", detector="fake")
    put(config.models / "fake")
    shutil.copytree(empty_home, config.home)
    return config


def versions(config: Settings) -> list[Version]:
    with session(config) as opened:
        return model_versions.versions(opened)


def test_on_a_fresh_desk_what_came_with_the_project_serves(config: Settings) -> None:
    serving.register_shipped(config)
    serving.register_shipped(config)
    (only,) = versions(config)
    assert (only.state, only.version, only.promoted_by) == ("champion", "1", "The desk")
    assert registry.verified(serving.folder_of(config, only)) == card()
    assert serving.in_service(config) == only
    with session(config) as opened:
        assert [one.action for one in audit.events(opened)] == ["model.promoted", "model.registered"]


def test_an_upgrade_of_the_project_brings_a_candidate_and_leaves_the_champion(config: Settings) -> None:
    serving.register_shipped(config)
    put(config.models / "fake", "2")
    serving.register_shipped(config)
    assert [(one.version, one.state) for one in versions(config)] == [("2", "candidate"), ("1", "champion")]
    assert registry.verified(serving.folder_of(config, serving.in_service(config))) == card("1")
    assert cards.serving(config) == card("1")


def test_the_same_weights_with_another_card_are_read_by_the_new_one(config: Settings) -> None:
    serving.register_shipped(config)
    before = serving.judge_of(config, serving.in_service(config))
    other = card().model_copy(update={"quality": card().quality.model_copy(update={"min_face_px": 9.0})})
    (config.models / "fake" / registry.CARD).write_text(other.model_dump_json(), encoding="utf-8")
    serving.register_shipped(config)
    after = serving.judge_of(config, serving.in_service(config))
    assert after.version.folder == before.version.folder
    assert cards.card_of(config, other.sha256, now()) == other
    assert before.settings_hash != after.settings_hash


def test_a_broken_folder_on_the_desk_is_mended_from_the_project(config: Settings) -> None:
    serving.register_shipped(config)
    folder = serving.folder_of(config, serving.in_service(config))
    (folder / registry.WEIGHTS).write_bytes(b"half")
    serving.register_shipped(config)
    assert registry.verified(folder) == card()


@pytest.fixture
def machines(config: Settings, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two machines that share database and storage, the second without anything in its `home`."""
    told = {"database_url": config.resolved_database_url(), "storage_url": f"file://{tmp_path}/shared"}
    one = config.model_copy(update=told)
    return one, one.model_copy(update={"home": tmp_path / "other home", "models": tmp_path / "none"})


def test_what_one_machine_learned_serves_on_another(machines: tuple[Settings, Settings]) -> None:
    here, there = machines
    serving.register_shipped(here)
    version = serving.in_service(there)
    assert registry.verified(serving.folder_of(there, version)) == card()


def test_a_new_card_of_the_same_length_replaces_the_shared_one(machines: tuple[Settings, Settings]) -> None:
    here, there = machines
    serving.register_shipped(here)
    before, after = card(), card().model_copy(update={"version": "2"})
    (here.models / "fake" / registry.CARD).write_text(after.model_dump_json(), encoding="utf-8")
    assert len(after.model_dump_json()) == len(before.model_dump_json())
    serving.register_shipped(here)
    assert registry.verified(serving.folder_of(there, serving.in_service(there))) == after


def test_weights_that_can_not_be_fetched_are_said_to_be(
    machines: tuple[Settings, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = machines
    serving.register_shipped(here)

    def gone(*_given: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(storage.Bucket, "get", gone)
    with pytest.raises(WeightsRefused, match="can't be fetched"):
        serving.folder_of(there, serving.in_service(there))


def test_altered_weights_and_altered_cards_do_not_serve(config: Settings) -> None:
    serving.register_shipped(config)
    put(config.models / "other", "2")
    with session(config) as opened:
        name = serving.keep(config, config.models / "other")
        candidate = model_versions.register(opened, DESK, card("2"), name)
    folder = serving.folder_of(config, candidate)
    (folder / registry.WEIGHTS).write_bytes(b"others")
    with pytest.raises(WeightsRefused, match="is not the one of its card"):
        serving.promote(config, DESK, candidate.id, "better")
    put(folder, "3")
    with pytest.raises(WeightsRefused, match="not the one that was registered"):
        serving.promote(config, DESK, candidate.id, "better")
    assert [one.state for one in versions(config)] == ["candidate", "champion"]


def test_without_a_whole_folder_nothing_is_registered(config: Settings) -> None:
    (config.models / "fake" / registry.GRAPH).unlink()
    with pytest.raises(WeightsRefused):
        serving.in_service(config)
    serving.know_shipped(config)
    assert versions(config) == []
    put(config.models / "fake")
    assert serving.in_service(config).state == "champion"


def test_a_card_can_be_quoted_when_the_weights_are_gone(config: Settings) -> None:
    serving.register_shipped(config)
    shutil.rmtree(config.models)
    shutil.rmtree(config.home / "models")
    assert cards.card_of(config, card().sha256, now()) == card()
    with pytest.raises(WeightsRefused):
        serving.folder_of(config, serving.in_service(config))
