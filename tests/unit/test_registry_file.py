"""FAA's registry as a zip or a folder of text files: what is loaded, and what is a mistake."""

import zipfile
from pathlib import Path

import pytest

from pipeline.errors import InvalidMapping
from pipeline.warehouse import registry_file

MASTER = (
    "\ufeffN-NUMBER,SERIAL NUMBER,MFR MDL CODE,ENG MFR MDL,YEAR MFR,TYPE REGISTRANT,NAME,STREET,STREET2,CITY,STATE,"
    "ZIP CODE,REGION,COUNTY,COUNTRY,LAST ACTION DATE,CERT ISSUE DATE,CERTIFICATION,TYPE AIRCRAFT,TYPE ENGINE,"
    "STATUS CODE,MODE S CODE,FRACT OWNER,AIR WORTH DATE,OTHER NAMES(1),OTHER NAMES(2),OTHER NAMES(3),OTHER NAMES(4),"
    "OTHER NAMES(5),EXPIRATION DATE,UNIQUE ID,KIT MFR, KIT MODEL,MODE S CODE HEX,\r\n"
)
MASTER_LINE = (
    '{number:<5},{serial:<30},2072704,17003,{year:>4},3,MADE UP OWNER LLC   ,1 "MAIN" ST ,   ,NOWHERE,WA,98101 ,'
    "S,033,US,20240101,{issued},1N   ,4,1 ,V ,{octal},  ,19990101,   ,   ,   ,   ,   ,20310131,00000001,   ,   ,"
    "{hexadecimal:<10},\r\n"
)
DEREG = (
    "\ufeffN-NUMBER,SERIAL-NUMBER,MFR-MDL-CODE,STATUS-CODE,NAME,STREET-MAIL,STREET2-MAIL,CITY-MAIL,STATE-ABBREV-MAIL,"
    "ZIP-CODE-MAIL,ENG-MFR-MDL,YEAR-MFR,CERTIFICATION,REGION,COUNTY-MAIL,COUNTRY-MAIL,AIR-WORTH-DATE,CANCEL-DATE,"
    "MODE-S-CODE,INDICATOR-GROUP,EXP-COUNTRY,LAST-ACT-DATE,CERT-ISSUE-DATE,STREET-PHYSICAL,STREET2-PHYSICAL,"
    "CITY-PHYSICAL,STATE-ABBREV-PHYSICAL,ZIP-CODE-PHYSICAL,COUNTY-PHYSICAL,COUNTRY-PHYSICAL,OTHER-NAMES(1),"
    "OTHER-NAMES(2),OTHER-NAMES(3),OTHER-NAMES(4),OTHER-NAMES(5),KIT MFR, KIT MODEL,MODE S CODE HEX,\r\n"
)
DEREG_LINE = (
    "{number:<5},{serial:<30},2072704,13,MADE UP OWNER  ,2 OAK AVE, ,NOWHERE,CO,80014 ,17003,{year:>4},1N,3,031,US,"
    "20010101,{canceled},{octal}, , ,20150601,{issued}, , , , , , , , , , , , , , ,{hexadecimal} ,\r\n"
)
ACFTREF = (
    "CODE,MFR,MODEL,TYPE-ACFT,TYPE-ENG,AC-CAT,BUILD-CERT-IND,NO-ENG,NO-SEATS,AC-WEIGHT,SPEED,TC-DATA-SHEET,"
    "TC-DATA-HOLDER,\r\n2072704,CESSNA              ,172S          ,4,1 ,1,0,01,004,CLASS 1,0122,3A12,TEXTRON,\r\n"
)
ENGINE = "CODE,MFR,MODEL,TYPE,HORSEPOWER,THRUST,\r\n17003,LYCOMING  ,IO-360-L2A    ,1 ,00160,000000,\r\n"
VALUES = {
    "number": "123AB",
    "serial": "172S8001",
    "year": "1999",
    "issued": "20000131",
    "canceled": "20150601",
    "octal": "50000001",
    "hexadecimal": "A00001",
}
ROW = ("123AB", "172S8001", "1999", "20000131", None, "A00001", "CESSNA", "172S", "1", "LYCOMING", "IO-360-L2A")


def master(**changes: str) -> str:
    return MASTER + MASTER_LINE.format(**VALUES | changes)


def dereg(**changes: str) -> str:
    return DEREG + DEREG_LINE.format(**VALUES | changes)


def write(folder: Path, **files: str) -> list[Path]:
    """Write text files named as by FAA, and list them as a run does."""
    for name, text in files.items():
        (folder / f"{name}.txt").write_bytes(text.encode())
    return registry_file.list_files(folder)


def mistakes(paths: list[Path]) -> list[str]:
    """The lines of the message that refuses the files."""
    with pytest.raises(InvalidMapping) as error:
        list(registry_file.read_registry(paths))
    heading, *lines = str(error.value).splitlines()
    assert heading == "Mistakes in the aircraft registry:"
    return [line.strip() for line in lines]


def test_registered_and_deregistered_aircraft_are_read_with_the_names_of_their_codes(tmp_path: Path) -> None:
    paths = write(tmp_path, MASTER=master(), DEREG=dereg(), ACFTREF=ACFTREF, ENGINE=ENGINE, RESERVED="")
    assert [path.name for path in paths] == ["ACFTREF.txt", "DEREG.txt", "ENGINE.txt", "MASTER.txt"]
    assert list(registry_file.read_registry(paths)) == [
        ("MASTER", 2, *ROW),
        ("DEREG", 2, *ROW[:4], "20150601", *ROW[5:]),
    ]


def test_the_zip_of_faa_gives_the_same_rows_as_its_files(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ReleasableAircraft.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"ACFTREF": ACFTREF, "DEREG": dereg(), "ENGINE": ENGINE, "MASTER": master()}.items():
            archive.writestr(f"{name}.txt", text)
    (tmp_path / "folder").mkdir()
    folder = write(tmp_path / "folder", ACFTREF=ACFTREF, DEREG=dereg(), ENGINE=ENGINE, MASTER=master())
    zipped = registry_file.list_files(tmp_path / "ReleasableAircraft.zip")
    assert list(registry_file.read_registry(zipped)) == list(registry_file.read_registry(folder))


def test_names_and_addresses_of_owners_are_not_loaded(tmp_path: Path) -> None:
    rows = list(registry_file.read_registry(write(tmp_path, MASTER=master(), DEREG=dereg())))
    cells = {cell for row in rows for cell in row if isinstance(cell, str)}
    assert not [cell for cell in cells if any(word in cell for word in ("OWNER", "MAIN", "OAK", "NOWHERE", "9810"))]
    assert {len(row) for row in rows} == {len(registry_file.COLUMNS) + 2}


def test_bytes_of_any_encoding_in_columns_of_owners_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "MASTER.txt").write_bytes(master().encode().replace(b"MADE UP", b"J\xd6RG \x81"))
    assert len(list(registry_file.read_registry(registry_file.list_files(tmp_path)))) == 1


def test_a_file_alone_has_no_names_and_its_codes_are_of_the_file(tmp_path: Path) -> None:
    (row,) = registry_file.read_registry(write(tmp_path, DEREG=dereg(hexadecimal="")))
    assert row == ("DEREG", 2, *ROW[:4], "20150601", "A00001", None, None, None, None, None)


@pytest.mark.parametrize("zero", ["", "0", "00000000"])
def test_a_date_of_zeros_is_missing(tmp_path: Path, zero: str) -> None:
    (row,) = registry_file.read_registry(write(tmp_path, MASTER=master(issued=zero, year="0000")))
    assert row[4:6] == (None, None)


@pytest.mark.parametrize(
    ("column", "heading", "text"),
    [
        ("number", "N NUMBER", ""),
        ("number", "N NUMBER", "12-AB"),
        ("serial", "SERIAL NUMBER", "17\u00d6"),
        ("serial", "SERIAL NUMBER", "1\x072"),
        ("year", "YEAR MFR", "19X9"),
        ("issued", "CERT ISSUE DATE", "20000230"),
        ("issued", "CERT ISSUE DATE", "01/31/2000"),
        ("issued", "CERT ISSUE DATE", "\u0662\u0660\u0660\u0660\u0660\u0661\u0663\u0661"),
        ("octal", "MODE S CODE", "50000009"),
        ("hexadecimal", "MODE S CODE HEX", "A0000G"),
    ],
)
def test_a_cell_of_another_form_is_a_mistake(tmp_path: Path, column: str, heading: str, text: str) -> None:
    (message,) = mistakes(write(tmp_path, MASTER=master(**{column: text})))
    assert message.startswith(f"MASTER.txt:2, {heading}: expected ") and message.endswith("; correct it")
    assert message.isprintable()


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    wrong = master(year="x", issued="20001301") + "1,2,3\r\n" + MASTER_LINE.format(**VALUES)
    without = dereg().replace("CANCEL-DATE", "CANCELLED")
    messages = mistakes(write(tmp_path, MASTER=wrong, DEREG=without, ACFTREF="CODE,MFR\r\n"))
    assert [message.partition(": expected ")[0] for message in messages] == [
        "ACFTREF.txt",
        "MASTER.txt:2, YEAR MFR",
        "MASTER.txt:2, CERT ISSUE DATE",
        "MASTER.txt:3",
        "DEREG.txt",
    ]
    assert "expected 35 cells, found 3" in messages[3] and "the columns CANCEL DATE, found" in messages[4]


def test_of_many_mistakes_the_first_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    lines = "".join(MASTER_LINE.format(**VALUES | {"year": "x"}) for _ in range(70))
    messages = mistakes(write(tmp_path, MASTER=MASTER + lines))
    assert len(messages) == 51 and messages[-1] == "and 20 more"


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 cut short", master().encode("utf-16"), b"x" * 200_000],
    ids=["empty", "zip", "UTF-16", "long"],
)
def test_a_file_of_another_kind_is_rejected(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "MASTER.txt").write_bytes(content)
    (message,) = mistakes(registry_file.list_files(tmp_path))
    assert message.startswith("MASTER.txt: expected the columns N NUMBER, ") and len(message) < 500


def test_a_damaged_zip_and_a_folder_without_faa_s_files_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "registry.zip").write_bytes(b"PK\x03\x04 cut short")
    assert all("expected a readable file" in message for message in mistakes([tmp_path / "registry.zip"]))
    with zipfile.ZipFile(tmp_path / "lzma.zip", "w", zipfile.ZIP_LZMA) as file:
        file.writestr("MASTER.txt", "N-NUMBER,")
    content = (tmp_path / "lzma.zip").read_bytes()
    # The properties of the compression follow the name, its version and their length.
    start = content.index(b"MASTER.txt") + len("MASTER.txt") + 4
    (tmp_path / "lzma.zip").write_bytes(content[:start] + b"\xff" * 5 + content[start + 5 :])
    assert any("MASTER.txt: expected a readable file" in message for message in mistakes([tmp_path / "lzma.zip"]))
    (tmp_path / "owners.csv").write_text("a,b\n")
    assert mistakes([tmp_path / "owners.csv"]) == [
        "expected MASTER.txt or DEREG.txt, found owners.csv; use FAA's zip or the files in it"
    ]
    (tmp_path / "empty").mkdir()
    assert "found none" in mistakes(registry_file.list_files(tmp_path / "empty"))[0]


def test_a_file_that_is_there_twice_is_a_mistake_and_none_of_them_is_read(tmp_path: Path) -> None:
    """Two editions in one zip, or MASTER.txt and master.txt; a folder of that name is none, nor a file of macOS."""
    expected = "MASTER.txt: expected one file of this name, found {}; use FAA's zip or the files in it"
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for name in ("2020/MASTER.txt", "20\x1b24/master.TXT", "MASTER.txt/", "__MACOSX/._MASTER.txt"):
            archive.writestr(name, master())
    (message,) = mistakes([tmp_path / "both.zip"])
    assert message == expected.format(r"2020/MASTER.txt, 20\x1b24/master.TXT")
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as archive:
        for name in ("2020/MASTER.txt", "MASTER.txt/", "__MACOSX/._MASTER.txt"):
            archive.writestr(name, master())
    assert len(list(registry_file.read_registry([tmp_path / "one.zip"]))) == 1
    paths = [tmp_path / "a" / "MASTER.txt", tmp_path / "b" / "master.txt"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(master())
    assert mistakes(paths) == [expected.format("MASTER.txt, master.txt")]
    (tmp_path / "a" / "DEREG.txt").mkdir()
    assert registry_file.list_files(tmp_path / "a") == paths[:1]


def test_a_name_of_a_file_with_any_characters_is_escaped_in_the_message(tmp_path: Path) -> None:
    (tmp_path / "own\x1b[2Jers.csv").write_text("a,b\n")
    (message,) = mistakes([tmp_path / "own\x1b[2Jers.csv"])
    assert message.isprintable() and r"found own\x1b[2Jers.csv; " in message
