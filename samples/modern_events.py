"""Rows of events, NTSB_Admin and dt_events for a synthetic event."""

import math
from datetime import datetime, timedelta
from typing import Any

from samples.entities import LEVELS, Event
from samples.sampler import Sampler

Row = dict[str, Any]
DETAILS = (
    ("wx_brief_src", ("FSS", "NET", "NWS", "COMP", "UNK"), (30, 25, 10, 20, 15), 0.5),
    ("vis_restrct", ("NONE", "F", "H", "GF"), (85, 8, 5, 2), 0.35),
    ("wx_cond", ("NON", "R", "RW", "S", "WIND"), (70, 12, 6, 4, 8), 0.4),
    ("prop_dmg", ("NONE", "TREE", "FENC", "WRPL", "CROP"), (80, 8, 6, 3, 3), 0.25),
)


def event_row(sampler: Sampler, event: Event, zero_ground: bool) -> Row:
    """Return the row of events; `zero_ground`: ground injury counts of 0 are stored as 0 instead of NULL."""
    return {
        **identity(sampler, event),
        **location_values(sampler, event),
        **airport(sampler, event),
        **weather(sampler, event),
        **station(sampler, event),
        **injuries(event, zero_ground),
        "lchg_date": event.changed,
        "lchg_userid": sampler.optional(0.3, sampler.choice(("abcd", "efgh", "sample"))),
    }


def identity(sampler: Sampler, event: Event) -> Row:
    """Return the columns of id, type, date and conditions. Dates are UTC, as are times: HHMM without leading zeros."""
    utc = event.utc
    pair = len(event.aircraft) > 1
    return {
        "ev_id": event.ev_id,
        "ntsb_no": event.ntsb_no,
        "ev_type": "INC" if event.incident else "ACC",
        "ev_date": datetime(utc.year, utc.month, utc.day),
        "ev_dow": utc.strftime("%a")[:2],
        "ev_time": utc.hour * 100 + utc.minute,
        "ev_tmzn": sampler.optional(0.95, "UTC"),
        "ev_year": utc.year,
        "ev_month": utc.month,
        "mid_air": "Y" if pair else sampler.optional(0.95, "N"),
        "on_ground_collision": sampler.optional(0.95, "N"),
        "light_cond": event.light,
        "wx_cond_basic": "Unk" if sampler.chance(0.02) else sampler.optional(0.96, "IMC" if event.imc else "VMC"),
        "invest_agy": "N" if event.location.country == "USA" else "O",
    }


def location_values(sampler: Sampler, event: Event) -> Row:
    """Return the columns of the location; one event in ten has no coordinates."""
    location = event.location
    is_domestic = location.country == "USA"
    row: Row = {"ev_city": location.town, "ev_state": location.state, "ev_country": location.country}
    row["ev_site_zipcode"] = (
        sampler.optional(0.8, str(sampler.integer(1001, 99950))) if is_domestic else sampler.optional(0.1, "0")
    )
    if sampler.chance(0.9):
        north = round(location.latitude + sampler.normal(0, 0.08), 6)
        east = round(location.longitude + sampler.normal(0, 0.08), 6)
        row |= {"dec_latitude": north, "dec_longitude": east, "latlong_acq": sampler.choice(("MEAS", "EST"), (85, 15))}
        row |= {"latitude": degrees(north, 2, "NS"), "longitude": degrees(east, 3, "EW")}
    return row


def degrees(value: float, digits: int, letters: str) -> str:
    """Return degrees, minutes and seconds as in the files: joined without padding, then zero-padded on the left."""
    seconds = round(abs(value) * 3600)
    text = f"{seconds // 3600}{seconds // 60 % 60}{seconds % 60}{letters[value < 0]}"
    return text.rjust(digits + 5, "0")


def airport(sampler: Sampler, event: Event) -> Row:
    """Return the columns of the nearby airport, for 60 % of the events."""
    if not sampler.chance(0.6):
        return {"ev_nr_apt_loc": sampler.optional(0.5, "OFAP")}
    on_it = sampler.chance(0.85 if event.cause.name in ("swerve", "bounce", "gear", "overrun") else 0.2)
    return {
        "apt_name": f"{event.location.town} Municipal"[:30],
        "ev_nr_apt_id": event.location.airport,
        "ev_nr_apt_loc": "ONAP" if on_it else "OFAP",
        "apt_dist": 0.0 if on_it else round(sampler.lognormal(3, 0.7), 1),
        "apt_dir": sampler.integer(0, 36) * 10,
        "apt_elev": sampler.integer(0, 6500),
    }


def weather(sampler: Sampler, event: Event) -> Row:
    """Return the weather columns, consistent with the basic condition, in degrees Fahrenheit, knots, feet and inHg."""
    warm = 56 - 22 * math.cos((event.local.month - 0.5) * math.pi / 6) - (abs(event.location.latitude) - 38)
    temperature = round(warm + sampler.normal(0, 9))
    wind = min(int(sampler.lognormal(7, 0.6)), 60)
    gust = wind > 6 and sampler.chance(0.2)
    low = event.imc and sampler.chance(0.9)
    recorded = sampler.chance(0.86)
    return {
        "wx_brief_comp": sampler.choice(("FULL", "UNK", "NOTP", "ABBR", None), (25, 30, 20, 5, 20)),
        "wx_src_iic": sampler.choice(("WFAC", "PILO", "UNK"), (72, 18, 10)),
        "sky_cond_nonceil": sampler.choice(("SCAT", "FEW") if low else ("CLER", "FEW", "SCAT")) if recorded else None,
        "sky_nonceil_ht": sampler.choice((0, 3000, 6000, 12000)) if recorded else 0,
        "sky_cond_ceil": (sampler.choice(("OVC", "BKN")) if low else "NONE") if recorded else None,
        "sky_ceil_ht": sampler.choice((200, 400, 700, 1200)) if low and recorded else 0,
        "vis_sm": float(sampler.choice((0.25, 0.5, 1, 2, 3) if event.imc else (7, 10, 10, 15, 20)))
        if recorded
        else None,
        # Current files store 0 instead of NULL for unrecorded values.
        "wx_temp": temperature if recorded else 0,
        "wx_dew_pt": temperature - (sampler.integer(0, 3) if event.imc else sampler.integer(4, 25)) if recorded else 0,
        "wind_dir_deg": sampler.integer(0, 35) * 10 if recorded else 0,
        "wind_dir_ind": sampler.choice(("U", "Y", "V"), (50, 45, 5)),
        "wind_vel_kts": wind if recorded else None,
        "wind_vel_ind": "T" if wind < 3 else "F",
        "gust_ind": "T" if gust else "F",
        "gust_kts": wind + sampler.integer(5, 14) if gust and recorded else 0,
        "altimeter": round(29.95 + sampler.normal(0, 0.17), 2) if recorded else 0.0,
        "wx_int_precip": sampler.choice(("LGT", "MOD", "UNK")) if event.imc else sampler.choice(("UNK", None)),
    }


def station(sampler: Sampler, event: Event) -> Row:
    """Return the columns of the weather station, with its report in some cases."""
    if not sampler.chance(0.85):
        return {}
    observed = event.utc - timedelta(minutes=sampler.integer(0, 55))
    code = f"K{event.location.airport[:3]}"
    sky = "OVC004" if event.imc else "CLR"
    return {
        "wx_obs_time": observed.hour * 100 + observed.minute,
        "wx_obs_tmzn": "UTC",
        "wx_obs_fac_id": code,
        "wx_obs_elev": sampler.integer(0, 6000),
        "wx_obs_dist": sampler.integer(0, 40),
        "wx_obs_dir": sampler.integer(0, 35) * 10,
        "metar": sampler.optional(0.12, f"METAR {code} {observed:%d%H%M}Z AUTO {sky} A2995\r\n\r\nRMK AO2"),
    }


def injuries(event: Event, zero_ground: bool) -> Row:
    """Return the injury counts aboard all aircraft and on the ground, and the highest injury level."""
    aboard = [sum(aircraft.people[level] for aircraft in event.aircraft) for level in range(4)]
    row: Row = {f"inj_tot_{letter}": count for letter, count in zip("fsmn", aboard, strict=True)}
    for letter, count in zip("fsm", event.ground, strict=True):
        row[f"inj_{letter}_grnd"] = count or (0 if zero_ground else None)
    row["inj_tot_t"] = sum(aboard) + sum(event.ground)
    totals = [count + ground for count, ground in zip(aboard, (*event.ground, 0), strict=True)]
    row["ev_highest_injury"] = next(level for level, count in zip(LEVELS, totals, strict=True) if count)
    return row


def admin_row(sampler: Sampler, event: Event) -> Row:
    """Return the row of NTSB_Admin: status of the investigation."""
    is_open = event.local.year >= 2024 and sampler.chance(0.8)
    status = "F" if event.location.country != "USA" else "P" if is_open else sampler.choice(("B", None), (98, 2))
    completed = event.utc + timedelta(days=sampler.integer(60, 700))
    approved = datetime(completed.year, completed.month, completed.day) if status == "B" else None
    return {"ev_id": event.ev_id, "rec_stat": status, "approval_date": approved, "lchg_date": event.changed}


def event_details(sampler: Sampler, event: Event) -> list[Row]:
    """Return the rows of dt_events: codes of multi-valued columns."""
    answers = [(name, sampler.choice(codes, odds)) for name, codes, odds, share in DETAILS if sampler.chance(share)]
    return [{"ev_id": event.ev_id, "col_name": n, "code": c, "lchg_date": event.changed} for n, c in answers]
