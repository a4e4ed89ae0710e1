"""Reviewed exceptions: alarms that somebody has explained (exceptions.toml), and those that nobody has."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EXCEPTIONS = Path(__file__).with_name("exceptions.toml")
KEYS = {"alarm", "moment", "at_most", "release", "reason"}


@dataclass(frozen=True)
class Alarm:
    """One gate that was passed: its name, the figure, and what to say of it (the text begins with the name)."""

    gate: str
    figure: float
    text: str


def load_exceptions(path: Path = EXCEPTIONS) -> list[dict[str, Any]]:
    """The reviewed exceptions. ValueError where an entry lacks a key, has a strange one, or gives no reason."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("exception", [])
    faults = [
        f"entry {number}: keys {', '.join(sorted(KEYS))} expected, {', '.join(sorted(entry))} found"
        for number, entry in enumerate(entries, 1)
        if set(entry) != KEYS
    ]
    faults += [
        f"entry {number}: a reason expected, none found"
        for number, entry in enumerate(entries, 1)
        if not str(entry.get("reason", "")).strip()
    ]
    if faults:
        raise ValueError(f"{path.name}: " + "; ".join(faults))
    return entries


def sort_out(
    raised: Sequence[Alarm], moment: str, exceptions: Sequence[Mapping[str, Any]]
) -> tuple[list[str], list[str]]:
    """(alarms that stop promotion, alarms that an exception excuses, each with its reason)."""
    open_alarms, excused = [], []
    for alarm in raised:
        reason = next((entry["reason"] for entry in exceptions if _excuses(entry, alarm, moment)), None)
        if reason is None:
            open_alarms.append(alarm.text)
        else:
            excused.append(f"{alarm.text} Excused: {reason}")
    return open_alarms, excused


def _excuses(entry: Mapping[str, Any], alarm: Alarm, moment: str) -> bool:
    return bool(entry["alarm"] == alarm.gate and entry["moment"] == moment and alarm.figure <= entry["at_most"])
