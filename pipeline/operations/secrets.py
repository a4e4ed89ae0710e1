"""Secrets of receivers: from the environment, or from a file that only its owner can read."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pipeline import redaction
from pipeline.errors import PipelineError

SMTP_PASSWORD, SLACK_URL, WEBHOOK_URL = "NTSB_SMTP_PASSWORD", "NTSB_SLACK_WEBHOOK_URL", "NTSB_WEBHOOK_URL"
NAMES = (SMTP_PASSWORD, SLACK_URL, WEBHOOK_URL)


def read_secrets(path: str) -> dict[str, str]:
    """Return {name: value} of the secrets that are set; the environment takes precedence over the file.

    Raises PipelineError if the file cannot be read, others can read it, or it has other lines than NAME=VALUE.
    """
    return (_read_file(Path(path)) if path else {}) | _environment()


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in NAMES if os.environ.get(name)}


def _read_file(path: Path) -> dict[str, str]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, encoding="utf-8") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid != os.geteuid():
                raise PipelineError(
                    f"{path}: expected a file of this user with mode 0600, found mode "
                    f"{stat.S_IMODE(status.st_mode):04o} and owner {status.st_uid}; run `chmod 600` on it"
                )
            lines = [line.strip() for line in file.read(100_000).splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise PipelineError(f"{path}: expected a file with secrets, found: {error}; correct [Notifications]") from error
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    if unknown := [number for number, (name, mark, _) in enumerate(pairs, 1) if not mark or name.strip() not in NAMES]:
        raise PipelineError(
            f"{path}: expected lines NAME=VALUE with {', '.join(NAMES)}, found others: entry "
            f"{', '.join(map(str, unknown))}; correct them"
        )
    return {name.strip(): value.strip() for name, _, value in pairs if value.strip()}


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without credentials, and without the secrets and the paths of secret addresses."""
    for secret in secrets:
        parts = urlsplit(secret) if "://" in secret else None
        values = [secret, *([f"{parts.path}?{parts.query}".rstrip("?"), parts.path] if parts else [])]
        for value in values:
            if len(value) > 3:
                text = text.replace(value, redaction.STARS)
    return redaction.redact(text)
