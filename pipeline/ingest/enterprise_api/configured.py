"""The API as [Api] in luigi.cfg and NTSB_API_KEY configure it."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.config import Api
from pipeline.errors import ApiRefused
from pipeline.ingest.enterprise_api.client import Client, RateLimit, require_key
from pipeline.ingest.enterprise_api.download import Download
from pipeline.ingest.enterprise_api.months import Months
from pipeline.ingest.http import RequestPolicy
from pipeline.redaction import redact, without_credentials

MEGABYTE = 1_000_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def download(settings: Api, store: Path) -> Download:
    """Return the download of the configured months; `store` is the folder of cached targets."""
    key = hashlib.sha256(without_credentials(str(settings.address)).encode()).hexdigest()[:16]
    months = Months(store / "api" / key)
    return Download(months, str(settings.first_month), str(settings.last_month), float(settings.refresh_days))


def client(settings: Api, user_agent: str) -> Client:
    """Return a client with the configured limits. Raises ApiRefused without a valid key or an encrypted connection."""
    address = str(settings.address)
    if not _is_encrypted(address):
        raise ApiRefused(
            f"{redact(address)}: expected an address that begins with https, because the key is sent to it, and has a "
            "valid host, found another; correct [Api] address in luigi.cfg"
        )
    max_bytes = int(settings.max_page_mb * MEGABYTE)
    policy = RequestPolicy(settings.timeout_s, settings.attempts, settings.backoff_s, max_bytes, user_agent)
    return Client(address, require_key(os.environ.get("NTSB_API_KEY")), policy, RateLimit(settings.requests_per_minute))


def _is_encrypted(address: str) -> bool:
    """Return True for https and a valid host; on this machine, http is enough."""
    try:
        url = urlsplit(address)
        return url.port != 0 and (url.hostname in LOOPBACK or (url.scheme == "https" and bool(url.hostname)))
    except ValueError:
        return False
