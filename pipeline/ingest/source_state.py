"""What is known of one source at one place, and what is done about it: ask, bring, archive.

Two notes lie in `sources/<key of place>/`: `<source>.json`, what the place said when it was last asked, and
`<source>.archived.json`, what it had said when the archived zip was fetched. Equal notes: nothing to fetch.
A file in a folder that differs in its time alone is read once: where it has the archived bytes, both notes take the new
time, and no step runs.
A place that gives no answer is no reason to stop where an archived zip is there: it is used, with a warning.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import json_file
from pipeline.errors import ArchiveError, SourceError, SourceUnreachable
from pipeline.ingest import archive, http, snapshot, unpack
from pipeline.ingest.http import FileMetadata, RetryPolicy
from pipeline.ingest.locations import SourceLocation

log = logging.getLogger(__name__)
# Whether something changed is asked in passing: long waits and second tries belong to the steps themselves.
QUICK_PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class ProbeResult:
    """What a place said of one source, or the error in place of it, and when (ns since the epoch)."""

    facts: FileMetadata | None
    error: SourceError | None
    asked_ns: int


_probe_results: dict[tuple[str, str], ProbeResult] = {}
_unreachable: dict[str, SourceUnreachable] = {}


def clear_probe_results() -> None:
    """Forgets what places said to this process: the next question is a new one."""
    _probe_results.clear()
    _unreachable.clear()


@dataclass(frozen=True)
class SourceState:
    """One source at one place; `store` is the folder of cached targets."""

    place: SourceLocation
    source: str
    store: Path
    patience: RetryPolicy

    @property
    def seen_path(self) -> Path:
        """The note of the last asking."""
        return state_folder(self.store, self.place) / f"{self.source}.json"

    @property
    def archived_path(self) -> Path:
        """The note of the last fetching."""
        return state_folder(self.store, self.place) / f"{self.source}.archived.json"

    def is_current(self) -> bool:
        """True where the note says what the place says now, or where only the archived zip can be had. Never raises."""
        answer = self._answer()
        note = json_file.read(self.seen_path) or {}
        # Another process of this run has asked after me: its note is the newer answer.
        if note.get("asked_ns", 0) > answer.asked_ns:
            return True
        if isinstance(answer.error, SourceUnreachable):
            return self.archived() is not None
        return answer.facts is not None and note.get("facts") == asdict(answer.facts)

    def check(self) -> None:
        """Asks the place, with patience, and notes what it says. Raises a SourceError."""
        facts = self.place.ask(self.source, self.patience)
        _unreachable.pop(self.place.key, None)
        _probe_results[self.place.key, self.source] = ProbeResult(facts, None, time.time_ns())
        note = {"source": self.source, "place": self.place.shown, "facts": asdict(facts)}
        json_file.write(self.seen_path, note | {"asked_ns": time.time_ns()})

    def is_downloaded(self) -> bool:
        """True where the archived zip is whole and is the one that the place has, as far as the place can be asked."""
        archived = self.archived()
        if archived is None:
            return False
        return archived["facts"] == self._seen() or isinstance(self._answer().error, SourceUnreachable)

    def download(self, max_gb: float) -> None:
        """Brings, judges and archives the zip. Raises a SourceError or an ArchiveError; a bad zip is thrown away."""
        seen = self._seen()
        part = self.archived_path.with_name(f"{self.source}.zip.part")
        facts = self.place.bring(self.source, part, self.patience)
        try:
            member = unpack.inspect_zip(part, f"{self.source}.zip from {facts.url}", max_gb)
            sha256 = archive.add_zip(self.store, part, facts, member.filename)
        except ArchiveError:
            http.discard_partial(part)
            raise
        http.discard_partial(part)
        # What was seen before the bytes came: where the file changed in between, the next asking finds a difference.
        json_file.write(self.archived_path, {"source": self.source, "sha256": sha256, "facts": seen or asdict(facts)})

    def archived(self) -> dict[str, Any] | None:
        """{source, sha256, facts} of the zip that was fetched last, where it is whole in the archive."""
        note = json_file.read(self.archived_path)
        return note if note and archive.read_metadata(self.store, note["sha256"]) is not None else None

    def file(self) -> snapshot.SourceFile | None:
        """The archived zip as a file of a snapshot, or None where there is none."""
        note = self.archived()
        card = archive.read_metadata(self.store, note["sha256"]) if note else None
        if card is None:
            return None
        remarks = {name: card[name] for name in ("url", "etag", "last_modified", "member")}
        return snapshot.SourceFile(self.source, card["sha256"], card["bytes"], remarks)

    def _seen(self) -> dict[str, Any] | None:
        facts = (json_file.read(self.seen_path) or {}).get("facts")
        return dict(facts) if facts else None

    def _answer(self) -> ProbeResult:
        """What the place says, asked once in a process; one question without an answer speaks for the whole place."""
        key = (self.place.key, self.source)
        if key not in _probe_results:
            _probe_results[key] = self._ask_in_passing()
        return _probe_results[key]

    def _ask_in_passing(self) -> ProbeResult:
        asked = time.time_ns()
        quick = replace(self.patience, attempts=1, timeout_s=min(QUICK_PROBE_TIMEOUT_S, self.patience.timeout_s))
        try:
            if self.place.key in _unreachable:
                raise _unreachable[self.place.key]
            facts = self.place.ask(self.source, quick)
            self._note_time(facts)
            return ProbeResult(facts, None, asked)
        except SourceUnreachable as problem:
            _unreachable[self.place.key] = problem
            self._warn(problem)
            return ProbeResult(None, problem, asked)
        except SourceError as problem:
            return ProbeResult(None, problem, asked)

    def _note_time(self, facts: FileMetadata) -> None:
        """Where a file has another time but the archived bytes, its new time goes into both notes: nothing to fetch."""
        archived, seen, now = self.archived(), json_file.read(self.seen_path), asdict(facts)
        if self.place.is_url or archived is None or seen is None or archived["facts"] == now:
            return
        is_same_but_time = now | {"mtime_ns": None} == archived["facts"] | {"mtime_ns": None}
        if is_same_but_time and self.place.holds(self.source, archived["sha256"]):
            json_file.try_write(self.archived_path, archived | {"facts": now})
            json_file.try_write(self.seen_path, seen | {"facts": now})

    def _warn(self, problem: SourceError) -> None:
        note = self.archived()
        if note:
            card = archive.read_metadata(self.store, note["sha256"]) or {}
            log.warning(
                "no answer from %s; using archived %s.zip of %s (%s)",
                self.place.shown,
                self.source,
                card.get("fetched"),
                problem,
            )


def state_folder(store: Path, place: SourceLocation) -> Path:
    """Where notes on a place lie."""
    return store / "sources" / place.key


def list_sources(store: Path, place: SourceLocation, base: Sequence[str], weekly: Sequence[str]) -> list[str]:
    """The sources of a place in order; where a folder has vanished, those of the last snapshot made from it."""
    try:
        return place.sources(base, weekly)
    except SourceUnreachable:
        earlier = json_file.read(current_snapshot_path(store, place))
        if earlier is None:
            raise
        return [file.source for file in snapshot.read_snapshot(earlier["id"], store)]


def current_snapshot_path(store: Path, place: SourceLocation) -> Path:
    """The file that names the snapshot in force for a place."""
    return state_folder(store, place) / "snapshot.json"
