"""Clips from pages of the web: asked for with an address, fetched as the first part of their job.

Off until an admin allows sites. What is fetched goes the way of every other file: it is hashed, looked at in a confined
process and kept as it came. The page's address and title and the time are kept beside it.
"""

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.errors import AnalysisFailed
from core.evidence import MediaInfo
from core.settings import Settings
from db import audit, jobs, links, provenance, sites
from db.links import Link
from db.models import now
from db.provenance import CapturedFrom
from db.rights import User
from db.session import session
from pipelines.confine import Confined, Heed, Limits, Reach
from pipelines.intake import Gift, keep_file, may_come, one_line, prober
from pipelines.jobs import enqueue
from pipelines.sites import checked, named, names_of_sites
from pipelines.wishes import PLAIN, Wish

FETCH = "pipelines.fetching:fetcher"
FETCH_MEMORY = 1 << 30  # bytes
SLACK = 1 << 26  # bytes beyond the largest file: the fetcher says itself that a clip is too large, this only holds it
LONGEST_TITLE = 150  # characters of it that make the name of the file


def ask(config: Settings, actor: User, address: str, wish: Wish = PLAIN) -> int:
    """Ask for the clip of a page, and for its analysis; gives the job id.

    Raises:
        NotAllowed, TelltaleError: the actor may take nothing in, or the wish can't be met (`intake.may_come`).
        MediaRefused: `links_off`, `no_address`, `site_not_allowed`.
    """
    wish, page = may_come(config, actor, wish), checked(allowed_sites(config), address)
    with session(config) as opened:
        job = jobs.add(opened, None, one_line(page), wish.priority, wish.samples_per_second)
        links.add(opened, job.id, Link(page, actor, wish.case_id))
        enqueue(opened, config, job)
        audit.record(opened, actor, "link.asked", f"job:{job.id}", address=page)
        return job.id


def allowed_sites(config: Settings) -> tuple[str, ...]:
    """Hosts, each with all that is below it; none where links are off. What an admin chose goes before the setting."""
    with session(config) as opened:
        found = sites.chosen(opened)
    return named(config.link_hosts) if found is None else found.hosts


def allow_sites(opened: Session, actor: User, text: str) -> None:
    """Let links be fetched from the sites that a text names, and no others; an empty one turns links off.

    Raises:
        NotAllowed: the actor is no admin.
        TelltaleError: `no_site`, `too_many_sites`.
    """
    sites.choose(opened, actor, names_of_sites(text))


def fetch(config: Settings, job_id: int, folder: Path, heed: Heed, task: str = FETCH) -> None:
    """Fetch the clip of a job into an empty folder, and take it in.

    Raises:
        TelltaleError: it could not be fetched, or is not ours to judge, or who asked may take nothing in any more.
        Cancelled: `heed` heard that somebody asked to stop.
    """
    with session(config) as opened:
        link = links.of_job(opened, job_id)
    allowed = allowed_sites(config)
    checked(allowed, link.address)  # the site may have been taken off the list while the job waited
    limits = Limits(FETCH_MEMORY, config.link_seconds, config.max_bytes + SLACK)
    setup = config.model_dump(mode="json", exclude={"database_url"})
    request = {"address": link.address, "sites": list(allowed), "folder": str(folder.resolve())}
    with Confined(task, limits, Reach(scratch=folder, network=True), setup) as child:
        said = child.call(request, heed)
    _keep(config, job_id, link, _only_file(folder), said)


def _keep(config: Settings, job_id: int, link: Link, file: Path, said: dict[str, Any]) -> None:
    title, uploader = one_line(str(said.get("title", ""))), one_line(str(said.get("uploader", "")))
    page = CapturedFrom(link.address, title, now(), uploader)
    name = f"{title[:LONGEST_TITLE] or 'clip'}{file.suffix}".replace("/", "-")

    def settle(opened: Session, media_id: int, info: MediaInfo) -> None:
        jobs.arrived(opened, job_id, media_id, info)
        provenance.add_capture(opened, media_id, page)
        audit.record(opened, link.actor, "link.captured", f"media:{media_id}", job=job_id, address=page.address)

    gift = Gift(name, link.actor, Wish(case_id=link.case_id), "link")
    with prober(config) as probe:
        keep_file(file, gift, config, probe, settle)


def _only_file(folder: Path) -> Path:
    """What the confined process left; it is not trusted to have left one plain file."""
    files = [entry for entry in folder.iterdir() if entry.is_file() and not entry.is_symlink()]
    if len(files) != 1:
        raise AnalysisFailed("not_fetched", "The site gave something else than one clip. Save it in a browser instead.")
    return files[0]
