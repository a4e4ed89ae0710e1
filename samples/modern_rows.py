"""All rows of a file since 1982, generated from its events."""

from collections.abc import Iterator
from typing import Any

from samples.entities import Aircraft, Event, Pilot
from samples.modern_aircraft import aircraft_details, aircraft_row, engine_rows
from samples.modern_crew import crew_details, crew_row, injury_rows, time_rows
from samples.modern_events import admin_row, event_details, event_row
from samples.modern_findings import finding_rows, narrative_row, occurrence_rows, sequence_rows, subject_rows
from samples.sampler import Sampler

Row = dict[str, Any]
Tables = dict[str, list[Row]]
CHILDREN = (
    *("events", "aircraft", "narratives", "Findings", "Events_Sequence", "Occurrences", "seq_of_events", "engines"),
    *("injury", "Flight_Crew", "flight_time", "NTSB_Admin", "dt_aircraft", "dt_events", "dt_Flight_Crew"),
)


def modern_tables(sampler: Sampler, events: list[Event], legacy: bool) -> Tables:
    """Return {table: rows} sorted by ev_id; `legacy`: codes used until 2007, else those used since 2008."""
    tables: Tables = {name: [] for name in CHILDREN}
    for event in sorted(events, key=lambda e: e.ev_id):
        for name, row in event_rows(sampler, event, legacy):
            tables[name].append(row)
    return tables


def event_rows(sampler: Sampler, event: Event, legacy: bool) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for every row of an event."""
    yield "events", event_row(sampler, event, zero_ground=legacy)
    yield "NTSB_Admin", admin_row(sampler, event)
    for row in event_details(sampler, event):
        yield "dt_events", row
    for aircraft in event.aircraft:
        yield from rows_of_aircraft(sampler, event, aircraft, legacy)
        for number, pilot in enumerate(aircraft.pilots, 1):
            yield from pilot_rows(sampler, event, aircraft, number, pilot)


def rows_of_aircraft(sampler: Sampler, event: Event, aircraft: Aircraft, legacy: bool) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for every row of an aircraft."""
    yield "aircraft", aircraft_row(sampler, event, aircraft, legacy)
    if sampler.chance(0.95):
        yield "narratives", narrative_row(sampler, event, aircraft)
    children = {
        "engines": engine_rows(sampler, event, aircraft),
        "injury": injury_rows(event, aircraft, legacy),
        "dt_aircraft": aircraft_details(sampler, event, aircraft),
        "Occurrences": occurrence_rows(sampler, event, aircraft) if legacy else [],
        "seq_of_events": subject_rows(sampler, event, aircraft) if legacy else [],
        # A few events of older files are coded in both systems.
        "Events_Sequence": sequence_rows(sampler, event, aircraft) if not legacy or sampler.chance(0.01) else [],
        "Findings": finding_rows(sampler, event, aircraft) if not legacy or sampler.chance(0.01) else [],
    }
    for name, rows in children.items():
        for row in rows:
            yield name, {k: v for k, v in row.items() if not (legacy and k == "cm_inPc")}


def pilot_rows(
    sampler: Sampler, event: Event, aircraft: Aircraft, number: int, pilot: Pilot
) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for every row of a crew member."""
    yield "Flight_Crew", crew_row(sampler, event, aircraft, number, pilot)
    for row in time_rows(sampler, event, aircraft, number, pilot):
        yield "flight_time", row
    for row in crew_details(sampler, event, aircraft, number, pilot):
        yield "dt_Flight_Crew", row
