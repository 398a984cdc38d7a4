"""The fetching of a clip from a page, inside a confined process of its own (see `pipelines.confine`).

yt-dlp runs here as a library: no plugins, no configuration, no cookies, no cache, no other programs. Where it may
reach is said by `pipelines.reach`, so no page can send it into the newsroom's own network.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import AnalysisFailed, MediaRefused, TelltaleError
from core.settings import Settings
from pipelines.confined import Report, Task
from pipelines.reach import Fence, MayReach, is_public
from pipelines.sites import host_of, is_allowed

Json = dict[str, Any]

os.environ["YTDLP_NO_PLUGINS"] = "1"  # before it is imported

# A whole file that is large enough for faces to be judged, else the best picture even where its sound comes apart: the
# two would have to be joined by another program.
FORMAT = "b[height>=720][protocol^=http]/bv*[protocol^=http]/b[height>=720]/bv*/b"
SILENCE = 20.0  # s without a byte
TRIES = 3
LONGEST_WORDS = 300  # characters of what a site says
BY_HAND = "Save the clip in a browser and drop it here instead."
PRIVATE = "This address leads into a private network. The desk fetches from the open internet only."
NO_CLIP = "No clip was found on this page. Give the address of the page that plays it."
NOT_FETCHED = "The clip could not be fetched."
WORDS_OF_SITES = {
    401: "wants a sign-in", 403: "does not let the desk see it", 404: "has nothing at this address",
    410: "has removed it", 429: "was asked too often by this network",
}  # fmt: skip


def fetcher(setup: Json) -> Task:
    """Fetches clips from the open internet.

    Request: `address`, `sites` (whose pages are allowed), `folder`, where the file is left; result: `title` and
    `uploader`, as the page says.
    """
    return fetcher_within(setup, is_public)


def fetcher_within(setup: Json, may_reach: MayReach) -> Task:
    """Fetches clips from where it may reach."""
    from yt_dlp import YoutubeDL

    config, fence = Settings(**setup), Fence(may_reach)
    fence.close()

    def fetch(request: Json, report: Report) -> Json:
        folder, limit = Path(request["folder"]), _Limit(config.max_bytes, report)
        try:
            with YoutubeDL(_options(folder, config, limit)) as reader:
                found = _one(reader.extract_info(request["address"], download=False))
                _check(found, request["sites"], config)
                reader.process_ie_result(found, download=True)
        except TelltaleError:
            raise
        except Exception as error:
            raise _in_plain_words(error, fence) from error
        if not any(folder.iterdir()):
            raise too_large(config)
        return {"title": str(found.get("title") or ""), "uploader": str(found.get("uploader") or "")}

    return fetch


class _Limit:
    """Hears how far the fetching is, tells it on, and ends it where it grows too large."""

    def __init__(self, max_bytes: int, report: Report) -> None:
        self._max_bytes, self._report = max_bytes, report

    def __call__(self, said: Json) -> None:
        done = int(said.get("downloaded_bytes") or 0)
        if done > self._max_bytes:
            raise MediaRefused("too_large", "This clip is larger than the desk takes.")
        total = said.get("total_bytes") or said.get("total_bytes_estimate")
        left = {"seconds_left": said.get("eta")}
        self._report({"stage": "fetch", "done": done if total else 0, "total": int(total or 1)} | left)


def _options(folder: Path, config: Settings, limit: Callable[[Json], None]) -> Json:
    return {
        "outtmpl": {"default": "clip.%(ext)s"},
        "paths": {"home": str(folder), "temp": str(folder)},
        "format": FORMAT,
        "max_filesize": config.max_bytes,
        "noplaylist": True,
        "playlist_items": "1:2",  # enough to see that there is more than one
        "progress_hooks": [limit],
        "socket_timeout": SILENCE,
        "retries": TRIES, "fragment_retries": TRIES, "extractor_retries": 1,
        "nopart": True, "updatetime": False, "fixup": "never", "external_downloader": {"default": "native"},
        "cachedir": False, "cookiefile": None, "cookiesfrombrowser": None, "usenetrc": False, "proxy": "",
        "js_runtimes": {}, "remote_components": [], "enable_file_urls": False, "geo_bypass": False,
        "quiet": True, "no_warnings": True, "noprogress": True, "logger": _Quiet(),
    }  # fmt: skip


class _Quiet:
    """yt-dlp's words for a terminal; what matters of them comes as an error."""

    def debug(self, _words: str) -> None:
        """Nothing."""

    info = warning = error = debug


def _one(found: Any) -> Json:
    """The one clip of a page."""
    while isinstance(found, dict) and "entries" in found:
        entries = [one for one in found["entries"] if one]
        if len(entries) != 1:
            raise MediaRefused(
                "many_clips", "This page shows several clips or none. Give the address of the one that you mean."
            )
        (found,) = entries
    if not isinstance(found, dict):
        raise MediaRefused("no_clip_there", NO_CLIP)
    return found


def _check(found: Json, sites: list[str], config: Settings) -> None:
    """Whether this clip may be fetched, as far as its page tells."""
    host = host_of(str(found.get("webpage_url") or ""))
    if not is_allowed(host, sites):
        raise MediaRefused(
            "site_not_allowed", f"The page shows a clip of another site, {host[:100]}, which is not allowed here."
        )
    if found.get("is_live") or found.get("live_status") == "is_upcoming":
        raise MediaRefused("live", "This is a live stream. Give its address again when it has ended.")
    if (found.get("duration") or 0) > config.max_duration:
        hours = config.max_duration / 3600
        raise MediaRefused("too_long", f"This clip is longer than {hours:g} hours, the most that this desk takes.")
    if (found.get("filesize") or found.get("filesize_approx") or 0) > config.max_bytes:
        raise too_large(config)


def too_large(config: Settings) -> MediaRefused:
    """What to say of a clip that is beyond the limit."""
    most = config.max_bytes / 2**30
    return MediaRefused("too_large", f"This clip is larger than {most:.2g} GB, the most that this desk takes.")


def _in_plain_words(error: Exception, fence: Fence) -> TelltaleError:
    """What yt-dlp met, for the person who asked for the clip."""
    causes = list(_causes(error))
    if ours := next((one for one in causes if isinstance(one, TelltaleError)), None):
        return ours
    if fence.refused:
        return MediaRefused("private_address", PRIVATE)
    return _from_the_site(causes) or AnalysisFailed("not_fetched", f"{NOT_FETCHED} What was said: {_words(error)}")


def _from_the_site(causes: list[BaseException]) -> TelltaleError | None:
    from yt_dlp import utils
    from yt_dlp.networking.exceptions import HTTPError, TransportError

    for one in causes:
        if isinstance(one, utils.UnsupportedError):
            return MediaRefused("no_clip_there", NO_CLIP)
        if isinstance(one, utils.GeoRestrictedError):
            return MediaRefused("not_from_here", "The site does not show this clip in the country of this desk.")
        if isinstance(one, HTTPError):
            said = WORDS_OF_SITES.get(one.status, "could not answer")
            return AnalysisFailed("site_refused", f"The site {said} ({one.status}). {BY_HAND}")
        if isinstance(one, TransportError):
            return AnalysisFailed("site_unreachable", "The site does not answer. Is the address right?")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came from: yt-dlp wraps what it meets, often twice."""
    while error is not None:
        yield error
        wrapped = getattr(error, "exc_info", None)
        inner = wrapped[1] if wrapped else getattr(error, "cause", None)
        error = inner if isinstance(inner, BaseException) and inner is not error else error.__cause__


def _words(error: Exception) -> str:
    return " ".join(str(error).removeprefix("ERROR: ").split())[:LONGEST_WORDS]
