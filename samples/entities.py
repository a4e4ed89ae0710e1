"""What a made-up event of 1982 or later is, before rows of tables are made from it."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from samples.causes import Cause
from samples.vocabulary import AircraftType, Location

LEVELS = ("FATL", "SERS", "MINR", "NONE")
AIRLINE = ("121", "129")


class Era(NamedTuple):
    """What one file holds: local dates of its events, the span of its last changes, the running number of new ids."""

    name: str
    first: date
    last: date
    changed_first: date
    changed_last: date
    serial: int
    number: int  # of the first ntsb_no within office, year and kind


@dataclass
class Pilot:
    """One crew member; `level` is an index into LEVELS."""

    certificate: str
    hours: int
    age: int
    level: int = 3


@dataclass
class Aircraft:
    """One aircraft of an event; `people` counts those aboard by LEVELS."""

    key: int
    type: AircraftType
    make: str
    far: str
    purpose: str | None
    registration: str
    pilots: list[Pilot]
    aboard: int
    people: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    damage: str | None = None

    @property
    def airline(self) -> bool:
        """Whether it flew as an air carrier."""
        return self.far in AIRLINE


@dataclass
class Event:
    """One event; `local` is its local time, `utc` what the files hold."""

    local: datetime
    location: Location
    cause: Cause
    imc: bool
    light: str
    incident: bool
    aircraft: list[Aircraft]
    score: float
    worst: int = 3
    ground: tuple[int, int, int] = (0, 0, 0)  # fatal, serious, minor outside the aircraft
    ev_id: str = ""
    ntsb_no: str = ""
    created: date = date(2000, 12, 4)
    changed: datetime = datetime(2021, 1, 1)

    @property
    def utc(self) -> datetime:
        """The local time moved to UTC, with daylight saving from April to October."""
        summer = self.location.country == "USA" and 4 <= self.local.month <= 10
        return self.local + timedelta(hours=self.location.hours - summer)
