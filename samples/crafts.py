"""Draws of made-up aircraft and their pilots."""

import numpy as np

from samples.dice import Dice
from samples.facts import AIRLINE, Craft, Pilot
from samples.vocabulary import FIRST_BUILT, TYPES, Make, Place


def draw_craft(dice: Dice, year: int, place: Place, key: int, small: bool) -> Craft:
    """One aircraft that existed by that year; `small` keeps airliners out of traffic patterns."""
    known = [t for t in TYPES if FIRST_BUILT.get(t.make, 0) <= year and not (small and t.seats > 10)]
    kind = dice.pick(known, [t.share for t in known])
    far = draw_far(dice, kind, place)
    purpose = dice.pick(("PERS", "INST", "BUS", "POSI", "UNK"), (66, 15, 6, 5, 2))
    crew = 2 if far in AIRLINE or (dice.chance(0.06) and kind.seats > 1) else 1
    aboard = dice.whole(kind.seats // 3, kind.seats) if kind.seats > 20 else dice.whole(1, min(kind.seats, 5))
    return Craft(
        key=key,
        type=kind,
        make=kind.make.title() if dice.chance(0.15) else kind.make,
        far=far,
        purpose=None if far in (*AIRLINE, "NUSC") else "AAPL" if far == "137" else purpose,
        registration=dice.pick(("NONE", "UNK")) if dice.chance(0.02) else registration(dice),
        pilots=[draw_pilot(dice, far, second=number > 0) for number in range(crew)],
        aboard=max(aboard, crew),
    )


def registration(dice: Dice) -> str:
    """A mark of the form N1234A."""
    return f"N{dice.whole(1, 9)}{dice.whole(100, 999)}{dice.pick('ABCDEFGHJKLMNPQRSTUVWXYZ')}"


def draw_far(dice: Dice, kind: Make, place: Place) -> str:
    """The rules under which it flew."""
    if place.country != "USA":
        return "NUSC" if kind.seats > 20 or dice.chance(0.25) else "NUSN"
    if kind.seats > 20:
        return dice.pick(("121", "129", "091"), (80, 12, 8))
    if kind.make == "AIR TRACTOR":
        return "137"
    if kind.power_plant in ("TP", "TF"):
        return dice.pick(("135", "091"), (45, 55))
    return dice.pick(("091", "135", "137", "PUBU"), (90, 6, 2, 2) if kind.category == "AIR" else (84, 10, 3, 3))


def draw_pilot(dice: Dice, far: str, second: bool) -> Pilot:
    """A pilot: certificate by the rules, hours by the certificate, age by the hours."""
    if far in AIRLINE:
        certificate = "ATP"
    else:
        certificate = dice.pick(("STU", "SPRT", "PRI", "COMM", "CFI", "ATP"), (8, 4, 52, 21, 10, 5))
    middle = {"STU": 40, "SPRT": 150, "PRI": 400, "COMM": 1600, "CFI": 2200, "ATP": 7500}[certificate]
    hours = int(min(dice.skewed(middle, 0.8) + 3, 40000))
    age = int(np.clip(dice.normal(39 + 1.6 * np.log(hours) - 6 * second, 12), 17, 88))
    return Pilot(certificate, hours, age)
