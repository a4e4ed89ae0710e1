"""Example results of the queries of the pages on operations, causes and places."""

from datetime import date
from typing import Any

from tests.browser.example_events import OREGON
from tests.browser.example_study import HOSTILE

Results = dict[str, list[tuple[Any, ...]]]
OPERATIONS = ("091", "135", "137", "PUBU", "airline", "general_aviation", "not stated", "other")
KINDS = ("LOC-I", "SCF-NP", "CTOL", "ZZZ", None)
# ev_id, date, city, state, severity, quality, latitude, longitude: three near Portland, one in Anchorage.
POINTS = (
    ("20200102X00004", date(2020, 1, 2), "SALEM", "OR", "NONE", "measured", 44.9, -123.0),
    ("20200102X00001", date(2020, 1, 2), "Portland", "OR", "FATL", "measured", 45.59, -122.6),
    ("PRE1982-7", None, HOSTILE, "OR", None, "derived", 45.6, -122.6),
    ("20200102X00009", date(2020, 1, 3), "ANCHORAGE", "AK", "MINR", "estimated", 61.17, -150.0),
)
AIRPORTS = (
    ("KPDX PDX", "Portland International Airport", "Portland", "OR", 45.5887, -122.5975),
    ("KPWM PWM", "Portland International Jetport", "Portland", "ME", 43.6462, -70.3093),
)


def results() -> Results:
    """{report/query: rows} with the columns of COLUMNS."""
    return _operations() | _causes() | _places()


def _operations() -> Results:
    counts = [
        (name, year, 90 - number, 9 + number, 80 - number, None if year == 1980 else 30, 2)
        for number, name in enumerate(OPERATIONS)
        for year in (1980, 1981, 1990, 2008, 2024, None)
    ]
    rates = [("general_aviation", 2022, 21_000_000, 1200, 210, 5.7, 5.4, 6.0, 1.0, 0.9, 1.1, None)]
    return {"operations/operations": counts, "operations/latest_rates": rates}


def _causes() -> Results:
    def rows(topic: str, kinds: tuple[str | None, ...], values: tuple[str | None, ...]) -> list[tuple[Any, ...]]:
        return [
            (topic, k, v, 90 - 5 * i - j, 20 - i, 80 - 5 * i - j)
            for i, k in enumerate(kinds)
            for j, v in enumerate(values)
        ]

    causes, phases = ("AIRCRAFT", "PERSONNEL", None), ("INITIAL CLIMB", "LANDING", "TAXI", "UNK", None)
    pairs = rows("cause", KINDS, causes) + rows("phase", KINDS, phases)
    years = [(year, kind, 9 - n) for year in (1980, 1990, 2010, 2024) for n, kind in enumerate(KINDS)]
    findings = [("Aircraft", "Aircraft systems", 90, 60, 80, 20, 79), ("Not determined", HOSTILE, 3, 3, 3, 1, 3)]
    phase_causes = [(phase, cause, 9, 3, 8) for phase in phases for cause in causes]
    return {
        "causes/pairs": pairs,
        "causes/phase_causes": phase_causes,
        "causes/kinds_by_year": years,
        "causes/findings": findings,
    }


def _places() -> Results:
    quality = [
        ("avall", "measured", "yes", 300, 5.3),
        ("avall", "outside its state", "no", 12, None),
        ("avall", "none", "no", 40, None),
        ("pre2008", "derived", "yes", 7, 10.0),
    ]
    season = [(month, hour, month + hour, 1, month + hour) for month in range(1, 13) for hour in range(5, 24)]
    clusters = [
        (1, "PORTLAND", "OR", 45.59, -122.6, 4.2, 60, 6, 59, 1983, 2024),
        (2, None, None, 1.0, 2.0, 0.0, 10, 1, 3, 2009, 2011),
    ]
    return {
        "places/points": list(POINTS),
        "places/airports": list(AIRPORTS),
        "places/bins": [
            (45, -123, 3, 1, 2),
            (44, -123, 1, 0, 1),
            (61, -150, 1, 0, 1),
            (13, 144, 2, 1, 2),
            (-15, -171, 1, 0, 1),
        ],
        "places/quality": quality,
        "places/season": [*season, (1, None, 50, 4, 50)],
        "places/clusters": clusters,
        "places/outlines": [("OR", OREGON)],
        "places/details": [(date(1995, 1, 1),)],
    }


COLUMNS = {
    "operations/operations": "operation ev_year accidents fatal_accidents accidents_of_known_severity deaths "
    "accidents_with_unknown_deaths",
    "operations/latest_rates": "operation year flight_hours accidents fatal_accidents accident_rate "
    "accident_rate_lower accident_rate_upper fatal_rate fatal_rate_lower fatal_rate_upper release_share",
    "causes/pairs": "topic occurrence value aircraft in_fatal_accidents in_accidents_of_known_severity",
    "causes/phase_causes": "phase cause aircraft in_fatal_accidents in_accidents_of_known_severity",
    "causes/kinds_by_year": "ev_year occurrence aircraft",
    "causes/findings": "category subcategory findings causes accidents fatal_accidents accidents_of_known_severity",
    "places/points": "ev_id ev_date ev_city ev_state severity position_quality latitude longitude",
    "places/airports": "identifiers name city state latitude longitude",
    "places/bins": "south west accidents fatal_accidents accidents_of_known_severity",
    "places/quality": "era position_quality on_map accidents median_uncertainty_km",
    "places/season": "month hour accidents fatal_accidents accidents_of_known_severity",
    "places/clusters": "cluster_no city state center_latitude center_longitude radius_km accidents fatal_accidents "
    "accidents_of_known_severity first_year last_year",
    "places/outlines": "state boundary",
    "places/details": "details_from",
}
