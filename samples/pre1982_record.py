"""One aircraft of the synthetic PRE1982 file, from which rows are generated."""

from dataclasses import dataclass
from datetime import datetime

from samples.causes import Cause
from samples.vocabulary import Location

LEVELS = ("FATAL", "SERIOUS", "MINOR", "NONE", "UNKNOWN")


@dataclass
class Record:
    """One aircraft; `worst` is an index into LEVELS, `collided_with` the other aircraft of a collision."""

    local_time: datetime
    location: Location
    cause: Cause
    second: Cause | None
    make: tuple[str, ...]
    airline: bool
    imc: bool
    night: bool
    hours: int
    age: int
    copilot: bool
    aboard: int
    registration: str
    score: float
    number: int = 0
    docket: str = ""
    worst: int = 3
    collided_with: "Record | None" = None

    def coded(self, value: int, width: int, role: str = "A") -> str:
        """Return a zero-padded number, then the letter of the pilot's role; since 1972, its last digit again."""
        text = f"{min(value, 10**width - 1):0{width}d}"
        return text + (role if self.local_time.year < 1972 else text[-1])

    def triplets(self) -> list[tuple[str, str, str]]:
        """Return the causes as (group, flag, remainder). Flags: A cause, B cause of the second occurrence, J factor."""
        causes = [(self.cause.pre1982[2], "A")]
        causes += [(self.second.pre1982[2], "B")] if self.second else []
        causes += [("82A", "J")] if self.imc else []
        return [(code[:2], flag, code[2:]) for code, flag in causes]
