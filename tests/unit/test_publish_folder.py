"""The worked example: one command audits, corrects, publishes and validates 16 tables; five properties hold."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, getcontext
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipeline.__main__ import main
from pipeline.dynamodb import folder, load, releases, specification, values
from pipeline.dynamodb.client import Database
from pipeline.errors import DynamodbError, InvalidSpecification, PipelineError
from pipeline.folders import audit, correct
from pipeline.folders.specification import read
from tests import dynamodb_server
from tests.architecture.tree import REPOSITORY
from tests.dynamodb_server import Faults, connect, recorded

pytest.importorskip("frictionless", reason="the extra audit is not installed")
pytest.importorskip("boto3", reason=dynamodb_server.MISSING)
pytest.importorskip("moto.server", reason=dynamodb_server.MISSING)

EXAMPLE = REPOSITORY / "samples" / "airline"
TABLES = read(EXAMPLE / "tables.toml")
PLAN = correct.read_plan(EXAMPLE / "repair.toml")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server.serving() as address:
        yield address


@pytest.fixture(scope="module")
def repaired(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, folder.Repair, Path]:
    """The published example: a connection, the result, and the folder of corrected tables."""
    database, corrected = connect(endpoint, prefix=PLAN.prefix), tmp_path_factory.mktemp("repaired") / "corrected"
    return database, folder.repair(database, EXAMPLE / "tables", PLAN, corrected), corrected


def published_items(database: Database) -> dict[str, list[values.Item]]:
    alias = releases.read_alias(database)
    assert alias
    return {name: list(load.scan_items(database, table.name)) for name, table in alias.tables.items()}


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_audit_finds_everything_that_the_corrections_repair(
    repaired: tuple[Database, folder.Repair, Path],
) -> None:
    _, result, _ = repaired
    assert {(item.table, item.column, item.kind) for item in result.before.mismatches} == {
        ("aircraft", "aircraft_registration", "missing attribute"),
        ("aircraft", "aircraftRegistration", "unexpected column"),
        ("crew", "position", "missing attribute"),
        ("flights", "operating_airline", "missing attribute"),
        ("flights", "aircraft_registration", "orphan"),
        ("maintenance", "aircraft_registration", "orphan"),
    }
    assert result.after.mismatches == [] and len(result.after.rows) == 16
    assert [(item.rule.rule, item.rows) for item in result.applied] == [("map", 24), ("copy", 40), ("rename", 8)]


def test_completeness(repaired: tuple[Database, folder.Repair, Path]) -> None:
    """Every row of the source is an item, no other item exists, and required attributes are present."""
    database, _, _ = repaired
    items = published_items(database)
    for resource in TABLES.resources:
        rows, fields = cells(EXAMPLE / "tables" / resource["path"]), resource["schema"]["fields"]
        assert len(items[resource["name"]]) == len(rows)
        required = {field["name"] for field in fields if field.get("constraints", {}).get("required")}
        required |= set(resource["schema"]["primaryKey"])
        assert all(required <= set(item) for item in items[resource["name"]])
    codes = {row["crew_id"]: row["position_id"] for row in cells(EXAMPLE / "tables" / "crew.csv")}
    meanings = {"CPT": "Captain", "FO": "First officer", "PUR": "Purser", "FA": "Flight attendant"}
    assert {item["crew_id"]["N"]: item["position"]["S"] for item in items["crew"]} == {
        crew: meanings[code] for crew, code in codes.items()
    }


def test_index_functionality(repaired: tuple[Database, folder.Repair, Path]) -> None:
    """Every index is active, and returns exactly the rows of a value, for every value."""
    database, result, corrected = repaired
    assert result.publication
    states = [state for indexes in result.publication.validation.indexes.values() for state in indexes.values()]
    assert states == ["ACTIVE"] * 8
    all_items, requests, alias = published_items(database), recorded(database), releases.read_alias(database)
    assert alias
    for name, table in folder.release_of(corrected, TABLES, PLAN.dynamodb).tables.items():
        items = all_items[name]
        for index in table.indexes:
            for value in {json.dumps(item[index.partition]) for item in items}:
                names = {"#a": index.partition}
                query: dict[str, Any] = {"TableName": alias.tables[name].name, "IndexName": index.name}
                query |= {"KeyConditionExpression": "#a = :v", "ExpressionAttributeNames": names}
                response = database.call("query", **query, ExpressionAttributeValues={":v": json.loads(value)})
                assert response["Count"] == sum(json.dumps(item[index.partition]) == value for item in items) > 0
    assert [name for name, parameters in requests if name == "Scan" and "IndexName" in parameters] == []


def test_referential_integrity(repaired: tuple[Database, folder.Repair, Path]) -> None:
    """Every reference of the audit's specification leads to an item."""
    database, _, _ = repaired
    items = published_items(database)
    checked = 0
    for resource in TABLES.resources:
        for key in resource["schema"].get("foreignKeys", ()):
            target = items[key["reference"]["resource"]]
            existing = {str([item[column] for column in key["reference"]["fields"]]) for item in target}
            referenced = {str([item[column] for column in key["fields"]]) for item in items[resource["name"]]}
            assert referenced <= existing
            checked += 1
    assert checked == 19


def test_schema_consistency(repaired: tuple[Database, folder.Repair, Path]) -> None:
    """Every attribute has the type of its column, no attribute is unknown, and keys are those of the specification."""
    database, _, _ = repaired
    for name, items in published_items(database).items():
        (resource,) = (resource for resource in TABLES.resources if resource["name"] == name)
        types = {
            field["name"]: values.attribute_type(folder.KINDS[field.get("type", "any")])
            for field in resource["schema"]["fields"]
        }
        for item in items:
            assert {column: next(iter(attribute)) for column, attribute in item.items()}.items() <= types.items()
        keys = {tuple(str(item[column]) for column in resource["schema"]["primaryKey"]) for item in items}
        assert len(keys) == len(items)


def test_upload_reliability(endpoint: str, repaired: tuple[Database, folder.Repair, Path], tmp_path: Path) -> None:
    """With throttling and incomplete batches, the same items are published, or none are visible."""
    database, _, _ = repaired
    faulty = connect(endpoint, prefix="faulty-")
    plan = correct.Plan(PLAN.tables, PLAN.dynamodb, "faulty-", PLAN.rules)
    Faults(faulty, {"BatchWriteItem": (8, "ThrottlingException"), "UpdateTable": (10**6, "ValidationException")}, 0.3)
    with pytest.raises(PipelineError, match="ValidationException"):
        folder.repair(faulty, EXAMPLE / "tables", plan, tmp_path / "first")
    assert releases.read_alias(faulty) is None
    again = connect(endpoint, prefix="faulty-")
    second = folder.repair(again, EXAMPLE / "tables", plan, tmp_path / "second")
    assert second.publication and second.publication.validation.problems == []

    def contents(source: Database) -> dict[str, list[bytes]]:
        return {name: sorted(map(values.canonical_text, items)) for name, items in published_items(source).items()}

    assert contents(again) == contents(database)


def test_one_command_publishes_the_example(
    endpoint: str,
    repaired: tuple[Database, folder.Repair, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "out" / "page.html"
    words = ["publish-folder", str(EXAMPLE / "tables"), "--plan", str(EXAMPLE / "repair.toml"), "--endpoint", endpoint]
    assert main([*words, "--corrected", str(page.parent), "--report", str(page)]) == 0
    output = capsys.readouterr().out
    assert "before: 450 rows of 16 tables read; 6 mismatches in 4 tables or files." in output
    assert "crew.position: 24 rows, such as row 2: CPT -> Captain" in output
    # Published before, with the same rows: nothing is written.
    assert "flights: 40 rows in airline-flights-" in output and output.count("; unchanged") == 16
    assert "validation: 450 items and 8 indexes; 0 problems" in output
    assert "by_aircraft" in page.read_text(encoding="utf-8")


def test_corrected_tables_that_still_differ_are_not_published(
    endpoint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "tables"
    shutil.copytree(EXAMPLE / "tables", source)
    with (source / "delays.csv").open("a", encoding="utf-8") as file:
        file.write("F999,5,true\n")
    plan = tmp_path / "plan.toml"
    text = (EXAMPLE / "repair.toml").read_text(encoding="utf-8").replace("airline-", "differing-")
    plan.write_text(text.replace('"tables.toml"', f'"{EXAMPLE}/tables.toml"'), encoding="utf-8")
    plan.write_text(
        plan.read_text(encoding="utf-8").replace('"dynamodb.toml"', f'"{EXAMPLE}/dynamodb.toml"'), encoding="utf-8"
    )
    assert main(["publish-folder", str(source), "--plan", str(plan), "--endpoint", endpoint]) == 1
    assert "delays.flight_id: orphan (1): row 12: F999" in capsys.readouterr().out
    assert releases.read_alias(connect(endpoint, prefix="differing-")) is None


RULE = correct.Rule("map", "t", "name", "code", 2, "because", {"A": "Alpha", "B": "Beta"})


def corrected(tmp_path: Path, text: str, *rules: correct.Rule) -> str:
    """A table with columns code, name after the corrections."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "t.csv").write_text(text, encoding="utf-8", errors="surrogatepass")
    (tmp_path / "spec.toml").write_text('[tables.t]\ncolumns = { code = "string" }', encoding="utf-8")
    try:
        correct.correct_folder(source, target, read(tmp_path / "spec.toml"), rules)
    finally:
        assert (source / "t.csv").read_text(encoding="utf-8", errors="surrogatepass") == text
        assert target.exists() or not list(tmp_path.glob(".correcting-*"))
    return (target / "t.csv").read_bytes().decode()


def test_rules_fill_empty_cells_only_and_keep_every_row(tmp_path: Path) -> None:
    text = "\ufeffcode,name\nA,\nB,Other\n,\nB,\n"
    assert corrected(tmp_path, text, RULE) == "code,name\r\nA,Alpha\r\nB,Other\r\n,\r\nB,Beta\r\n"


def test_rules_of_one_table_apply_together(tmp_path: Path) -> None:
    rename = correct.Rule("rename", "t", "letter", "code", 2, "")
    copy = correct.Rule("copy", "t", "again", "code", 2, "")
    assert corrected(tmp_path, "code\nA\nB\n", rename, copy, RULE).split() == [
        "letter,again,name",
        "A,A,Alpha",
        "B,B,Beta",
    ]


def corrected_in(tmp_path: Path, dialect: dict[str, Any], text: str) -> str:
    """A table of a data package with a dialect, after the corrections."""
    (tmp_path / "t.csv").write_text(text)
    resource = {"name": "t", "path": "t.csv", "dialect": dialect, "schema": {"fields": [{"name": "code"}]}}
    (tmp_path / "t.json").write_text(json.dumps({"resources": [resource]}))
    correct.correct_folder(tmp_path, tmp_path / "target", read(tmp_path / "t.json"), [RULE])
    return (tmp_path / "target" / "t.csv").read_text()


@pytest.mark.parametrize(
    ("dialect", "row", "written"),
    [
        ({"delimiter": ";", "quoteChar": "'"}, "'x;\"y';z", "'x;\"y';z"),
        ({"csv": {"escapeChar": "\\", "doubleQuote": False}}, "x\\,y,z", '"x,y",z'),
        ({"csv": {"skipInitialSpace": True}}, "x, z", "x,z"),
    ],
)
def test_a_table_is_corrected_in_its_dialect(tmp_path: Path, dialect: dict[str, Any], row: str, written: str) -> None:
    rows = "code,name\nA,\nB,\n".replace(",", dialect.get("delimiter", ","))
    filled = "code,name\nA,Alpha\nB,Beta\n".replace(",", dialect.get("delimiter", ","))
    assert corrected_in(tmp_path, dialect, f"{rows}{row}\n") == f"{filled}{written}\n"


@pytest.mark.parametrize(
    "dialect", [{"commentChar": "#"}, {"commentRows": [2]}, {"header": False}, {"headerRows": [1, 2]}]
)
def test_a_table_with_other_rows_than_one_header_is_not_corrected(tmp_path: Path, dialect: dict[str, Any]) -> None:
    with pytest.raises(PipelineError, match="t: corrections apply to CSV files with one header row and no comments"):
        corrected_in(tmp_path, dialect, "code\nA\nB\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code\nA\n", "t.name: 1 rows to change instead of 2"),
        ("code\nA\nC\n", "t row 3: code C has no meaning in the rule"),
        ("cod\nA\nB\n", "t: no column code"),
        ("code\nA\nB\nA,B\n", "t row 4: 2 cells instead of 1"),
        ("code\nA\nB\n\ud800\n", "t: not readable: 'utf-8' codec can't decode"),
    ],
)
def test_a_correction_that_no_longer_applies_stops_the_run(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PipelineError, match=message):
        corrected(tmp_path, text, RULE)
    assert not (tmp_path / "target").exists()


def test_an_existing_folder_is_not_replaced(tmp_path: Path) -> None:
    """An empty one is filled."""
    (tmp_path / "target").mkdir()
    assert corrected(tmp_path, "code\nA\nB\n", RULE).split() == ["code,name", "A,Alpha", "B,Beta"]
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for target in (tmp_path / "target", tmp_path / "file", tmp_path / "link"):
        with pytest.raises(PipelineError, match=f"{target.name}: expected a new or empty folder, found another path"):
            correct.correct_folder(tmp_path / "source", target, read(tmp_path / "spec.toml"), [RULE])


def test_what_a_table_lacks_is_reported_by_the_audit_and_the_rules(tmp_path: Path) -> None:
    """A table without rules that is missing is left to the second audit."""
    (tmp_path / "spec.toml").write_text('[tables.t]\ncolumns = { code = "string" }', encoding="utf-8")
    (tmp_path / "source").mkdir()
    tables = read(tmp_path / "spec.toml")
    assert correct.correct_folder(tmp_path / "source", tmp_path / "target", tables, ()) == []
    with pytest.raises(PipelineError, match=r"found: t: no file t\.csv; t\.name: 0 rows to change instead of 2"):
        correct.correct_folder(tmp_path / "source", tmp_path / "other", tables, [RULE])


@pytest.mark.parametrize(
    ("prefix", "report", "message"),
    [
        ("ntsb-", "page.html", "expected a prefix of its own, found ntsb-"),
        ("own-", "absent/page.html", "expected a file in an existing folder, found another path"),
        ("own-", ".", "expected a file in an existing folder, found another path"),
        ("a b", "page.html", "expected 1 to 128 letters, digits, '_', '.' and '-', found 'a b'"),
    ],
)
def test_what_would_replace_a_release_or_lose_the_page_is_rejected_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prefix: str, report: str, message: str
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text((EXAMPLE / "repair.toml").read_text(encoding="utf-8").replace("airline-", prefix), encoding="utf-8")
    words = ["publish-folder", str(EXAMPLE / "tables"), "--plan", str(plan), "--endpoint", "http://127.0.0.1:1"]
    assert main([*words, "--report", str(tmp_path / report)]) == 1
    assert message in capsys.readouterr().err


def test_types_of_a_data_package_that_cannot_be_published_are_reported(tmp_path: Path) -> None:
    fields = [{"name": "id", "type": "string"}, {"name": "path", "type": "geojson"}]
    resource = {"name": "T", "path": "t.csv", "schema": {"fields": fields, "missingValues": ["", "NA"]}}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [resource]}), encoding="utf-8")
    (tmp_path / "t.csv").write_text("id,path\nNA,\n", encoding="utf-8")
    tables = read(tmp_path / "datapackage.json")
    with pytest.raises(DynamodbError, match="T: expected columns of types that can be published, found path of type"):
        folder.folder_sources(tmp_path, tables)
    tables.resources[0]["schema"]["fields"][1]["type"] = "string"
    assert [*folder.folder_sources(tmp_path, tables)["T"].rows()] == [{"id": None, "path": None}]


def test_rows_of_parquet_files_are_exact(tmp_path: Path) -> None:
    """Nulls are missing values, and numbers that a float rounds are not changed."""
    columns = {"id": pa.array([2**53 + 1, None]), "at": pa.array([None, datetime(2020, 1, 1)], pa.timestamp("ns"))}
    columns["large"] = pa.array([None, Decimal(10**37 + 1)], pa.decimal128(38, 0))
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    types = 'id = "integer"\nat = "datetime"\nlarge = "integer"'
    (tmp_path / "spec.toml").write_text(f'[tables.t]\nfile = "t.parquet"\n[tables.t.columns]\n{types}')
    rows, precision = folder.folder_sources(tmp_path, read(tmp_path / "spec.toml"))["t"].rows(), getcontext().prec
    assert next(iter(rows)) == {"id": 2**53 + 1, "at": None, "large": None} and getcontext().prec == precision
    assert [*rows] == [{"id": None, "at": datetime(2020, 1, 1), "large": 10**37 + 1}]


def test_all_corrections_that_do_not_apply_are_reported_at_once(tmp_path: Path) -> None:
    others = [correct.Rule("copy", "u", "x", "y", 1, ""), correct.Rule("rename", "t", "code", "kode", 1, "")]
    with pytest.raises(PipelineError) as error:
        corrected(tmp_path, "code\nA\n", RULE, *others)
    message = str(error.value)
    assert [text in message for text in ("u: no such table", "t: no column kode", "t: a column code")] == [True] * 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('rule = "map"', 'rule = "drop"', "corrections 1: rule is not one of map, copy, rename"),
        ('rule = "copy"', 'rule = "map"', "corrections 2: codes: a rule `map` needs them"),
        ("rows = 24", 'rows = "24"', "corrections 1.rows: expected a whole number, found '24'"),
        (
            'reason = "No flight',
            'why = "No flight',
            "corrections 2.reason: expected a text, found none; corrections 2: unknown keys why",
        ),
        ('CPT = "Captain"', "CPT = 1.5", "corrections 1.codes.CPT: expected a text or a whole number, found 1.5"),
        ('prefix = "airline-"', "", "prefix: expected a text, found none"),
        ('prefix = "airline-"', 'prefix = "a"\nx = 1', "unknown keys x"),
        (
            'table = "flights"\ncolumn = "operating_airline"',
            'table = "crew"\ncolumn = "position"',
            "crew.position: expected one rule that fills it, found 2",
        ),
        ("[[corrections]]", "[[corrections", "expected a readable plan"),
    ],
)
def test_mistakes_in_a_plan_are_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "repair.toml"
    path.write_text((EXAMPLE / "repair.toml").read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidSpecification, match=message):
        correct.read_plan(path)


def test_the_meaning_of_a_code_may_be_a_whole_number(tmp_path: Path) -> None:
    plan = (EXAMPLE / "repair.toml").read_text(encoding="utf-8").replace('CPT = "Captain"', "CPT = 10", 1)
    (tmp_path / "repair.toml").write_text(plan, encoding="utf-8")
    assert correct.read_plan(tmp_path / "repair.toml").rules[0].codes["CPT"] == "10"


def test_the_example_is_not_published_where_its_specifications_differ() -> None:
    """Every table of the audit's specification is in the one for DynamoDB."""
    kinds = {name: source.columns for name, source in folder.folder_sources(EXAMPLE / "tables", TABLES).items()}
    published = specification.read(EXAMPLE / "dynamodb.toml", kinds)
    assert sorted(published) == sorted(resource["name"] for resource in TABLES.resources) and len(published) == 16
    assert audit.require_frictionless()
