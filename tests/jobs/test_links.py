"""Clips from pages: fetched by a real worker from a site on this machine, and where such a fetcher may not reach."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

from core.errors import TelltaleError
from core.settings import Settings
from db import audit, case_file, cases, jobs, people, provenance, sites
from db.rights import NotAllowed
from db.session import session
from pipelines import links
from pipelines.confine import Confined, Limits, Reach
from pipelines.jobs import cancel, retry
from pipelines.reach import is_public
from pipelines.sites import checked, named
from pipelines.wishes import Wish
from tests.actors import DESK, person
from tests.jobs.conftest import Desk
from tests.jobs.site import CLIP, Site, serving

SMALL = Limits(1 << 30, 60)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving() as address:
        yield address


def test_the_clip_of_a_page_is_fetched_kept_and_analysed(working_desk: Desk, site: str) -> None:
    config = working_desk.config
    with session(config) as opened:
        case = cases.start(opened, DESK, cases.Asked("Speech"))
    job = links.ask(config, DESK, f" {site}/moved#t=3 ", Wish("urgent", case, 8.0))
    row = working_desk.wait(job, "done")
    assert (row.name, row.origin, row.priority) == ("The minister's speech.mp4", "link", "urgent")
    assert (row.case_title, row.samples_per_second) == ("Speech", 8.0)
    (original,) = (config.home / "originals").rglob(row.sha256 or "")
    assert original.read_bytes() == CLIP.read_bytes()
    with session(config) as opened:
        (page,) = provenance.captures(opened, row.media_id or 0)
        told = [event.action for event in audit.events(opened, f"media:{row.media_id}", f"job:{job}")]
        held = case_file.get(opened, case)
    assert (page.address, page.title, page.uploader) == (f"{site}/moved", "The minister's speech", "Ada Uploads")
    assert {"link.asked", "media.received", "link.captured"} <= set(told)
    assert held is not None and [item.sha256 for item in held.exhibits] == [row.sha256]
    assert not list((config.home / "staging").iterdir())
    assert {asked.split(" ", 1)[1] for asked in Site.asked} == {"None"}, "no cookie was ever sent"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/away", "private_address"),
        ("/into-the-network", "private_address"),
        ("/by-name", "site_unreachable"),
        ("/text", "no_clip_there"),
        ("/forbidden", "site_refused"),
        ("/nothing", "site_refused"),
        ("/endless.mp4", "too_large"),
    ],
)
def test_what_can_not_be_fetched_says_why(working_desk: Desk, site: str, path: str, code: str) -> None:
    row = working_desk.wait(links.ask(working_desk.config, DESK, site + path), "failed")
    assert row.error_code == code and row.error_message and row.media_id is None
    retry(working_desk.config, DESK, row.id)
    assert working_desk.wait(row.id, "failed").attempt == 2


def test_fetching_is_seen_and_can_be_cancelled(working_desk: Desk, site: str) -> None:
    job = links.ask(working_desk.config, DESK, f"{site}/slow.mp4")
    while (row := working_desk.wait(job, "running")).stage != "fetch" or row.percent == 0:
        assert row.state == "running"
    assert row.frames_total is None and row.percent < 100
    cancel(working_desk.config, DESK, job)
    assert working_desk.wait(job, "cancelled", seconds=20).media_id is None


def test_who_lost_her_role_while_it_waited_takes_nothing_in(desk: Desk, site: str) -> None:
    ada = person(desk.config, "ada")
    job = links.ask(desk.config, ada, f"{site}/page")
    with session(desk.config) as opened:
        people.set_role(opened, DESK, ada.id, None)
    desk.worker.start()
    assert desk.wait(job, "failed").error_code == "not_allowed"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://clips.example/watch?v=1", None),
        ("http://www.CLIPS.example./x", None),
        ("https://notclips.example/x", "site_not_allowed"),
        ("https://clips.example.evil.example/x", "site_not_allowed"),
        ("https://clips.example@evil.example/x", "no_address"),
        ("https://me:secret@clips.example/x", "no_address"),
        ("ftp://clips.example/x", "no_address"),
        ("file:///etc/passwd", "no_address"),
        ("clips.example/x", "no_address"),
        ("https://[", "no_address"),
        ("https://clips.example/" + "x" * 2000, "no_address"),
        ("http://169.254.169.254/latest/meta-data", "site_not_allowed"),
    ],
)
def test_only_pages_of_allowed_sites_are_asked(address: str, code: str | None) -> None:
    sites = named("other.example, Clips.Example")
    if code is None:
        assert checked(sites, address) == address
    else:
        with pytest.raises(TelltaleError) as refusal:
            checked(sites, address)
        assert refusal.value.code == code


def test_links_are_off_until_an_admin_allows_sites(config: Settings) -> None:
    with pytest.raises(TelltaleError, match="page System"):
        links.ask(config, DESK, "https://clips.example/x")
    with session(config) as opened:
        assert not jobs.latest(opened)


def test_what_an_admin_chooses_goes_before_the_setting_until_she_leaves_it(config: Settings) -> None:
    told = config.model_copy(update={"link_hosts": "clips.example"})
    assert links.allowed_sites(told) == ("clips.example",)
    with session(told) as opened:
        links.allow_sites(opened, DESK, "https://www.Tube.example/watch?v=1\n*.münchen.example, tube.example.\n")
    assert links.allowed_sites(told) == ("www.tube.example", "xn--mnchen-3ya.example", "tube.example")
    links.ask(told, DESK, "https://münchen.example/clip")
    with pytest.raises(TelltaleError, match="not allowed"):
        links.ask(told, DESK, "https://clips.example/x")
    with session(told) as opened:
        links.allow_sites(opened, DESK, "  ")
    assert links.allowed_sites(told) == ()
    with session(told) as opened:
        sites.leave(opened, DESK)
        sites.leave(opened, DESK)
        left, none, some = audit.events(opened, sites.SUBJECT)
    assert links.allowed_sites(told) == ("clips.example",)
    assert (left.action, none.details, some.actor) == ("sites.left", {"sites": "none"}, "desk")
    assert some.details == {"sites": "www.tube.example xn--mnchen-3ya.example tube.example"}


@pytest.mark.parametrize("either", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "text", ["com", "10.0.0.1", "localhost", "https://", "tube.example;rm", "[::1]", "a..example", "*", "-x.example"]
)
def test_what_is_no_site_is_refused_with_a_sentence(config: Settings, text: str) -> None:
    with pytest.raises(TelltaleError) as refusal, session(config) as opened:
        links.allow_sites(opened, DESK, f"tube.example {text}")
    assert refusal.value.code == "no_site" and text in str(refusal.value)
    assert links.allowed_sites(config) == ()


@pytest.mark.parametrize("either", ["sqlite"], indirect=True)
def test_only_an_admin_chooses_sites(config: Settings) -> None:
    for role in ("analyst", "editor"):
        someone = person(config, role, role)
        with pytest.raises(NotAllowed), session(config) as opened:
            links.allow_sites(opened, someone, "tube.example")
        with pytest.raises(NotAllowed), session(config) as opened:
            sites.leave(opened, someone)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),  # NAT64 of a public address
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),  # Teredo of 10.0.0.1
    ],
)
def test_what_counts_as_the_open_internet(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "way", ["name", "name that changes", "unresolved", "mapped", "unix", "datagram", "program"]
)
def test_nothing_leads_around_the_fence(site: str, way: str) -> None:
    port = int(site.rpartition(":")[2])
    with Confined("tests.jobs.reaching:fenced", SMALL, Reach(network=True)) as child:
        assert child.call({"way": way, "port": port})["error"] == "OutOfReach"


def test_the_fetcher_of_the_product_does_not_reach_this_machine(site: str, tmp_path: Any) -> None:
    setup = Settings(home=tmp_path).model_dump(mode="json", exclude={"database_url"})
    asked = {"address": f"{site}/page", "sites": ["127.0.0.1"], "folder": str(tmp_path)}
    before = len(Site.asked)
    reach = Reach(scratch=tmp_path, network=True)
    with Confined(links.FETCH, SMALL, reach, setup) as child, pytest.raises(TelltaleError) as refusal:
        child.call(asked)
    assert refusal.value.code == "private_address" and len(Site.asked) == before
