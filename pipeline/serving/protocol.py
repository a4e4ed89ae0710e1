"""uvicorn's HTTP protocol with limits on the head of a request, which uvicorn does not have: seconds and bytes."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32_768
HEAD_S = 10.0


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose request has no complete head after HEAD_S seconds or MAX_HEAD_BYTES."""

    # Of the request whose head is being read, and of the data received last.
    head_bytes = chunk_bytes = 0
    deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self.chunk_bytes = len(data)
        self.head_bytes += self.chunk_bytes
        super().data_received(data)
        if self.deadline and self.head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request head is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head_bytes = self.chunk_bytes
        self._begin_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._end_head()
        self.deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def _end_head(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None
