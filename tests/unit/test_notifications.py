"""Messages reach real receivers exactly once, without secrets; receivers with faults change nothing but the delay."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.operations import channels, notifications, run_summaries, secrets
from pipeline.operations.channels import Message
from tests import receivers
from tests.receivers import HttpReceiver, SmtpReceiver

SLACK_PATH = "/services/T0/B0/slack-secret-9d1c"
MESSAGE = Message("run-1", "run failed", "[ntsb] WeeklySync failed", "Run 1 failed\npostgresql://ann:hidden@host/x", {})


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "store"))
    for name in secrets.NAMES:
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "store"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with receivers.http_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def smtp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmtpReceiver]:
    with receivers.smtp_receiver(tmp_path_factory.mktemp("smtp")) as receiver:
        yield receiver


@pytest.fixture
def smtp(smtp_server: SmtpReceiver, monkeypatch: pytest.MonkeyPatch) -> SmtpReceiver:
    smtp_server.messages.clear()
    smtp_server.response, smtp_server.delay_s = "250 OK", 0.0
    monkeypatch.setenv(secrets.SMTP_PASSWORD, receivers.PASSWORD)
    return smtp_server


def settings(smtp: SmtpReceiver | None = None, **changes: Any) -> config.Notifications:
    values: dict[str, Any] = {"timeout_s": 2.0}
    if smtp:
        values |= {"smtp_host": smtp.host, "smtp_port": smtp.port, "smtp_user": receivers.USER}
        values |= {"smtp_ca_file": str(smtp.ca_file), "sender": "ntsb@example.org", "recipients": ("ops@example.org",)}
    return config.Notifications(**values | changes)


def send(chosen: config.Notifications, *messages: Message) -> list[str]:
    """Enqueues messages for all receivers, and delivers the outbox in this process."""
    senders, values = notifications.configured_channels(chosen)
    notifications.enqueue(messages, sorted(senders), list(values.values()))
    return notifications.deliver(chosen, time.time())


def waiting() -> list[str]:
    return sorted(path.name for path in notifications.outbox().glob("*.json"))


def test_every_receiver_gets_a_message_once(
    smtp: SmtpReceiver, http: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secrets.SLACK_URL, http.url + SLACK_PATH)
    monkeypatch.setenv(secrets.WEBHOOK_URL, http.url + "/hook?token=webhook-secret")
    chosen = settings(smtp)
    assert send(chosen, MESSAGE) == []
    assert notifications.deliver(chosen, time.time()) == []
    ((recipients, email),) = smtp.messages
    assert recipients == ["ops@example.org"] and email["Subject"] == MESSAGE.subject
    assert "Run 1 failed" in email.get_content()
    bodies = {path: body for path, body, _ in http.requests}
    assert len(http.requests) == 2
    assert MESSAGE.subject in bodies[SLACK_PATH]["text"]
    assert bodies["/hook?token=webhook-secret"]["kind"] == "run failed"
    sent = email.as_string() + str(bodies.values())
    hidden = ("hidden", receivers.PASSWORD, "slack-secret", "webhook-secret")
    assert [secret for secret in hidden if secret in sent] == []
    assert waiting() == []


def test_a_message_is_sent_later_if_no_receiver_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    port = receivers.free_port()
    monkeypatch.setenv(secrets.WEBHOOK_URL, f"http://127.0.0.1:{port}/hook/webhook-secret")
    (problem,) = send(settings(), MESSAGE)
    assert problem == "webhook: expected an answer, found ConnectionError; it is sent again later"
    assert waiting() == ["run-1.webhook.json"]
    with receivers.http_receiver(port) as receiver:
        assert notifications.deliver(settings(), time.time()) == []
        assert notifications.deliver(settings(), time.time()) == []
        assert [body["key"] for _, body, _ in receiver.requests] == ["run-1"]
    assert waiting() == []


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_a_rejected_message_stays_and_is_reported(
    http: HttpReceiver, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    http.status = status
    monkeypatch.setenv(secrets.WEBHOOK_URL, http.url + "/webhook-secret")
    (problem,) = send(settings(), MESSAGE, Message("run-2", "", "", "", {}))
    assert f"found {status}" in problem and "webhook-secret" not in problem
    assert len(http.requests) == 1, "the second message waits for the same receiver"
    assert waiting() == ["run-1.webhook.json", "run-2.webhook.json"]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_that_a_receiver_never_accepts_does_not_hold_up_others(
    http: HttpReceiver, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """Otherwise a message that is too large would silence a receiver until it is dropped after a month."""
    http.status = status
    monkeypatch.setenv(secrets.WEBHOOK_URL, http.url)
    problems = send(settings(), MESSAGE, Message("run-2", "", "", "", {}))
    assert [f"found {status}" in problem for problem in problems] == [True, True] and len(http.requests) == 2


@pytest.mark.parametrize(("response", "tries"), [("554 too long", 2), ("451 try again", 1)])
def test_an_email_that_is_refused_for_good_does_not_hold_up_others(
    smtp: SmtpReceiver, response: str, tries: int
) -> None:
    smtp.response = response
    assert len(send(settings(smtp), MESSAGE, Message("run-2", "", "", "", {}))) == tries
    assert len(waiting()) == 2


def test_email_without_encryption_is_for_servers_of_this_machine_only() -> None:
    mail = {"recipients": ("ops@example.org",), "smtp_security": "none"}
    for host in ("127.0.0.1", "::1", "localhost"):
        assert "email" in notifications.configured_channels(settings(smtp_host=host, **mail))[0]
    with pytest.raises(PipelineError, match=r"expected starttls or tls for mail.*, found none"):
        notifications.configured_channels(settings(smtp_host="mail.example.org", **mail))


@pytest.mark.parametrize("response", ["550 refused", "451 try again"])
def test_a_refused_email_stays_and_other_receivers_get_theirs(
    smtp: SmtpReceiver, http: HttpReceiver, monkeypatch: pytest.MonkeyPatch, response: str
) -> None:
    smtp.response = response
    monkeypatch.setenv(secrets.WEBHOOK_URL, http.url)
    (problem,) = send(settings(smtp), MESSAGE)
    assert f"SMTPDataError {response[:3]}" in problem
    assert len(http.requests) == 1 and waiting() == ["run-1.email.json"]


@pytest.mark.parametrize("changes", [{"smtp_user": "other"}, {"smtp_ca_file": ""}, {"smtp_security": "tls"}])
def test_email_is_not_sent_without_authentication_or_a_valid_certificate(
    smtp: SmtpReceiver, changes: dict[str, str]
) -> None:
    (problem,) = send(settings(smtp, **changes), MESSAGE)
    assert problem.startswith("email: expected") and receivers.PASSWORD not in problem
    assert smtp.messages == []


def test_a_slow_receiver_delays_a_run_only_within_the_limit(
    http: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    http.delay_s = 30
    monkeypatch.setenv(secrets.WEBHOOK_URL, http.url)
    began = time.monotonic()
    chosen = settings(timeout_s=20.0, max_delay_s=4.0)
    assert notifications.enqueue_all([MESSAGE], chosen) and notifications.send(chosen) == 1
    assert time.monotonic() - began < 8
    http.delay_s = 0


def test_undelivered_messages_are_dropped_after_some_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(secrets.WEBHOOK_URL, f"http://127.0.0.1:{receivers.free_port()}")
    send(settings(), MESSAGE)
    (problem,) = notifications.deliver(settings(keep_undelivered_days=1), time.time() + 2 * 86_400)
    assert "dropped" in problem and waiting() == []


def test_nothing_is_written_where_nothing_is_configured(store: Path) -> None:
    assert notifications.enqueue_all([MESSAGE], settings()) and notifications.send(settings()) == 0
    assert not store.exists()


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://example.org", "hook"])
def test_addresses_without_encryption_are_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(secrets.SLACK_URL, url)
    with pytest.raises(PipelineError, match="NTSB_SLACK_WEBHOOK_URL: expected an address with https") as error:
        notifications.configured_channels(settings())
    assert url not in str(error.value)


def test_secrets_are_read_from_a_private_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets"
    path.write_text(f"# receivers\n{secrets.SMTP_PASSWORD}=from file\n{secrets.WEBHOOK_URL}=https://a/b\n")
    path.chmod(0o600)
    monkeypatch.setenv(secrets.WEBHOOK_URL, "https://from.environment")
    expected = {secrets.SMTP_PASSWORD: "from file", secrets.WEBHOOK_URL: "https://from.environment"}
    assert secrets.read_secrets(str(path)) == expected
    for mode in (0o640, 0o604, 0o660):
        path.chmod(mode)
        with pytest.raises(PipelineError, match=f"expected a file of this user with mode 0600, found mode {mode:04o}"):
            secrets.read_secrets(str(path))
    path.chmod(0o600)
    path.write_text("smtp password\n")
    with pytest.raises(PipelineError, match="expected lines NAME=VALUE") as error:
        secrets.read_secrets(str(path))
    assert "smtp password" not in str(error.value)
    (link := tmp_path / "link").symlink_to(path)
    with pytest.raises(PipelineError, match="expected a file with secrets"):
        secrets.read_secrets(str(link))


def test_names_from_files_cannot_add_headers_or_markup() -> None:
    message = Message("k", "watch", "a\r\nBcc: all@example.org", "<!channel> ``` & <b>", {})
    email = channels.compose("a@example.org", ["b@example.org"], message)
    assert email["Bcc"] is None and "\n" not in email["Subject"]
    assert "<!channel>" not in channels.slack_body(message)["text"]
    assert channels.slack_body(message)["text"].count("```") == 2


SUMMARY = {
    "run": "20261130T091054Z-7",
    "command": "luigi --module pipeline WeeklySync --date 2026-11-30",
    "state": run_summaries.SUCCEEDED,
    "published": False,
    "release": "abc",
    "snapshot": "def",
    "seconds": 1.0,
    "tasks": {"run": 1, "skipped": 0, "failed": 0, "retries": 0},
    "stages": [],
    "failures": [],
    **dict.fromkeys(("changes", "checks", "rows", "model")),
}


@pytest.mark.parametrize(
    ("on_success", "published", "is_sent"),
    [("always", False, True), ("published", True, True), ("published", False, False), ("never", True, False)],
)
def test_successful_runs_are_reported_as_configured(on_success: str, published: bool, is_sent: bool) -> None:
    message = notifications.run_message(SUMMARY | {"published": published}, on_success)
    assert (message is not None) == is_sent
    assert message is None or message.subject.startswith("[ntsb] WeeklySync succeeded")


def test_a_failed_run_is_always_reported_with_what_is_needed_to_act() -> None:
    event = {"task": "LoadRawTables --source avall", "parameters": {"sha256": "ab"}, "snapshot": "s1"}
    event |= {"error": "DatabaseUnavailable", "message": "x: expected a, found b; start it", "attempts": 3}
    failure = run_summaries.describe_failure(event | {"log": ["INFO: last line"]}, "r1")
    summary = SUMMARY | {"state": "failed", "failures": [failure]}
    message = notifications.run_message(summary, "never")
    assert message is not None and message.subject == "[ntsb] WeeklySync failed: LoadRawTables"
    parts = ("LoadRawTables --source avall", "'sha256': 'ab'", "run r1", "snapshot s1", "DatabaseUnavailable")
    parts += ("attempts: 3", "INFO: last line", "next step: start it")
    assert [part for part in parts if part not in message.text] == []


def test_secrets_are_hidden_in_the_subject_and_the_details_too(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    details = {"failures": [{"log": ["login with s3cr3t-value"]}], "seconds": 1.5}
    message = replace(MESSAGE, subject="s3cr3t-value", details=details)
    notifications.enqueue([message], ["email"], ["s3cr3t-value"])
    (path,) = notifications.outbox().glob("*.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert "s3cr3t-value" not in json.dumps(content)
    assert content["details"]["seconds"] == 1.5
