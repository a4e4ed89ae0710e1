"""Rows of aircraft, engines and dt_aircraft for a synthetic event."""

from datetime import datetime, timedelta
from typing import Any

from samples.entities import Aircraft, Event
from samples.sampler import Sampler
from samples.vocabulary import CARRIERS, HOMEBUILT, LOCATIONS, OWNERS, STREETS, TAXIS

Row = dict[str, Any]
CHOICES = (
    ("elt_install", ("Y", "N", "U"), (70, 22, 8)),
    ("elt_oper", ("N", "Y", "U"), (55, 25, 20)),
    ("elt_aided_loc_ev", ("N", "Y", "U"), (80, 5, 15)),
    ("elt_type", ("C91", "C126", "C91A", None), (25, 25, 15, 35)),
    ("certs_held", ("Y", "N", None), (22, 60, 18)),
    ("oper_individual_name", ("Y", "N"), (60, 40)),
    ("oper_same", ("Y", "N"), (75, 25)),
    ("oper_addr_same", ("Y", "N"), (80, 20)),
    ("dprt_pt_same_ev", ("N", "Y"), (62, 38)),
    ("dest_same_local", ("SAME", "LOCL", None), (25, 25, 50)),
    ("site_seeing", ("N", "Y"), (99, 1)),
    ("air_medical", ("N", "Y"), (99, 1)),
    ("evacuation", (None, "Y", "N"), (96, 1, 3)),
    ("report_to_icao", (None, "Y", "N"), (90, 3, 7)),
    ("type_last_insp", ("ANNL", "100H", "COND", "COAW", "UNK", None), (52, 14, 10, 8, 8, 8)),
    ("afm_hrs_since", ("ACCI", "INSP", None), (35, 35, 30)),
    ("acft_reg_cls", ("USUS", "UNK", None), (60, 5, 35)),
    ("acft_expl", ("NONE", "UNK"), (98, 2)),
    ("fuel_on_board", (None, "FULL", "40 gallons", "Unknown"), (70, 10, 12, 8)),
)
DETAILS = (
    ("acft_awy_cert", ("STN", "STU", "STT"), (80, 12, 8), 0.9),
    ("airspc_type", ("CLE", "CLG", "CLD", "CLC", "CLB"), (35, 35, 15, 8, 7), 0.8),
    ("load_desc", ("PAX", "NONE", "CARG"), (50, 40, 10), 0.5),
    ("rwy_cond", ("DRY", "WET", "ROUG", "SOFT", "ICEC"), (78, 10, 5, 5, 2), 0.8),
    ("type_clear", ("NONE", "VFR", "VFLF", "IFR"), (70, 14, 8, 8), 0.8),
    ("vfr_appr", ("TPAT", "FSTP", "FLND", "NONE"), (30, 20, 15, 35), 0.8),
)
GEAR = {"HELI": ("SKID",), "AIR": ("TRI", "TRI", "TAIL", "FLOT")}


def aircraft_row(sampler: Sampler, event: Event, aircraft: Aircraft, legacy: bool) -> Row:
    """Return the row of aircraft; `legacy` fills the phase of flight, as in files until 2007."""
    suffix = "ABC"[aircraft.key - 1] if len(event.aircraft) > 1 else ""
    phases = event.cause.legacy_phases
    return {
        "ev_id": event.ev_id,
        "Aircraft_Key": aircraft.key,
        "ntsb_no": event.ntsb_no + suffix,
        "regis_no": aircraft.registration,
        "far_part": aircraft.far,
        "type_fly": aircraft.purpose,
        "damage": aircraft.damage,
        "acft_missing": "N",
        "second_pilot": "Y" if len(aircraft.pilots) > 1 else "N",
        "phase_flt_spec": sampler.choice(phases) if legacy else None,
        "lchg_date": event.changed,
        **{name: sampler.choice(codes, odds) for name, codes, odds in CHOICES},
        **description(sampler, event, aircraft),
        **flight(sampler, event, aircraft),
        **operator(sampler, aircraft),
    }


def description(sampler: Sampler, event: Event, aircraft: Aircraft) -> Row:
    """Return the columns that describe the aircraft: type, weight (lb), hours."""
    kind = aircraft.type
    built = max(event.local.year - sampler.integer(0, 40), 1945)
    inspected = event.local - timedelta(days=sampler.integer(1, 500))
    is_burnt = sampler.chance(0.4 if aircraft.damage == "DEST" else 0.02)
    return {
        "acft_make": aircraft.make,
        "acft_model": kind.model,
        "acft_series": sampler.optional(0.4, kind.model[:10]),
        "acft_serial_no": sampler.optional(0.9, f"{sampler.choice(('', '28-', 'LB-'))}{sampler.integer(10, 90000)}"),
        "acft_category": sampler.optional(0.98, kind.category),
        "acft_year": sampler.optional(0.7, built),
        "homebuilt": "Y" if kind.make in HOMEBUILT else "N",
        "cert_max_gr_wt": sampler.optional(0.9, kind.weight),
        "total_seats": max(kind.seats, aircraft.aboard),
        "num_eng": sampler.optional(0.97, kind.engines),
        "fixed_retractable": sampler.optional(0.9, "RETR" if kind.engines > 1 or kind.seats > 10 else "FIXD"),
        "acft_fire": "GRD" if is_burnt else sampler.choice(("NONE", "UNK"), (97, 3)),
        "date_last_insp": sampler.optional(0.8, datetime(inspected.year, inspected.month, inspected.day)),
        "afm_hrs_last_insp": sampler.optional(0.7, float(round(sampler.lognormal(25, 0.8)))),
        "afm_hrs": sampler.optional(0.85, float(round(sampler.lognormal(2500, 1.0), 1))),
        "unmanned": False,
        "commercial_space_flight": False,
        "ifr_equipped_cert": kind.engines > 1,
        "elt_mounted_aircraft": sampler.chance(0.2),
        "elt_connected_antenna": False,
    }


def flight(sampler: Sampler, event: Event, aircraft: Aircraft) -> Row:
    """Return the columns of the flight. Departure time is UTC as HHMM, 0 if unknown; runway length in feet."""
    departure, destination = sampler.choice(LOCATIONS), sampler.choice(LOCATIONS)
    departed = event.utc - timedelta(minutes=sampler.integer(5, 200))
    time = departed.hour * 100 + departed.minute if sampler.chance(0.75) else 0
    ifr = event.imc or aircraft.airline
    return {
        "flt_plan_filed": "IFR" if ifr else sampler.choice(("NONE", "VFR", "UNK", None), (80, 10, 5, 5)),
        "flight_plan_activated": sampler.choice(("N", "Y", None), (30, 15, 55)),
        "dprt_city": departure.town,
        "dprt_state": departure.state,
        "dprt_country": departure.country,
        "dprt_apt_id": departure.airport,
        "dprt_time": time,
        "dprt_timezn": "UTC" if time else None,
        "dest_city": sampler.optional(0.9, destination.town),
        "dest_state": sampler.optional(0.9, destination.state),
        "dest_country": sampler.optional(0.9, destination.country),
        "dest_apt_id": sampler.optional(0.6, destination.airport),
        "rwy_num": sampler.optional(0.6, str(sampler.integer(1, 36))),
        "rwy_len": sampler.optional(0.6, sampler.integer(15, 120) * 100),
        "rwy_width": sampler.optional(0.6, sampler.choice((50, 60, 75, 100, 150))),
    }


def operator(sampler: Sampler, aircraft: Aircraft) -> Row:
    """Return the columns of the owner and operator."""
    home = sampler.choice(LOCATIONS)
    row: Row = {"owner_acft": sampler.choice(OWNERS), "owner_city": home.town, "owner_state": home.state}
    row |= {
        "owner_country": home.country,
        "owner_zip": None,
        "owner_street": sampler.optional(0.5, sampler.choice(STREETS)),
    }
    if aircraft.airline or aircraft.far == "135":
        scheduled = "SCHD" if aircraft.far == "121" else sampler.choice(("NSCH", "SCHD"), (70, 30))
        row |= {"oper_name": sampler.choice(CARRIERS if aircraft.airline else TAXIS), "oper_sched": scheduled}
        row |= {
            "oper_dom_int": sampler.choice(("DOM", "INT"), (85, 15)),
            "oper_pax_cargo": sampler.choice(("PAX", "CARG"), (8, 2)),
        }
    return row


def engine_rows(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of engines, one per engine; hours since new, inspection and overhaul."""
    kind = aircraft.type
    piston = kind.power_plant == "REC"
    return [
        {
            "ev_id": event.ev_id,
            "Aircraft_Key": aircraft.key,
            "eng_no": number,
            "eng_type": kind.power_plant,
            "eng_mfgr": kind.engine,
            "eng_model": kind.engine_model,
            "power_units": kind.power,
            "hp_or_lbs": "LBS" if kind.power_plant == "TF" else "HP",
            "carb_fuel_injection": ("FINJ" if "IO" in kind.engine_model else "CARB") if piston else None,
            "propeller_type": sampler.choice(("FIXP", "CONP")) if piston and kind.category == "AIR" else None,
            "eng_time_total": float(round(sampler.lognormal(900, 0.9))) if sampler.chance(0.4) else 0.0,
            "eng_time_last_insp": float(round(sampler.lognormal(30, 0.9))) if sampler.chance(0.4) else 0.0,
            "eng_time_overhaul": float(round(sampler.lognormal(400, 0.9))) if sampler.chance(0.4) else 0.0,
            "lchg_date": event.changed,
        }
        for number in range(1, kind.engines + 1)
    ]


def aircraft_details(sampler: Sampler, event: Event, aircraft: Aircraft) -> list[Row]:
    """Return the rows of dt_aircraft: codes of multi-valued columns."""
    answers = [(name, sampler.choice(codes, odds)) for name, codes, odds, share in DETAILS if sampler.chance(share)]
    answers.append(("landing_gear", sampler.choice(GEAR.get(aircraft.type.category, ("UNK",)))))
    head = {"ev_id": event.ev_id, "Aircraft_Key": aircraft.key, "lchg_date": event.changed}
    return [{**head, "col_name": name, "code": code} for name, code in sorted(answers)]
