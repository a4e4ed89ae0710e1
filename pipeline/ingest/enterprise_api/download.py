"""The download of months: which are due, page by page, and what was due when it was interrupted.

A month is downloaded if it is not archived, and again, where the last download is `refresh_days` old, if it had open
cases, if it is one of the last months, or if the list of changes names it: that list lacks a third of the changes, so
that it only adds months. `refresh.json` lists the months of a download that is not complete.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tqdm import tqdm

from pipeline import json_file
from pipeline.errors import ApiFormatChanged, SourceUnreachable
from pipeline.ingest.enterprise_api import months
from pipeline.ingest.enterprise_api.client import Client
from pipeline.ingest.enterprise_api.months import Months
from pipeline.ingest.enterprise_api.page import Page, parse_page
from pipeline.ingest.time_limit import TemporaryFailure
from pipeline.redaction import redact

# Events of this time may not be reported yet.
RECENT = timedelta(days=92)
# After a day, the pages of an interrupted download may not fit those that follow.
MAX_PAUSE = timedelta(days=1)
# At 1000 cases a page, a month with more pages has no end.
MAX_PAGES = 1000
STATE = {"started": str, "months": list, "is_complete": bool}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Download:
    """The download of the months from `first` to `last` (empty: the current month) into a folder."""

    months: Months
    first: str
    last: str
    refresh_days: float

    def wanted(self, now: datetime) -> list[str]:
        """Return all months to archive, in order."""
        return months.sequence(self.first, self.last or f"{now:%Y-%m}")

    def state(self) -> dict[str, Any]:
        """Return {started, months, is_complete, ...} of the last download; empty if there was none."""
        state = json_file.read(self.months.root / "refresh.json") or {}
        return state if all(isinstance(state.get(name), kind) for name, kind in STATE.items()) else {}

    def archived(self) -> list[str]:
        """Return the file names of the months that are archived, in order."""
        return sorted(path.name for path in self.months.folder.glob("*.zip") if months.is_month_file(path.name))

    def missing(self, now: datetime) -> list[str]:
        """Return the months without a complete archive."""
        return [month for month in self.wanted(now) if self.months.record(month) is None]

    def is_current(self, now: datetime, since: datetime) -> bool:
        """Return True if no download is due; `since` is the start of the process.

        In a process that got no answer, the archived months are current.
        """
        if self.missing(now):
            return False
        # Also in a record without a download, if there was none since it was lost.
        unanswered = (json_file.read(self.months.root / "refresh.json") or {}).get("unanswered")
        if since.isoformat() <= str(unanswered) <= now.isoformat():
            return True
        state = self.state()
        earliest = min(since, now - timedelta(days=self.refresh_days))
        return bool(state.get("is_complete")) and earliest.isoformat() <= state["started"] <= now.isoformat()

    def run(self, client: Client, now: Callable[[], datetime], refresh: Sequence[str] = ()) -> list[str]:
        """Download the months that are due, and those of `refresh`; return those with a new edition.

        Continues an interrupted download. Raises SourceError; complete pages and months are kept.
        """
        state = self._begin(client, now(), refresh)
        started, new = state["started"], list[str]()
        pending: list[tuple[str, Future[bool]]] = []
        with (
            # Compresses a month while the next one is downloaded.
            ThreadPoolExecutor(1) as archiver,
            tqdm(state["months"], desc="NTSB's API", unit="month", leave=False, disable=None) as progress,
        ):
            for month in progress:
                progress.set_postfix_str(month)
                if self._is_older(month, started, now()):
                    fetched = self._fetch(client, month, now)
                    new += [name for name, is_new in pending if is_new.result()]
                    pending = [(month, archiver.submit(self.months.write, month, *fetched))]
        new += [name for name, is_new in pending if is_new.result()]
        json_file.write(self.months.root / "refresh.json", state | {"is_complete": True})
        self.months.discard_all_pages()
        return new

    def _is_older(self, month: str, started: str, now: datetime) -> bool:
        """Return True for an archive that is not of this download, or is damaged. A time in the future is an error."""
        record = self.months.record(month)
        is_of_this = record is not None and started <= record["retrieved"] <= now.isoformat()
        return not is_of_this or not self.months.is_intact(month)

    def _begin(self, client: Client, now: datetime, refresh: Sequence[str]) -> dict[str, Any]:
        """Return and record the state of a download interrupted less than MAX_PAUSE ago, else of a new one."""
        state, text = self.state(), now.isoformat()
        earliest = (now - MAX_PAUSE).isoformat()
        if state and not state["is_complete"] and earliest <= state["started"] <= text:
            named = {*state["months"], *refresh}
        else:
            self.months.discard_all_pages()
            # The last complete download: an interrupted one may have missed months that were due.
            previous = state.get("started") if state.get("is_complete") else state.get("previous")
            if not previous or previous > text:
                previous = self._first_retrieved(now)
            state = {"started": text, "is_complete": False, "previous": previous}
            named = {*self._due(client, now, state["previous"]), *refresh}
        wanted = self.wanted(now)
        damaged = {month for month in wanted if not self.months.is_intact(month)}
        state["months"] = [month for month in wanted if month in named | damaged]
        json_file.write(self.months.root / "refresh.json", state)
        return state

    def _first_retrieved(self, now: datetime) -> str | None:
        """Return when the oldest of the archived months was retrieved; None without one of the past."""
        records = filter(None, map(self.months.record, self.wanted(now)))
        return min((record["retrieved"] for record in records if record["retrieved"] <= now.isoformat()), default=None)

    def _due(self, client: Client, now: datetime, previous: str | None) -> set[str]:
        """Return the archived months that may have changed since the previous download."""
        wanted = self.wanted(now)
        records = {month: record for month in wanted if (record := self.months.record(month))}
        due = {month for month in wanted if month >= f"{now - RECENT:%Y-%m}"}
        for month, record in records.items():
            # A wrong clock does not say how old the archive is.
            if record["open_cases"] or record["retrieved"] > now.isoformat():
                due.add(month)
        if previous is None:
            return due
        first = datetime.fromisoformat(previous) - timedelta(days=1)
        return due | client.changed_months(f"{first:%Y-%m-%d}", f"{now:%Y-%m-%d}")

    def _fetch(self, client: Client, month: str, now: Callable[[], datetime]) -> tuple[list[bytes], dict[str, Any]]:
        """Download a month page by page; return the bodies of its pages, and what is recorded about them."""
        pages = self._kept_pages(month)
        markers = [page.marker for page in pages]
        while not pages or markers[-1]:
            number = len(pages) + 1
            page = client.page(*months.bounds(month), markers[-1] if markers else "", f"{month}, page {number}")
            if page is None:
                break
            try:
                require_progress(page, markers, f"{redact(client.address)} ({month}, page {number})")
            except ApiFormatChanged:
                # Its pages may be those of a server that repeats them.
                self.months.discard_pages(month)
                raise
            self.months.write_page(month, number, page.body)
            pages.append(page)
            markers.append(page.marker)
        remarks = {
            "address": redact(client.address),
            "api": "v2",
            "retrieved": now().isoformat(),
            "cases": sum(page.cases for page in pages),
            "open_cases": sum(page.open_cases for page in pages),
        }
        return [page.body for page in pages], remarks

    def _kept_pages(self, month: str) -> list[Page]:
        """Return the pages of an interrupted download, up to one that is damaged."""
        pages: list[Page] = []
        try:
            for body in self.months.pages(month):
                pages.append(parse_page(body, *months.bounds(month)))
        except (ApiFormatChanged, TemporaryFailure) as error:
            log.warning("%s: page %d is downloaded again: %s", month, len(pages) + 1, error)
        return pages


def require_progress(page: Page, markers: Sequence[str], subject: str) -> None:
    """Raise ApiFormatChanged if the marker of a page leads back to an earlier page, or to pages without an end."""
    hint = "the server repeats pages: try again later"
    if page.marker and page.marker in markers:
        number = markers.index(page.marker) + 1
        raise ApiFormatChanged(f"{subject}: expected a new marker, found that of page {number}; {hint}")
    if page.marker and (not page.cases or len(markers) + 1 >= MAX_PAGES):
        last = f"{MAX_PAGES} pages" if page.cases else "a page without cases"
        raise ApiFormatChanged(f"{subject}: expected the last page, found {last} and a marker of another; {hint}")


def utc_now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def update(download: Download, client: Client, now: Callable[[], datetime] = utc_now) -> None:
    """Download what is due. Without an answer, archived months are used, with a warning, if no month is missing.

    Raises SourceError.
    """
    try:
        new = download.run(client, now)
        log.info("%d new editions of months of NTSB's API", len(new))
    except SourceUnreachable as error:
        if download.missing(now()):
            raise
        log.warning("no answer from NTSB's API; using the archived months (%s)", error)
        path = download.months.root / "refresh.json"
        json_file.write(path, download.state() | {"unanswered": now().isoformat()})
