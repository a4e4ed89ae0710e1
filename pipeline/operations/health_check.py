"""The result of a check of the environment."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class HealthCheck:
    """The result of a check: its status, what it found, and the next step (empty if there is none)."""

    name: str
    status: Status
    finding: str
    next_step: str = ""
