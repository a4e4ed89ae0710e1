"""Receivers of messages: email over SMTP, Slack-compatible webhooks and generic webhooks."""

import json
import logging
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import requests

from pipeline.errors import PipelineError, printable
from pipeline.operations import secrets as secret_store

log = logging.getLogger("luigi-interface")

# Slack cuts longer texts.
MAX_SLACK_CHARACTERS = 30_000
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Message:
    """A message: `key` is unique, so that no receiver gets it twice; `details` are JSON values for webhooks."""

    key: str
    kind: str
    subject: str
    text: str
    details: dict[str, Any]


@dataclass(frozen=True)
class MailSettings:
    """The server and the addresses of email."""

    host: str
    port: int
    security: str
    user: str
    password: str
    ca_file: str
    sender: str
    recipients: tuple[str, ...]
    timeout_s: float


Channel = Callable[[Message], None]


class Rejected(PipelineError):
    """A receiver did not accept a message; the text has no address, which may be secret."""


class MessageRejected(Rejected):
    """A receiver does not accept this message, such as a large one; it may accept others."""


# 400, 413 and 422: the body is invalid or too large.
OF_MESSAGE = (400, 413, 422)


def channels(mail: MailSettings, secrets: Mapping[str, str]) -> dict[str, Channel]:
    """Return {name: function that sends} of the configured receivers."""
    configured: dict[str, Channel] = {}
    if mail.host and mail.recipients:
        if mail.security == "none" and mail.host not in LOOPBACK:
            raise PipelineError(
                f"[Notifications] smtp_security: expected starttls or tls for {mail.host}, found none; correct it"
            )
        configured["email"] = lambda message: send_email(mail, message)
    for name, variable, body in (
        ("slack", secret_store.SLACK_URL, slack_body),
        ("webhook", secret_store.WEBHOOK_URL, webhook_body),
    ):
        if url := secrets.get(variable):
            configured[name] = _webhook(name, variable, url, body, mail.timeout_s)
    return configured


def _webhook(
    name: str, variable: str, url: str, body: Callable[[Message], dict[str, Any]], timeout_s: float
) -> Channel:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise PipelineError(f"{variable}: expected an address with https, found {parts.scheme or 'none'}; correct it")

    def send(message: Message) -> None:
        post(name, url, body(message), message.key, timeout_s)

    return send


def slack_body(message: Message) -> dict[str, Any]:
    """Return a message in the format of Slack's incoming webhooks; the text is shown as it is."""
    text = slack_escape(message.text[:MAX_SLACK_CHARACTERS]).replace("```", "'''")
    return {"text": f"*{slack_escape(message.subject).replace('*', '')}*\n```{text}```"}


def slack_escape(text: str) -> str:
    """Return a text without characters that Slack interprets."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def webhook_body(message: Message) -> dict[str, Any]:
    """Return a message with its details, as JSON values."""
    return asdict(message)


def post(name: str, url: str, body: dict[str, Any], key: str, timeout_s: float) -> None:
    """Post JSON. Redirects are not followed, and of the response only the status is read. Raises Rejected."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    data = json.dumps(body).encode()
    try:
        with requests.post(
            url, data=data, headers=headers, timeout=timeout_s, allow_redirects=False, stream=True
        ) as response:
            status = response.status_code
    except (requests.RequestException, ValueError) as error:
        # Their texts contain the address.
        raise Rejected(f"{name}: expected an answer, found {type(error).__name__}; it is sent again later") from None
    if not 200 <= status < 300:
        kind = MessageRejected if status in OF_MESSAGE else Rejected
        raise kind(f"{name}: expected status 200, found {status}; correct the address, it is sent again later")


def send_email(mail: MailSettings, message: Message) -> None:
    """Send one email to all recipients. Raises Rejected."""
    try:
        with _connect(mail) as server:
            if mail.user:
                server.login(mail.user, mail.password)
            refused = server.send_message(compose(mail.sender, mail.recipients, message))
    except (OSError, smtplib.SMTPException, ValueError) as error:
        code = getattr(error, "smtp_code", "")
        # 552: too large. After the text of a message, a permanent error is about the message.
        is_of_message = code == 552 or (isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500)
        raise (MessageRejected if is_of_message else Rejected)(
            f"email: expected {mail.host}:{mail.port} to accept it, found {type(error).__name__} {code}; "
            "it is sent again later"
        ) from None
    if refused:
        # Not sent again: the other recipients have it.
        log.warning("email: expected all recipients to be accepted, found %d refused; correct them", len(refused))


def _connect(mail: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=mail.ca_file or None)
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.timeout_s, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_s)
    if mail.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server


def compose(sender: str, recipients: Sequence[str], message: Message) -> EmailMessage:
    """Return the email; a subject that contains names from files is on one line, without control characters."""
    email = EmailMessage()
    email["Subject"] = printable(message.subject, 200)
    email["From"] = sender
    email["To"] = ", ".join(recipients)
    email["Message-ID"] = make_msgid(domain=f"{message.key}.ntsb-pipeline.invalid")
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(message.text)
    return email
