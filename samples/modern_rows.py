"""All rows of a modern file (1982 and later) from the facts of its events."""

from collections.abc import Iterator
from typing import Any

from samples.dice import Dice
from samples.facts import Craft, Event, Pilot
from samples.modern_aircraft import aircraft_details, aircraft_row, engine_rows
from samples.modern_crew import crew_details, crew_row, injury_rows, time_rows
from samples.modern_events import admin_row, event_details, event_row
from samples.modern_story import finding_rows, narrative_row, occurrence_rows, sequence_rows, subject_rows

Row = dict[str, Any]
Tables = dict[str, list[Row]]
CHILDREN = (
    *("events", "aircraft", "narratives", "Findings", "Events_Sequence", "Occurrences", "seq_of_events", "engines"),
    *("injury", "Flight_Crew", "flight_time", "NTSB_Admin", "dt_aircraft", "dt_events", "dt_Flight_Crew"),
)


def modern_tables(dice: Dice, events: list[Event], legacy: bool) -> Tables:
    """Rows by table, sorted by event; `legacy` fills the coding of files up to 2007, else that of later ones."""
    tables: Tables = {name: [] for name in CHILDREN}
    for event in sorted(events, key=lambda e: e.ev_id):
        for name, row in event_rows(dice, event, legacy):
            tables[name].append(row)
    return tables


def event_rows(dice: Dice, event: Event, legacy: bool) -> Iterator[tuple[str, Row]]:
    """Every row of one event with the name of its table."""
    yield "events", event_row(dice, event, zero_ground=legacy)
    yield "NTSB_Admin", admin_row(dice, event)
    for row in event_details(dice, event):
        yield "dt_events", row
    for craft in event.crafts:
        yield from craft_rows(dice, event, craft, legacy)
        for number, pilot in enumerate(craft.pilots, 1):
            yield from pilot_rows(dice, event, craft, number, pilot)


def craft_rows(dice: Dice, event: Event, craft: Craft, legacy: bool) -> Iterator[tuple[str, Row]]:
    """Rows of one aircraft."""
    yield "aircraft", aircraft_row(dice, event, craft, legacy)
    if dice.chance(0.95):
        yield "narratives", narrative_row(dice, event, craft)
    several = {
        "engines": engine_rows(dice, event, craft),
        "injury": injury_rows(event, craft, legacy),
        "dt_aircraft": aircraft_details(dice, event, craft),
        "Occurrences": occurrence_rows(dice, event, craft) if legacy else [],
        "seq_of_events": subject_rows(dice, event, craft) if legacy else [],
        # A handful of events of older files are coded in both ways.
        "Events_Sequence": sequence_rows(dice, event, craft) if not legacy or dice.chance(0.01) else [],
        "Findings": finding_rows(dice, event, craft) if not legacy or dice.chance(0.01) else [],
    }
    for name, rows in several.items():
        for row in rows:
            yield name, {k: v for k, v in row.items() if not (legacy and k == "cm_inPc")}


def pilot_rows(dice: Dice, event: Event, craft: Craft, number: int, pilot: Pilot) -> Iterator[tuple[str, Row]]:
    """Rows of one crew member."""
    yield "Flight_Crew", crew_row(dice, event, craft, number, pilot)
    for row in time_rows(dice, event, craft, number, pilot):
        yield "flight_time", row
    for row in crew_details(dice, event, craft, number, pilot):
        yield "dt_Flight_Crew", row
