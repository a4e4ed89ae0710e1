"""Run the HTTP API with uvicorn."""

import gc
from contextlib import suppress

import uvicorn

from models.severity.tracking.model_registry import REGISTERED_NAMES
from models.severity.tracking.store import store_addresses
from pipeline import config
from pipeline.serving.app import create_app
from pipeline.serving.model import ModelSource
from pipeline.serving.protocol import LimitedProtocol
from pipeline.serving.settings import ServingSettings, read_settings

# Connections per request in progress: idle ones of keep-alive, and those that are refused with a problem.
CONNECTIONS_PER_REQUEST = 8
SHUTDOWN_S = 10


def serve(host: str, port: int) -> None:
    """Serve until interrupted. Raises PipelineError if the database cannot be started."""
    models = model_source()
    config = server_config(read_settings(), models, host, port)
    # The server reports a failure, and repeats it.
    with suppress(Exception):
        models.refresh()
    # What is loaded now stays. Otherwise a garbage collection, which visits all of it, stops requests for 0.2 s.
    gc.collect()
    gc.freeze()
    # uvicorn shuts down first and then raises it.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def model_source() -> ModelSource:
    """Return the registered model that the configured study registers."""
    stores = store_addresses(str(config.Training().tracking_uri), config.mlflow_folder())
    return ModelSource(stores, REGISTERED_NAMES[str(config.Severity().prediction_time)])


def server_config(settings: ServingSettings, models: ModelSource, host: str, port: int) -> uvicorn.Config:
    """Return uvicorn's settings: one process, which shares cache and model among all requests."""
    return uvicorn.Config(
        create_app(settings, models),
        host=host,
        port=port,
        loop="uvloop",
        http=LimitedProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.section.max_requests * CONNECTIONS_PER_REQUEST,
        timeout_keep_alive=round(settings.section.client_timeout_s),
        timeout_graceful_shutdown=SHUTDOWN_S,
        log_level="info",
    )
