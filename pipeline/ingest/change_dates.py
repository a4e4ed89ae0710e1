"""Which change dates of files are plausible: a few dates in the future, such as 2099, must not make a file the newest.

The rule is documented in docs/explanation/editions.md. It needs no clock: the events and the other changes, also of the
other files, show whether a date is plausible.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

# Dates follow each other if they are at most a year apart.
MAX_GAP_DAYS = 366
# Single changes after such a gap are ignored: at most one for this number of changes of the file.
CHANGES_PER_IGNORED = 20
# Fewer than half of all dates are ignored after a gap that is longer than any pause between NTSB's publications.
MAX_GAP_OF_ALL_DAYS = 5 * 366


@dataclass(frozen=True)
class Period:
    """Dates of a file that follow each other: the first and the last day, and how many of the dates are changes.

    Dates are text in ISO format. `newest_change` is empty without any. `has_events` is True if an event happened in it.
    """

    first: str
    last: str
    changes: int = 0
    newest_change: str = ""
    has_events: bool = False


def is_date(text: str) -> bool:
    """Return True if the text starts with a date as YYYY-MM-DD; other ISO formats have another order as text."""
    try:
        return date.fromisoformat(text[:10]).isoformat() == text[:10]
    except ValueError:
        return False


def find_periods(changes: Iterable[tuple[str, int]], events: Iterable[str]) -> tuple[Period, ...]:
    """Return the periods of a file, the oldest first.

    `changes`: (date and time, number of changes), and `events`: dates of events, both as text in ISO format. An event
    after its own change date is a mistake and must not be among them.
    """
    days = [Period(text[:10], text[:10], number, text) for text, number in changes]
    return join_periods([*days, *(Period(day, day, has_events=True) for day in {text[:10] for text in events})])


def join_periods(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Return the periods of one or several files, merged if they are at most MAX_GAP_DAYS apart."""
    joined: list[Period] = []
    for period in sorted(periods, key=lambda period: (period.first, period.last)):
        if joined and _days_between(joined[-1], period) <= MAX_GAP_DAYS:
            before = joined.pop()
            period = Period(
                before.first,
                max(before.last, period.last),
                before.changes + period.changes,
                max(before.newest_change, period.newest_change),
                before.has_events or period.has_events,
            )
        joined.append(period)
    return tuple(joined)


def plausible_in_file(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Return the periods of a file without single changes at its end, at most one for CHANGES_PER_IGNORED changes."""
    kept = list(periods)
    allowed = sum(period.changes for period in periods) // CHANGES_PER_IGNORED
    while allowed > 0 and len(kept) > 1 and kept[-1].changes == 1 and not kept[-1].has_events:
        kept.pop()
        allowed -= 1
    return tuple(kept)


def newest_plausible(files: Mapping[str, Sequence[Period]]) -> dict[str, str]:
    """Return {file: newest plausible change} of the files of a snapshot, as text; empty without any."""
    plausible = {name: plausible_in_file(periods) for name, periods in files.items()}
    limit = last_plausible_day([period for periods in plausible.values() for period in periods])
    return {
        name: max((period.newest_change for period in periods if period.first <= limit), default="")
        for name, periods in plausible.items()
    }


def last_plausible_day(periods: Iterable[Period]) -> str:
    """Return the end of the last plausible period of all files, empty without any."""
    joined = join_periods(periods)
    ignored, total = 0, sum(period.changes for period in joined)
    for before, period in zip(joined[-2::-1], joined[:0:-1], strict=True):
        ignored += period.changes
        is_far = _days_between(before, period) > MAX_GAP_OF_ALL_DAYS
        if period.has_events or not is_far or 2 * ignored >= total:
            return period.last
    return joined[0].last if joined else ""


def _days_between(earlier: Period, later: Period) -> int:
    return (date.fromisoformat(later.first) - date.fromisoformat(earlier.last)).days
