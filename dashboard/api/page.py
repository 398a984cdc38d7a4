"""The API's own description as a page: plain, and nothing in it is fetched from anywhere."""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

CODE = re.compile("`([^`]+)`")
router = APIRouter(include_in_schema=False)

STYLE = """
:root { color-scheme: light dark; --line: #d3d8de; --soft: #4a5360; --link: #1f4e79 }
@media (prefers-color-scheme: dark) { :root { --line: #38404a; --soft: #c5ccd4; --link: #8fbdea } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid var(--line); padding: .6rem 0 }
h2 { margin: 2rem 0 .5rem } h3 { margin: .3rem 0; font-size: 1rem } a { color: var(--link) }
code, pre { font: 13px/1.5 ui-monospace, monospace } .soft { color: var(--soft) }
table { border-collapse: collapse } td { padding: .1rem 1.2rem .1rem 0; vertical-align: top }
"""
POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """What there is to ask."""
    schema = request.app.openapi()
    return HTMLResponse("".join(_page(schema)), headers=POLICY)


def _page(schema: dict[str, Any]) -> Iterator[str]:
    info = schema["info"]
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
    yield f"<style>{STYLE}</style><h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
    for paragraph in info["description"].strip().split("\n\n"):
        yield f"<p>{_marked(paragraph)}</p>"
    yield '<p>For machines: <a href="openapi.json">openapi.json</a></p>'
    last = None
    for path, method, call in _calls(schema):
        if (group := call["tags"][0]) != last:
            yield f"<h2>{escape(group)}</h2>"
            last = group
        yield from _call(path, method, call, schema)


def _calls(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            yield path, method, call


def _call(path: str, method: str, call: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    yield f"<section><h3>{escape(call['summary'])}</h3><code>{method.upper()} /api/v1{escape(path)}</code>"
    yield f"<p>{_marked(call.get('description', ''))}</p><table>"
    for one in call.get("parameters", ()):
        words = (one.get("description"), "needed" if one.get("required") else None)
        yield _row(one["name"], _kind(one["schema"]), "; ".join(word for word in words if word))
    for name, kind in _body(call, schema):
        yield _row(name, kind, "in the body, JSON")
    yield "</table></section>"


def _marked(text: str) -> str:
    """A text as HTML; what stands between backticks is code."""
    return CODE.sub(r"<code>\1</code>", escape(text))


def _row(name: str, kind: str, words: str) -> str:
    return f'<tr><td><code>{escape(name)}</code><td>{escape(kind)}<td class="soft">{escape(words)}'


def _body(call: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    content = call.get("requestBody", {}).get("content", {}).get("application/json")
    if content:
        made = schema["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        for name, kind in made["properties"].items():
            yield name, _kind(kind) + (", needed" if name in made.get("required", ()) else "")


def _kind(schema: dict[str, Any]) -> str:
    """What a value may be, in a few words."""
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}, any number of" if "items" in schema else "list"
    return str(schema.get("format") or schema.get("type") or "value")
