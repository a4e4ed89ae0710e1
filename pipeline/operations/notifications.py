"""Messages about runs: written to an outbox, and sent from it to every configured receiver exactly once.

A message that a receiver does not accept stays in `notifications/outbox/` and is sent by a later run, or dropped after
[Notifications] keep_undelivered_days. A process of its own sends, so that a slow receiver can delay a run only within
a limit, and no error of a receiver can fail one.
"""

import hashlib
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline import config, file_lock, json_file, redaction
from pipeline.errors import PipelineError
from pipeline.operations import channels, run_summaries
from pipeline.operations import secrets as secret_store
from pipeline.operations.channels import MailSettings, Message
from pipeline.operations.run_summaries import Summary

log = logging.getLogger("luigi-interface")
DAY_S = 86_400


def outbox() -> Path:
    """Return the folder with one file per message and receiver that is still to be sent."""
    return config.targets_folder() / "notifications" / "outbox"


def configured_channels(settings: config.Notifications) -> tuple[dict[str, channels.Channel], dict[str, str]]:
    """Return ({name: function that sends}, secrets) for [Notifications]. Raises PipelineError for invalid secrets."""
    secrets = secret_store.read_secrets(settings.secrets_file)
    mail = MailSettings(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        secrets.get(secret_store.SMTP_PASSWORD, ""),
        settings.smtp_ca_file,
        settings.sender or "ntsb-pipeline@localhost",
        tuple(settings.recipients),
        settings.timeout_s,
    )
    return channels.channels(mail, secrets), secrets


def run_message(summary: Summary, on_success: str) -> Message | None:
    """Return the message about a run; None for a successful one that [Notifications] on_success does not report."""
    is_success = summary["state"] == run_summaries.SUCCEEDED
    is_reported = on_success == "always" or (on_success == "published" and summary["published"])
    if is_success and not is_reported:
        return None
    subject = f"[ntsb] {run_summaries.root_task(summary)} {summary['state']}"
    if summary["failures"]:
        subject += f": {', '.join(run_summaries.family(item['task']) for item in summary['failures'][:3])}"
    elif summary["published"]:
        subject += f": release {summary['release']} published"
    text = "\n".join([*run_summaries.format_text(summary), *_failure_details(summary)])
    return Message(f"run-{summary['run']}", f"run {summary['state']}", subject, text, summary)


def _failure_details(summary: Summary) -> Iterator[str]:
    """Yield the lines on each failed task: run, snapshot, parameters, attempts and end of the log."""
    for failure in summary["failures"]:
        yield f"\n{failure['task']}: run {failure['run']}, snapshot {failure['snapshot'] or 'none'}"
        yield f"parameters: {failure['parameters'] or 'none'}; attempts: {failure['attempts']}"
        yield "\n".join(["log:", *(failure["log"] or ["no lines"])])


def enqueue(messages: Sequence[Message], names: Sequence[str], secrets: Sequence[str]) -> None:
    """Write the messages to the outbox, once per receiver, without secrets."""
    for message in messages:
        content = _without_secrets(asdict(message), secrets)
        for name in names:
            json_file.write(outbox() / f"{_file_key(message.key)}.{name}.json", content)


def _without_secrets(value: Any, secrets: Sequence[str]) -> Any:
    """Return a value of JSON whose texts contain no secret."""
    if isinstance(value, dict):
        return {key: _without_secrets(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_secrets(inner, secrets) for inner in value]
    return secret_store.hide(value, secrets) if isinstance(value, str) else value


def _file_key(key: str) -> str:
    """Return a key as part of a file name; messages are sent in the order of their names."""
    name = re.sub(r"[^\w-]", "-", key)
    return name if len(name) <= 100 else f"{name[:80]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def deliver(settings: config.Notifications, now_s: float) -> list[str]:
    """Send every message in the outbox; return a line for each one that was not accepted. Raises PipelineError."""
    senders, secrets = configured_channels(settings)
    try:
        with file_lock.locked(outbox().parent / "locks" / "deliver", wait=False):
            return _deliver(senders, list(secrets.values()), settings.keep_undelivered_days, now_s)
    except BlockingIOError:
        return ["another process is sending"]


def _deliver(senders: dict[str, channels.Channel], secrets: Sequence[str], days: int, now_s: float) -> list[str]:
    problems = []
    unavailable: set[str] = set()
    for path in sorted(outbox().glob("*.json")):
        name = path.name.split(".")[-2]
        content = json_file.read(path)
        if content is None or name not in senders or now_s - path.stat().st_mtime > days * DAY_S:
            problems.append(f"{path.name}: expected a receiver that accepts it, found none; the message is dropped")
            path.unlink(missing_ok=True)
        elif name not in unavailable:
            try:
                senders[name](Message(**content))
                path.unlink()
            except channels.Rejected as error:
                if not isinstance(error, channels.MessageRejected):
                    # The others would wait for the same receiver.
                    unavailable.add(name)
                problems.append(secret_store.hide(str(error), secrets))
    return problems


def enqueue_all(messages: Sequence[Message], settings: config.Notifications) -> bool:
    """Write messages to the outbox and return True; log the reason and return False if that is impossible."""
    try:
        senders, secrets = configured_channels(settings)
        enqueue(messages, sorted(senders), list(secrets.values()))
    except (PipelineError, OSError) as error:
        log.warning("notifications: %s", redaction.redact(str(error)))
        return False
    return True


def send(settings: config.Notifications) -> int:
    """Send the outbox in a process of its own, for at most max_delay_s; return the number of messages that remain.

    Never raises: problems are logged as warnings.
    """
    try:
        if any(outbox().glob("*.json")):
            _deliver_in_process(settings)
    except (PipelineError, OSError) as error:
        log.warning("notifications: %s", redaction.redact(str(error)))
    return len(list(outbox().glob("*.json")))


def _deliver_in_process(settings: config.Notifications) -> None:
    command = [sys.executable, "-m", "pipeline", "notify"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(config.REPOSITORY), *sys.path])}
    try:
        done = subprocess.run(
            command, timeout=settings.max_delay_s, capture_output=True, text=True, env=environment, check=False
        )
        for line in done.stdout.splitlines() + done.stderr.splitlines():
            log.warning("notifications: %s", line)
    except subprocess.TimeoutExpired:
        log.warning(
            "notifications: expected an answer of all receivers within %s s, found none; the next run sends them again",
            settings.max_delay_s,
        )
