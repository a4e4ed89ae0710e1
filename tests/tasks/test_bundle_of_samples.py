"""The bundle of the samples: complete, equal to the database, valid for the validators, and without personal names."""

import base64
import getpass
import gzip
import json
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.export.bundle_files import WITHHELD
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace

# Persons among the owners of the samples (samples/vocabulary.py), and a user who changes rows.
PERSONS = ("J. Doe", "José Muñoz")
# Terms of the RO-Crate 1.2 context that the crate uses: the document itself is on the web.
SCHEMA_ORG = """
    Dataset CreativeWork Organization SoftwareApplication CreateAction PropertyValue propertyID value name description
    datePublished identifier version license author publisher isBasedOn keywords creditText mentions hasPart about
    instrument object result url contentSize encodingFormat
"""


@pytest.fixture(scope="module")
def folder(bundle: Path) -> Path:
    """The folder of the release."""
    (manifest,) = bundle.glob("*/manifest.json")
    return manifest.parent


def read_file(path: Path) -> bytes:
    """The content of a file, with the compressed data of pages and CSV files as text."""
    content = path.read_bytes()
    if packed := re.fullmatch(rb'siteData\("[^"]*","([^"]*)"\);\n', content):
        content = base64.b64decode(packed[1])
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def test_every_relation_has_all_rows_of_the_database(bundled: Workspace, folder: Path) -> None:
    tables = bundled.query("select table_name from information_schema.tables where table_schema = 'ntsb'")
    files = sorted((folder / "ntsb").glob("*.parquet"))
    assert {file.stem for file in files} == {name for (name,) in tables}
    for file in files:
        ((count,),) = bundled.query(f"select count(*) from ntsb.{file.stem}")
        assert pq.ParquetFile(file).metadata.num_rows == count, file.name
        rows = duckdb.execute("select count(*) from read_csv(?)", [str(folder / "csv/ntsb" / f"{file.stem}.csv.gz")])
        assert rows.fetchall() == [(count,)], file.name


def test_bundle_has_every_part(folder: Path) -> None:
    parts = ("duckdb/accidents.duckdb", "dictionary.csv", "reports/index.html")
    parts += ("model/model_card.md", "SHA256SUMS", "CITATION.cff", "ro-crate-metadata.json", "croissant.json")
    parts += ("datapackage.json", ".zenodo.json", "codemeta.json", "NOTICE.md", "README.md")
    assert [part for part in parts if not (folder / part).is_file()] == []
    command = ["sha256sum", "--quiet", "--check", "SHA256SUMS"]
    assert subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout == ""


def test_no_file_has_a_personal_name(folder: Path, built: Workspace) -> None:
    names = [*PERSONS, str(built.store), platform.node() if len(platform.node()) > 4 else built.store.name]
    author = subprocess.run(["git", "config", "user.name"], cwd=REPOSITORY, capture_output=True, text=True)
    names += [name for name in (author.stdout.strip(), getpass.getuser()) if len(name) > 5]
    words = [name.encode() for name in names]
    hits = [
        f"{path.relative_to(folder)}: {word.decode()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for word in words
        if word in read_file(path)
    ]
    assert hits == []


def test_no_table_has_a_column_that_names_persons(folder: Path) -> None:
    with duckdb.connect(str(folder / "duckdb" / "accidents.duckdb"), read_only=True) as database:
        columns = {name for (name,) in database.execute("select column_name from duckdb_columns()").fetchall()}
    assert columns & WITHHELD == set() and "ev_id" in columns
    assert [file.name for file in folder.rglob("*.parquet") if set(pq.read_schema(file).names) & WITHHELD] == []


def test_pages_link_to_the_parquet_files_of_the_bundle(folder: Path) -> None:
    page = (folder / "reports" / "dictionary.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+\.parquet)"', page)
    assert len(links) > 80
    assert [link for link in links if not (folder / "reports" / link).is_file()] == []


def test_frictionless_finds_no_mistake(folder: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    assert report.flatten(["name", "type", "message"]) == []


def test_mlcroissant_finds_no_mistake(folder: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    assert mlcroissant.Dataset(folder / "croissant.json").metadata.issues.errors == set()


def test_ro_crate_validator_finds_no_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rocrate_validator")
    from rocrate_validator import models, services
    from rocrate_validator.utils import http

    terms = {term: f"http://schema.org/{term}" for term in SCHEMA_ORG.split()}
    terms |= {"File": "http://schema.org/MediaObject", "conformsTo": "http://purl.org/dc/terms/conformsTo"}
    context = {"@context": terms | {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}}

    class Response:
        status_code = 200
        headers = {"Content-Type": "application/ld+json"}
        text = json.dumps(context)

        def json(self) -> dict[str, Any]:
            return context

    monkeypatch.setattr(http.HttpRequester, "get", lambda *_, **__: Response(), raising=False)
    settings = services.ValidationSettings(
        rocrate_uri=str(folder),
        profile_identifier="ro-crate-1.2",
        requirement_severity=models.Severity.REQUIRED,
    )
    assert [issue.message for issue in services.validate(settings).get_issues()] == []


def test_made_up_data_is_marked(folder: Path) -> None:
    assert (folder / "csv" / "MADE-UP-SAMPLE-DATA.txt").is_file()
    for name in ("README.md", "CITATION.cff", "croissant.json", "datapackage.json", "ro-crate-metadata.json"):
        assert "MADE-UP SAMPLE DATA" in (folder / name).read_text(encoding="utf-8"), name
