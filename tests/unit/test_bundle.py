"""A bundle of two small relations: its files, what describes them, and what is left out."""

import csv
import gzip
import hashlib
import json
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.export import bundle
from pipeline.export.bundle_files import WITHHELD
from pipeline.export.bundle_texts import VERSION, Origin
from reports.shared.citation import Citation
from tests.architecture.tree import REPOSITORY

RELEASE = "0123456789ab"
ORIGIN = Origin(
    Citation(RELEASE, "2025-11-01", "https://data.example", "https://code.example", "10.1234/abc"),
    "0123456789abcdef",
    [{"source": "avall", "sha256": "a" * 64, "bytes": 12}],
)
ROWS: dict[str, Any] = {
    "ev_id": ["A", "B"],
    "note": ["", None],
    "count": pa.array([1, None], pa.int32()),
    "share": [0.5, None],
    "amount": pa.array([Decimal("1.50"), None], pa.decimal128(8, 2)),
    "is_us": [True, None],
    "day": [date(2020, 2, 29), None],
    "hour": pa.array([time(1, 2, 3), None], pa.time64("us")),
    "changed": pa.array([datetime(2020, 2, 29, 1, 2, 3), None], pa.timestamp("us")),
    "published": pa.array([datetime(2020, 2, 29, 1, 2, 3, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
    "oper_name": ["Jane Roe", 'Roe, "Bob"'],
    "lchg_userid": ["roej", None],
}
# The columns of audit.correction and audit.applied_correction together.
CORRECTIONS = {
    "column_name": ["ev_city", "oper_name", "ev_state", "ev_city"],
    "from_column": [None, None, "owner_acft", None],
    "where_column": [None, None, None, "oper_name"],
    "value_after": ["NOME", "Jane Roe", "AK", "TELLER"],
    "where_value": [None, None, None, "Jane Roe"],
}


def write(folder: Path, origin: Origin = ORIGIN, notice: str = "") -> Path:
    """A bundle of two relations, one page and one file of a model."""
    folder.mkdir(exist_ok=True)
    exports = folder / "exports"
    exports.mkdir()
    table = pa.table(ROWS)
    pq.write_table(table.replace_schema_metadata({"notice": notice} if notice else {}), exports / "aircraft.parquet")
    pq.write_table(pa.table({"n": pa.array([], pa.int64())}), exports / "empty.parquet")
    (exports / "audit").mkdir()
    pq.write_table(pa.table(CORRECTIONS), exports / "audit" / "correction.parquet")
    (exports / "page.html").write_text("<h1>A page</h1>", encoding="utf-8")
    (exports / "study").mkdir()
    (exports / "study" / "model_card.md").write_text("# Card", encoding="utf-8")
    contents = bundle.Contents(
        {
            "ntsb/aircraft.parquet": exports / "aircraft.parquet",
            "mart/empty.parquet": exports / "empty.parquet",
            "audit/correction.parquet": exports / "audit" / "correction.parquet",
        },
        {"reports/index.html": exports / "page.html", "model": exports / "study"},
    )
    dictionary = [
        {"schema": "ntsb", "relation": "aircraft", "meaning": "One row per aircraft.", "column": name, "type": "text"}
        | {"description": f"Meaning of {name}."}
        for name in ROWS
    ]
    return bundle.write_bundle(folder / "out", origin, contents, dictionary)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("bundle"))


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_same_release_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = write(tmp_path)
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert names == {path.relative_to(again) for path in again.rglob("*") if path.is_file()}
    assert [name for name in names if (folder / name).read_bytes() != (again / name).read_bytes()] == []


def test_columns_that_name_persons_are_in_no_file(folder: Path) -> None:
    corrections = pq.read_table(folder / "audit" / "correction.parquet")
    # Corrections of other columns stay, so that each correction of a value is explained.
    assert corrections["value_after"].to_pylist() == ["NOME", "AK", "TELLER"]
    assert corrections["where_value"].to_pylist() == [None, None, "withheld"]
    assert pq.read_schema(folder / "ntsb" / "aircraft.parquet").names == [name for name in ROWS if name not in WITHHELD]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            assert [word for word in (b"Jane Roe", b"roej", b"lchg_userid") if word in content] == [], path


def test_csv_distinguishes_a_missing_value_from_an_empty_text(folder: Path) -> None:
    text = gzip.decompress((folder / "csv" / "ntsb" / "aircraft.csv.gz").read_bytes()).decode()
    assert text.splitlines()[1].startswith('"A","",1,0.5,')
    assert text.splitlines()[2].startswith('"B",,,,')
    assert next(iter(csv.DictReader(text.splitlines())))["amount"] == "1.50"


def test_every_file_is_in_the_checksums_with_its_sha256(folder: Path) -> None:
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) - set(listed) == {"SHA256SUMS"}
    assert {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in listed} == listed
    manifest = read_json(folder / "manifest.json")["files"]
    assert {file["path"]: file["sha256"] for file in manifest}.items() <= listed.items()
    assert {"reports/index.html", "model/model_card.md", "dictionary.csv"} <= {file["path"] for file in manifest}


def test_frictionless_reads_every_csv_with_its_types(folder: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(folder / "datapackage.json"))
    report = package.validate()
    assert report.flatten(["type", "message"]) == []
    (row, missing) = package.get_resource("csv-ntsb-aircraft.csv").read_rows()
    assert (row["count"], row["amount"], row["is_us"], row["day"]) == (1, Decimal("1.50"), True, date(2020, 2, 29))
    assert (row["hour"], row["changed"]) == (time(1, 2, 3), datetime(2020, 2, 29, 1, 2, 3))
    assert set(missing.to_dict().values()) == {"B", None}


def test_ro_crate_describes_every_file_once(folder: Path) -> None:
    crate = read_json(folder / "ro-crate-metadata.json")
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    entities = {entity["@id"]: entity for entity in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    assert entities["ro-crate-metadata.json"]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    root = entities["./"]
    assert root["@type"] == "Dataset" and root["datePublished"] == "2025-11-01" and root["license"]["@id"] in entities
    described = {"SHA256SUMS", "manifest.json", "ro-crate-metadata.json"}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {part["@id"] for part in root["hasPart"]} == files - described
    for path in files - described:
        assert entities[path]["sha256"] == hashlib.sha256((folder / path).read_bytes()).hexdigest()
        assert entities[path]["description"]
    references = {value["@id"] for entity in crate["@graph"] for value in references_of(entity)}
    assert references - set(entities) == {"https://w3id.org/ro/crate/1.2"}
    assert None not in [value for entity in crate["@graph"] for value in entity.values()]


def references_of(entity: dict[str, Any]) -> list[dict[str, str]]:
    """References of an entity to others."""
    values = [item for value in entity.values() for item in (value if isinstance(value, list) else [value])]
    return [value for value in values if isinstance(value, dict)]


def test_croissant_describes_every_column_of_every_parquet_file(folder: Path) -> None:
    croissant = read_json(folder / "croissant.json")
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    required = ("name", "description", "license", "url", "creator", "datePublished", "citeAs", "version")
    assert [name for name in required if not croissant[name]] == []
    files = {file["@id"]: file for file in croissant["distribution"]}
    for record_set in croissant["recordSet"]:
        (path,) = {field["source"]["fileObject"]["@id"] for field in record_set["field"]}
        columns = [field["source"]["extract"]["column"] for field in record_set["field"]]
        assert columns == pq.read_schema(folder / files[path]["contentUrl"]).names
    assert len(files) == len(croissant["recordSet"]) == 3


def test_croissant_is_valid_for_its_own_library(folder: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    dataset = mlcroissant.Dataset(folder / "croissant.json")
    assert dataset.metadata.issues.errors == set()


def test_citation_names_release_date_doi_address_and_repository(folder: Path) -> None:
    citation = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["date-released"], citation["doi"]) == (RELEASE, "2025-11-01", "10.1234/abc")
    assert (citation["repository-code"], citation["url"]) == ("https://code.example", "https://data.example")
    assert citation["authors"] == [{"name": "the contributors of ntsb-pipeline"}] and citation["type"] == "dataset"
    zenodo = read_json(folder / ".zenodo.json")
    assert (zenodo["upload_type"], zenodo["version"], zenodo["publication_date"]) == ("dataset", RELEASE, "2025-11-01")
    assert zenodo["creators"] and zenodo["title"] and zenodo["license"] and "<p>" in zenodo["description"]
    codemeta = read_json(folder / "codemeta.json")
    assert (codemeta["name"], codemeta["version"]) == ("ntsb-pipeline", VERSION)


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    software = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert VERSION == project["version"] == software["version"]


@pytest.mark.parametrize("words", ["17 U.S.C. 105", "49 CFR Part 835", "severity given an accident", "preliminary"])
def test_notice_has_what_has_to_be_said(folder: Path, words: str) -> None:
    for name in ("NOTICE.md", "README.md", ".zenodo.json", "ro-crate-metadata.json"):
        assert words in (folder / name).read_text(encoding="utf-8"), name


MARKED = ("README.md", "NOTICE.md", "CITATION.cff", ".zenodo.json", "datapackage.json", "croissant.json")


def test_made_up_data_is_marked_in_every_description_and_real_data_in_none(folder: Path, tmp_path: Path) -> None:
    made_up = write(tmp_path, replace(ORIGIN, citation=replace(ORIGIN.citation, is_made_up=True)), "Made-up")
    for name in (*MARKED, "ro-crate-metadata.json", "csv/MADE-UP-SAMPLE-DATA.txt"):
        assert "made-up sample data" in (made_up / name).read_text(encoding="utf-8").lower(), name
    assert pq.read_schema(made_up / "ntsb" / "aircraft.parquet").metadata[b"notice"] == b"Made-up"
    for name in (*MARKED, "ro-crate-metadata.json"):
        assert "made-up" not in (folder / name).read_text(encoding="utf-8").lower(), name


def test_a_release_without_dates_and_addresses_is_described_without_gaps(tmp_path: Path) -> None:
    folder = write(tmp_path, replace(ORIGIN, citation=Citation(RELEASE)))
    assert "date-released" not in yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    assert "publication_date" not in read_json(folder / ".zenodo.json")
    assert "data as of unknown" in (folder / "README.md").read_text(encoding="utf-8")
    assert read_json(folder / "croissant.json")["url"].startswith("https://doi.org/")
    assert "None" not in (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")


def test_an_unknown_date_of_the_data_is_not_invented(tmp_path: Path) -> None:
    citation = replace(ORIGIN.citation, data_date="")
    folder = write(tmp_path, replace(ORIGIN, citation=citation))
    for name in ("ro-crate-metadata.json", "croissant.json"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "datePublished" not in text and "1970" not in text
    assert "datePublished" in (write(tmp_path / "dated") / "croissant.json").read_text(encoding="utf-8")
