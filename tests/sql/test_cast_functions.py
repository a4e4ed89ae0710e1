"""The cast functions: valid text gives its value, invalid text gives NULL, and no text raises an error."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import connection as Connection
from tables import rows

FUNCTIONS = (
    *("to_bigint", "to_boolean", "to_code", "to_date", "to_double", "to_integer", "to_latitude", "to_longitude"),
    *("to_memo", "to_real", "to_text", "to_time", "to_timestamp", "to_words"),
)
VALID: dict[str, dict[str, Any]] = {
    "to_integer": {"7": 7, "7.0": 7, "7.000": 7, " 7 ": 7, "-5": -5, "+5": 5, "007": 7, "0": 0, "-0": 0}
    | {"0000000000007": 7, "2147483647": 2147483647, "-2147483648": -2147483648},
    "to_bigint": {"9223372036854775807": 2**63 - 1, "-9223372036854775808": -(2**63), " 12.0 ": 12, "0" * 40 + "5": 5},
    "to_double": {"1e3": 1000.0, "-89.4627": -89.4627, ".5": 0.5, "5.": 5.0, " 2 ": 2.0, "1E-3": 0.001, "-0": 0.0}
    | {"4.9407e-324": 5e-324, "1.7976931348623157e+308": 1.7976931348623157e308, "9" * 300: float("9" * 300)},
    "to_real": {"30.190001": pytest.approx(30.190001), "3.4028235e+38": pytest.approx(3.4028235e38), "29": 29.0},
    "to_boolean": dict.fromkeys(["1", "-1", "true", "TRUE", "t", "T", "y", "Yes", " 1 "], True)
    | dict.fromkeys(["0", "false", "F", "n", "NO"], False),
    "to_date": dict.fromkeys(["2012-03-04", "2012-03-04 00:00:00", " 2012-03-04 23:59:59 "], date(2012, 3, 4))
    | dict.fromkeys(["03/04/2012", "3/4/2012 00:00:00", "2012-03-04T12:00:00"], date(2012, 3, 4))
    | dict.fromkeys(["2012-03-04 23:59:59.997", "3/4/2012 23:59:59.999999"], date(2012, 3, 4))
    | {"2012-02-29": date(2012, 2, 29), "2000-02-29": date(2000, 2, 29), "07/31/1962": date(1962, 7, 31)},
    "to_timestamp": {"2024-12-12 23:59:44": datetime(2024, 12, 12, 23, 59, 44), "2024-12-12": datetime(2024, 12, 12)}
    | {"3/4/2012 01:02:03": datetime(2012, 3, 4, 1, 2, 3), "2024-02-29T01:02:03 ": datetime(2024, 2, 29, 1, 2, 3)}
    | {"2024-03-15 23:59:59.997": datetime(2024, 3, 15, 23, 59, 59, 997000)}
    | {"2024-02-29 00:00:00.000001": datetime(2024, 2, 29, 0, 0, 0, 1)},
    "to_time": {"0": time(0), "1": time(0, 1), "44": time(0, 44), "825": time(8, 25), "825.0": time(8, 25)}
    | {"0044": time(0, 44), " 900 ": time(9), "100": time(1), "2359": time(23, 59)},
    "to_text": {" UNK ": "UNK", "UNK": "UNK", "": "", "   ": "", "a  b": "a  b", "\tx\n": "\tx\n"},
    "to_code": {
        "VMC": "VMC",
        "Unk ": "UNK",
        "\tvmc\v\f\r\n": "VMC",
        "\u00a0\u2003091\u200b\ufeff": "091",
        " ": "",
        "": "",
    }
    | {"v": "V", "a  b\t": "A  B"},
    "to_words": {"a": "a", " A\t\u00a0 b\r\n": "A b", "\u3000x\u2009y\ufeff": "x y", "v n r": "v n r"},
    "to_memo": {" two\r\nlines ": " two\r\nlines ", "": "", "   ": "   "},
    "to_latitude": {"61.144": 61.144, "-90": -90.0, "90.0": 90.0, "0": 0.0},
    "to_longitude": {"-149.86": -149.86, "180": 180.0, "-180": -180.0},
}
# Texts separated by bars.
INVALID = {
    "to_integer": "7.5|1e3|| |- 5|1,000|7\n|\u0663|\uff17|\u00a07|0x10|1_000|NaN|2147483648|-2147483649|9999999999999",
    "to_bigint": "12.5||9223372036854775808|-9223372036854775809|nine",
    "to_double": "NaN|Infinity|-inf||.|e5|1e|1 2|1.8e308|1e999|1e-999|1e99999|" + "1" * 401,
    "to_real": "NaN|-Infinity||3.5e38|1e-46|30,19",
    "to_boolean": "| |2|maybe|on",
    "to_date": "1900-02-29|2023-02-29|2023-02-30|2023-04-31|2023-13-01|2023-00-10|2023-01-00|0000-01-01|13/01/2012"
    "|07/23/62|62-07-23|2012-03-04 25:00:00|2012-3-4|2012-03-04x|2012-03-04 01:02:03.||today|infinity|20120304",
    "to_timestamp": "2023-02-29 01:02:03|2024-12-12 24:00:00|2024-12-12 23:60:00|12/12/24 23:59:44||x:99:99|23:59:44",
    "to_time": "2400|2561|1275|-5|60|99|960|825.5|08:25|00825||noon",
    "to_words": "| |\t\n\u00a0",
    "to_latitude": "90.0001|4603|NaN|",
    "to_longitude": "-180.01|-894627|",
}
ANY_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
SIMILAR_TEXT = st.text("0123456789+-./: eETx\t\u00a0\u0663", max_size=24)
DIGITS = st.text("019", min_size=1, max_size=500)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def converted(connection: Connection, function: str, texts: Sequence[str | None], cast: str = "") -> list[Any]:
    """Result of the function for each text, read from rows, because constants would be folded by the planner."""
    query = f"select convert.{function}(text){cast} from unnest(%s::text[]) with ordinality as input (text, position)"
    return [value for (value,) in rows(connection, f"{query} order by position", list(texts))]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_valid_text_gives_its_value(shared_database: Connection, function: str) -> None:
    cases = VALID[function]
    assert dict(zip(cases, converted(shared_database, function, list(cases)), strict=True)) == cases


@pytest.mark.parametrize("function", FUNCTIONS)
def test_invalid_and_missing_text_gives_null(shared_database: Connection, function: str) -> None:
    texts = [None, *INVALID[function].split("|")] if function in INVALID else [None]
    results = zip(texts, converted(shared_database, function, texts), strict=True)
    assert [(text, value) for text, value in results if value is not None] == []


def test_every_function_is_tested(shared_database: Connection) -> None:
    query = (
        r"select proname from pg_proc where pronamespace = 'convert'::regnamespace and proname like 'to\_%' order by 1"
    )
    assert [name for (name,) in rows(shared_database, query)] == sorted(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_inlined_and_parallel_safe(shared_database: Connection, function: str) -> None:
    plan = rows(shared_database, f"explain (verbose, costs off) select convert.{function}(relname::text) from pg_class")
    assert f"convert.{function}" not in str(plan)
    query = "select provolatile, proparallel from pg_proc where oid = %s::regproc"
    # A cast to timestamp is stable because it depends on DateStyle, even for formats where DateStyle is irrelevant.
    volatility = "s" if function == "to_timestamp" else "i"
    assert rows(shared_database, query, f"convert.{function}") == [(volatility, "s")]


@pytest.mark.parametrize("style", ["SQL, DMY", "Postgres, MDY", "German"])
def test_timestamps_do_not_depend_on_datestyle(shared_database: Connection, style: str) -> None:
    cases = VALID["to_timestamp"] | {"2024-03-04 05:06:07": datetime(2024, 3, 4, 5, 6, 7)}
    with shared_database.cursor() as cursor:
        cursor.execute("set datestyle = %s", (style,))
        try:
            offsets = converted(shared_database, "to_timestamp", list(cases), " - timestamp '2000-01-01 00:00:00'")
        finally:
            cursor.execute("reset datestyle")
    assert [datetime(2000, 1, 1) + span for span in offsets] == list(cases.values())


@quick
@given(texts=st.lists(ANY_TEXT | SIMILAR_TEXT | DIGITS, min_size=5, max_size=40))
def test_no_text_raises_an_error(shared_database: Connection, texts: list[str | None]) -> None:
    for function in FUNCTIONS:
        assert len(converted(shared_database, function, texts)) == len(texts)


@quick
@given(numbers=st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40), suffix=st.sampled_from(["", ".0", " "]))
def test_integers_round_trip(shared_database: Connection, numbers: list[int], suffix: str) -> None:
    assert converted(shared_database, "to_integer", [f"{number}{suffix}" for number in numbers]) == numbers


@quick
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=40))
def test_doubles_round_trip(shared_database: Connection, numbers: list[float]) -> None:
    assert converted(shared_database, "to_double", [repr(number) for number in numbers]) == numbers


@quick
@given(numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=40))
def test_reals_round_trip(shared_database: Connection, numbers: list[float]) -> None:
    texts = [repr(number) for number in numbers]
    assert converted(shared_database, "to_real", texts, "::double precision") == numbers


@quick
@given(timestamps=st.lists(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)), max_size=40))
def test_timestamps_and_dates_round_trip(shared_database: Connection, timestamps: list[datetime]) -> None:
    days = [timestamp.date() for timestamp in timestamps]
    texts = [timestamp.isoformat(" ") for timestamp in timestamps]
    assert converted(shared_database, "to_timestamp", texts) == timestamps
    assert converted(shared_database, "to_date", texts) == days
    assert converted(shared_database, "to_date", [f"{day.month}/{day.day}/{day.year}" for day in days]) == days


def test_every_number_up_to_9999_is_a_time_or_null(shared_database: Connection) -> None:
    times = converted(shared_database, "to_time", [str(number) for number in range(10000)])
    assert times == [time(n // 100, n % 100) if n < 2400 and n % 100 < 60 else None for n in range(10000)]
