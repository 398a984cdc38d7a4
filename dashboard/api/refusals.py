"""How the API says no: always JSON, with a code for programs and a sentence for people."""

from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from core.errors import AnalysisFailed, MediaRefused, TelltaleError
from dashboard.api.guard import NotKnown, TooMany
from db.rights import NotAllowed


class Said(BaseModel):
    """What went wrong."""

    code: str
    message: str


class Refusal(BaseModel):
    """The answer to a request that was not met."""

    error: Said


class NotThere(TelltaleError):
    """What was asked for is not on this desk."""


STATUS: dict[type[TelltaleError], int] = {
    NotKnown: 401,
    NotAllowed: 403,
    NotThere: 404,
    MediaRefused: 422,
    AnalysisFailed: 500,
    TooMany: 429,
}
BY_CODE = {
    "too_large": 413, "verdict_moved": 409, "signed_off": 409, "own_verdict": 409, "case_closed": 409,
    "no_subject": 404, "no_case": 404,
}  # fmt: skip
PLAIN = {404: "not_found", 405: "bad_method", 413: "too_large"}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": words}
    for status, words in {
        401: "No token, or one that is worth nothing",
        403: "Your role does not allow this",
        422: "The request does not fit; the message says where",
        429: "Too many requests; Retry-After says how long to wait",
    }.items()
}


def missing(what: str) -> NotThere:
    """What to raise where there is nothing."""
    return NotThere("not_found", f"There is no such {what} on this desk.")


def answer(code: str, message: str, status: int, headers: dict[str, str] | None = None) -> JSONResponse:
    """A refusal on its way out."""
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TelltaleError)
    by_kind = next((STATUS[kind] for kind in type(error).mro() if kind in STATUS), 422)
    headers = {}
    if isinstance(error, NotKnown):
        headers = {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooMany):
        headers = {"Retry-After": f"{error.seconds:.0f}"}
    return answer(error.code, error.message, BY_CODE.get(error.code, by_kind), headers)


async def _misfit(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    places = [(" ".join(str(part) for part in one["loc"][1:]) or "body", one["msg"]) for one in error.errors()]
    return answer("bad_request", "; ".join(f"{place}: {why}" for place, why in places), 422)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = PLAIN.get(error.status_code, "refused")
    return answer(code, str(error.detail), error.status_code, dict(error.headers or {}))


async def _fault(_request: Request, _error: Exception) -> JSONResponse:
    """A fault of ours. Its words may hold anything; the server's log has them."""
    return answer("fault", "Something broke on the desk. Its log says what.", 500)


HANDLERS: dict[int | type[Exception], Any] = {
    TelltaleError: _refused,
    RequestValidationError: _misfit,
    HTTPException: _http,
    Exception: _fault,
}
