"""Records of schedules: `schedules/<schedule>/<date>.json` says what one did for a date; `paused.json` pauses all.

A record is `running` while the tasks of the schedule run, so that the next run for the date continues.
"""

import datetime
import re
import time
from pathlib import Path
from typing import Any

from pipeline import config, json_file
from pipeline.operations import run_summaries

SCHEDULES = run_summaries.SCHEDULES
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
RUNNING, PAUSED, NOTHING_NEW = "running", "paused", "nothing new"


def folder() -> Path:
    """Return the folder of the records."""
    return config.targets_folder() / "schedules"


def record_path(schedule: str, date: datetime.date) -> Path:
    """Return the path of the record of a schedule for a date."""
    return folder() / schedule / f"{date.isoformat()}.json"


def read(schedule: str, date: datetime.date) -> dict[str, Any]:
    """Return the record of a schedule for a date; empty if there is none."""
    return json_file.read(record_path(schedule, date)) or {}


def write(schedule: str, date: datetime.date, result: str, **details: Any) -> None:
    """Write the record of a schedule for a date. Raises OSError."""
    json_file.write(record_path(schedule, date), {"schedule": schedule, "date": str(date), "result": result, **details})


def is_done(schedule: str, date: datetime.date) -> bool:
    """Return True if the schedule has ended for the date; one that was paused then runs once it is resumed."""
    result = read(schedule, date).get("result", RUNNING)
    return result != RUNNING and (result != PAUSED or pause() is not None)


def last(schedule: str, result: str | None = None) -> dict[str, Any]:
    """Return the record with the latest date, of those with a result if one is given; empty if there is none."""
    paths = sorted((folder() / schedule).glob("*.json"))
    records = [record for path in paths if (record := json_file.read(path))]
    return next((record for record in reversed(records) if result in (None, record["result"])), {})


def surplus(now_s: float, days: int) -> list[Path]:
    """Return the records of dates more than `days` ago, except the last record of each schedule."""
    limit = datetime.datetime.fromtimestamp(now_s, datetime.UTC).date() - datetime.timedelta(days=days)
    paths = []
    for schedule in folder().glob("*/"):
        dates = sorted(path for path in schedule.glob("*.json") if DATE.fullmatch(path.stem))
        paths += [path for path in dates[:-1] if path.stem < limit.isoformat()]
    return paths


def pause() -> dict[str, Any] | None:
    """Return {reason, since} if schedules are paused, else None."""
    return json_file.read(folder() / "paused.json")


def set_pause(reason: str) -> None:
    """Pause all schedules: their runs end with success and do nothing."""
    json_file.write(folder() / "paused.json", {"reason": reason, "since": run_summaries.iso(time.time())})


def resume() -> bool:
    """End the pause; return whether there was one."""
    path = folder() / "paused.json"
    was_paused = path.exists()
    path.unlink(missing_ok=True)
    return was_paused
