"""Write pipeline/sources/reference/airports.csv from the installed package airportsdata, whose version is pinned.

python scripts/airports.py

Airports with unknown coordinates are left out. Codes of states are those of pipeline/sources/mappings/state.csv.
"""

import csv
import re
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1] / "pipeline" / "sources"
OUTPUT = SOURCES / "reference" / "airports.csv"
COLUMNS = (
    *("icao", "iata", "local_id", "name", "city", "state", "country", "latitude", "longitude", "time_zone"),
    "source",
)
# Territories of the United States have a country code of their own in the package, which is their postal code.
TERRITORIES = ("AS", "GU", "MP", "PR", "VI")


def state_codes() -> dict[str, str]:
    """Return {name of a state in upper case: its postal code}."""
    with (SOURCES / "mappings" / "state.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["modern"]]
    return {re.sub("[^A-Z ]", "", row["meaning"]): row["modern"] for row in rows}


def airport_rows() -> Iterator[tuple[str, ...]]:
    """Yield one row per airport of the package, in the order of COLUMNS."""
    source, codes = f"airportsdata {version('airportsdata')}", state_codes()
    with (files("airportsdata") / "airports.csv").open(newline="", encoding="utf-8") as file:
        for airport in csv.DictReader(file):
            if "unknown coordinates" in airport["name"]:
                continue
            country = "US" if airport["country"] in TERRITORIES else airport["country"]
            names = {"US": codes.get(airport["subd"].upper(), "")}
            state = airport["country"] if airport["country"] in TERRITORIES else names.get(country, "")
            identifiers = (airport["icao"], airport["iata"], airport["lid"])
            position = (airport["lat"], airport["lon"], airport["tz"])
            yield (*identifiers, airport["name"], airport["city"], state, country, *position, source)


def main() -> None:
    """Write the file, sorted by code."""
    with OUTPUT.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *sorted(airport_rows())])


if __name__ == "__main__":
    main()
