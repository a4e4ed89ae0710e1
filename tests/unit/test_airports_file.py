"""The bundled airports: those of the pinned package, with usable positions, states and time zones."""

import csv
import importlib.util
from zoneinfo import available_timezones

import pytest

from pipeline.config import REPOSITORY
from pipeline.sources import FOLDER
from scripts import airports

with (FOLDER / "reference" / "airports.csv").open(encoding="utf-8", newline="") as stream:
    AIRPORTS = list(csv.DictReader(stream))


def test_the_version_of_every_line_is_the_pinned_one() -> None:
    pins = [line.split()[0] for line in (REPOSITORY / "requirements.txt").read_text().splitlines() if "==" in line]
    (pin,) = [pin for pin in pins if pin.startswith("airportsdata==")]
    assert {airport["source"] for airport in AIRPORTS} == {pin.replace("==", " ")}


@pytest.mark.skipif(not importlib.util.find_spec("airportsdata"), reason="the package airportsdata is not installed")
def test_the_file_is_the_content_of_the_installed_package() -> None:
    lines = [dict(zip(airports.COLUMNS, row, strict=True)) for row in sorted(airports.airport_rows())]
    assert lines == AIRPORTS


def test_every_airport_has_a_code_of_its_own_a_position_and_a_known_time_zone() -> None:
    assert len({airport["icao"] for airport in AIRPORTS}) == len(AIRPORTS) > 28_000
    assert all(-90 <= float(airport["latitude"]) <= 90 for airport in AIRPORTS)
    assert all(-180 <= float(airport["longitude"]) <= 180 for airport in AIRPORTS)
    assert {airport["time_zone"] for airport in AIRPORTS} <= available_timezones()


def test_airports_of_the_united_states_and_only_they_have_a_state() -> None:
    assert all(bool(airport["state"]) == (airport["country"] == "US") for airport in AIRPORTS)
    states = {airport["state"] for airport in AIRPORTS} - {""}
    assert len(states) == 56 and {"DC", "PR", "GU", "VI", "AS", "MP"} < states


def test_a_rectangle_around_20_km_is_right_for_airports_of_the_united_states() -> None:
    positions = [(float(a["latitude"]), float(a["longitude"])) for a in AIRPORTS if a["country"] == "US"]
    assert all(abs(latitude) < 75 and abs(longitude) < 179.4 for latitude, longitude in positions)
