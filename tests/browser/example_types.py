"""Example results of the queries of the page on aircraft types."""

from typing import Any

from tests.browser.example_study import HOSTILE

Results = dict[str, list[tuple[Any, ...]]]
# Type, aircraft, accidents, fatal accidents, those of known severity; one is below the threshold. 16.25 % are between
# two numbers with one decimal.
COUNTS = (
    ("Cessna 172 Skyhawk", 900, 850, 130, 800),
    (HOSTILE, 300, 280, 100, 280),
    ("Bell 47 & others #1", 101, 4, 0, 4),
    ("SMALL ONE", 20, 18, 2, 18),
)
TOPICS = {
    "cause": ("AIRCRAFT", "PERSONNEL", None),
    "occurrence": ("LOC-I", "SCF-PP", None),
    "phase": ("INITIAL CLIMB", "LANDING", None),
    "severity": ("FATL", "NONE", None),
    "year": ("1982", "1983", "2024", None),
}


def results() -> Results:
    """{report/query: rows} with the columns of COLUMNS."""
    types = [
        (name, aircraft, accidents, fatal, known, 2 * fatal, 3, 1982, 2024, f"{name.upper()} ({aircraft})")
        for name, aircraft, accidents, fatal, known in COUNTS
    ]
    details = [
        (name, topic, value, accidents // (number + 2), fatal // (number + 2), known // (number + 2))
        for name, _, accidents, fatal, known in sorted(COUNTS)
        for topic, values in TOPICS.items()
        for number, value in enumerate(values)
    ]
    return {"types/types": types, "types/details": details}


COLUMNS = {
    "types/types": "type aircraft accidents fatal_accidents accidents_of_known_severity "
    "deaths accidents_with_unknown_deaths first_year last_year names",
    "types/details": "type topic value accidents fatal_accidents accidents_of_known_severity",
}
