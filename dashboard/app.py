"""The desk: pages, video route, upload and the API for programs in one server.

streamlit run dashboard/app.py
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio.to_thread
import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from core import logs
from core.settings import settings
from dashboard.api import MOUNT
from dashboard.door import DOOR
from dashboard.headers import WithHeaders
from dashboard.reach import OnlyThisMachine, OpenToAll, refuse_open
from dashboard.routes import ROUTES
from dashboard.watch import WATCH
from db.migrate import migrate_as_desk
from pipelines.serving import know_shipped

try:
    refuse_open(settings(), st.get_option("server.address"))
except OpenToAll as refusal:
    sys.exit(refusal.message)


@asynccontextmanager
async def ready(_app: st.App) -> AsyncIterator[None]:
    """Bring the database up to date, and have a detector in it, before the first page asks it anything."""
    logs.set_up("desk", settings().log_format)
    await anyio.to_thread.run_sync(migrate_as_desk, settings())
    await anyio.to_thread.run_sync(know_shipped, settings())
    yield


# Streamlit checks the host of its WebSocket only; a foreign page could still read our routes by naming itself
# after this machine.
hosts = Middleware(TrustedHostMiddleware, allowed_hosts=st.get_option("server.allowedHosts") or ["*"])

app = st.App(
    Path(__file__).with_name("desk.py"),
    routes=[*ROUTES, *DOOR, *WATCH, MOUNT],
    middleware=[Middleware(WithHeaders), Middleware(OnlyThisMachine), hosts],
    lifespan=ready,
)
