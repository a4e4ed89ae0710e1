"""The era of each source, and the tables of each era."""

from pathlib import Path

import pytest

from pipeline.errors import UnknownSource
from pipeline.sources import era_of, eras, read_era


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("PRE1982", "pre1982"),
        ("Pre2008", "pre2008"),
        ("avall", "avall"),
        ("up08NOV", "avall"),
        ("up01JAN", "avall"),
        ("avall_0a1b2c3d", "avall"),
        ("up08NOV_0a1b2c3d", "avall"),
        ("Pre2008_00000000", "pre2008"),
    ],
)
def test_every_source_has_an_era(source: str, name: str) -> None:
    assert era_of(source).name == name


@pytest.mark.parametrize(
    "source",
    ["avall2", "", "up00NOV", "up32JAN", "up8NOV", "up08NOX", "pre1982", "avall\n", "avall_1", "avall_0A1B2C3D"],
)
def test_other_names_are_not_sources(source: str) -> None:
    with pytest.raises(UnknownSource, match="expected one of PRE1982, Pre2008, avall"):
        era_of(source)


def test_only_weekly_files_are_weekly() -> None:
    assert all(era_of(source).is_weekly(source) for source in ("up08NOV", "up08NOV_0a1b2c3d"))
    assert not any(era_of(source).is_weekly(source) for source in ("avall", "avall_0a1b2c3d", "Pre2008", "PRE1982"))


def test_eras_are_in_order_that_of_the_api_last() -> None:
    assert [(era.name, era.first_year, era.last_year) for era in eras()] == [
        ("pre1982", 1962, 1981),
        ("pre2008", 1982, 2007),
        ("avall", 2008, None),
        ("api", 2008, None),
    ]


def test_modern_eras_have_the_same_twenty_tables() -> None:
    assert era_of("avall").tables == era_of("Pre2008").tables
    assert len(era_of("avall").tables) == 20
    assert era_of("avall").tables["Flight_Crew"] == "flight_crew"
    assert era_of("Pre2008").absent_columns == {"Findings": ("cm_inPc",)}
    assert era_of("avall").absent_columns == {}


def test_pre1982_has_other_tables() -> None:
    assert era_of("PRE1982").tables == {
        "tblFirstHalf": "tblfirsthalf",
        "tblSecondHalf": "tblsecondhalf",
        "tblOccurrences": "tbloccurrences",
        "tblSeqOfEvents": "tblseqofevents",
        "ct_Pre1982": "ct_pre1982",
    }


def test_every_table_of_an_era_is_in_the_schema() -> None:
    folder = Path(__file__).parents[2] / "pipeline" / "sql" / "schema"
    missing = [
        f"{part}/{table}.sql"
        for part in ("tables", "keys")
        for era in eras()
        for table in era.tables.values()
        if not (folder / part / f"{table}.sql").exists()
    ]
    assert missing == []


def test_all_errors_in_an_era_are_named(tmp_path: Path) -> None:
    path = tmp_path / "odd" / "era.toml"
    path.parent.mkdir()
    path.write_text('source = "odd"\nfirst_year = 1900\n')
    problems = "source is unknown; file is missing; tables is missing"
    with pytest.raises(ValueError, match=f"odd/era.toml: {problems}"):
        read_era(path)


def test_values_that_would_change_the_sql_are_rejected(tmp_path: Path) -> None:
    """Names are parts of schema names, and years are parts of checks."""
    path = tmp_path / "it's" / "era.toml"
    path.parent.mkdir()
    path.write_text('file = "a; drop"\nfirst_year = "1900) --"\ntables = []\n')
    with pytest.raises(
        ValueError, match=r"folder: expected letters.*; file: expected letters.*; first_year: expected an int"
    ):
        read_era(path)
