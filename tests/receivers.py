"""Receivers of notifications on the loopback address: an SMTP server with TLS, and an HTTP server with faults."""

import contextlib
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

USER, PASSWORD = "reporter", "smtp-password-0f3a"


@dataclass
class HttpReceiver:
    """An HTTP server: its requests as (path, JSON body, key), the keys of those it accepted, and how it answers."""

    url: str
    requests: list[tuple[str, Any, str]] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    status: int = 200
    delay_s: float = 0.0


@contextmanager
def http_receiver(port: int = 0) -> Iterator[HttpReceiver]:
    """An HTTP server for the duration of the block."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Log nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(receiver.delay_s)
            receiver.requests.append((self.path, body, self.headers["Idempotency-Key"]))
            receiver.accepted += [self.headers["Idempotency-Key"]] if receiver.status < 300 else []
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads, server.block_on_close = True, False
    receiver = HttpReceiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class SmtpReceiver:
    """An SMTP server: its messages as (recipients, message), and what it refuses."""

    host: str
    port: int
    ca_file: Path
    messages: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    response: str = "250 OK"
    delay_s: float = 0.0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a message, unless the server refuses it."""
        time.sleep(self.delay_s)
        if self.response.startswith("250"):
            self.messages.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return self.response


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for the loopback address, and its key."""
    pem, key = folder / "certificate.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", pem, *subject]
    subprocess.run(command, check=True, capture_output=True)
    return pem, key


@contextmanager
def smtp_receiver(folder: Path) -> Iterator[SmtpReceiver]:
    """An SMTP server with STARTTLS and a user, for the duration of the block."""
    pem, key = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    receiver = SmtpReceiver("127.0.0.1", 0, pem)

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))

    controller = Controller(
        receiver,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )
    controller.start()
    receiver.port = controller.port
    try:
        yield receiver
    finally:
        controller.stop()


def free_port() -> int:
    """A port of the loopback address that nothing uses."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
