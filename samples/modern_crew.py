"""Rows of Flight_Crew, flight_time, dt_Flight_Crew and injury for a synthetic event."""

from datetime import datetime, timedelta
from typing import Any

from samples.entities import LEVELS, Aircraft, Event, Pilot
from samples.sampler import Sampler
from samples.vocabulary import LOCATIONS

Row = dict[str, Any]
CHOICES = (
    ("crew_sex", ("M", "F", None), (90, 6, 4)),
    ("med_crtf_vldty", ("WOWL", "WWL", "VWW", "UNK", None), (40, 36, 5, 7, 12)),
    ("crew_rat_endorse", ("N", "Y", "U", None), (50, 15, 10, 25)),
    ("seatbelts_used", ("Y", "N", "U", None), (72, 2, 8, 18)),
    ("shldr_harn_used", ("Y", "N", "U", None), (60, 8, 10, 22)),
    ("crew_tox_perf", ("N", "Y", "U"), (80, 14, 6)),
    ("seat_occ_pic", ("LEFT", "RGT", "FRT", "REAR", "SNGL", None), (66, 12, 6, 3, 6, 7)),
    ("pc_profession", ("NO", "YES", "PCIV", "BUS", None), (45, 25, 10, 5, 15)),
    ("bfr", ("Y", "N", "U", None), (70, 3, 7, 20)),
    ("available_restraint", ("3", "L", "4", "U", None), (40, 20, 10, 10, 20)),
    ("crew_res_country", ("USA", None), (85, 15)),
)
MEDICAL = {"ATP": "CL1", "COMM": "CL2", "CFI": "CL2", "SPRT": "SPRT"}
# flight_type, flight_craft, share of total hours, probability that it is reported.
TIMES = (
    ("TOTL", "ALL", 1.0, 1.0),
    ("TOTL", "MAKE", 0.3, 0.85),
    ("TOTL", "SENG", 0.8, 0.5),
    ("TOTL", "NGHT", 0.08, 0.4),
    ("PIC", "ALL", 0.8, 0.7),
    ("PIC", "MAKE", 0.25, 0.5),
    ("L90D", "ALL", 0.03, 0.7),
    ("L30D", "ALL", 0.012, 0.6),
    ("L24H", "ALL", 0.001, 0.4),
)


def crew_row(sampler: Sampler, event: Event, aircraft: Aircraft, number: int, pilot: Pilot) -> Row:
    """Return the row of Flight_Crew for a pilot."""
    home = sampler.choice(LOCATIONS)
    medical = event.local - timedelta(days=sampler.integer(5, 900))
    review = event.local - timedelta(days=sampler.integer(5, 800))
    instructor = "FLTI" if pilot.certificate == "CFI" and sampler.chance(0.4) else "PLT"
    return {
        **key(event, aircraft, number),
        **{name: sampler.choice(codes, odds) for name, codes, odds in CHOICES},
        "crew_category": instructor if number == 1 else sampler.choice(("CPLT", "DSTU"), (8, 2)),
        "crew_age": sampler.optional(0.93, pilot.age),
        "crew_city": home.town[:15],
        "crew_res_state": home.state,
        "med_certf": MEDICAL.get(pilot.certificate) or sampler.choice(("CL3", "CL2", "NONE", "UNK"), (84, 8, 5, 3)),
        "date_lst_med": sampler.optional(0.85, datetime(medical.year, medical.month, medical.day)),
        "bfr_date": sampler.optional(0.55, datetime(review.year, review.month, review.day)),
        "crew_inj_level": LEVELS[pilot.level],
        "pilot_flying": number == 1,
        "lchg_date": event.changed,
    }


def key(event: Event, aircraft: Aircraft, number: int) -> Row:
    """Return the key columns of a crew member."""
    return {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "crew_no": number}


def time_rows(sampler: Sampler, event: Event, aircraft: Aircraft, number: int, pilot: Pilot) -> list[Row]:
    """Return the rows of flight_time, in hours; no category exceeds the total."""
    rows = []
    for kind, on, share, odds in TIMES:
        if sampler.chance(odds):
            hours = (
                float(pilot.hours) if share == 1 else min(pilot.hours, pilot.hours * share * sampler.lognormal(1, 0.4))
            )
            head = {**key(event, aircraft, number), "flight_type": kind, "flight_craft": on}
            rows.append(
                {
                    **head,
                    "flight_hours": float(round(hours, sampler.choice((0, 1), (8, 2)))),
                    "lchg_date": event.changed,
                }
            )
    return rows


def crew_details(sampler: Sampler, event: Event, aircraft: Aircraft, number: int, pilot: Pilot) -> list[Row]:
    """Return the rows of dt_Flight_Crew: certificates and ratings."""
    trained = pilot.certificate in ("COMM", "CFI", "ATP")
    heli = aircraft.type.category == "HELI"
    answers = [("crew_cert_code", "COMM" if pilot.certificate == "CFI" else pilot.certificate)]
    if pilot.certificate == "CFI":
        answers += [("crew_cert_code", "CFI"), ("crew_rat_instruct", "HELI" if heli else "ASE")]
    answers.append(("crew_rat_airpln", "NONE" if heli and sampler.chance(0.6) else "SEL"))
    if aircraft.type.engines > 1:
        answers.append(("crew_rat_airpln", "MEL"))
    rated = sampler.chance(0.9 if trained else 0.4)
    answers.append(("crew_rat_instrum", "HELI" if heli else "APLN") if rated else ("crew_rat_instrum0", "NONE"))
    answers.append(("crew_rat_roto", "HELI") if heli else ("crew_rat_roto0", "NONE"))
    head = {**key(event, aircraft, number), "lchg_date": event.changed}
    return [{**head, "col_name": name, "code": code} for name, code in sorted(answers)]


def injury_rows(event: Event, aircraft: Aircraft, legacy: bool) -> list[Row]:
    """Return the rows of injury by person category and level, with totals; until 2007 also for all aboard (ABRD)."""
    crew = [sum(pilot.level == level for pilot in aircraft.pilots) for level in range(4)]
    rest = [whole - part for whole, part in zip(aircraft.people, crew, strict=True)]
    if legacy:
        first = [int(aircraft.pilots[0].level == level) for level in range(4)]
        second = [whole - part for whole, part in zip(crew, first, strict=True)]
        groups = {"PLT": first, "CPLT": second, "PAX": rest, "ABRD": aircraft.people}
    else:
        groups = {"Flig": crew, "Pass": rest}
    rows = []
    for group, counts in groups.items():
        if sum(counts):
            levels = [(level, count) for level, count in zip(LEVELS, counts, strict=True) if count]
            for level, count in [*levels, ("TOTL", sum(counts))]:
                head = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "lchg_date": event.changed}
                rows.append({**head, "inj_person_category": group, "injury_level": level, "inj_person_count": count})
    return rows
