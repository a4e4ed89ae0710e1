"""Synthetic events since 1982, from which table rows are generated."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from samples.causes import Cause
from samples.vocabulary import AircraftType, Location

LEVELS = ("FATL", "SERS", "MINR", "NONE")
AIRLINE = ("121", "129")


class Era(NamedTuple):
    """Parameters of one file: range of local event dates and of change dates, first serial number of new ids."""

    name: str
    first: date
    last: date
    changed_first: date
    changed_last: date
    serial: int
    number: int  # first number of ntsb_no within office, fiscal year and type


@dataclass
class Pilot:
    """One crew member; `level` is an index into LEVELS."""

    certificate: str
    hours: int
    age: int
    level: int = 3


@dataclass
class Aircraft:
    """One aircraft of an event; `people` is the number of persons aboard per injury level, in the order of LEVELS."""

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
        """True for an air carrier (parts 121 and 129)."""
        return self.far in AIRLINE


@dataclass
class Event:
    """One event; `local` is its local time, `utc` the time in the files; `worst` is an index into LEVELS."""

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
        """Local time converted to UTC, with daylight saving time in the USA from April to October."""
        summer = self.location.country == "USA" and 4 <= self.local.month <= 10
        return self.local + timedelta(hours=self.location.hours - summer)
