"""The sites whose pages may be named. Known to the desk and to the confined process that fetches, alike."""

from collections.abc import Sequence
from urllib.parse import urlsplit, urlunsplit

from core.errors import MediaRefused
from core.settings import Settings

LONGEST = 2000  # characters of an address


def allowed_sites(config: Settings) -> list[str]:
    """Hosts, each with all that is below it; none where links are off."""
    return [host.rstrip(".") for host in config.link_hosts.lower().replace(",", " ").split()]


def host_of(address: str) -> str:
    """The host that an address names, in small letters; empty where it names none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_allowed(host: str, sites: Sequence[str]) -> bool:
    """Whether a host is one of these sites, or a part of one."""
    return any(host == site or host.endswith(f".{site}") for site in sites)


def checked(config: Settings, address: str) -> str:
    """An address as it is kept: without a fragment, and of a site that is allowed.

    Raises:
        MediaRefused: `links_off`, `no_address`, `site_not_allowed`.
    """
    if not (sites := allowed_sites(config)):
        raise MediaRefused("links_off", "Links are off. An admin allows sites with the setting TELLTALE_LINK_HOSTS.")
    said = address.strip()
    host = host_of(said)
    parts = urlsplit(said) if host else None
    # A name in an address is a password, or hides where it leads: https://known.example@elsewhere.example
    if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or len(said) > LONGEST:
        raise MediaRefused("no_address", "This is no address of a page: it begins with https:// and names a site.")
    if not is_allowed(host, sites):
        raise MediaRefused("site_not_allowed", f"{host[:100]} is not allowed here. Allowed: {', '.join(sites)}.")
    return urlunsplit(parts._replace(fragment=""))
