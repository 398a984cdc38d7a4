"""The page System, /healthz and /metrics: what they say of a desk, and whom they answer."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.errors import MediaRefused
from core.settings import Settings, settings
from core.version import build
from dashboard import watch
from dashboard.watch import WATCH
from db import audit, jobs, log_checks, workers
from db.audit import Broken, Checked
from db.models import now
from db.session import session
from pipelines.keeping import watching
from pipelines.keeping.checking import check_log
from tests.actors import DESK
from tests.dashboard.conftest import Open, text_of
from tests.dashboard.stored import clip, evidence, store, track

Ask = Callable[..., TestClient]


@pytest.fixture
def busy(config: Settings) -> Settings:
    """One analysis, one file that waits, two that were refused, a backup, no worker."""
    store(config, evidence(clip(), (track("A", 3.0, "signs"),)))
    with session(config) as opened:
        jobs.add(opened, 1, "waits.mp4", "normal")
        for name in ("text.txt", "other.txt"):
            jobs.add_refused(opened, name, MediaRefused("no_picture", "This file has no picture track."), "normal")
        audit.record(opened, DESK, "backup.taken", "desk", name="20261124T031500Z", bytes=2**30, damaged=0)
    return config


def client(host: str = "127.0.0.1") -> TestClient:
    return TestClient(Starlette(routes=WATCH), client=(host, 50000))


def metrics(**headers: str) -> dict[tuple[str, str], float]:
    answer = client().get("/metrics", headers=headers)
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


def test_metrics_say_what_the_database_holds(busy: Settings) -> None:
    with session(busy) as opened:
        workers.beat(opened, "worker-1", now())
    found = metrics()
    assert (found["telltale_jobs", "queued"], found["telltale_jobs", "failed"]) == (1, 2)
    assert found["telltale_jobs_failed", "no_picture"] == 2 and found["telltale_workers_alive", ""] == 1
    assert found["telltale_analyses_total", ""] == 1
    assert found["telltale_stage_seconds_total", "decode"] == 1 and found["telltale_stage_seconds_total", "total"] == 4
    assert 0 < found["telltale_oldest_waiting_seconds", ""] < 60
    assert found["telltale_disk_free_bytes", ""] > 0 and found["telltale_database_bytes", ""] > 10_000
    assert found["telltale_backup_timestamp_seconds", ""] > 1e9
    assert found["telltale_log_verified_timestamp_seconds", ""] == 0


def test_health_says_what_is_wrong_in_sentences(busy: Settings) -> None:
    answer = client().get("/healthz")
    assert (answer.status_code, answer.json()["complaints"]) == (503, ["Files wait, and no worker is there."])
    with session(busy) as opened:
        workers.beat(opened, "worker-1", now())
    assert (client().get("/healthz").status_code, client().get("/healthz").json()["status"]) == (200, "ok")
    with session(busy) as opened:
        log_checks.remember(opened, DESK, Checked(1, "0" * 64, Broken(2, "entry 2 is missing")), 0.1)
    assert client().get("/healthz").json()["complaints"] == ["The log was altered."]


def test_secrets_that_others_may_read_are_told(
    config: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "secrets.toml"
    kept.write_text("[auth]\n")
    monkeypatch.setattr(watching, "SECRETS", kept)
    kept.chmod(0o640)
    assert watching.health(config).complaints == (
        "Others on this machine may read the secrets: chmod 600 secrets.toml.",
    )
    kept.chmod(0o600)
    assert watching.health(config).complaints == ()


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
    ],
)
def test_without_a_token_only_this_machine_is_answered(
    config: Settings, host: str, headers: dict[str, str], status: int
) -> None:
    for address in ("/metrics", "/healthz"):
        assert client(host).get(address, headers=headers).status_code == status


def test_with_a_token_only_who_has_it_is_answered(config: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = config.model_copy(update={"metrics_token": SecretStr("s3cret")})
    monkeypatch.setattr(watch, "settings", lambda: told)
    assert "s3cret" not in repr(told) and "s3cret" not in json.dumps(told.model_dump(mode="json"))
    for given, status in (("", 404), ("Bearer wrong é", 404), ("Bearer s3cret", 200)):
        answer = client("192.0.2.7").get("/metrics", headers={"Authorization": given.encode()})
        assert answer.status_code == status


def test_the_system_page_shows_it_to_people(busy: Settings, opened: Open) -> None:
    check_log(busy)
    page = opened("system")
    said = text_of(page).replace("\\", "")
    assert "Files wait, and no worker is there." in said
    assert {metric.label: metric.value for metric in page.metric}["Waiting"] == "1"
    assert "**2 files**, last" in said and "This file has no picture track." in said
    assert "Last backup:" in said and "1.0 GB" in said and "all 1 held" in said
    assert "kept for ever" in said


def test_a_desk_without_a_worker_says_that_what_comes_will_wait(config: Settings, opened: Open) -> None:
    assert "no worker is there: what comes in will wait" in text_of(opened("system"))


def test_an_empty_desk_needs_nobody(config: Settings, opened: Open) -> None:
    with session(config) as writing:
        workers.beat(writing, "mac-1", now())
    said = text_of(opened("system"))
    assert "Plan a backup" in said and "Nothing needs you" not in said and "not checked yet" in said
    assert said.replace("\\", "").count(build()) == 2  # of the worker and of the desk


def test_what_is_due_is_shown_before_it_goes(
    busy: Settings, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLTALE_KEEP_LOOSE_FILES", "30")
    settings.cache_clear()
    assert "Nothing." in text_of(opened("system"))
