"""Flight hours of the repository: form, definitions, published sums; and the messages for files with mistakes."""

import csv
from pathlib import Path

import pytest

from pipeline.errors import InvalidMapping
from pipeline.sources import FOLDER
from pipeline.warehouse import exposure_file, mappings

VALID = dict(
    zip(
        exposure_file.COLUMNS,
        ("2010", "general_aviation", "all", "100", "", "", "1.5", "FAA", "2026-11-30", "ntsb_general_aviation", ""),
        strict=True,
    )
)
# Flight hours of 2006-2016 as the Los Angeles Times published them.
PUBLISHED_HOURS = {
    "AGUSTA 109": 362172,
    "AIRBUS 130": 1053786,
    "AIRBUS 135": 884596,
    "AIRBUS 350": 3883490,
    "BELL 206": 5501308,
    "BELL 407": 2113788,
    "HUGHES 369": 1201688,
    "MCDONNELL DOUGLAS 369": 550689,
    "ROBINSON R22": 2970806,
    "ROBINSON R44": 2359729,
    "SCHWEIZER 269": 1139326,
    "SIKORSKY 76": 915515,
}
# Miles (millions) and departures (thousands) of part 121, from BTS table 2-9.
BTS_PART_121 = {
    1990: (4948, 8092),
    1991: (4825, 7815),
    1992: (5039, 7881),
    1993: (5249, 8073),
    1994: (5478, 8238),
    1995: (5654, 8457),
    1996: (5873, 8229),
    1997: (6697, 10318),
    1998: (6737, 10980),
}


def read_rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / "reference" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def mistakes(*changes: dict[str, str]) -> list[str]:
    """Mistakes in a file with one line per set of changes to VALID."""
    rows: list[tuple[exposure_file.Cell, ...]] = [
        ("f", number, *(VALID | change).values()) for number, change in enumerate(changes, start=2)
    ]
    cells: list[tuple[exposure_file.Cell, ...]] = [tuple(cell or None for cell in row) for row in rows]
    return exposure_file.find_mistakes(exposure_file.COLUMNS, cells)


def test_the_repository_has_valid_flight_hours() -> None:
    assert exposure_file.find_mistakes(*mappings.read_csv_files(mappings.csv_files("flight_activity"))) == []


def test_every_definition_and_class_of_the_flight_hours_is_listed() -> None:
    definitions = {row["definition"]: row for row in read_rows("rate_populations")}
    classes = {row["aircraft_class"] for row in read_rows("exposure_classes")}
    for row in read_rows("exposure"):
        by_class = definitions[row["definition"]]["by_class"] == "yes"
        assert row["aircraft_class"] in classes if by_class else row["aircraft_class"] == "all", row


def test_every_definition_counts_accidents_or_says_why_it_does_not() -> None:
    for row in read_rows("rate_populations"):
        assert bool(row["accidents"]) != bool(row["no_rate_reason"]), row["definition"]
        assert row["source"] and row["first_year"] == "1982" and row["by_class"] in ("yes", "no")


def test_hours_of_helicopter_models_add_up_to_the_published_totals() -> None:
    rows = [row for row in read_rows("exposure") if row["definition"] == "faa_survey_model"]
    years = {int(row["year"]) for row in rows}
    assert years == {2006, 2007, 2008, 2009, 2010, 2012, 2013, 2014, 2015, 2016}
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["aircraft_class"]] = totals.get(row["aircraft_class"], 0) + int(row["flight_hours"])
    assert totals == PUBLISHED_HOURS


@pytest.mark.parametrize(("year", "published"), BTS_PART_121.items())
def test_scheduled_and_nonscheduled_service_add_up_to_part_121(year: int, published: tuple[int, int]) -> None:
    figures = {row["operation"]: row for row in read_rows("exposure") if row["year"] == str(year)}
    parts = (figures["part_121_scheduled"], figures["part_121_nonscheduled"])
    for column in ("flight_hours", "departures", "miles"):
        assert int(figures["part_121"][column]) == sum(int(part[column]) for part in parts)
    assert int(figures["part_121"]["miles"]) == pytest.approx(published[0] * 1e6, abs=1.01e6)
    assert int(figures["part_121"]["departures"]) == pytest.approx(published[1] * 1e3, abs=1.01e3)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("year", ""),
        ("year", "1850"),
        ("year", "٢٠١٠"),
        ("operation", "General aviation"),
        ("aircraft_class", ""),
        ("flight_hours", "1,000"),
        ("flight_hours", "0"),
        ("flight_hours", "-5"),
        ("flight_hours", "1e6"),
        ("flight_hours", "9" * 16),
        ("departures", "12.5"),
        ("miles", "NaN"),
        ("standard_error", "101"),
        ("standard_error", "100.5"),
        ("standard_error", "3 %"),
        ("source", ""),
        ("source", "a\x00b"),
        ("retrieved", "2026-02-30"),
        ("retrieved", "11/30/2026"),
        ("definition", ""),
        ("note", "first\nsecond"),
    ],
)
def test_a_cell_of_another_form_is_a_mistake(column: str, text: str) -> None:
    (message,) = mistakes({column: text})
    assert message.startswith(f"line 2, {column}: expected ") and "\x00" not in message and "\n" not in message


def test_all_mistakes_are_reported_at_once() -> None:
    messages = mistakes({"year": "x", "miles": "y"}, {}, {"flight_hours": "7"}, {"year": "2011", "source": ""})
    assert [message.partition(":")[0] for message in messages] == [
        "line 2, year",
        "line 2, miles",
        "line 4",
        "line 5, source",
    ]
    assert messages[2] == ("line 4: expected one line per year, operation, aircraft_class, found line 3; remove one")


def test_other_columns_are_a_mistake() -> None:
    (message,) = exposure_file.find_mistakes(("year", "hours"), [])
    assert message.startswith("line 1: expected the columns year, operation, ") and "found year, hours;" in message


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'year,"operation\n'], ids=["empty", "UTF-16", "open quote"])
def test_a_file_that_is_not_csv_is_rejected(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hours.csv").write_bytes(content)
    with pytest.raises(InvalidMapping, match=r"hours\.csv: expected CSV in UTF-8 with a heading"):
        mappings.read_csv_files([tmp_path / "hours.csv"])


def test_lines_cells_and_keys_with_mistakes_are_reported_at_once_and_many_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "ho\x1b[2Jurs\udcff.csv"
    line = ",".join(VALID.values())
    path.write_text("\n".join([",".join(VALID), line, f"{line},more", line, "MMX" + line[4:]]), encoding="utf-8")
    with pytest.raises(InvalidMapping) as error:
        mappings.read_table("flight_activity", [path])
    heading, *messages = str(error.value).splitlines()
    assert heading == "Mistakes in the flight hours:" and all(message.isprintable() for message in messages)
    assert [message.strip().partition(": expected ")[0] for message in messages] == [
        r"ho\x1b[2Jurs\udcff.csv:3",
        "line 4",
        "line 5, year",
    ]
    path.write_text("\n".join([",".join(VALID), *["x"] * 70]), encoding="utf-8")
    with pytest.raises(InvalidMapping, match=r"and 20 more$"):
        mappings.read_table("flight_activity", [path])
    path.write_text("\n".join([",".join(VALID), line]), encoding="utf-8")
    _, rows = mappings.read_table("flight_activity", [path])
    assert [row[:3] for row in rows] == [(r"ho\x1b[2Jurs\udcff", 2, "2010")]


def test_columns_between_semicolons_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text("year;note\n2010;\n")
    with pytest.raises(InvalidMapping, match="in lower case, between commas, found year;note"):
        mappings.read_csv_files([tmp_path / "hours.csv"])


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text("year,note\n2010,\n", encoding="utf-8-sig")
    assert mappings.read_csv_files([tmp_path / "hours.csv"]) == (("year", "note"), [("hours", 2, "2010", None)])
