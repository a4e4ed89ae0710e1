"""The HTTP API: routes, errors, and the OpenAPI document."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from pipeline.serving import catalog, events, severity
from pipeline.serving.formats import MEDIA_TYPES, to_json
from pipeline.serving.gateway import Gateway
from pipeline.serving.model import ModelSource
from pipeline.serving.openapi import PROBLEMS
from pipeline.serving.problems import Problem, add_handlers, overloaded
from pipeline.serving.settings import ServingSettings
from pipeline.serving.state import State, describe

TITLE = "NTSB aviation accidents"
# Headers that the script of a page of another origin may send and read.
SENT = ("Authorization", "X-API-Key", "If-None-Match")
RECEIVED = ("ETag", "X-Release", "X-As-Of", "X-Next-Cursor", "Retry-After")
DESCRIPTION = """\
Aviation accidents of the NTSB, from a published release, and a model of injury severity. Read only.

Every response has the id of its release, in the content and in `ETag`; no response mixes releases. Lists are paged:
`next_cursor` is the cursor of the next page. Errors are `application/problem+json` and list all mistakes."""


def create_app(settings: ServingSettings, models: ModelSource) -> ASGIApp:
    """Return the application; its state begins with the server and ends with it."""
    state = State(settings, models)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(state.watch())
        try:
            yield
        finally:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
            await state.close()

    # The pages of documentation would load scripts from elsewhere.
    no_pages: dict[str, Any] = {"docs_url": None, "redoc_url": None, "redirect_slashes": False}
    app = FastAPI(title=TITLE, version="1", description=DESCRIPTION, lifespan=lifespan, **no_pages)
    add_handlers(app)
    app.include_router(events.router(state.database))
    app.include_router(catalog.router(state.database))
    app.include_router(severity.router(models, overloaded))
    _add_operations(app, state)
    gateway: ASGIApp = Gateway(app, state)
    if settings.section.cors_origins:
        origins = settings.section.cors_origins
        gateway = CORSMiddleware(gateway, origins, ("GET", "POST"), allow_headers=SENT, expose_headers=RECEIVED)
    return gateway


def _add_operations(app: FastAPI, state: State) -> None:
    @app.get("/healthz", tags=["operation"], summary="Whether the server runs")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"], summary="Whether the server can answer", responses={503: PROBLEMS[503]})
    def readiness() -> Response:
        if problems := state.problems():
            raise Problem(503, "server: expected to be ready, found it is not; repeat later", problems)
        return Response(to_json(describe(state)), media_type=MEDIA_TYPES["json"])

    @app.get(
        "/metrics",
        tags=["operation"],
        summary="Metrics in Prometheus' format",
        response_class=PlainTextResponse,
    )
    def metrics() -> Response:
        return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
