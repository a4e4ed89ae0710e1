"""The files that arrive week by week: a database every fourth week, else a weekly file with new and revised events."""

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
        revised: list[str] = []
        if week == 0:
            # The spread of the dates distinguishes a database from a weekly file.
            dates = [day - timedelta(days=self.rng.randrange(300, 16 * 365)) for _ in range(BASE_EVENTS)]
            self._remember([f"{date:%Y%m%d}X{number:05d}" for number, date in enumerate(dates)], None)
            self._write("avall", day, [])
        elif week % WEEKS_PER_DATABASE == 0:
            self._write("avall", day, fresh)
            for path in self.folder.glob("up*.zip"):
                path.unlink()
        else:
            revised = self.rng.sample(known, WEEKLY_EVENTS - 2)
            self._write(f"up{day:%d}{MONTHS[day.month - 1]}", day, [*fresh, *revised])
        # The first release changes nothing.
        changes = dict.fromkeys(fresh, "new") | dict.fromkeys(revised, "revised")
        self.changes.append(changes if week else {})
        return day

    def _remember(self, ev_ids: list[str], changed: date | None) -> Contents:
        """Return random content of events, changed on a day, or else a year after each event."""
        contents = random_events(self.rng, ev_ids)
        for ev_id, values in contents.items():
            day = changed or event_date(ev_id).date() + timedelta(days=280)
            values["changed"] = datetime(day.year, day.month, day.day)
        self.newest |= contents
        return contents

    def _write(self, source: str, day: date, ev_ids: list[str]) -> None:
        contents = self._remember(ev_ids, day)
        # A database has all events, with their newest content.
        write_zip(self.folder, source, dict(sorted((self.newest if source == "avall" else contents).items())), day)
