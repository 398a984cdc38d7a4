"""C2PA Content Credentials: read, and checked against the bytes they were made for. Nothing is ever fetched.

Two things are told apart. Integrity: whether file and credentials are as they were when somebody signed them.
Trust: whether the signer's certificate leads to one that this desk was told to trust. Neither says that a picture
is true, and a file without credentials is not suspect for it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import c2pa

from core.provenance import Action, Credentials, Integrity
from pipelines.media.containers import Container, sniff
from pipelines.provenance.tools import is_generated, source_words

MIME: dict[Container, str] = {
    "mov": "video/mp4",
    "avi": "video/avi",
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}  # C2PA can't be embedded in Matroska
SIGNER = ("signingCredential.", "timeStamp.")  # codes about who signed and when, not about the bytes
CHANGED = ("mismatch", "hashedURI.missing", "assertion.missing")
MOST, LONGEST = 50, 300  # lines, characters
ACTIONS = {
    "c2pa.created": "created",
    "c2pa.opened": "opened",
    "c2pa.placed": "placed a part",
    "c2pa.edited": "edited",
    "c2pa.cropped": "cropped",
    "c2pa.resized": "resized",
    "c2pa.color_adjustments": "adjusted colours",
    "c2pa.filtered": "applied a filter",
    "c2pa.drawing": "drew on it",
    "c2pa.transcoded": "re-encoded",
    "c2pa.repackaged": "repackaged",
    "c2pa.published": "published",
    "c2pa.converted": "converted",
    "c2pa.removed": "removed a part",
    "c2pa.redacted": "redacted",
    "c2pa.unknown": "did something it doesn't name",
}


def read_credentials(path: Path, anchors: str = "") -> Credentials:
    """The credentials of a file. `anchors` are the certificates that the desk trusts, as PEM; empty for none.

    Raises MediaRefused where the file is no medium.
    """
    mime = MIME.get(sniff(path))
    if mime is None:
        return Credentials("absent")
    try:
        with _context(anchors) as context, path.open("rb") as file:
            reader = c2pa.Reader.try_create(mime, file, context=context)
            if reader is None:
                return Credentials("absent")
            with reader:
                return _of_store(json.loads(reader.json()))
    except c2pa.C2paError as error:
        return _broken(str(error))


def _context(anchors: str) -> c2pa.Context:
    trust = {"trust_anchors": anchors} if anchors else {}
    verify = {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True}
    return c2pa.Context.from_dict({"verify": verify, "trust": trust})


def _broken(said: str) -> Credentials:
    """c2pa raises where it can't read on; a remote manifest that may not be fetched is told by its address."""
    kind, _, rest = said.partition(":")
    if "RemoteManifest" in kind or "remote manifest" in said.lower():
        return Credentials("elsewhere", address=_short(rest.strip()))
    return Credentials("unreadable", problems=(_short(said),))


def _of_store(store: dict[str, Any]) -> Credentials:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    failures = [str(code) for code in _failures(store)]
    signature = manifest.get("signature_info") or {}
    steps = list(_actions(manifest))
    sources = [str(step.get("digitalSourceType", "")) for step in steps]
    return Credentials(
        integrity=_integrity(failures),
        trust="trusted" if store.get("validation_state") == "Trusted" else "unknown",
        issuer=_short(signature.get("common_name") or signature.get("issuer") or ""),
        generator=_generator(manifest),
        signed_at=_short(signature.get("time") or ""),
        actions=tuple(_action(step) for step in steps[:MOST]),
        ingredients=tuple(_short(one.get("title") or "unnamed") for one in manifest.get("ingredients", [])[:MOST]),
        ai=any(map(is_generated, sources)),
        problems=tuple(dict.fromkeys(map(_short, failures)))[:MOST],
    )


def _failures(store: dict[str, Any]) -> Iterator[str]:
    for status in (store.get("validation_results") or {}).get("activeManifest", {}).get("failure", []):
        yield status.get("code", "")


def _integrity(failures: list[str]) -> Integrity:
    """Whether the bytes are the ones that were signed; what fails about the signer is another matter."""
    ours = [code for code in failures if not code.startswith(SIGNER)]
    if not ours:
        return "intact"
    return "altered" if any(sign in code for code in ours for sign in CHANGED) else "unreadable"


def _actions(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for assertion in manifest.get("assertions", []):
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            yield from assertion.get("data", {}).get("actions", [])


def _action(step: dict[str, Any]) -> Action:
    agent = step.get("softwareAgent") or ""
    tool = " ".join(str(agent.get(key, "")) for key in ("name", "version")) if isinstance(agent, dict) else agent
    what, source = str(step.get("action", "")), str(step.get("digitalSourceType", ""))
    return Action(
        what=ACTIONS.get(what, _short(what)),
        tool=_short(str(tool).strip()),
        source=_short(source_words(source)) if source else "",
        when=_short(step.get("when", "")),
    )


def _generator(manifest: dict[str, Any]) -> str:
    told = manifest.get("claim_generator_info") or [{}]
    named = " ".join(str(told[0].get(key, "")) for key in ("name", "version")).strip()
    return _short(named or manifest.get("claim_generator") or "")


def _short(value: object) -> str:
    return "".join(c if c.isprintable() else " " for c in str(value)[:LONGEST]).strip()
