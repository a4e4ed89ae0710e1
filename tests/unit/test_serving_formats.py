"""Formats and cursors of the HTTP API."""

import base64
import io
import json
from datetime import date, time
from decimal import Decimal
from math import inf, nan

import pyarrow.parquet
import pytest
from starlette.requests import Request

from pipeline.serving import formats, lists
from pipeline.serving.problems import Problem

INTEGER, TEXT, DATE, NUMERIC = 23, 25, 1082, 1700


def request(accept: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept", accept.encode())]})


def test_csv_distinguishes_null_from_empty_text_and_quotes_what_needs_it() -> None:
    rows = [(None, "", 'a "b"', "c,d\r\n"), (0, " ", date(2019, 6, 1), time(1, 2))]
    text = formats.to_csv(("one", "two", "three", "four"), rows)
    assert text == 'one,two,three,four\r\n,"","a ""b""","c,d\r\n"\r\n0, ,2019-06-01,01:02:00\r\n'


def test_json_holds_numbers_that_are_not_finite_as_text() -> None:
    assert [formats.finite(value) for value in (nan, inf, -inf, 1.5, None)] == [
        "NaN",
        "Infinity",
        "-Infinity",
        1.5,
        None,
    ]
    assert json.loads(formats.to_json([Decimal("2.50"), Decimal("3"), date(2019, 6, 1)])) == [2.5, 3, "2019-06-01"]


def test_parquet_types_are_those_of_the_columns_even_without_values() -> None:
    columns = [("number", INTEGER), ("word", TEXT), ("day", DATE), ("share", NUMERIC), ("other", 600)]
    for rows in ([], [(None,) * 5], [(1, "a", date(2019, 6, 1), Decimal("0.5"), (1, 2))]):
        table = pyarrow.parquet.read_table(io.BytesIO(formats.to_parquet(columns, rows)))
        assert list(map(str, table.schema.types)) == ["int32", "string", "date32[day]", "double", "string"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        *(("*/*", "json"), ("text/csv", "csv"), ("text/html, application/geo+json;q=0.5", "geojson")),
        *(("image/png", "json"), ("", "json"), ("text/csv;q=0.1, application/json", "json")),
        *(("text/csv;q=0, application/json;q=0.5", "json"), ("TEXT/CSV ; header=present; Q=1.0", "csv")),
        *(("text/csv;q=x, application/json;q=0.9", "csv"), (";,;q=2,\t", "json")),
    ],
)
def test_the_header_accept_chooses_the_format(accept: str, expected: str) -> None:
    assert formats.chosen_format(request(accept), None) == expected
    assert formats.chosen_format(request(accept), "parquet") == "parquet"


def test_a_refused_encoding_is_not_preferred() -> None:
    assert formats.preferred("gzip;q=0, identity") == ["identity"]
    assert formats.preferred("br;q=1.0, gzip;q=0.8, *;q=0.1") == ["br", "gzip", "*"]


def test_a_format_that_is_not_available_is_refused() -> None:
    with pytest.raises(Problem, match="expected one of json, csv, found geojson"):
        formats.chosen_format(request("*/*"), "geojson", ("json", "csv"))


def test_a_cursor_returns_its_position() -> None:
    cursor = lists.encode_cursor("0123456789ab", [date(2019, 6, 1), "20190601X1"])
    assert lists.decode_cursor(cursor, "0123456789ab", lists.DatePosition) == lists.DatePosition(
        ev_date=date(2019, 6, 1), ev_id="20190601X1"
    )


DAMAGED = (
    *(b"", b"{}", b"[]", b"1", b"\xff", b"[" * 300, b'["r"]', b'["r", "2019-06-01"]', b'["r", "x", "id"]'),
    *(b'["r", null, "a\\u0000"]', b'["r", null, {}]', b'["r", null, ["id"]]', b'["r", null, "id", 1]'),
)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_cursor_is_a_mistake_of_the_client(content: bytes) -> None:
    with pytest.raises(Problem) as error:
        lists.decode_cursor(base64.urlsafe_b64encode(content).decode(), "r", lists.DatePosition)
    assert error.value.status == 422
