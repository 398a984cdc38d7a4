"""What the file says of its own making: metadata, tools and Content Credentials, where they were read."""

from collections.abc import Iterator

from reportlab.platypus import Flowable

from core.provenance import Credentials, Provenance
from pipelines.provenance.wording import ANYBODY, NO_TOOLS, NOT_TRUTH, integrity_words, trust_words
from pipelines.reports.dossier import Exhibit
from pipelines.reports.pages.house import BODY, QUIET, House, bold

TITLE = "What the file says of its own making"


def making(house: House, exhibit: Exhibit) -> Iterator[Flowable]:
    """Nothing where nothing was read."""
    found = exhibit.provenance
    if found is None:
        return
    if found.failed:
        yield from house.heading(3, TITLE)
        yield house.text(BODY, found.failed)
        return
    yield from _written(house, found)
    yield from _credentials(house, found.credentials)


def _written(house: House, found: Provenance) -> Iterator[Flowable]:
    if found.facts:
        yield house.facts([(fact.name, fact.value) for fact in found.facts], TITLE, 3)
        yield house.text(QUIET, ANYBODY)
    else:
        yield from house.heading(3, TITLE)
    for trace in found.traces:
        yield house.text(BODY, bold(trace.tool), f" · {trace.found}. {trace.means} {trace.caution}")
    if not found.traces:
        yield house.text(BODY, NO_TOOLS)


def _credentials(house: House, found: Credentials) -> Iterator[Flowable]:
    yield from house.heading(3, "Content Credentials (C2PA)")
    yield house.text(BODY, _unmarked(integrity_words(found)))
    if said := trust_words(found):
        yield house.text(BODY, _unmarked(said))
    rows = [("Signed by", found.issuer), ("With", found.generator), ("Signed at", found.signed_at)]
    rows += [("Action", _action(step.what, step.tool, step.source, step.when)) for step in found.actions]
    rows += [("Made of", name) for name in found.ingredients]
    if told := [(name, value) for name, value in rows if value]:
        yield house.facts(told)
    if found.integrity != "absent":
        yield house.text(QUIET, NOT_TRUTH)


def _action(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _unmarked(text: str) -> str:
    """The desk's sentences carry Markdown, and nothing of the file's own."""
    return text.replace("**", "")
