"""The state of a server: its settings, database, cache and model, and the release that the cache is looked up for."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from pipeline.serving.cache import open_cache
from pipeline.serving.clients import Keys, RateLimit
from pipeline.serving.database import Busy, Database, NotPublished, Release
from pipeline.serving.formats import etag
from pipeline.serving.metrics import Metrics
from pipeline.serving.model import ModelSource
from pipeline.serving.settings import ServingSettings, reader_url

log = logging.getLogger(__name__)
# The registry is asked less often than the database, because MLflow takes longer.
MODEL_EVERY = 5
NO_RELEASE = "database: expected a published release, found none"
NO_ANSWER = "database: expected an answer, found none"


class State:
    """What requests share. `refresh` updates release and model; a request reads the release again from the database."""

    def __init__(self, settings: ServingSettings, models: ModelSource) -> None:
        self.settings, self.models, section = settings, models, settings.section
        address = reader_url if settings.is_embedded else (lambda: settings.database)
        self.database = Database(
            address, settings.is_embedded, section.connections, section.statement_timeout_s, section.wait_s
        )
        self.cache = open_cache(settings.redis, section.cache_mb * 2**20)
        self.keys = Keys(settings.key_file)
        self.rate_limit = RateLimit(section.rate_limit, settings.redis)
        self.metrics = Metrics()
        self.release: Release | None = None
        self.database_problem = NO_RELEASE
        self.is_started = False

    def release_tag(self) -> str:
        """Return the ETag of the release seen last; empty if there is none."""
        return etag(self.release) if self.release else ""

    def model_version(self) -> str:
        """Return the ETag of the model in use; empty if there is none."""
        return self.models.current.tag if self.models.current else ""

    def problems(self) -> list[str]:
        """Return what is missing to answer requests."""
        missing = [self.database_problem] if self.database_problem else []
        return missing if self.is_started else [*missing, "models: expected the registry to be read, found it unread"]

    async def watch(self) -> None:
        """Look for new releases and, less often, for new models, until cancelled."""

        async def repeat(refresh: Callable[[], Awaitable[None]], seconds: float) -> None:
            while True:
                await refresh()
                await asyncio.sleep(seconds)

        seconds = self.settings.section.refresh_s
        await asyncio.gather(repeat(self.refresh_release, seconds), repeat(self.refresh_model, seconds * MODEL_EVERY))

    async def refresh_release(self) -> None:
        """Read the current release; keep the one seen last, for the cache, while the database does not answer."""
        try:
            release = await run_in_threadpool(self.database.release)
        except NotPublished:
            self.release, self.database_problem = None, NO_RELEASE
        except Busy:
            # Requests use all connections: the database answers.
            return
        except Exception as error:
            if self.database_problem != NO_ANSWER:
                log.warning("database: expected an answer, found %s", type(error).__name__)
            self.database_problem = NO_ANSWER
        else:
            self.database_problem = ""
            if self.release != release:
                self.release = release
                self.metrics.show(self.metrics.release, release.id)

    async def refresh_model(self) -> None:
        """Load the champion if it has changed; keep the model in use if that fails."""
        before = self.models.current
        try:
            await run_in_threadpool(self.models.refresh)
        except Exception as error:
            log.warning("models: expected a model that can be loaded, found %s", type(error).__name__)
        if self.models.current is not before and self.models.current:
            self.metrics.show(self.metrics.model, self.models.current.version)
        self.is_started = True

    async def close(self) -> None:
        """Release connections and threads."""
        await self.cache.close()
        await run_in_threadpool(self.database.close)


def describe(state: State) -> dict[str, Any]:
    """Return {release, model} for the readiness endpoint."""
    model = state.models.current
    return {"release": state.release.id if state.release else None, "model": model.version if model else None}
