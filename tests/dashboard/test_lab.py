"""Lab: useful without a run, a run's curves and grids, pictures that say what they are, and training as a job."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.devices import one_device
from core.generators.journal import Journal
from core.generators.pictures import PictureSet
from core.generators.training import Run
from core.settings import ROOT, Settings
from dashboard import who
from dashboard.components.wording import plain
from db import audit, workers
from db.models import now
from db.session import session
from pipelines import serving
from pipelines.lab import runs, training
from pipelines.lab.making import asked, detectors, sample
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.signed_in import account, secret_of
from tests.generators.conftest import tiny
from tests.model_folders import put


@pytest.fixture(autouse=True)
def own_runs(config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of the test's own, not those of whoever tests."""
    from core.settings import settings

    monkeypatch.setenv("TELLTALE_RUNS", str(tmp_path / "runs"))
    settings.cache_clear()


def put_run(folder: Path, name: str, steps: int = 3) -> Path:
    """A run that learned a little and wrote about it."""
    recipe = tiny(name=name)
    pictures = PictureSet(np.random.default_rng(0).integers(0, 256, (8, 3, 32, 32), dtype=np.uint8))
    run = Run(recipe, pictures, folder / name, one_device())
    journal = Journal(run.folder, 0)
    for step in range(1, steps + 1):
        journal.figures(step, run.learn() | {"kid": 1.5 / step, "diversity": 0.4 + 0.1 * step})
        journal.grid(step, run.model.sample(4, 0))
    journal.warning(steps, "Samples are 0.30 times as varied as real pictures: the generator may have collapsed.")
    journal.close()
    run.checkpoint()
    return run.folder


def button(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run(timeout=60)


def test_an_empty_lab_says_what_it_is_for(opened: Open, config: Settings) -> None:
    page = opened("lab")
    assert "No generator yet" in text_of(page) and "scripts.train_gan" in page.code[0].value
    # Where a set must lie. In a code span the escapes would be seen: \/srv\/desk.
    assert f"**{plain(str(config.home / 'sets'))}**" in text_of(page)


def test_a_run_shows_how_it_goes_and_what_it_made(opened: Open, tmp_path: Path) -> None:
    put_run(tmp_path / "runs", "one")
    page = opened("lab")
    words = text_of(page)
    assert "dcgan · 32 px · step 3" in words
    assert "may have collapsed" in words
    assert "Synthetic: nobody on these pictures exists." in str(page.get("image")[0].proto)
    slider = page.select_slider[0]
    assert slider.options == ["1", "2", "3"]
    slider.set_value(1).run()
    assert "Step 1, always of the same noise" in str(page.get("image")[0].proto)
    assert len(page.get("plotly_chart")) == 3


def test_two_runs_stand_side_by_side_and_no_more(opened: Open, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        put_run(tmp_path / "runs", name)
    page = opened("lab", runs=["one", "two"])
    assert len(page.get("image")) == 2 and len(page.select_slider) == 2
    assert page.multiselect[0].proto.max_selections == 2


def test_made_pictures_say_that_they_are_synthetic_and_are_shown_to_the_detectors(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_run(tmp_path / "runs", "one")
    page = opened("lab")
    button(page, "Make")
    made = page.session_state["lab-made"]
    with Image.open(io.BytesIO(made.grid_png)) as picture:
        assert "Synthetic" in picture.text["Description"] and "trainedAlgorithmicMedia" in picture.text["Source"]
    assert "one, step 3, seed 7" in str(page.get("image")[-1].proto)


def test_the_same_seed_makes_the_same_pictures(config: Settings, tmp_path: Path) -> None:
    put_run(tmp_path / "runs", "one")
    (run,) = runs.found(Settings(home=config.home, models=config.models, runs=tmp_path / "runs"))
    first, again, other = (sample(run, 3, seed, 1.0) for seed in (1, 1, 2))
    assert np.array_equal(first.pictures, again.pictures) and first.grid_png == again.grid_png
    assert not np.array_equal(first.pictures, other.pictures)
    assert sample(run, 1000, 1, 1.0).pictures.shape == (64, 32, 32, 3)


def test_detectors_are_asked_about_faces_only(config: Settings) -> None:
    """The shipped detector about a portrait, and about noise in which there is no face."""
    from skimage.data import astronaut

    shipped = Settings(home=config.home, models=ROOT / "models")
    face = np.asarray(Image.fromarray(astronaut()[30:200, 140:310]).resize((64, 64)))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    said = asked(shipped, np.stack([face, noise]))
    blend = next(one for one in said if one.detector.startswith("blend"))
    assert blend.faces == 1 and blend.mean is not None and 0 <= blend.mean <= 1
    (none,) = [one for one in asked(shipped, noise[None]) if one.detector.startswith("blend")]
    assert (none.faces, none.signs, none.mean) == (0, 0, None)


def test_the_detector_in_service_is_asked_too_and_each_weights_once(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, learned = tmp_path / "shelf", tmp_path / "learned-here"
    for name, version in (("a", "1"), ("b", "1"), ("c", "2")):
        put(shelf / name, version)
    put(learned, "3")
    monkeypatch.setattr(serving, "in_service", lambda _config: None)
    monkeypatch.setattr(serving, "folder_of", lambda _config, _version: learned)
    found = detectors(config.model_copy(update={"models": shelf}))
    assert found == [learned, shelf / "a", shelf / "c"]


def test_a_run_is_asked_for_once_and_stopped_by_whoever_may(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    (local.home / "sets" / "faces").mkdir(parents=True)
    analyst, editor = account(local, "ada"), account(local, "eve", "editor")
    monkeypatch.setattr(who, "cookie", lambda: secret_of(local, analyst))
    page = opened("lab")
    assert "Start a run" not in str(page.main) and not page.text_input
    monkeypatch.setattr(who, "cookie", lambda: secret_of(local, editor))
    page = opened("lab")
    page.text_input[0].input("mine")
    button(page, "Start")
    (wish,) = training.trainings(local)
    assert (wish.name, wish.state) == ("mine", "waiting")
    assert "**mine** :gray-badge[:material/hourglass: waits]" in text_of(page)
    assert not page.checkbox[0].value and "No worker that learns is there: a run of the lab waits" in text_of(page)
    page.text_input[0].input("mine")
    button(page, "Start")
    assert "waits or trains already" in text_of(page)
    button(page, "Stop")
    assert [one.state for one in training.trainings(local)] == ["stopped"]
    with session(local) as reading:
        done = [(event.action, event.actor) for event in audit.events(reading, "run:mine")]
    assert done == [("run.stopped", "eve"), ("run.asked", "eve")]


def test_what_needs_a_gpu_says_when_none_is_there(
    local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    (local.home / "sets" / "faces").mkdir(parents=True)
    secret = secret_of(local, account(local, "eve", "admin"))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    with session(local) as writing:
        workers.beat(writing, "one", now(), "analyses lab lab-gpu")
    page = opened("lab")
    assert page.checkbox[0].value  # where there is one, it is what most want
    page.text_input[0].input("mine")
    button(page, "Start")
    (wish,) = training.trainings(local)
    assert wish.device == "cuda" and "No worker" not in text_of(page)
    assert "one on " in (words := text_of(opened("system"))) and "with a GPU" in words
    with session(local) as writing:
        workers.beat(writing, "one", now(), "analyses lab")
    said = "No worker with a GPU is there: a run of the lab waits until one starts."
    assert said in text_of(opened("lab")) and said in text_of(opened("system"))


def test_a_name_can_t_lead_out_of_the_runs(local: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    (local.home / "sets" / "faces").mkdir(parents=True)
    secret = secret_of(local, account(local, "eve", "editor"))
    monkeypatch.setattr(who, "cookie", lambda: secret)
    page = opened("lab")
    page.text_input[0].input("../../etc")
    button(page, "Start")
    assert "name has small letters" in text_of(page) and not training.trainings(local)
