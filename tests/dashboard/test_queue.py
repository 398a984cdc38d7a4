"""Queue: what waits, runs, failed or is done, and what can be done about it."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, TextInput

from core.errors import MediaRefused
from core.settings import ROOT, Settings, settings
from dashboard.components.at_hand import Mark, moved
from db import case_file, cases, jobs, links, media, watched_files, workers
from db.models import Job, now
from db.session import session
from pipelines.jobs import pause, resume, submit
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, done_job, evidence, store, track

WAYS = ("Open", "Why")  # to the page of a job, beside its name
SAMPLE = ROOT / "samples" / "portrait_genuine.mp4"


def waiting_job(config: Settings, name: str = "clip.mp4", sha256: str = "c" * 64) -> int:
    with session(config) as opened:
        return submit(opened, config, DESK, media.add(opened, clip(name, sha256)), name)


def state_of(config: Settings, job_id: int) -> str:
    with session(config) as opened:
        job = jobs.get(opened, job_id)
    assert job is not None
    return job.state


def names(desk: AppTest) -> list[str]:
    return [link.proto.label for link in desk.get("page_link") if link.proto.label not in WAYS]


def field(desk: AppTest, label: str) -> TextInput:
    return next(one for one in desk.text_input if one.label == label)


def button(desk: AppTest, label: str) -> Button:
    return next(one for one in desk.button if one.label == label)


def open_case(desk: AppTest, title: str) -> AppTest:
    field(desk, "Title").set_value(title)
    return button(desk, "Open it").click().run()


def test_an_empty_queue_teaches(opened: Open) -> None:
    assert "Drop a clip or a picture above" in text_of(opened())


def test_a_refused_file_says_why(config: Settings, opened: Open) -> None:
    with session(config) as database:
        refusal = MediaRefused("no_picture", "This file has no picture track. Was the sound exported alone?")
        jobs.add_refused(database, "voice.mp4", refusal, "normal")
    desk = opened()
    assert "This file has no picture track\\. Was the sound exported alone\\?" in text_of(desk)
    assert not [button for button in desk.button if button.label == "Try again"]
    assert "Why" in [link.proto.label for link in desk.get("page_link")]


def test_a_file_that_came_before_is_known(config: Settings, opened: Open) -> None:
    first = done_job(config, store(config, evidence(clip(), (track("A", 3.0, "signs"),))), "clip.mp4")
    with session(config) as database:
        database.execute(update(Job).where(Job.id == first).values(created_at=now() - timedelta(hours=5)))
    waiting_job(config, "another.mp4", "d" * 64)
    assert "first" not in text_of(opened())
    waiting_job(config, "the same by another name.mp4", clip().sha256)
    assert text_of(opened()).count("came in just now, **first 5 h ago**") == 1


def test_waiting_says_how_many_come_before_and_that_no_worker_runs(config: Settings, opened: Open) -> None:
    waiting_job(config)
    waiting_job(config, "second.mp4", "d" * 64)
    words = text_of(opened())
    assert "Next in line" in words
    assert "1 before it" in words
    assert "No worker is running" in words


def test_the_wait_for_the_whole_queue_is_told_once_something_was_analysed(
    config: Settings, opened: Open
) -> None:
    waiting_job(config, "second.mp4", "d" * 64)
    with session(config) as database:
        workers.beat(database, "one", now())
    assert "until all is done" not in text_of(opened())
    done_job(config, store(config, evidence(clip(), (track("A", 3.0, "signs"),))), "clip.mp4")
    assert "about 1 min until all is done" in text_of(opened())


def test_each_waiting_job_says_when_it_begins(config: Settings, opened: Open) -> None:
    done_job(config, store(config, evidence(clip(), (track("A", 3.0, "signs"),))), "clip.mp4")
    for number in range(20):
        waiting_job(config, f"clip{number}.mp4", f"{number:064x}")
    with session(config) as database:
        workers.beat(database, "one", now())
    assert re.search(r"19 before it · begins in about \d+ min", text_of(opened()))


def test_a_press_that_is_delivered_again_undoes_nothing(config: Settings, opened: Open) -> None:
    job = waiting_job(config)
    desk = opened()
    pause(config, DESK, job)
    resume(config, DESK, job)
    desk.button(key=f"pause-{job}").click().run()  # as it was drawn before
    assert state_of(config, job) == "queued"
    desk.button(key=f"pause-{job}").click().run()
    assert state_of(config, job) == "paused"


def test_pause_and_resume_one_and_all(config: Settings, opened: Open) -> None:
    first, second = waiting_job(config), waiting_job(config, "second.mp4", "d" * 64)
    desk = opened()
    desk.button(key=f"pause-{first}").click().run()
    assert (state_of(config, first), state_of(config, second)) == ("paused", "queued")
    assert "No worker takes it until it is resumed" in text_of(desk)
    desk.button(key=f"resume-{first}").click().run()
    assert state_of(config, first) == "queued"
    button(desk, "Pause what waits").click().run()
    assert (state_of(config, first), state_of(config, second)) == ("paused", "paused")
    button(desk, "Resume all").click().run()
    assert (state_of(config, first), state_of(config, second)) == ("queued", "queued")


def test_what_waits_can_be_made_urgent(config: Settings, opened: Open) -> None:
    waiting_job(config)
    second = waiting_job(config, "second.mp4", "d" * 64)
    with session(config) as database:
        before = database.get_one(jobs.Job, second).workflow_id
    desk = opened()
    desk.button(key=f"hurry-{second}").click().run()
    words = text_of(desk)
    assert "**urgent**" in words and words.index("Next in line") < words.index("1 before it")  # the newest is on top
    assert not [one for one in desk.button if one.key == f"hurry-{second}"]
    with session(config) as database:
        after = database.get_one(jobs.Job, second).workflow_id
        assert not jobs.begin(database, second, before or "")
        assert jobs.begin(database, second, after or "")


def test_a_worker_that_takes_nothing_says_why(config: Settings, opened: Open) -> None:
    waiting_job(config)
    with session(config) as database:
        workers.beat(database, "one", now(), why_idle="It is of another version.")
    words = text_of(opened())
    assert "The worker one takes nothing. It is of another version" in words and "No worker is running" in words


def test_cancel_and_try_again(config: Settings, opened: Open) -> None:
    job = waiting_job(config)
    desk = opened()
    desk.button(key=f"cancel-{job}").click().run()
    assert state_of(config, job) == "cancelled"
    desk.button(key=f"retry-{job}").click().run()
    assert state_of(config, job) == "queued"


def test_a_running_job_shows_how_far_it_is(config: Settings, opened: Open) -> None:
    job = waiting_job(config)
    with session(config) as database:
        row = database.get_one(jobs.Job, job)
        jobs.begin(database, job, row.workflow_id or "")
        jobs.progress(database, job, "score", 30, 120, 95.0)
    bar = opened().get("progress")[0]
    assert bar.proto.value == 25
    assert bar.proto.text.endswith("25 % · 30 of 120 frames · 1:35 left")


def test_a_finished_job_shows_its_band_and_opens(config: Settings, opened: Open) -> None:
    done_job(config, store(config, evidence(clip(), (track("A", 3.0, "signs"),))), "clip.mp4")
    desk = opened()
    assert "Signs of manipulation" in text_of(desk)
    name, open_ = desk.get("page_link")
    assert (open_.proto.label, open_.proto.query_string) == ("Open", "analysis=1")
    assert name.proto.query_string == open_.proto.query_string


@pytest.mark.parametrize("name", ["<b>x</b>.mp4", "[a](http://b).mp4", ":red[x] **y**.mp4", "$1 `c` _d_.mp4"])
def test_names_are_never_markup(config: Settings, opened: Open, name: str) -> None:
    waiting_job(config, name)
    label = re.sub(r":color\[(\\.)\]", r"\1", names(opened())[0])  # what keeps it from becoming a link
    unescaped = label.replace("\\", "")
    assert unescaped == f"**{name}**"
    assert all(label[i - 1] == "\\" for i, letter in enumerate(label) if letter in "<[]:$`_" and i)


def test_a_long_queue_comes_in_pages(config: Settings, opened: Open) -> None:
    for number in range(23):
        waiting_job(config, f"clip{number}.mp4", f"{number:064x}")
    desk = opened()
    assert len(names(desk)) == 20
    assert "clip22" in names(desk)[0]


def keyed(desk: AppTest) -> dict[str, str]:
    """The keys of the page, each with the button that it presses."""
    return {one.proto.shortcut: one.key or "" for one in desk.button if one.proto.shortcut}


def test_keys_are_about_the_job_at_hand(config: Settings, opened: Open) -> None:
    first, second = waiting_job(config), waiting_job(config, "second.mp4", "d" * 64)
    desk = opened()
    assert set(keyed(desk)) == {"n", "p"}  # no job is at hand until somebody asks
    desk.button(key=keyed(desk)["n"]).click().run()
    assert (keyed(desk)["s"], keyed(desk)["x"]) == (f"pause-{second}", f"cancel-{second}")
    desk.button(key=keyed(desk)["n"]).click().run()
    assert keyed(desk)["x"] == f"cancel-{first}"
    desk.button(key=keyed(desk)["n"]).click().run()
    assert keyed(desk)["x"] == f"cancel-{first}"  # there is none after it
    desk.button(key=f"cancel-{first}").click().run()
    assert keyed(desk)["t"] == f"retry-{first}"


def test_the_mark_goes_on_to_the_next_page_and_back(config: Settings, opened: Open) -> None:
    made = [waiting_job(config, f"clip{number}.mp4", f"{number:064x}") for number in range(22)]
    desk = opened()
    for _ in range(21):
        desk.button(key=keyed(desk)["n"]).click().run()
    assert keyed(desk)["x"] == f"cancel-{made[1]}" and len(names(desk)) == 2
    desk.button(key=keyed(desk)["p"]).click().run()
    assert keyed(desk)["x"] == f"cancel-{made[2]}" and len(names(desk)) == 20


def test_a_job_that_left_the_list_leaves_its_place_to_the_next() -> None:
    assert moved(Mark(7, 1), [9, 8, 6], 1) == Mark(8, 1)
    assert moved(Mark(7, 1), [9, 8, 6], -1) == Mark(9, 0)
    assert moved(Mark(6, 2), [9, 8], 1) == Mark(None, 2)
    assert moved(None, [], 1).job is None


def test_the_title_of_a_new_case_opens_it_and_it_stays_chosen(config: Settings, opened: Open) -> None:
    desk = open_case(open_case(opened(), "Minister's <b>speech</b>"), "Minister's <b>speech</b>")
    with session(config) as database:
        assert [title for _, title in case_file.open_titles(database)] == ["Minister's <b>speech</b>"] * 2
    choice = desk.selectbox(key="wish-case")
    assert choice.value == 2 and choice.options[0] == "Minister's <b>speech</b> (case 2)"


def test_a_case_can_be_named_in_the_address_and_is_let_go_when_it_closes(config: Settings, opened: Open) -> None:
    with session(config) as database:
        case = cases.start(database, DESK, cases.Asked("Open"))
    desk = opened(case=str(case))
    assert desk.selectbox(key="wish-case").value == case
    with session(config) as database:
        cases.close(database, DESK, case)
    assert desk.run().selectbox(key="wish-case").value is None


def test_a_folder_is_taken_in_as_wished(config: Settings, opened: Open, tmp_path: Path) -> None:
    shutil.copy(SAMPLE, tmp_path / "clip.mp4")
    desk = open_case(opened(), "Speech")
    desk.selectbox(key="wish-rate").set_value(8.0).run()
    field(desk, "Folder on the machine that runs the desk").set_value(str(tmp_path))
    button(desk, "Take in").click().run()
    assert "1 taken in, 0 refused" in text_of(desk)
    with session(config) as database:
        (row,) = jobs.latest(database)
    assert (row.case_title, row.samples_per_second) == ("Speech", 8.0)
    assert "case Speech · normal · 8 frames a second" in text_of(desk)


def test_links_are_off_and_say_how_they_come_on(opened: Open) -> None:
    desk = opened()
    assert "An admin allows sites" in text_of(desk)
    assert not [one for one in desk.button if one.label == "Fetch it"]


def test_a_link_becomes_a_job(config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_LINK_HOSTS", "clips.example")
    settings.cache_clear()
    desk = open_case(opened(), "Speech")
    field(desk, "Address of the page that shows the clip").set_value("https://evil.example/x")
    button(desk, "Fetch it").click().run()
    assert "evil\\.example is not allowed here" in text_of(desk)
    field(desk, "Address of the page that shows the clip").set_value("https://clips.example/watch?v=1")
    button(desk, "Fetch it").click().run()
    with session(config) as database:
        (row,) = jobs.latest(database)
        assert links.of_job(database, row.id).case_id == 1
    assert (row.state, row.address) == ("queued", "https://clips.example/watch?v=1")
    assert "from clips\\.example" in text_of(desk)


def test_the_watched_folder_is_named_with_what_waits_there_and_what_is_wrong(
    config: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Watched folder" not in text_of(opened())
    monkeypatch.setenv("TELLTALE_WATCHED_FOLDER", "/mnt/desk_in")
    settings.cache_clear()
    words = text_of(opened())
    assert "desk\\_in" in words and "No worker looks into it now" in words
    with session(config) as database:
        workers.beat(database, "one", now())
        workers.watch(database, "one", "/mnt/desk_in", "It can't be looked into: Permission denied.")
        stamp = watched_files.Stamp(9, 9)
        watched_files.see(database, {"a" * 64: stamp, "b" * 64: stamp}, timedelta(hours=1))
    words = text_of(opened())
    assert "2 files there still to come in" in words and "Permission denied" in words
    assert "No worker looks" not in words


def test_what_came_by_the_watched_folder_says_so(config: Settings, opened: Open) -> None:
    with session(config) as database:
        submit(database, config, DESK, media.add(database, clip(), "folder"), "clip.mp4", "background")
    assert "from the watched folder · background" in re.sub(r"0:05 · ", "", text_of(opened()))


def test_only_one_kind_can_be_shown(config: Settings, opened: Open) -> None:
    waiting_job(config)
    with session(config) as database:
        jobs.add_refused(database, "broken.mp4", MediaRefused("empty", "This file is empty."), "normal")
    desk = opened(show="Failed")
    assert [label for label in names(desk) if "broken" in label] == names(desk)
