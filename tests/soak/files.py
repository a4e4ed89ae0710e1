"""The files that arrive: weekly files with new and revised events, and every fourth week a database with all events."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from pipeline.sources import MONTHS
from tests.tasks.living import Contents, event_date, random_events, write_zip

START = date(2025, 1, 7)
# Most changes of a database are old, also after a year: otherwise it would be a weekly file.
BASE_EVENTS, WEEKLY_EVENTS = 400, 6
WEEKS_PER_DATABASE = 4


def has_database(week: int) -> bool:
    """Whether a database arrives in a week, counted from 0."""
    return week % WEEKS_PER_DATABASE == 0


@dataclass
class Arrivals:
    """Files in a folder, and the newest content of every event."""

    folder: Path
    seed: int
    newest: Contents = field(default_factory=dict)
    # For each week, the kind of change of every event that changed.
    changes: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def arrive(self, week: int) -> date:
        """Write the files of a week, counted from 0, and return its date."""
        day = START + timedelta(weeks=week)
        known = sorted(self.newest)
        first = len(known)
        fresh = [f"{day:%Y%m%d}X{number:05d}" for number in (first, first + 1)]
        changes: dict[str, str] = {}
        if week:
            revised = self.rng.sample(known, WEEKLY_EVENTS - 2)
            # The first release changes nothing.
            changes = dict.fromkeys(fresh, "new") | dict.fromkeys(revised, "revised")
            weekly = self._remember(list(changes), day)
        else:
            # The spread of the dates distinguishes a database from a weekly file.
            dates = [day - timedelta(days=self.rng.randrange(300, 16 * 365)) for _ in range(BASE_EVENTS)]
            weekly = self._remember([f"{date:%Y%m%d}X{number:05d}" for number, date in enumerate(dates)], None)
        if has_database(week):
            for path in self.folder.glob("up*.zip"):
                path.unlink()
            write_zip(self.folder, "avall", dict(sorted(self.newest.items())), day)
        if week:
            write_zip(self.folder, f"up{day:%d}{MONTHS[day.month - 1]}", weekly, day)
        self.changes.append(changes)
        return day

    def _remember(self, ev_ids: list[str], changed: date | None) -> Contents:
        """Return random content of events, changed on a day, or else a year after each event."""
        contents = random_events(self.rng, ev_ids)
        for ev_id, values in contents.items():
            day = changed or event_date(ev_id).date() + timedelta(days=280)
            values["changed"] = datetime(day.year, day.month, day.day)
        self.newest |= contents
        return contents
