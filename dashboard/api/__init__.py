"""The desk for programs: REST under /api/v1, in the same server as the pages and by the same functions.

    curl -H "Authorization: Bearer $TOKEN" --data-binary @clip.mp4 "http://localhost:8501/api/v1/files?name=clip.mp4"

A token stands in a header and nowhere else. No cookie is read, so no foreign page can act for somebody who is signed
in. What there is to ask: /api/v1/docs.
"""

from fastapi import FastAPI
from starlette.routing import Mount

from dashboard.api import files, page, refusals, reports, results, verdicts
from dashboard.api.guard import Sealed

ABOUT = """
Submit a file, follow its job, fetch what was found, give a verdict. Every request carries a token:
`Authorization: Bearer telltale_…`. Make one on the page Account. A program may do what its user may do.

Errors are JSON: `{"error": {"code": "…", "message": "…"}}`. The code stays the same, the message is for people.
A machine's band and a person's verdict are two things; a file that could not be analysed has neither.
"""

api = FastAPI(
    title="Telltale",
    version="1",
    description=ABOUT,
    docs_url=None,  # these pages would fetch their scripts from another company's server
    redoc_url=None,
    exception_handlers=refusals.HANDLERS,
)
for part in (files, results, verdicts, reports):
    api.include_router(part.router, responses=refusals.RESPONSES)
api.include_router(page.router)

MOUNT = Mount("/api/v1", Sealed(api))
