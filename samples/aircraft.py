"""Random aircraft and pilots."""

import numpy as np

from samples.entities import AIRLINE, Aircraft, Pilot
from samples.sampler import Sampler
from samples.vocabulary import AIRCRAFT_TYPES, FIRST_BUILT, AircraftType, Location


def draw_aircraft(sampler: Sampler, year: int, location: Location, key: int, small: bool) -> Aircraft:
    """Draw an aircraft of a type in production by `year`; `small` limits it to ten seats."""
    types = [t for t in AIRCRAFT_TYPES if FIRST_BUILT.get(t.make, 0) <= year and not (small and t.seats > 10)]
    kind = sampler.choice(types, [t.share for t in types])
    far = draw_far(sampler, kind, location)
    purpose = sampler.choice(("PERS", "INST", "BUS", "POSI", "UNK"), (66, 15, 6, 5, 2))
    crew = 2 if far in AIRLINE or (sampler.chance(0.06) and kind.seats > 1) else 1
    aboard = sampler.integer(kind.seats // 3, kind.seats) if kind.seats > 20 else sampler.integer(1, min(kind.seats, 5))
    return Aircraft(
        key=key,
        type=kind,
        make=kind.make.title() if sampler.chance(0.15) else kind.make,
        far=far,
        purpose=None if far in (*AIRLINE, "NUSC") else "AAPL" if far == "137" else purpose,
        registration=sampler.choice(("NONE", "UNK")) if sampler.chance(0.02) else registration(sampler),
        pilots=[draw_pilot(sampler, far, second=number > 0) for number in range(crew)],
        aboard=max(aboard, crew),
    )


def registration(sampler: Sampler) -> str:
    """Return a registration of the form N1234A."""
    return f"N{sampler.integer(1, 9)}{sampler.integer(100, 999)}{sampler.choice('ABCDEFGHJKLMNPQRSTUVWXYZ')}"


def draw_far(sampler: Sampler, kind: AircraftType, location: Location) -> str:
    """Return the code of the Federal Aviation Regulations part under which the flight was operated."""
    if location.country != "USA":
        return "NUSC" if kind.seats > 20 or sampler.chance(0.25) else "NUSN"
    if kind.seats > 20:
        return sampler.choice(("121", "129", "091"), (80, 12, 8))
    if kind.make == "AIR TRACTOR":
        return "137"
    if kind.power_plant in ("TP", "TF"):
        return sampler.choice(("135", "091"), (45, 55))
    return sampler.choice(("091", "135", "137", "PUBU"), (90, 6, 2, 2) if kind.category == "AIR" else (84, 10, 3, 3))


def draw_pilot(sampler: Sampler, far: str, second: bool) -> Pilot:
    """Draw a pilot: the certificate depends on the regulations part, hours on the certificate, age on the hours."""
    if far in AIRLINE:
        certificate = "ATP"
    else:
        certificate = sampler.choice(("STU", "SPRT", "PRI", "COMM", "CFI", "ATP"), (8, 4, 52, 21, 10, 5))
    median_hours = {"STU": 40, "SPRT": 150, "PRI": 400, "COMM": 1600, "CFI": 2200, "ATP": 7500}[certificate]
    hours = int(min(sampler.lognormal(median_hours, 0.8) + 3, 40000))
    age = int(np.clip(sampler.normal(39 + 1.6 * np.log(hours) - 6 * second, 12), 17, 88))
    return Pilot(certificate, hours, age)
