"""Credentials and tools in sentences, for pages and reports alike. Each says what it means and what it doesn't."""

from core.provenance import Credentials, Provenance

ABSENCE = (
    "This file carries no Content Credentials. That proves nothing: most cameras write none, and most sites "
    "remove them."
)
ELSEWHERE = (
    "This file carries no Content Credentials itself; it names an address where they are said to lie. "
    "The desk fetches nothing, so they were not looked at."
)
ALTERED = (
    "**Altered:** this file is not the one that was signed, or its credentials were changed. What they say may not be "
    "applied to it."
)
UNREADABLE = (
    "**Damaged:** the file carries Content Credentials that can't be checked. Treat them as if they were not there."
)
TRUSTED = "**Signer known:** the certificate leads to one that this desk was told to trust."
UNKNOWN = (
    "**Signer not known:** the desk can't tell who this is. Anybody can make a certificate in any name, so the "
    "name is a claim."
)
AI = "They say that an **AI model** made the picture or a part of it."
NOT_TRUTH = "Credentials tell how a file was made and by whom. They don't tell whether what it shows is true."
NO_TOOLS = "No tool left its name. That says nothing: names are easily removed."
ANYBODY = "Anybody can write these. They are hints, not proof."

PROBLEMS = {
    "signingCredential.untrusted": "the signer's certificate leads to none that is trusted here",
    "signingCredential.expired": "the certificate had expired",
    "signingCredential.revoked": "the certificate was revoked",
    "signingCredential.invalid": "the certificate isn't fit for signing credentials",
    "claimSignature.mismatch": "the signature doesn't fit the credentials",
    "claimSignature.missing": "the signature is missing",
    "assertion.dataHash.mismatch": "the picture data are not those that were signed",
    "assertion.bmffHash.mismatch": "the picture or sound data are not those that were signed",
    "assertion.boxesHash.mismatch": "the picture data are not those that were signed",
    "assertion.hashedURI.mismatch": "a statement in the credentials was changed",
    "timeStamp.untrusted": "the time comes from a source that isn't trusted here",
}


def problem(code: str) -> str:
    """A check of the C2PA specification that failed, in words where we have them, with its code."""
    return f"{PROBLEMS[code]} ({code})" if code in PROBLEMS else code


def integrity_words(found: Credentials) -> str:
    """Whether the file is as it was signed, in Markdown without any text of the file's own."""
    said = {"absent": ABSENCE, "elsewhere": ELSEWHERE, "altered": ALTERED, "unreadable": UNREADABLE}
    intact = "**Intact:** the file and its credentials are as they were when they were signed."
    return said.get(found.integrity, intact)


def trust_words(found: Credentials) -> str:
    """Who signed, as a second statement; empty where there is no signature to speak of."""
    if found.integrity not in ("intact", "altered"):
        return ""
    return TRUSTED if found.trust == "trusted" else UNKNOWN


def summary(found: Provenance) -> str:
    """One line for a report or a list: what is known of a file's making."""
    if found.failed:
        return f"What is written in the file could not be read: {found.failed}"
    tools = ", ".join(trace.tool for trace in found.traces) or "none"
    credentials = {
        "absent": "none",
        "elsewhere": "elsewhere, not fetched",
        "intact": f"intact, signer {'known' if found.credentials.trust == 'trusted' else 'not known'}",
        "altered": "altered after signing",
        "unreadable": "damaged",
    }[found.credentials.integrity]
    return f"Tools named in the file: {tools}. Content Credentials: {credentials}."
