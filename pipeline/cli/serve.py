"""Serve the published release and the registered severity model over HTTP, read only, until it is interrupted.

http://127.0.0.1:8000/openapi.json describes the paths. The server picks up a new release or champion by itself.
Settings are in section [Serving] of luigi.cfg; REDIS_URL names a Redis server for the cache and the rate limit, which
are otherwise in memory. Without TLS and, unless `keys_required` is set, without a password: use another `--host` only
behind a proxy. Needs the packages of the extra `serving`.

`serve --add-key NAME` creates an API key, prints it once and stores its hash; `serve --remove-key NAME` removes it. A
running server needs no restart.
"""

import argparse

from pipeline import config_check, output_folders
from pipeline.cli.status import require_release
from pipeline.extras import require_packages

SUMMARY = "serve the release and the severity model over HTTP on 127.0.0.1"
PACKAGES = ("fastapi", "uvicorn", "httptools", "uvloop", "limits", "redis", "prometheus_client")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: 8000)")
    parser.add_argument("--add-key", metavar="NAME", help="create an API key for a client, and do not serve")
    parser.add_argument("--remove-key", metavar="NAME", help="remove the API key of a client, and do not serve")


def run(options: argparse.Namespace) -> int:
    require_packages("serving", PACKAGES)
    config_check.require_valid()
    output_folders.create_folders()
    if (options.add_key, options.remove_key) != (None, None):
        from pipeline.serving import clients, settings

        if options.remove_key is not None:
            clients.remove_key(settings.key_file(), options.remove_key)
        if options.add_key is not None:
            print(clients.add_key(settings.key_file(), options.add_key))
        return 0
    from pipeline.serving import server

    require_release("serve")
    server.serve(options.host, options.port)
    return 0
