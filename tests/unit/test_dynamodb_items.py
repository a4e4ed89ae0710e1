"""Rows become items of DynamoDB and rows again, exactly; what it cannot store is refused before anything is written."""

import math
import struct
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.dynamodb import contents, items, specification, values
from pipeline.dynamodb.sources import Source
from pipeline.errors import DynamodbError, InvalidSpecification
from tests.dynamodb_rows import decode, row_of
from tests.dynamodb_server import COLUMNS, SPECIFICATION, STATISTICS

BY_CAUSE = '{ name = "by_cause", partition = "narr_cause" }'
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
DOUBLES = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: x == 0 or 1e-130 <= abs(x) < 1e125)
EXACT = {
    "text": TEXTS,
    "integer": st.integers(-(10**38) + 1, 10**38 - 1),
    "double": DOUBLES,
    "real": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=9, max_value=10**20, min_value=-(10**20)),
    "boolean": st.booleans(),
    "date": st.dates(),
    "time": st.times(),
    "timestamp": st.datetimes(timezones=st.sampled_from([None, UTC])),
}


def tables(tmp_path: Path, text: str = SPECIFICATION) -> dict[str, specification.TableSpec]:
    path = tmp_path / "tables.toml"
    path.write_text(text, encoding="utf-8")
    return specification.read(path, COLUMNS)


@pytest.mark.parametrize("kind", sorted(EXACT))
def test_every_kind_has_examples(kind: str) -> None:
    assert kind in values.KINDS and set(EXACT) == values.KINDS


@given(st.one_of([st.tuples(st.just(kind), strategy) for kind, strategy in sorted(EXACT.items())]))
def test_values_are_read_as_they_were_written(value: tuple[str, Any]) -> None:
    kind, content = value
    attribute = values.encode(kind, content)
    assert list(attribute) == [values.attribute_type(kind)]
    decoded = decode(kind, attribute)
    assert decoded == content and type(decoded) is type(content)
    assert values.canonical(attribute) == attribute


@given(st.one_of(EXACT["integer"], DOUBLES.map(lambda x: Decimal(repr(x)))))
def test_a_number_has_one_text_however_it_is_written(number: int | Decimal) -> None:
    expected = values.number_text(Decimal(number))
    variants = (f"{Decimal(number):E}", f"{Decimal(number):f}", f"{Decimal(number):f}".rstrip("0"))
    for text in variants[: 2 if "." not in variants[1] else 3]:
        assert values.number_text(Decimal(text)) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("double", math.nan),
        ("double", math.inf),
        ("real", -math.inf),
        ("decimal", Decimal("NaN")),
        ("decimal", Decimal("1E126")),
        ("double", 1e-131),
        ("double", struct.unpack("d", struct.pack("d", 1.7e308))[0]),
        ("integer", 10**38 + 1),
        ("decimal", Decimal("1." + "1" * 38)),
        ("text", "\ud800"),
    ],
)
def test_values_that_dynamodb_cannot_store_are_refused(kind: str, value: Any) -> None:
    with pytest.raises(ValueError):
        values.encode(kind, value)


@given(TEXTS.filter(bool), st.integers(-5, 10**9), st.none() | TEXTS, st.integers(0, 3))
def test_long_texts_fill_several_items_and_are_read_again(
    tmp_path_factory: pytest.TempPathFactory, ev_id: str, key: int, text: str | None, size: int
) -> None:
    assume(len(ev_id.encode()) < 2000)
    table = tables(tmp_path_factory.mktemp("split"))["narratives"]
    row = {"ev_id": ev_id, "aircraft_key": key, "narr_cause": text and text + "é" * 140_000 * size}
    parts = items.items_of(table, "narratives", row)
    assert all(values.item_bytes(part) <= values.MAX_ITEM_BYTES for part in parts)
    assert len({values.canonical_text(contents.key_of(table, part)) for part in parts}) == len(parts)
    assert row_of(table, "narratives", parts) == row


@pytest.mark.parametrize(("above", "expected"), [(0, 1), (1, 3)])
def test_an_item_is_divided_only_where_it_exceeds_the_limit(tmp_path: Path, above: int, expected: int) -> None:
    table, row = tables(tmp_path)["narratives"], {"ev_id": "E", "aircraft_key": 1, "narr_cause": ""}
    rest = values.item_bytes(items.items_of(table, "narratives", row)[0])
    row["narr_cause"] = "x" * (values.MAX_ITEM_BYTES - rest + above)
    assert len(items.items_of(table, "narratives", row)) == expected


@given(st.lists(st.tuples(TEXTS | st.none(), TEXTS | st.none()), min_size=2, max_size=2, unique=True))
def test_different_values_give_different_composed_keys(pairs: list[tuple[str | None, str | None]]) -> None:
    assert items.compose(pairs[0]) != items.compose(pairs[1])


def test_composed_keys_sort_as_their_integers() -> None:
    assert sorted([10, 9, 100], key=lambda number: items.compose([number])) == [9, 10, 100]


@pytest.mark.parametrize(
    ("relation", "rows", "message"),
    [
        ("events", [{"ev_id": ""}], "events row 1: ev_id: a key cannot be an empty text"),
        ("events", [{"ev_id": None}], "events row 1: ev_id: a key cannot be missing"),
        ("events", [{"ev_id": "E"}, {"ev_id": "E"}], "events row 2: a second item with the key"),
        ("aircraft", [{"ev_id": "é" * 1025, "aircraft_key": 1}], "a key has at most 2048 bytes, found 2050"),
        ("aircraft", [{"ev_id": "E", "aircraft_key": 1, "hours": math.nan}], "hours: NaN is not a number"),
        # The primary key is the sort key of an index.
        ("events", [{"ev_id": "é" * 513}], "a key has at most 1024 bytes, found 1026"),
    ],
)
def test_rows_that_cannot_be_stored_are_reported(
    tmp_path: Path, relation: str, rows: list[dict[str, Any]], message: str
) -> None:
    complete = [dict.fromkeys(COLUMNS[relation]) | row for row in rows]
    with pytest.raises(DynamodbError, match=message):
        contents.read_contents(
            tables(tmp_path)[relation], {relation: Source(COLUMNS[relation], lambda: iter(complete))}
        )


@given(st.sampled_from(["", None, "AK", "é" * 1024, "é" * 1025]), st.sampled_from(["", None, "TX", "x" * 1025]))
def test_a_text_that_cannot_be_a_key_of_an_index_is_kept_outside_it(
    tmp_path_factory: pytest.TempPathFactory, state: str | None, county: str | None
) -> None:
    text = '[tables.events]\npartition = "ev_id"\nrelations = { events = [] }\n'
    text += 'indexes = [{ name = "by_place", partition = "ev_state", sort = "county" }]'
    path = tmp_path_factory.mktemp("index") / "tables.toml"
    path.write_text(text, encoding="utf-8")
    columns = dict.fromkeys(("ev_id", "ev_state", "county"), "text")
    table = specification.read(path, {"events": columns})["events"]
    row = {"ev_id": "E", "ev_state": state, "county": county}
    (item,) = items.items_of(table, "events", row)
    expected = {name: {"S": row[name]} for name in ("ev_state", "county") if row[name] not in (None, "AK", "TX")}
    if state == "é" * 1024:
        del expected["ev_state"]
    assert item.get(specification.UNINDEXED, {"M": {}}) == {"M": expected} and not {*expected} & {*item}
    assert row_of(table, "events", [item]) == row
    read = contents.read_contents(table, {"events": Source(columns, lambda: iter([row]))})
    assert dict(read.unindexed) == dict.fromkeys(expected, 1)
    assert bool(read.samples["by_place"]) == ({"ev_state", "county"} <= {*item})


def test_all_rows_that_cannot_be_stored_are_reported_at_once(tmp_path: Path) -> None:
    spec = tables(tmp_path)
    rows: dict[str, list[dict[str, Any]]] = {
        "events": [{"ev_id": ""}, {"ev_id": "A"}, {"ev_id": None}],
        "aircraft": [{"ev_id": "A", "aircraft_key": 1, "hours": math.inf}],
    }
    sources = {
        name: Source(COLUMNS[name], lambda name=name: iter([dict.fromkeys(COLUMNS[name]) | row for row in rows[name]]))
        for name in rows
    }
    with pytest.raises(DynamodbError) as error:
        contents.read_all([spec["events"], spec["aircraft"]], sources)
    assert [text in str(error.value) for text in ("row 1", "row 3", "hours: Infinity")] == [True] * 3


def test_an_item_without_a_text_to_split_is_refused_above_the_limit(tmp_path: Path) -> None:
    row = {"ev_id": "E", "aircraft_key": 1, "acft_make": None, "hours": None}
    table = tables(tmp_path, SPECIFICATION.replace('{ name = "by_make", partition = "acft_make" }', ""))["aircraft"]
    with pytest.raises(ValueError, match="at most 409600 bytes"):
        items.items_of(table, "aircraft", row | {"acft_make": "x" * 410_000})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('partition = "ev_id"', 'partition = "ev_idd"', "events: events has no columns ev_idd"),
        ("events = []", "evens = []", "events: unknown relations evens"),
        ('partition = "ev_year"', 'partition = "ev_yeah"', "index by_year has unusable attributes ev_yeah"),
        ('table = "events"', 'table = "statistics"', "aircraft: a reference names the key of statistics incorrectly"),
        ('["ev_id", "aircraft_key"], table', '["ev_id"], table', "a reference names the key of aircraft incorrectly"),
        ("[tables.events]", "[tables.events]\nkeys = 1", "events: unknown keys keys"),
        ("[tables.events]", "[tables.Events]", "Events: not a name"),
        ('name = "by_year"', 'name = "by_state"', "events: two indexes have the same name"),
        ('["narr_cause"]', '["narr_fact"]', "narratives: narratives has no columns narr_fact"),
        (
            'split = ["narr_cause"]',
            f'split = ["narr_cause"]\nindexes = [{BY_CAUSE}]',
            "narr_cause, which `split` names",
        ),
        ("[tables.events]", "[tables.events", "expected a readable specification"),
        (
            'columns = ["ev_id"], table',
            'columns = ["ev_idd"], table',
            "aircraft: no relation has the columns ev_idd of a ref",
        ),
        ('split = ["narr_cause"]', 'split = ["aircraft_key"]', "the columns aircraft_key in `split` are not text"),
        ("events = []", 'events = ["ev_id"]', "events: partition and sort key are the same"),
        ('sort = "ev_id" }', 'sort = "ev_state" }', "index 'by_state' has an unusable name, or one column as both"),
        ('name = "by_year"', 'name = "b y"', "index 'b y' has an unusable name"),
    ],
)
def test_mistakes_in_a_specification_are_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(InvalidSpecification, match=message):
        tables(tmp_path, SPECIFICATION.replace(old, new, 1))


def test_one_of_several_relations_may_have_the_columns_of_a_reference(tmp_path: Path) -> None:
    """More indexes than 20 are accepted: AWS raises that quota on request."""
    references = 'references = [{ columns = ["ev_year"], table = "years" }]'
    indexes = ", ".join(f'{{ name = "by_{number}", partition = "events" }}' for number in range(21))
    years = f'[tables.years]\npartition = "ev_year"\nrelations = {{ by_year = [] }}\nindexes = [{indexes}]\n'
    assert tables(tmp_path, f"{STATISTICS}{references}\n{years}")["statistics"].references
    wrong = references.replace('["ev_year"]', '["ev_year", "acft_make"]')
    with pytest.raises(InvalidSpecification, match="no relation has the columns ev_year, acft_make of a reference"):
        tables(tmp_path, f"{STATISTICS}{wrong}\n{years}")


def test_a_shape_changes_with_keys_and_indexes_only(tmp_path: Path) -> None:
    shape = tables(tmp_path)["events"].shape
    assert tables(tmp_path, SPECIFICATION.replace('"by_year"', '"per_year"'))["events"].shape != shape
    assert tables(tmp_path, SPECIFICATION.replace('sort = "ev_id"', 'sort = "ev_year"'))["events"].shape != shape
    excluded = SPECIFICATION.replace("relations = { aircraft", 'exclude = ["hours"]\nrelations = { aircraft')
    assert tables(tmp_path, excluded)["aircraft"].shape == tables(tmp_path)["aircraft"].shape


def test_dates_are_text_that_sorts() -> None:
    days = [date(999, 12, 31), date(2020, 1, 2), date(2020, 1, 10)]
    assert sorted(days, key=lambda day: values.encode("date", day)["S"]) == days
    assert values.encode("timestamp", datetime(2020, 1, 2, 3)) == {"S": "2020-01-02T03:00:00"}
