"""The sites whose pages may be named. Known to the desk and to the confined process that fetches, alike."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from core.errors import MediaRefused, TelltaleError

LONGEST = 2000  # characters of an address
MOST = 200  # sites
NAME = re.compile(r"(?!.*\d$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def named(text: str) -> tuple[str, ...]:
    """The hosts that a text names, one after another; each stands for all that is below it."""
    return tuple(dict.fromkeys(_host(word) for word in _words(text)))


def names_of_sites(text: str) -> tuple[str, ...]:
    """The same, of somebody who may have misspelt them. Of an address of a page, its site is taken.

    Raises:
        TelltaleError: `no_site`, `too_many_sites`.
    """
    for word in _words(text):
        if not NAME.fullmatch(_host(word)):
            wrong = f"{word[:100]} is no name of a site. Write names such as youtube.com, one a line."
            raise TelltaleError("no_site", wrong)
    if len(hosts := named(text)) > MOST:
        raise TelltaleError("too_many_sites", f"These are {len(hosts)} sites. Name at most {MOST}.")
    return hosts


def host_of(address: str) -> str:
    """The host that an address names, as the network spells it; empty where it names none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".").encode("idna").decode()
    except ValueError:
        return ""


def _words(text: str) -> list[str]:
    return text.lower().replace(",", " ").split()


def _host(word: str) -> str:
    return host_of(word if "//" in word else f"//{word}").removeprefix("*.")


def is_allowed(host: str, sites: Sequence[str]) -> bool:
    """Whether a host is one of these sites, or a part of one."""
    return any(host == site or host.endswith(f".{site}") for site in sites)


def checked(sites: Sequence[str], address: str) -> str:
    """An address as it is kept: without a fragment, and of one of these sites.

    Raises:
        MediaRefused: `links_off`, `no_address`, `site_not_allowed`.
    """
    if not sites:
        raise MediaRefused("links_off", "Links are off. An admin allows sites on the page System.")
    said = address.strip()
    host = host_of(said)
    parts = urlsplit(said) if host else None
    # A name in an address is a password, or hides where it leads: https://known.example@elsewhere.example
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or len(said) > LONGEST:
        raise MediaRefused("no_address", "This is no address of a page: it begins with https:// and names a site.")
    if not is_allowed(host, sites):
        raise MediaRefused("site_not_allowed", f"{host[:100]} is not allowed here. Allowed: {', '.join(sites)}.")
    return urlunsplit(parts._replace(fragment=""))
