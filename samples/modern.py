"""Draws of made-up events of 1982 and later: what happened, where, how bad, and the ids it got."""

from datetime import date, datetime, timedelta

import numpy as np

from samples.causes import BY_NAME, CAUSES, Cause
from samples.crafts import draw_craft
from samples.dice import Dice
from samples.facts import Craft, Era, Event
from samples.vocabulary import EVENT_WEIGHT_ABROAD, HOMEBUILT, PLACES, Place

SHARES = (0.19, 0.12, 0.15)  # of events by worst injury: fatal, serious, minor; the rest has none
MONTHS = (5, 6, 7, 8, 9, 10, 11, 10, 9, 7, 6, 5)  # how often an accident falls into each month
NEW_IDS = date(2020, 9, 28)  # since this day ids are the date and a running number


def draw_events(dice: Dice, count: int, era: Era) -> list[Event]:
    """Events in the order of their local time, with severity, ids and dates of change."""
    events = sorted((draw_event(dice, era) for _ in range(count)), key=lambda event: event.local)
    cuts = np.quantile([event.score for event in events], 1 - np.cumsum(SHARES))
    for event in events:
        event.worst = int(np.searchsorted(-cuts, -event.score))
        for craft in event.crafts:
            hurt(dice, event, craft)
    name(dice, events, era)
    return events


def draw_event(dice: Dice, era: Era) -> Event:
    """One event without severity and ids."""
    local = draw_time(dice, era)
    place = dice.pick(PLACES, [1.0 if p.country == "USA" else EVENT_WEIGHT_ABROAD for p in PLACES])
    cause = dice.pick(CAUSES, [c.weight for c in CAUSES])
    winter = local.month in (11, 12, 1, 2)
    imc = dice.chance({"terrain": 0.6, "gusts": 0.35, "stall": 0.12}.get(cause.name, 0.07) + 0.05 * winter)
    incident = dice.chance(0.035)
    pair = cause.name == "midair" or dice.chance(0.01)
    if pair:
        cause = BY_NAME["midair"]
    crafts = [draw_craft(dice, local.year, place, 1 + number, pair) for number in range(1 + pair)]
    light = light_at(dice, local)
    score = score_of(dice, cause, imc, light, crafts[0], place) if not incident else -9.0
    return Event(local, place, cause, imc, light, incident, crafts, score)


def draw_time(dice: Dice, era: Era) -> datetime:
    """A local time: more in summer, mostly by day, mostly on full five minutes."""
    while True:
        day = era.first + timedelta(days=dice.whole(0, (era.last - era.first).days))
        if dice.chance(MONTHS[day.month - 1] / max(MONTHS)):
            break
    minute = int(np.clip(dice.normal(14.0 * 60, 4.6 * 60), 0, 1439))
    if dice.chance(0.08):
        minute = dice.whole(0, 1439)
    return datetime(day.year, day.month, day.day) + timedelta(minutes=minute // 5 * 5 if dice.chance(0.7) else minute)


def light_at(dice: Dice, local: datetime) -> str:
    """The code of the light at that time of day."""
    hour = local.hour + local.minute / 60
    if dice.chance(0.02):
        return "NR"
    if hour < 6 or hour > 20.2:
        return dice.pick(("NITE", "NDRK", "NBRT"), (45, 45, 10))
    return "DAWN" if hour < 6.8 else "DUSK" if hour > 19.2 else "DAYL"


def score_of(dice: Dice, cause: Cause, imc: bool, light: str, craft: Craft, place: Place) -> float:
    """How bad it was: what is known beforehand counts, the rest is chance."""
    score = cause.effect + 1.9 * imc + 1.1 * (light in ("NITE", "NDRK")) + 0.5 * (craft.type.category == "HELI")
    score += 0.7 * (craft.type.make in HOMEBUILT) - 2.4 * craft.airline + 0.3 * (craft.type.engines > 1)
    score += 0.6 * (place.country != "USA") - 0.15 * (np.log(craft.pilots[0].hours) - 6)
    return float(score) + dice.normal(0, 0.9)


def hurt(dice: Dice, event: Event, craft: Craft) -> None:
    """Spreads injuries over those aboard: at least one person of the first aircraft has the worst."""
    worst = event.worst if craft.key == 1 else dice.whole(event.worst, 3)
    rest = craft.aboard - 1
    same = rest if worst == 3 or dice.chance(0.6) else dice.whole(0, rest)
    if craft.aboard > 20 and worst:
        same = min(same, 3) if worst < 3 else rest
    craft.people[worst] += 1 + same
    for _ in range(rest - same):
        craft.people[min(3, worst + dice.whole(1, 3))] += 1
    left = [level for level in range(4) for _ in range(min(craft.people[level], 2))]
    for pilot in craft.pilots:
        pilot.level = left.pop(0) if left else 3
    if worst == 0:
        craft.damage = dice.pick(("DEST", "SUBS"), (60, 40))
    elif event.incident:
        craft.damage = dice.pick(("MINR", "NONE"), (60, 40))
    else:
        craft.damage = dice.pick(("SUBS", "DEST", "MINR", "UNK", None), (90, 5, 3, 1, 1))
    if craft.key == 1 and not event.incident and dice.chance(0.01):
        event.ground = dice.pick(((0, 1, 0), (0, 0, 1))) if event.worst < 2 else (0, 0, 0)


def name(dice: Dice, events: list[Event], era: Era) -> None:
    """Gives ids, numbers and dates of creation and change."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for event in events:
        late = min(event.local.date() + timedelta(days=min(int(dice.skewed(3, 1.0)), 200)), era.last)
        event.created = max(late, event.local.date())
        if event.created < date(2000, 12, 4):
            event.created = date(2000, 12, 4) + timedelta(days=dice.whole(0, 27))
    for rank, event in enumerate(sorted(events, key=lambda e: e.created)):
        event.ev_id = new_id(dice, event.created, era.serial + rank, taken)
    for event in events:
        office = "DCA" if event.place.country != "USA" else dice.pick(("WPR", "CEN", "ERA", "ANC"))
        kind = "WA" if office == "DCA" else "IA" if event.incident else dice.pick(("LA", "FA", "CA"), (66, 17, 17))
        fiscal = (event.local.year + (event.local.month > 9)) % 100
        stem = f"{office}{fiscal:02d}{kind}"
        counts[stem] = counts.get(stem, era.number - 1) + 1
        event.ntsb_no = f"{stem}{counts[stem]:03d}"
        first = max(era.changed_first, event.created + timedelta(days=1))
        days = max(0, (era.changed_last - first).days)
        second = timedelta(days=dice.whole(0, days), seconds=dice.whole(0, 86399))
        event.changed = datetime(first.year, first.month, first.day) + second


def new_id(dice: Dice, created: date, serial: int, taken: set[str]) -> str:
    """An ev_id of 14 characters: the date of creation, then X and five digits, or a running number since 2020."""
    if created >= NEW_IDS:
        return f"{created:%Y%m%d}{serial:06d}"
    while (ev_id := f"{created:%Y%m%d}X{dice.whole(0, 95999):05d}") in taken:
        pass
    taken.add(ev_id)
    return ev_id
