"""Rows of PRE1982 for one aircraft. Values are text in the codes of 1962-1981; Z is unknown, blank not applicable."""

from datetime import datetime, timedelta
from typing import Any

from samples.pre1982_record import LEVELS, Record
from samples.sampler import Sampler
from samples.vocabulary import STATES, pairs

Row = dict[str, Any]
GROUPS = (
    *("PILOT", "CO_PILOT", "DUAL_STUDENT", "CHK_PILOT", "FLT_ENGN", "NAVIGTR", "CABIN_ATTN", "EXTRA_CREW"),
    *("PASSENGERS", "TOTAL_ABRD", "OTHER_AIRC", "GRAND_TOTAL"),
)
MORE_ZEROS = ("FAA_PERSNL", "NTSB_PERSN", "OTHER_GOVMNT")
# States by name, without the District of Columbia; the code of a state is its position in this list.
STATE_CODES = sorted((e.split(" ")[1], e.split(" ")[0]) for e in pairs(STATES) if not e.startswith("DC"))
OLD_NAMES = dict(CA="CALIF", CO="COLO", FL="FLA", IL="ILL", KS="KANS", OR="OREG", TX="TEX", WA="WASH")
REMARKS = (
    "ACFT SWERVED AFTER TCHDN.",
    'PLT SAID HE "NEVER SAW THE DITCH".',
    "TANKS FOUND DRY.",
    "WIND GUSTING, RWY 27.",
    "RECOVERY DATE 3/9/66.",
)


def first_half(sampler: Sampler, record: Record) -> Row:
    """Return the row of tblFirstHalf."""
    return {
        **when_and_where(sampler, record),
        **aircraft_values(sampler, record),
        **pilot_values(sampler, record),
        **injury_values(record),
    }


def when_and_where(sampler: Sampler, record: Record) -> Row:
    """Return the columns of location and time; times are local, HHMM as text."""
    state = record.location.state or ""
    comma = "," if record.local_time.year < 1964 else " "
    rank = next(number for number, (_, code) in enumerate(STATE_CODES, 1) if code == state)
    coded = record.local_time + timedelta(days=sampler.integer(100, 1500))
    return {
        "RecNum": record.number,
        "TRANS_DATE": sampler.optional(0.9, datetime(coded.year, coded.month, coded.day)),
        "DOCKET_NO": record.docket,
        "REGIST_NO": record.registration,
        "SECOND_ACFT_REGNO": record.collided_with.registration if record.collided_with else None,
        "DATE_OCCURRENCE": datetime(record.local_time.year, record.local_time.month, record.local_time.day),
        "LOCAT_NEAR": sampler.optional(0.4, "N"),
        "LOCATION": f"{record.location.town.upper()}{comma}{OLD_NAMES.get(state, state)}",
        "TIME_OCCUR": f"{record.local_time:%H%M}"
        if record.collided_with
        else sampler.optional(0.93, f"{record.local_time:%H%M}"),
        "ACC_INC_CLASS": sampler.choice(("A", "C"), (95, 5)),
        "LOCAT_STATE_TERR": f"{rank:02d}",
        **conditions(sampler, record),
        **occurrences(record),
    }


def conditions(sampler: Sampler, record: Record) -> Row:
    """Return the columns of light, weather, airport, altitude and runway (feet)."""
    airport = sampler.chance(0.5)
    return {
        "LIGHT_COND": "D" if record.night else "B",
        "TYPE_WEATHR": "B" if record.imc else "A",
        "FLIGHT_PLAN": "C" if record.airline or record.imc else sampler.choice(("A", "B", "Z"), (75, 20, 5)),
        "AIRPT_PROIX": sampler.choice(("A", "N", "B")),
        "AIRPORT_NAME": record.location.town.upper()[:16] if airport else None,
        "ELEV_AIRPT": f"{sampler.integer(0, 6500):05d}" if airport else None,
        "RUNWAY_LN": f"{sampler.integer(15, 100) * 100:05d}" if airport else None,
        "DEPART_PT": sampler.choice(("S", None, "LOCAL")),
        "INTEN_DESTIN": sampler.choice(("LOCAL", "RETURN", "S", None)),
        "ALT_OF_OCC": sampler.choice((f"{sampler.integer(5, 250) * 100:05d}", "Z", None), (1, 2, 7)),
    }


def occurrences(record: Record) -> Row:
    """Return the columns of one or two occurrences and their causes."""
    row: Row = {}
    for number, cause in enumerate([record.cause, *([record.second] if record.second else [])], 1):
        row |= {f"ACCIDENT_TYPE{number}": cause.pre1982[0], f"OPERATION_PHASE{number}": cause.pre1982[1]}
    for number, parts in enumerate(record.triplets(), 1):
        row |= {f"CAUSE_FACTOR_{number}{part}": text or None for part, text in zip("PMS", parts, strict=True)}
    return row


def aircraft_values(sampler: Sampler, record: Record) -> Row:
    """Return the columns of aircraft and operation; type of operator and kind of flying are blank for airlines."""
    make, code, model = record.make
    private = not record.airline
    return {
        "ACFT_MAKE": make,
        "ACFT_MODEL": model,
        "ACFT_MAKE_CODE": code,
        "ACFT_MODEL_CODE": f"{sampler.integer(1, 29):02d}",
        "ENGIN_MAKE": sampler.choice(("12", "20", "39")),
        "TYPE_CRAFT": "B" if make == "BELL" else "A",
        "LANDING_GEAR": sampler.choice("ABC"),
        "WGT_CAT": "A" if private else "B",
        "NO_ENGINES": "1" if private else "3",
        "TYPE_POWER": "A" if private else "D",
        "ACFT_ADAMG": sampler.choice(("D", "S"), (8, 2))
        if record.worst == 0
        else sampler.choice(("S", "D", "M"), (82, 16, 2)),
        "FIRE_AFTR_IMPT": sampler.optional(0.3 if record.worst == 0 else 0.02, "Y"),
        "TYPE_OPERATOR": sampler.choice("DABCEF", (62, 8, 5, 9, 4, 6)) if private else None,
        "KIND_FLY_GENA": sampler.choice(("B0", "A0", "B1", "B2", "CA")) if private else None,
        "NAME_COMM_CARR": None if private else sampler.choice(("XN", "XM")),
        "OPERATION_TYPE": None if private else sampler.choice("AB"),
    }


def pilot_values(sampler: Sampler, record: Record) -> Row:
    """Return the columns of the first and second pilot: value and role letter; ZA is unknown."""
    row = {
        "PILOT_INVOLED1": "A",
        "PILOT_INVOLED2": "B" if record.copilot else None,
        "HOURS_TOTAL_PILOT1": "ZA" if sampler.chance(0.03) else record.coded(record.hours, 5),
        "HOURS_IN_TYPE_PILOT1": "ZA" if sampler.chance(0.1) else record.coded(record.hours // 3, 5),
        "AGE_PILOT1": "ZA" if sampler.chance(0.04) else record.coded(record.age, 2),
        "MEDICAL_CERT_PILOT1": sampler.choice(("CA", "BA", "AA")),
        "CERTIFICATE_PILOT1": "DA" if record.airline else sampler.choice(("BA", "CA", "AA"), (55, 30, 15)),
        "RATING_1": sampler.choice(("AA", "PA", "SA")),
        "OCCUPATION_1": sampler.choice(("A", "GA", "BA")),
        "AT_CONTROLS": "A",
    }
    if record.copilot:
        row |= {"HOURS_TOTAL_PILOT2": record.coded(record.hours // 2, 5, "B")}
        row |= {"AGE_PILOT2": record.coded(max(record.age - 5, 17), 2, "B"), "CERTIFICATE_PILOT2": "CB"}
    return row


def injury_values(record: Record) -> Row:
    """Return injuries by person group and level, and grand totals if persons outside the aircraft were involved."""
    row: Row = {f"{group}_{level}": 0 for group in GROUPS for level in (*LEVELS, "TOTALS")}
    row |= {f"OTHER_GRND_{level}": 0 for level in LEVELS} | {"OTHER_XXXX_TOTALS": 0, "FAA_PERSNL_FATAL": 0}
    add(row, ("PILOT", "TOTAL_ABRD"), record.worst, 1)
    copilot = int(record.copilot and record.aboard > 1)
    add(row, ("CO_PILOT", "TOTAL_ABRD"), record.worst, copilot)
    # In two of three aircraft the passengers have the injury level of the pilot.
    passenger_level = record.worst if record.number % 3 else 3
    add(row, ("PASSENGERS", "TOTAL_ABRD"), passenger_level, record.aboard - 1 - copilot)
    row["INJURY_INDEX"] = "FCMN"[record.worst]
    if record.collided_with:
        for level, count in enumerate(row[f"TOTAL_ABRD_{name}"] for name in LEVELS):
            add(row, ("GRAND_TOTAL",), level, count)
        add(row, ("GRAND_TOTAL",), record.collided_with.worst, record.collided_with.aboard)
        row[f"OTHER_AIRC_{LEVELS[record.collided_with.worst]}"] = row["OTHER_XXXX_TOTALS"] = record.collided_with.aboard
        row["INJURY_INDEX"] = "FCMN"[min(record.worst, record.collided_with.worst)]
    return row


def add(row: Row, groups: tuple[str, ...], level: int, count: int) -> None:
    """Add persons to the level and the total of each group."""
    for group in groups:
        row[f"{group}_{LEVELS[level]}"] += count
        row[f"{group}_TOTALS"] += count


def second_half(sampler: Sampler, record: Record) -> Row:
    """Return the row of tblSecondHalf: remarks, weather (degrees Fahrenheit, knots), flight times (hours)."""
    row: Row = {"RecNum": record.number}
    names = [f"{group}_{level}" for group in MORE_ZEROS for level in (*LEVELS, "TOTALS")]
    row |= {name: 0 for name in names if name != "FAA_PERSNL_FATAL"}
    return row | {
        "REMARKS": sampler.optional(0.8, f"{sampler.choice(REMARKS)} {sampler.choice(REMARKS)}"),
        "CAUSE": sampler.optional(0.3, record.cause.cause.upper()),
        "SKY_CONDITION": sampler.choice("ABC"),
        "CEILING": sampler.choice(("00300", "00700")) if record.imc else sampler.choice(("99999", "Z")),
        "VISIBILITY": sampler.choice(("000", "001")) if record.imc else sampler.choice(("010", "Z")),
        "TEMPERATURE_": sampler.choice((f"{sampler.integer(15, 95):03d}", "Z"), (7, 3)),
        "WIND_DIRECTION": f"{sampler.integer(0, 36):02d}",
        "WIND_VELOCITY": f"{sampler.integer(0, 30):03d}",
        "PILOT_TIME_90D": sampler.choice((f"{record.hours // 30:05d}", "Z"), (6, 4)),
        "NIGHT_TIME_TOTAL": sampler.choice((f"{record.hours // 10:05d}", "Z"), (6, 4)),
        "AIRCRAFT_TOT_TIME": sampler.choice((f"{sampler.integer(10, 15000):05d}", "Z"), (6, 4)),
        "AIRCRAFT_SER_NUM": str(sampler.integer(100, 99999)),
        "INVEST_YEAR": f"{record.local_time.year % 100:02d}",
    }


def occurrence_rows(sampler: Sampler, record: Record) -> list[Row]:
    """Return the rows of tblOccurrences, without ID."""
    chain = [record.cause, *([record.second] if record.second else [])]
    return [
        {"RecNum": record.number, "OccurrenceNum": n, "OccurrenceCode": c.pre1982[0], "PhaseOfFlight": c.pre1982[1]}
        | {"Altitude": sampler.optional(0.1, "Z")}
        for n, c in enumerate(chain, 1)
    ]


def cause_rows(record: Record) -> list[Row]:
    """Return the rows of tblSeqOfEvents, without ID."""
    return [
        {"RecNum": record.number, "OccurrenceNum": 2 if flag == "B" else 1, "CFNum": n, "CFCode": group + rest}
        | {"CorF": "F" if flag == "J" else "C"}
        for n, (group, flag, rest) in enumerate(record.triplets(), 1)
    ]
