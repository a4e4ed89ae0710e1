"""Rows of Events_Sequence, Findings, Occurrences, seq_of_events and narratives for a synthetic event."""

from typing import Any

from samples.codes import meaning
from samples.entities import Aircraft, Event
from samples.sampler import Sampler

Row = dict[str, Any]
CATEGORY_NAMES = {"AIR": "airplane", "HELI": "helicopter", "GLI": "glider", "BALL": "balloon", "GYRO": "gyroplane"}
FILLERS = (
    "The weather at the nearest station was recorded a few minutes before.",
    "A friend of the pilot watched from the parking area and called for help.",
    "The wreck was looked at by a mechanic who found that every control was still connected.",
    "The pilot had flown the same route on the day before.",
    "The tanks held about 3½ gallons of fuel when they were drained.",
    "The logbooks were complete and showed nothing out of the ordinary.",
    "Marks on the ground led from the first contact to the place of rest, 240 feet on a heading of 110°.",
)


def sequence_rows(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of Events_Sequence, the defining event first; a few codes end with a blank, as NTSB's do."""
    cause = event.cause
    steps = [(sampler.choice(cause.phases), sampler.choice(cause.events))]
    if sampler.chance(0.55):
        steps.append(("650" if event.worst == 0 else "600", "470"))
    rows = []
    for number, (phase, what) in enumerate(steps, 1):
        text = f"{meaning('Events_Sequence', 'Occurrence_Code', phase + 'xxx')} "
        text += meaning("Events_Sequence", "Occurrence_Code", "xxx" + what)
        code = phase + what + (" " if sampler.chance(0.03) else "")
        row = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "Occurrence_No": number, "Occurrence_Code": code}
        row |= {"phase_no": phase, "eventsoe_no": what, "Occurrence_Description": text[:100]}
        rows.append({**row, "Defining_ev": number == 1, "lchg_date": event.changed})
    return rows


def finding_rows(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of Findings; Cause_Factor is filled for events before 2020."""
    findings = event.cause.findings
    rows = []
    for number, code in enumerate(findings[: sampler.integer(1, len(findings))], 1):
        words = meaning("Findings", "findings_code", code[:8] + "XX").replace(" - ", "-")
        text = f"{words}-{meaning('Findings', 'modifier_no', 'xxxxxxxx' + code[8:])}"
        has_flag = event.local.year < 2020
        flag = ("C" if number == 1 else sampler.choice(("C", "F", None))) if has_flag else None
        row = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "finding_no": number, "finding_code": code}
        parts = ("category_no", "subcategory_no", "section_no", "subsection_no", "modifier_no")
        row |= {part: code[2 * index : 2 * index + 2] for index, part in enumerate(parts)}
        row |= {"finding_description": text + (f" - {flag}" if flag else ""), "Cause_Factor": flag}
        rows.append({**row, "cm_inPc": "T" if number == 1 else "F", "lchg_date": event.changed})
    return rows


def occurrence_rows(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of Occurrences (codes used until 2007); altitude in feet."""
    rows = []
    for number, code in enumerate(event.cause.legacy, 1):
        phase = sampler.choice(event.cause.legacy_phases) if number == 1 else sampler.choice((553, 574, 572))
        row = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "Occurrence_No": number, "Occurrence_Code": code}
        altitude = sampler.optional(0.1, sampler.integer(1, 90) * 100)
        rows.append({**row, "Phase_of_Flight": phase, "Altitude": altitude, "lchg_date": event.changed})
    return rows


def subject_rows(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of seq_of_events (findings until 2007), all for the first occurrence."""
    rows = []
    for number, (subject, modifier) in enumerate(event.cause.subjects, 1):
        group = 2 if subject >= 22000 else 1
        row = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "Occurrence_No": 1, "seq_event_no": number}
        row |= {"group_code": group, "Subj_Code": subject, "Modifier_Code": modifier}
        row |= {"Cause_Factor": "C" if number == 1 else sampler.choice(("C", "F", None))}
        person = sampler.choice((4000, 4101), (9, 1)) if group == 2 else sampler.choice((0, None))
        rows.append({**row, "Person_Code": person, "lchg_date": event.changed})
    return rows


def narrative_row(sampler: Sampler, event: Event, aircraft: Aircraft) -> Row:
    """Return the row of narratives; paragraphs end with CR LF."""
    kind = CATEGORY_NAMES[aircraft.type.category]
    when = f"On {event.local:%B} {event.local.day}, {event.local.year}, about {event.local:%H%M} local time"
    injury_texts = ("was fatally injured", "was seriously injured", "had minor injuries", "was not hurt")
    short = f"{when}, a {aircraft.make} {aircraft.type.model} {kind}, {aircraft.registration}, {event.cause.story} "
    short += f"near {event.location.town}. The pilot {injury_texts[aircraft.pilots[0].level]}."
    count = sampler.integer(1, 4) if sampler.chance(0.9) else sampler.integer(30, 90)
    long = "\r\n\r\n".join([short, "FURTHER INFORMATION", *(sampler.choice(FILLERS) for _ in range(count))])
    return {
        "ev_id": event.ev_id,
        "Aircraft_Key": aircraft.key,
        "narr_accp": sampler.optional(0.95, short),
        "narr_accf": sampler.optional(0.8, long),
        "narr_cause": sampler.optional(0.9, f"{event.cause.cause} during {event.cause.phase}."),
        "narr_inc": short if event.incident else None,
        "lchg_date": event.changed,
    }
