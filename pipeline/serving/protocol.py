"""uvicorn's HTTP protocol with limits that uvicorn does not have: of the head of a request, and for reading a response.

uvicorn waits without limit for clients that do not read, whose responses stay in memory.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 32_768
HEAD_S = 10.0
# In which a client reads something of a response that waits for it. The kernel's buffer, of a few megabytes, hides a
# client that reads slowly for a while.
READ_S = 60.0


class LimitedProtocol(HttpToolsProtocol):
    """Closes connections whose head is not complete after HEAD_S or MAX_HEAD_BYTES, or whose client does not read."""

    # Of the request whose head is being read, and of the data received last.
    head_bytes = chunk_bytes = 0
    deadline: asyncio.TimerHandle | None = None
    reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Writing is paused, and the client watched, while anything waits.
        transport.set_write_buffer_limits(high=0)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._end_reading()
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

    def pause_writing(self) -> None:
        super().pause_writing()
        self._begin_reading()

    def resume_writing(self) -> None:
        self._end_reading()
        super().resume_writing()

    def _begin_reading(self) -> None:
        self._end_reading()
        self.reading = self.loop.call_later(READ_S, self._require_reading, self.transport.get_write_buffer_size())

    def _require_reading(self, unread_before: int) -> None:
        """Close the connection if the client has read nothing since `unread_before` bytes waited for it."""
        if self.transport.get_write_buffer_size() >= unread_before:
            self.transport.abort()
        else:
            self._begin_reading()

    def _end_reading(self) -> None:
        if self.reading:
            self.reading.cancel()
            self.reading = None

    def _begin_head(self) -> None:
        self._end_head()
        self.deadline = self.loop.call_later(HEAD_S, self.transport.close)

    def _end_head(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None
