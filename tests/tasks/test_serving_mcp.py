"""The MCP server, with the reference client: its tools read the release, and everything else is rejected."""

import asyncio
import json
import re
import sys
from contextlib import suppress
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from pipeline.errors import PipelineError
from pipeline.serving.database import Database
from pipeline.serving.mcp_server import create_server
from pipeline.serving.select import run_select
from tests.http_api import Api, reader_url

TOOLS = {"query", "describe", "find_event", "why_row", "codes", "cite"}
LIMIT_S = 2.0


def call(api: Api, name: str, **arguments: Any) -> tuple[bool, str]:
    """(whether it is an error, the text of the answer) of a tool call, from a server in this process."""

    def open_database() -> Database:
        return Database(lambda: reader_url(api.workspace), False, 1, LIMIT_S, 5.0)

    async def ask() -> tuple[bool, str]:
        async with Client(create_server(open_database, lambda words: {"words": list(words)})) as client:
            result = await client.call_tool(name, arguments)
            return bool(result.is_error), "".join(item.text for item in result.content)

    return asyncio.run(ask())


def answer(api: Api, name: str, **arguments: Any) -> dict[str, Any]:
    is_error, text = call(api, name, **arguments)
    assert not is_error, text
    return dict(json.loads(text))


def test_a_client_over_standard_input_and_output_uses_every_tool(api: Api) -> None:
    """The command itself: nothing but the protocol is on its standard output."""
    workspace = api.workspace
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "pipeline", "mcp"], env=workspace.environment(), cwd=workspace.repository
    )
    ((ev_id,),) = workspace.query("select ev_id from ntsb.events where source_file = 'avall' order by 1 limit 1")

    async def ask() -> dict[str, Any]:
        async with Client(server, read_timeout_seconds=120) as client:
            listed = (await client.list_tools()).tools
            assert {tool.name for tool in listed} == TOOLS
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
            answers = {}
            for name, arguments in {
                "query": {"sql": "select count(*) from events"},
                "describe": {"relation": "events"},
                "find_event": {"state": "AK", "limit": 2},
                "why_row": {"table": "ntsb.events", "key": [ev_id]},
                "codes": {"field": "ev_highest_injury"},
                "cite": {},
            }.items():
                result = await client.call_tool(name, arguments)
                assert not result.is_error, (name, result.content)
                answers[name] = json.loads(result.content[0].text)
            return answers

    answers = asyncio.run(ask())
    ((release, count),) = workspace.query("select id, (select count(*) from ntsb.events) from audit.release")
    assert {content["release"] for content in answers.values()} == {release}
    assert answers["query"]["rows"] == [[count]]
    assert answers["why_row"]["source"]["file"] == "avall"
    assert len(answers["find_event"]["events"]) == 2


def test_a_query_returns_columns_rows_and_whether_there_are_more(api: Api) -> None:
    content = answer(api, "query", sql="select ev_id, ev_date as day, 'NaN'::float8 as x from events order by 1;")
    assert content["columns"] == ["ev_id", "day", "x"]
    assert (len(content["rows"]), content["truncated"], content["rows"][0][2]) == (1000, True, "NaN")
    assert answer(api, "query", sql="with a as (select 1 as b) select b, b from a -- comment")["rows"] == [[1, 1]]
    assert answer(api, "query", sql="values (1, 'a;b')")["rows"] == [[1, "a;b"]]
    empty = answer(api, "query", sql="select ev_id from events where false")
    assert (empty["columns"], empty["rows"], empty["truncated"]) == (["ev_id"], [], False)


def test_names_and_values_of_a_query_are_those_of_postgresql(api: Api) -> None:
    names = ("rows", "row", "result", "query", "number", "size", "total", "is_truncated", "rows")
    columns = ", ".join(f'{number} as "{name}"' for number, name in enumerate(names))
    content = answer(api, "query", sql=f"select {columns} from (values (1)) as rows (result)")
    assert (content["columns"], content["rows"]) == (list(names), [list(range(len(names)))])
    values = "array[float8 'NaN', 1], jsonb '{\"a\": [1e400]}' -> 'b', '\\x00ff'::bytea, (1, 'a'), interval '1 day'"
    expected = [["NaN", 1.0], None, "\\x00ff", "(1,a)", "1 day, 0:00:00"]
    assert answer(api, "query", sql=f"select {values}")["rows"] == [expected]


def test_the_size_of_a_query_is_that_of_the_rows_which_are_returned(api: Api) -> None:
    """A function may return another value each time, and the row after the last one is not returned."""
    large, url = "repeat('x', 3000000)", reader_url(api.workspace)
    for _ in range(30):
        database = Database(lambda: url, False, 1, LIMIT_S, 5.0)
        with suppress(PipelineError):
            content = run_select(database, f"select case when random() < 0.5 then 'x' else {large} end")
            assert content["rows"] == [["x"]]
        database.close()
    rows = f"select case when i < 1001 then 'x' else {large} end from generate_series(1, 1001) as i"
    content = answer(api, "query", sql=rows)
    assert (len(content["rows"]), content["truncated"]) == (1000, True)


REJECTED = (
    *("", ";", "delete from events", "insert into events default values", "drop table events", "begin", "commit"),
    *("select 1; select 2", "select 1; drop table events", "select 1) as a; drop table events; --", "set role ntsb"),
    *(
        "with gone as (delete from events returning 1) select * from gone",
        "select * into other from events",
        "copy events to stdout",
    ),
    *(
        "create table other (a int)",
        "create temp table other (a int)",
        "select nextval('a')",
        "explain select 1",
        "lock table events",
    ),
    *(
        "select set_config('transaction_read_only', 'off', false)",
        "select pg_sleep(60)",
        "select pg_read_file('/etc/passwd')",
    ),
    *(
        'select U&"pg\\005fsleep"(60)',
        "select query_to_xml('select 1', true, true, '')",
        "select pg_terminate_backend(1)",
    ),
    *(
        "select * from pg_authid",
        "select * from raw_avall.events",
        "select 1 from nothing",
        "do $$ begin end $$",
    ),
    *(
        "select * from events for update",
        "select repeat('x', 3000000)",
        "select count(*) from events a, events b, events c, events d",
    ),
    *(
        "declare c cursor for select 1",
        "execute a",
        "prepare a as select 1",
        "listen a",
        "select '\x00'",
        "vacuum",
        "call a()",
    ),
)


@pytest.mark.parametrize("sql", REJECTED)
def test_everything_but_one_select_within_the_limits_is_rejected(api: Api, sql: str) -> None:
    is_error, text = call(api, "query", sql=sql)
    assert is_error, text
    assert re.search("query: expected .*, found.*; ", text, re.DOTALL) if sql else "sql" in text
    assert "Traceback" not in text and "psycopg" not in text
    assert api.workspace.query("select count(*) > 1000 from ntsb.events") == [(True,)]


def test_unknown_tools_and_arguments_are_rejected(api: Api) -> None:
    for name, arguments in (
        ("execute", {"sql": "select 1"}),
        ("query", {}),
        ("codes", {"field": "nothing"}),
        ("describe", {"relation": "nothing"}),
        ("find_event", {"year": "x"}),
        ("find_event", {"year": 99_999}),
        ("find_event", {"severity": "BAD"}),
        ("find_event", {"limit": 1000}),
        ("why_row", {"table": "events", "key": []}),
    ):
        try:
            is_error, text = call(api, name, **arguments)
        except Exception as error:
            is_error, text = type(error).__name__ in ("MCPError", "ExceptionGroup"), str(error)
        assert is_error, (name, arguments, text)


def test_find_event_finds_what_the_api_finds(api: Api) -> None:
    expected = api.get("/v1/events", params={"q": "engine", "severity": "FATL", "sort": "-ev_date", "limit": 10})[
        "data"
    ]
    events = answer(api, "find_event", words="engine", severity="FATL")["events"]
    assert events == expected and events


def test_codes_dictionary_and_citation_are_those_of_the_api(api: Api) -> None:
    assert answer(api, "codes", field="ev_state")["codes"] == api.get("/v1/codes/ev_state")["codes"]
    assert answer(api, "describe")["relations"] == api.get("/v1/dictionary")["relations"]
    assert answer(api, "cite")["citation"] == api.get("/v1/cite")["citation"]
