"""Random events since 1982: circumstances, location, severity and ids."""

from datetime import date, datetime, timedelta

import numpy as np

from samples.aircraft import draw_aircraft
from samples.causes import BY_NAME, CAUSES, Cause
from samples.entities import Aircraft, Era, Event
from samples.sampler import Sampler
from samples.vocabulary import FOREIGN_EVENT_WEIGHT, HOMEBUILT, LOCATIONS, Location

SHARES = (0.19, 0.12, 0.15)  # shares of events by highest injury: fatal, serious, minor; the rest: none
MONTHS = (5, 6, 7, 8, 9, 10, 11, 10, 9, 7, 6, 5)  # relative frequency per month
NEW_IDS = date(2020, 9, 28)  # from this date on, ids are the date and a serial number


def draw_events(sampler: Sampler, count: int, era: Era) -> list[Event]:
    """Draw `count` events, ordered by local time, with severity, ids and change dates."""
    events = sorted((draw_event(sampler, era) for _ in range(count)), key=lambda event: event.local)
    cuts = np.quantile([event.score for event in events], 1 - np.cumsum(SHARES))
    for event in events:
        event.worst = int(np.searchsorted(-cuts, -event.score))
        for aircraft in event.aircraft:
            assign_injuries(sampler, event, aircraft)
    assign_ids(sampler, events, era)
    return events


def draw_event(sampler: Sampler, era: Era) -> Event:
    """Draw one event, without severity and ids."""
    local = draw_time(sampler, era)
    location = sampler.choice(LOCATIONS, [1.0 if p.country == "USA" else FOREIGN_EVENT_WEIGHT for p in LOCATIONS])
    cause = sampler.choice(CAUSES, [c.weight for c in CAUSES])
    winter = local.month in (11, 12, 1, 2)
    imc = sampler.chance({"terrain": 0.6, "gusts": 0.35, "stall": 0.12}.get(cause.name, 0.07) + 0.05 * winter)
    incident = sampler.chance(0.035)
    pair = cause.name == "midair" or sampler.chance(0.01)
    if pair:
        cause = BY_NAME["midair"]
    aircraft = [draw_aircraft(sampler, local.year, location, 1 + number, pair) for number in range(1 + pair)]
    light = light_condition(sampler, local)
    score = severity_score(sampler, cause, imc, light, aircraft[0], location) if not incident else -9.0
    return Event(local, location, cause, imc, light, incident, aircraft, score)


def draw_time(sampler: Sampler, era: Era) -> datetime:
    """Draw a local time: more often in summer and by day, mostly a multiple of five minutes."""
    while True:
        day = era.first + timedelta(days=sampler.integer(0, (era.last - era.first).days))
        if sampler.chance(MONTHS[day.month - 1] / max(MONTHS)):
            break
    minute = int(np.clip(sampler.normal(14.0 * 60, 4.6 * 60), 0, 1439))
    if sampler.chance(0.08):
        minute = sampler.integer(0, 1439)
    return datetime(day.year, day.month, day.day) + timedelta(
        minutes=minute // 5 * 5 if sampler.chance(0.7) else minute
    )


def light_condition(sampler: Sampler, local: datetime) -> str:
    """Return the code of the light condition at that time of day."""
    hour = local.hour + local.minute / 60
    if sampler.chance(0.02):
        return "NR"
    if hour < 6 or hour > 20.2:
        return sampler.choice(("NITE", "NDRK", "NBRT"), (45, 45, 10))
    return "DAWN" if hour < 6.8 else "DUSK" if hour > 19.2 else "DAYL"


def severity_score(
    sampler: Sampler, cause: Cause, imc: bool, light: str, aircraft: Aircraft, location: Location
) -> float:
    """Return the severity score: effects of values known before the event, plus noise."""
    score = cause.effect + 1.9 * imc + 1.1 * (light in ("NITE", "NDRK")) + 0.5 * (aircraft.type.category == "HELI")
    score += 0.7 * (aircraft.type.make in HOMEBUILT) - 2.4 * aircraft.airline + 0.3 * (aircraft.type.engines > 1)
    score += 0.6 * (location.country != "USA") - 0.15 * (np.log(aircraft.pilots[0].hours) - 6)
    return float(score) + sampler.normal(0, 0.9)


def assign_injuries(sampler: Sampler, event: Event, aircraft: Aircraft) -> None:
    """Assign injury levels and damage; someone in the first aircraft has the highest injury of the event."""
    worst = event.worst if aircraft.key == 1 else sampler.integer(event.worst, 3)
    others = aircraft.aboard - 1
    same = others if worst == 3 or sampler.chance(0.6) else sampler.integer(0, others)
    if aircraft.aboard > 20 and worst:
        same = min(same, 3) if worst < 3 else others
    aircraft.people[worst] += 1 + same
    for _ in range(others - same):
        aircraft.people[min(3, worst + sampler.integer(1, 3))] += 1
    levels = [level for level in range(4) for _ in range(min(aircraft.people[level], 2))]
    for pilot in aircraft.pilots:
        pilot.level = levels.pop(0) if levels else 3
    if worst == 0:
        aircraft.damage = sampler.choice(("DEST", "SUBS"), (60, 40))
    elif event.incident:
        aircraft.damage = sampler.choice(("MINR", "NONE"), (60, 40))
    else:
        aircraft.damage = sampler.choice(("SUBS", "DEST", "MINR", "UNK", None), (90, 5, 3, 1, 1))
    if aircraft.key == 1 and not event.incident and sampler.chance(0.01):
        event.ground = sampler.choice(((0, 1, 0), (0, 0, 1))) if event.worst < 2 else (0, 0, 0)


def assign_ids(sampler: Sampler, events: list[Event], era: Era) -> None:
    """Assign ev_id, ntsb_no, and the dates of creation and last change."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for event in events:
        late = min(event.local.date() + timedelta(days=min(int(sampler.lognormal(3, 1.0)), 200)), era.last)
        event.created = max(late, event.local.date())
        if event.created < date(2000, 12, 4):
            event.created = date(2000, 12, 4) + timedelta(days=sampler.integer(0, 27))
    for rank, event in enumerate(sorted(events, key=lambda e: e.created)):
        event.ev_id = new_id(sampler, event.created, era.serial + rank, taken)
    for event in events:
        office = "DCA" if event.location.country != "USA" else sampler.choice(("WPR", "CEN", "ERA", "ANC"))
        kind = "WA" if office == "DCA" else "IA" if event.incident else sampler.choice(("LA", "FA", "CA"), (66, 17, 17))
        fiscal = (event.local.year + (event.local.month > 9)) % 100
        stem = f"{office}{fiscal:02d}{kind}"
        counts[stem] = counts.get(stem, era.number - 1) + 1
        event.ntsb_no = f"{stem}{counts[stem]:03d}"
        first = max(era.changed_first, event.created + timedelta(days=1))
        days = max(0, (era.changed_last - first).days)
        second = timedelta(days=sampler.integer(0, days), seconds=sampler.integer(0, 86399))
        event.changed = datetime(first.year, first.month, first.day) + second


def new_id(sampler: Sampler, created: date, serial: int, taken: set[str]) -> str:
    """Return an ev_id: date of creation, then X and five random digits or, since 2020, a six-digit serial number."""
    if created >= NEW_IDS:
        return f"{created:%Y%m%d}{serial:06d}"
    while (ev_id := f"{created:%Y%m%d}X{sampler.integer(0, 95999):05d}") in taken:
        pass
    taken.add(ev_id)
    return ev_id
