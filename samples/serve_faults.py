"""Faults of the API that the server of the samples can show, as clients of NTSB's server have met or expect them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Edit = Callable[[dict[str, Any]], object]
# {kind: status} of responses with an error.
STATUSES = {name: int(name) for name in ("204", "400", "401", "403", "404", "429", "500", "502", "503", "504", "302")}
# {kind: change of the page}; the page is valid JSON, but not one of the API.
EDITS: dict[str, Edit] = {
    "no-marker": lambda page: page.update(hasMore=True, nextMarker=None),
    "repeated-marker": lambda page: page.update(hasMore=True, nextMarker="m0"),
    "no-progress": lambda page: page.update(hasMore=True, nextMarker=f"m{time.monotonic_ns()}", data=[]),
    "other-type": lambda page: page.update(hasMore="yes"),
    "other-type-of-case": lambda page: [case.update(mKey=str(case["mKey"])) for case in page["data"]],
    "other-dates": lambda page: page.update(startDate="1999-01-01", endDate="1999-01-31"),
    "no-data": lambda page: page.pop("data"),
}
HTML = b"<!DOCTYPE html><html><head><title>Scheduled maintenance</title></head><body>Back soon.</body></html>"
# {kind: change of the body}.
BODIES: dict[str, Callable[[bytes], bytes]] = {
    "html": lambda body: HTML,
    "list": lambda body: b"[]",
    "truncated": lambda body: body[: len(body) // 2],
    "not-utf-8": lambda body: body[:-1] + b"\xff" + body[-1:],
}
# Kinds that the handler itself shows: the connection is closed in the body, the body takes long, or never ends.
TRANSFERS = ("cut", "slow", "endless")
KINDS = (*STATUSES, *EDITS, *BODIES, *TRANSFERS)


@dataclass
class Fault:
    """A fault: its kind, how many responses have it, and a text that the request's query must contain.

    The first `after` responses that could have it are correct.
    """

    kind: str
    times: int = 10**9
    text: str = ""
    after: int = 0

    def applies(self, query: str) -> bool:
        """Return True if this response has the fault, and count it."""
        if self.times <= 0 or self.text not in query:
            return False
        self.after -= 1
        if self.after >= 0:
            return False
        self.times -= 1
        return True

    def change(self, body: bytes) -> bytes:
        """Return the body with the fault, for faults of the content."""
        if self.kind in EDITS and body:
            page = json.loads(body)
            EDITS[self.kind](page)
            return json.dumps(page).encode()
        return BODIES[self.kind](body) if self.kind in BODIES else body


def parse_fault(text: str) -> Fault:
    """Return a fault from `KIND[:TIMES[:TEXT]]`. Raises ValueError for another kind."""
    kind, _, rest = text.partition(":")
    times, _, query = rest.partition(":")
    if kind not in KINDS:
        raise ValueError(f"fault: expected one of {', '.join(KINDS)}, found {kind}; correct it")
    return Fault(kind, int(times) if times else 10**9, query)
