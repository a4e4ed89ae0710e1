"""Rows of PRE1982 from the facts of one aircraft. Values are text in old codes; Z is unknown, blank does not apply."""

from datetime import datetime, timedelta
from typing import Any

from samples.dice import Dice
from samples.pre1982_facts import LEVELS, Record
from samples.vocabulary import STATES, pairs

Row = dict[str, Any]
GROUPS = (
    *("PILOT", "CO_PILOT", "DUAL_STUDENT", "CHK_PILOT", "FLT_ENGN", "NAVIGTR", "CABIN_ATTN", "EXTRA_CREW"),
    *("PASSENGERS", "TOTAL_ABRD", "OTHER_AIRC", "GRAND_TOTAL"),
)
MORE_ZEROS = ("FAA_PERSNL", "NTSB_PERSN", "OTHER_GOVMNT")
# States by name, without the District: their place in this list is their code.
STATE_CODES = sorted((e.split(" ")[1], e.split(" ")[0]) for e in pairs(STATES) if not e.startswith("DC"))
OLD_NAMES = dict(CA="CALIF", CO="COLO", FL="FLA", IL="ILL", KS="KANS", OR="OREG", TX="TEX", WA="WASH")
REMARKS = (
    "ACFT SWERVED AFTER TCHDN.",
    'PLT SAID HE "NEVER SAW THE DITCH".',
    "TANKS FOUND DRY.",
    "WIND GUSTING, RWY 27.",
    "RECOVERY DATE 3/9/66.",
)


def first_half(dice: Dice, record: Record) -> Row:
    """The row of tblFirstHalf."""
    return {**when_and_where(dice, record), **craft(dice, record), **pilots(dice, record), **hurt(record)}


def when_and_where(dice: Dice, record: Record) -> Row:
    """Place and time. Times are local, HHMM as text."""
    state = record.place.state or ""
    comma = "," if record.moment.year < 1964 else " "
    rank = next(place for place, (_, code) in enumerate(STATE_CODES, 1) if code == state)
    coded = record.moment + timedelta(days=dice.whole(100, 1500))
    return {
        "RecNum": record.number,
        "TRANS_DATE": dice.maybe(0.9, datetime(coded.year, coded.month, coded.day)),
        "DOCKET_NO": record.docket,
        "REGIST_NO": record.registration,
        "SECOND_ACFT_REGNO": record.met.registration if record.met else None,
        "DATE_OCCURRENCE": datetime(record.moment.year, record.moment.month, record.moment.day),
        "LOCAT_NEAR": dice.maybe(0.4, "N"),
        "LOCATION": f"{record.place.town.upper()}{comma}{OLD_NAMES.get(state, state)}",
        "TIME_OCCUR": f"{record.moment:%H%M}" if record.met else dice.maybe(0.93, f"{record.moment:%H%M}"),
        "ACC_INC_CLASS": dice.pick(("A", "C"), (95, 5)),
        "LOCAT_STATE_TERR": f"{rank:02d}",
        **surroundings(dice, record),
        **occurrences(record),
    }


def surroundings(dice: Dice, record: Record) -> Row:
    """Light, weather, airport, altitude and runway in feet."""
    airport = dice.chance(0.5)
    return {
        "LIGHT_COND": "D" if record.night else "B",
        "TYPE_WEATHR": "B" if record.imc else "A",
        "FLIGHT_PLAN": "C" if record.airline or record.imc else dice.pick(("A", "B", "Z"), (75, 20, 5)),
        "AIRPT_PROIX": dice.pick(("A", "N", "B")),
        "AIRPORT_NAME": record.place.town.upper()[:16] if airport else None,
        "ELEV_AIRPT": f"{dice.whole(0, 6500):05d}" if airport else None,
        "RUNWAY_LN": f"{dice.whole(15, 100) * 100:05d}" if airport else None,
        "DEPART_PT": dice.pick(("S", None, "LOCAL")),
        "INTEN_DESTIN": dice.pick(("LOCAL", "RETURN", "S", None)),
        "ALT_OF_OCC": dice.pick((f"{dice.whole(5, 250) * 100:05d}", "Z", None), (1, 2, 7)),
    }


def occurrences(record: Record) -> Row:
    """The one or two occurrences, and up to ten causes."""
    row: Row = {}
    for place, cause in enumerate([record.cause, *([record.second] if record.second else [])], 1):
        row |= {f"ACCIDENT_TYPE{place}": cause.pre1982[0], f"OPERATION_PHASE{place}": cause.pre1982[1]}
    for place, parts in enumerate(record.triplets(), 1):
        row |= {f"CAUSE_FACTOR_{place}{part}": text or None for part, text in zip("PMS", parts, strict=True)}
    return row


def craft(dice: Dice, record: Record) -> Row:
    """The aircraft and who flew it for what; airlines leave operator and kind of flying blank."""
    make, code, model = record.make
    private = not record.airline
    return {
        "ACFT_MAKE": make,
        "ACFT_MODEL": model,
        "ACFT_MAKE_CODE": code,
        "ACFT_MODEL_CODE": f"{dice.whole(1, 29):02d}",
        "ENGIN_MAKE": dice.pick(("12", "20", "39")),
        "TYPE_CRAFT": "B" if make == "BELL" else "A",
        "LANDING_GEAR": dice.pick("ABC"),
        "WGT_CAT": "A" if private else "B",
        "NO_ENGINES": "1" if private else "3",
        "TYPE_POWER": "A" if private else "D",
        "ACFT_ADAMG": dice.pick(("D", "S"), (8, 2)) if record.worst == 0 else dice.pick(("S", "D", "M"), (82, 16, 2)),
        "FIRE_AFTR_IMPT": dice.maybe(0.3 if record.worst == 0 else 0.02, "Y"),
        "TYPE_OPERATOR": dice.pick("DABCEF", (62, 8, 5, 9, 4, 6)) if private else None,
        "KIND_FLY_GENA": dice.pick(("B0", "A0", "B1", "B2", "CA")) if private else None,
        "NAME_COMM_CARR": None if private else dice.pick(("XN", "XM")),
        "OPERATION_TYPE": None if private else dice.pick("AB"),
    }


def pilots(dice: Dice, record: Record) -> Row:
    """Pilot and, where there is one, the second: value and role letter; ZA is unknown."""
    row = {
        "PILOT_INVOLED1": "A",
        "PILOT_INVOLED2": "B" if record.copilot else None,
        "HOURS_TOTAL_PILOT1": "ZA" if dice.chance(0.03) else record.coded(record.hours, 5),
        "HOURS_IN_TYPE_PILOT1": "ZA" if dice.chance(0.1) else record.coded(record.hours // 3, 5),
        "AGE_PILOT1": "ZA" if dice.chance(0.04) else record.coded(record.age, 2),
        "MEDICAL_CERT_PILOT1": dice.pick(("CA", "BA", "AA")),
        "CERTIFICATE_PILOT1": "DA" if record.airline else dice.pick(("BA", "CA", "AA"), (55, 30, 15)),
        "RATING_1": dice.pick(("AA", "PA", "SA")),
        "OCCUPATION_1": dice.pick(("A", "GA", "BA")),
        "AT_CONTROLS": "A",
    }
    if record.copilot:
        row |= {"HOURS_TOTAL_PILOT2": record.coded(record.hours // 2, 5, "B")}
        row |= {"AGE_PILOT2": record.coded(max(record.age - 5, 17), 2, "B"), "CERTIFICATE_PILOT2": "CB"}
    return row


def hurt(record: Record) -> Row:
    """Counts by group and level. Grand totals are only filled where people outside the aircraft were involved."""
    row: Row = {f"{group}_{level}": 0 for group in GROUPS for level in (*LEVELS, "TOTALS")}
    row |= {f"OTHER_GRND_{level}": 0 for level in LEVELS} | {"OTHER_XXXX_TOTALS": 0, "FAA_PERSNL_FATAL": 0}
    add(row, ("PILOT", "TOTAL_ABRD"), record.worst, 1)
    copilot = int(record.copilot and record.aboard > 1)
    add(row, ("CO_PILOT", "TOTAL_ABRD"), record.worst, copilot)
    # The other people aboard of two in three aircraft fared as the pilot did.
    rest = record.worst if record.number % 3 else 3
    add(row, ("PASSENGERS", "TOTAL_ABRD"), rest, record.aboard - 1 - copilot)
    row["INJURY_INDEX"] = "FCMN"[record.worst]
    if record.met:
        for level, count in enumerate(row[f"TOTAL_ABRD_{name}"] for name in LEVELS):
            add(row, ("GRAND_TOTAL",), level, count)
        add(row, ("GRAND_TOTAL",), record.met.worst, record.met.aboard)
        row[f"OTHER_AIRC_{LEVELS[record.met.worst]}"] = row["OTHER_XXXX_TOTALS"] = record.met.aboard
        row["INJURY_INDEX"] = "FCMN"[min(record.worst, record.met.worst)]
    return row


def add(row: Row, groups: tuple[str, ...], level: int, count: int) -> None:
    """Adds people to the level and the total of groups."""
    for group in groups:
        row[f"{group}_{LEVELS[level]}"] += count
        row[f"{group}_TOTALS"] += count


def second_half(dice: Dice, record: Record) -> Row:
    """The row of tblSecondHalf: weather, times, remarks. Degrees F, knots, hours."""
    row: Row = {"RecNum": record.number}
    names = [f"{group}_{level}" for group in MORE_ZEROS for level in (*LEVELS, "TOTALS")]
    row |= {name: 0 for name in names if name != "FAA_PERSNL_FATAL"}
    return row | {
        "REMARKS": dice.maybe(0.8, f"{dice.pick(REMARKS)} {dice.pick(REMARKS)}"),
        "CAUSE": dice.maybe(0.3, record.cause.cause.upper()),
        "SKY_CONDITION": dice.pick("ABC"),
        "CEILING": dice.pick(("00300", "00700")) if record.imc else dice.pick(("99999", "Z")),
        "VISIBILITY": dice.pick(("000", "001")) if record.imc else dice.pick(("010", "Z")),
        "TEMPERATURE_": dice.pick((f"{dice.whole(15, 95):03d}", "Z"), (7, 3)),
        "WIND_DIRECTION": f"{dice.whole(0, 36):02d}",
        "WIND_VELOCITY": f"{dice.whole(0, 30):03d}",
        "PILOT_TIME_90D": dice.pick((f"{record.hours // 30:05d}", "Z"), (6, 4)),
        "NIGHT_TIME_TOTAL": dice.pick((f"{record.hours // 10:05d}", "Z"), (6, 4)),
        "AIRCRAFT_TOT_TIME": dice.pick((f"{dice.whole(10, 15000):05d}", "Z"), (6, 4)),
        "AIRCRAFT_SER_NUM": str(dice.whole(100, 99999)),
        "INVEST_YEAR": f"{record.moment.year % 100:02d}",
    }


def occurrence_rows(dice: Dice, record: Record) -> list[Row]:
    """Rows of tblOccurrences without ID."""
    chain = [record.cause, *([record.second] if record.second else [])]
    return [
        {"RecNum": record.number, "OccurrenceNum": n, "OccurrenceCode": c.pre1982[0], "PhaseOfFlight": c.pre1982[1]}
        | {"Altitude": dice.maybe(0.1, "Z")}
        for n, c in enumerate(chain, 1)
    ]


def cause_rows(record: Record) -> list[Row]:
    """Rows of tblSeqOfEvents without ID."""
    return [
        {"RecNum": record.number, "OccurrenceNum": 2 if flag == "B" else 1, "CFNum": n, "CFCode": group + rest}
        | {"CorF": "F" if flag == "J" else "C"}
        for n, (group, flag, rest) in enumerate(record.triplets(), 1)
    ]
