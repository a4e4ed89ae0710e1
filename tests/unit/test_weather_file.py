"""Weather reports in the CSV format of the Iowa Environmental Mesonet: what is loaded, and what is a mistake."""

from pathlib import Path

import pytest

from pipeline.errors import InvalidMapping
from pipeline.warehouse import weather_file

HEADER = (
    "station,valid,lon,lat,tmpf,dwpf,relh,drct,sknt,p01i,alti,mslp,vsby,gust,skyc1,skyc2,skyc3,skyc4,"
    "skyl1,skyl2,skyl3,skyl4,wxcodes,ice_accretion_1hr,ice_accretion_3hr,ice_accretion_6hr,peak_wind_gust,"
    "peak_wind_drct,peak_wind_time,feel,metar,snowdepth\n"
)
LINE = (
    "{station},{valid},{lon},-{lat},{tmpf},41.00,61.2,{drct},8.00,T,30.01,M,{vsby},M,SCT,{cover},M,M,2500.00,"
    "{height},M,M,-RA,M,M,M,M,M,M,50.00,{metar},M\n"
)
VALUES = {
    **{"station": "SPB", "valid": "2010-01-31 18:53", "lon": "-122.8618", "lat": "45.7710", "tmpf": "50.00"},
    **{"drct": "270.00", "vsby": "10.00", "cover": "BKN", "height": "4000.00"},
    "metar": "KSPB 311853Z 27008KT 10SM SCT025 BKN040 10/05 A3001 RMK AO2",
}


def line(**changes: str) -> str:
    return LINE.replace("-{lat}", "{lat}").format(**VALUES | changes)


def read(folder: Path, text: str) -> list[tuple[str | int | None, ...]]:
    (folder / "reports.csv").write_text(text, encoding="utf-8")
    return list(weather_file.read_reports(weather_file.list_files(folder / "reports.csv")))


def mistakes(folder: Path, text: str) -> list[str]:
    """The lines of the message that refuses a file."""
    with pytest.raises(InvalidMapping) as error:
        read(folder, text)
    heading, *lines = str(error.value).splitlines()
    assert heading == "Mistakes in the reports of the weather:"
    return [message.strip() for message in lines]


def test_reports_are_read_without_the_columns_that_are_not_used(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER + line())
    assert dict(zip(("list", "line", *weather_file.COLUMNS), row, strict=True)) == {
        **{"list": "reports", "line": 2, "station": "SPB", "valid": "2010-01-31 18:53", "lon": "-122.8618"},
        **{"lat": "45.7710", "tmpf": "50.00", "dwpf": "41.00", "drct": "270.00", "sknt": "8.00", "gust": None},
        **{"vsby": "10.00", "skyc1": "SCT", "skyc2": "BKN", "skyc3": None, "skyc4": None, "skyl1": "2500.00"},
        **{"skyl2": "4000.00", "skyl3": None, "skyl4": None, "metar": VALUES["metar"]},
    }


@pytest.mark.parametrize("missing", ["M", "", "null"])
def test_missing_values_are_null_and_a_trace_of_rain_is_no_mistake(tmp_path: Path, missing: str) -> None:
    (row,) = read(tmp_path, HEADER + line(tmpf=missing, vsby=missing, metar=missing))
    values = dict(zip(weather_file.COLUMNS, row[2:], strict=True))
    assert (values["tmpf"], values["vsby"], values["metar"]) == (None, None, None)


def test_lines_of_debugging_output_are_ignored(tmp_path: Path) -> None:
    rows = read(tmp_path, f"#DEBUG: Format Typ -> comma\n#DEBUG: Entries Found -> 1\n{HEADER}{line()}\n")
    assert [row[1] for row in rows] == [4]


def test_all_files_of_a_folder_are_read_in_order_of_name(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.csv").write_text(HEADER + line(), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no reports")
    rows = list(weather_file.read_reports(weather_file.list_files(tmp_path)))
    assert [row[:2] for row in rows] == [("a", 2), ("b", 2)]


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("station", "M"),
        ("station", "s p"),
        ("valid", "2010-02-30 18:53"),
        ("valid", "1/31/2010 18:53"),
        ("valid", "2010-01-31 24:53"),
        ("lon", "M"),
        ("lon", "-190"),
        ("lat", "91.0"),
        ("lat", "NaN"),
        ("tmpf", "T"),
        ("tmpf", "1e3"),
        ("drct", "361"),
        ("vsby", "-1"),
        ("height", "high"),
        ("metar", "KSPB \x1b[2J"),
    ],
)
def test_a_cell_of_another_form_is_a_mistake(tmp_path: Path, column: str, text: str) -> None:
    heading = {"height": "SKYL2"}.get(column, column.upper())
    (message,) = mistakes(tmp_path, HEADER + line(**{column: text}))
    assert message.startswith(f"reports.csv:2, {heading}: expected ") and message.isprintable()


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER.replace("vsby,", "").replace("tmpf", "tmpc") + line(), encoding="utf-8")
    (tmp_path / "b.csv").write_text(HEADER + line(tmpf="x", vsby="y") + "SPB,2010\n" + line(), encoding="utf-8")
    with pytest.raises(InvalidMapping) as error:
        list(weather_file.read_reports(weather_file.list_files(tmp_path)))
    messages = [message.strip() for message in str(error.value).splitlines()[1:]]
    assert messages[0].startswith("a.csv: expected the columns TMPF, VSBY, found station, valid, ")
    assert [message.partition(": expected ")[0] for message in messages[1:]] == [
        "b.csv:2, TMPF",
        "b.csv:2, VSBY",
        "b.csv:3",
    ]


def test_times_that_are_not_those_of_the_reports_are_a_mistake(tmp_path: Path) -> None:
    """18:53 UTC is 10:53 Pacific time. A report without a time, or one with another time, is no mistake."""
    local = line(valid="2010-01-31 10:53")
    (message,) = mistakes(tmp_path, HEADER + local + local + line(metar="KSPB NIL"))
    assert message == (
        "reports.csv, VALID: expected times in UTC, as in the text of the reports, found others in 2 of 2; "
        "download the file with the time zone UTC"
    )
    assert len(read(tmp_path, HEADER + line() + local + line(metar="M"))) == 3
    assert len(read(tmp_path, HEADER + line(valid="2010-02-01 00:05", metar="KSPB 312353Z 00000KT"))) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfes\x00", b"PK\x03\x04"], ids=["empty", "UTF-16", "zip"])
def test_a_file_of_another_kind_is_rejected(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "reports.csv").write_bytes(content)
    with pytest.raises(InvalidMapping, match="expected the columns STATION, VALID, "):
        list(weather_file.read_reports([tmp_path / "reports.csv"]))


HOSTILE = "re\x1b[2J\nports\udcff"


def test_a_name_of_a_file_with_any_characters_is_escaped_in_rows_and_messages(tmp_path: Path) -> None:
    path = tmp_path / f"{HOSTILE}.csv"
    path.write_text(HEADER + line(), encoding="utf-8")
    ((name, *_),) = weather_file.read_reports([path])
    assert name == r"re\x1b[2J\nports\udcff"
    for text in (line(tmpf="x"), line(valid="2010-01-31 10:53"), "x,y\n"):
        path.write_text(HEADER + text, encoding="utf-8")
        with pytest.raises(InvalidMapping) as error:
            list(weather_file.read_reports([path]))
        _, message = str(error.value).splitlines()
        assert message.strip().startswith(f"{name}.csv") and message.isprintable()


def test_a_file_that_cannot_be_read_is_a_mistake_of_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / HOSTILE, tmp_path / "folder.csv"):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        with pytest.raises(InvalidMapping) as error:
            list(weather_file.read_reports([path]))
        _, message = str(error.value).splitlines()
        assert "expected a readable file, found: [Errno " in message and message.isprintable()
    assert weather_file.list_files(tmp_path) == []
