"""The data of the HTTP API are those of the release: filters, pages, formats, single events and what describes them."""

import base64
import csv
import io
from typing import Any

import pyarrow.parquet
import pytest

from pipeline.errors import DatabaseUnavailable
from pipeline.postgres import server as embedded_server
from pipeline.postgres.roles import LOADER, OWNER
from pipeline.serving.database import connect
from tests.http_api import Api

FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "true"),
    ({"from": "2010-01-01", "to": "2015-12-31"}, "ev_date between '2010-01-01' and '2015-12-31'"),
    ({"year": 2019}, "ev_year = 2019"),
    ({"state": ["ak", "WA"]}, "ev_state in ('AK', 'WA')"),
    ({"country": "USA", "severity": ["FATL", "SERS"]}, "ev_country = 'USA' and ev_highest_injury in ('FATL', 'SERS')"),
    ({"ntsb_no": "ERA84LA004"}, "ntsb_no = 'ERA84LA004'"),
    ({"ntsb_no": "era84la004"}, "ntsb_no = 'ERA84LA004'"),
    ({"regis_no": "n5922l"}, "ev_id in (select ev_id from aircraft where regis_no = 'N5922L')"),
    ({"make": "cessna"}, "ev_id in (select ev_id from aircraft where acft_make ilike 'cessna')"),
    (
        {"make": "Cessna", "model": "172"},
        "ev_id in (select ev_id from aircraft_names where make_group = 'CESSNA') "
        "and ev_id in (select ev_id from aircraft_names where model_group = '172')",
    ),
    ({"make": "%"}, "false"),
    ({"make": "Piper"}, "ev_id in (select ev_id from aircraft_names where make_group = 'PIPER')"),
    ({"far_part": ["091", "137"]}, "ev_id in (select ev_id from aircraft where far_part in ('091', '137'))"),
    ({"phase": "landing"}, "ev_id in (select ev_id from phase_of_flight where broad_phase = 'LANDING')"),
    (
        {"near": "61.2,-149.9", "radius_km": 300},
        "st_distance(geom::geography, st_point(-149.9, 61.2)::geography) <= 300000",
    ),
    (
        {"airport": "anc", "radius_km": 500},
        "st_distance(geom::geography, (select st_point(longitude::float8, latitude::float8)::geography from airports "
        "where iata = 'ANC')) <= 500000",
    ),
    (
        {"q": '"engine power" or fuel'},
        "ev_id in (select ev_id from narratives "
        "where to_tsvector('english', concat_ws(' ', narr_cause, narr_accp, narr_inc, narr_accf)) "
        "@@ websearch_to_tsquery('english', '\"engine power\" or fuel'))",
    ),
    ({"q": "'; drop table events; --"}, "false"),
]
ORDERS = {
    "ev_id": "ev_id",
    "-ev_id": "ev_id desc",
    "ev_date": "ev_date nulls last, ev_id",
    "-ev_date": "ev_date desc nulls last, case when ev_date is null then ev_id end, ev_id desc",
}


def query(api: Api, text: str) -> list[tuple[Any, ...]]:
    return api.workspace.query(f"set search_path = ntsb, mart, code_mappings, public; {text}")


@pytest.mark.parametrize(
    ("parameters", "condition"), FILTERS, ids=[",".join(map(str, item.values())) or "none" for item, _ in FILTERS]
)
def test_a_filter_returns_the_events_that_meet_it(api: Api, parameters: dict[str, Any], condition: str) -> None:
    expected = [row for (row,) in query(api, f"select ev_id from events where {condition} order by ev_id")]
    pages = list(api.pages("/v1/events", limit=1000, **parameters))
    assert [row["ev_id"] for page in pages for row in page["data"]] == expected
    assert condition == "false" or expected


def test_one_aircraft_of_an_event_meets_all_filters_on_aircraft(api: Api) -> None:
    ((make, model, other_make, other_model, ev_id, regis_no, year),) = query(
        api,
        "select one.make_group, one.model_group, other.make_group, other.model_group, one.ev_id, regis_no, ev_year "
        "from aircraft_names as one inner join aircraft_names as other using (ev_id) inner join events using (ev_id) "
        "inner join aircraft on aircraft.ev_id = one.ev_id and aircraft.aircraft_key = one.aircraft_key "
        "where one.make_group <> other.make_group and regis_no <> '' and not exists ("
        "select from aircraft_names as same where same.ev_id = one.ev_id "
        "and (same.make_group, same.model_group) = (other.make_group, one.model_group)) "
        "order by one.ev_id, regis_no limit 1",
    )

    def is_listed(**parameters: str) -> bool:
        rows = [row for page in api.pages("/v1/events", limit=1000, year=year, **parameters) for row in page["data"]]
        return ev_id in [row["ev_id"] for row in rows]

    assert is_listed(make=make, model=model) and is_listed(make=other_make, model=other_model)
    assert is_listed(make=make, regis_no=regis_no)
    assert not is_listed(make=other_make, model=model) and not is_listed(make=other_make, regis_no=regis_no)


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_contain_every_event_once_in_order(api: Api, sort: str) -> None:
    expected = [row for (row,) in query(api, f"select ev_id from events order by {ORDERS[sort]}")]
    pages = list(api.pages("/v1/events", limit=97, sort=sort))
    assert [row["ev_id"] for page in pages for row in page["data"]] == expected
    assert {len(page["data"]) for page in pages[:-1]} == {97}


def test_pages_of_aircraft_contain_every_aircraft_once(api: Api) -> None:
    expected = query(api, "select ev_id, aircraft_key from aircraft order by 1, 2")
    rows = [row for page in api.pages("/v1/aircraft", limit=500) for row in page["data"]]
    assert [(row["ev_id"], row["aircraft_key"]) for row in rows] == expected
    ((make, model, count),) = query(
        api, "select make_group, model_group, count(*) from aircraft_names group by 1, 2 order by 3 desc, 1, 2 limit 1"
    )
    assert len(api.get("/v1/aircraft", params={"make": make, "model": model, "limit": 1000})["data"]) == count


def test_a_cursor_of_another_release_is_rejected(api: Api) -> None:
    cursor = base64.urlsafe_b64encode(b'["000000000000","X"]').decode()
    response = api.client.get("/v1/events", params={"cursor": cursor})
    assert (response.status_code, response.json()["title"]) == (410, "Gone")


def test_an_event_has_all_its_rows(api: Api) -> None:
    tables = [
        name
        for (name,) in query(
            api,
            "select table_name from information_schema.columns inner join information_schema.tables "
            "using (table_schema, table_name) where table_schema = 'ntsb' and column_name = 'ev_id' "
            "and table_type = 'BASE TABLE' order by 1",
        )
    ]
    for (ev_id,) in query(api, "select ev_id from events order by md5(ev_id) limit 5"):
        content = api.get(f"/v1/events/{ev_id}")["tables"]
        for table in tables:
            (((rows),),) = query(
                api,
                f"select coalesce(jsonb_agg(to_jsonb(t) - 'geom' - 'search_vector'), '[]') from ntsb.{table} as t "
                f"where ev_id = '{ev_id}'",
            )
            assert sorted(map(str, content.get(table, []))) == sorted(map(str, rows)), table


def test_formats_hold_the_same_rows(api: Api) -> None:
    parameters: dict[str, Any] = {"year": 2019, "limit": 50}
    rows = api.get("/v1/events", params=parameters)["data"]
    text = api.client.get("/v1/events", params={**parameters, "format": "csv"})
    assert text.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(text.text, newline="")))
    assert [(line["ev_id"], line["ev_date"]) for line in lines] == [(row["ev_id"], row["ev_date"]) for row in rows]
    binary = api.client.get("/v1/events", params=parameters, headers={"Accept": "application/vnd.apache.parquet"})
    table = pyarrow.parquet.read_table(io.BytesIO(binary.content))
    assert table.column("ev_id").to_pylist() == [row["ev_id"] for row in rows]
    assert str(table.schema.field("ev_date").type) == "date32[day]"
    collection = api.get("/v1/events", params={**parameters, "format": "geojson"})
    assert [feature["properties"] for feature in collection["features"]] == rows
    points = [feature["geometry"] for feature in collection["features"]]
    assert [point is not None for point in points] == [row["has_coordinates"] for row in rows]


def test_columns_are_those_that_are_named(api: Api) -> None:
    parameters = {"year": 2019, "columns": ["ev_state", "ev_id"], "limit": 3}
    for path in ("/v1/events", "/v1/aircraft"):
        rows = api.get(path, params={**parameters, "columns": ["era", "ev_id"]})["data"]
        assert [list(row) for row in rows] == [["era", "ev_id"]] * 3
    assert api.client.get("/v1/events", params={**parameters, "format": "csv"}).text.startswith("ev_state,ev_id\r\n")
    (collection, *_) = api.pages("/v1/events", **parameters, format="geojson")
    assert {"ev_state", "ev_id"} <= set(collection["features"][0]["properties"])
    (rows, *_) = api.pages("/v1/stats/mv_yearly_stats", columns=["events"], limit=2)
    assert [list(row) for row in rows["data"]] == [["events"]] * 2
    response = api.client.get("/v1/events", params={"columns": ["ev_id", "nothing", "geom"]})
    assert response.status_code == 422 and "found nothing, geom" in response.json()["detail"]


def test_parquet_types_do_not_depend_on_the_rows(api: Api) -> None:
    schemas = {
        str(pyarrow.parquet.read_schema(io.BytesIO(api.client.get("/v1/events", params=parameters).content)))
        for parameters in ({"format": "parquet", "limit": 1}, {"format": "parquet", "q": "wordthatdoesnotexist"})
    }
    assert len(schemas) == 1


def test_codes_dictionary_and_statistics_are_those_of_the_database(api: Api) -> None:
    meanings = query(api, "select code, meaning from code_meanings where column_name = 'ev_highest_injury' order by 1")
    codes = api.get("/v1/codes/ev_highest_injury")["codes"]
    assert [(item["code"], item["meaning"]) for item in codes] == meanings
    assert api.get("/v1/codes/events.ev_highest_injury")["codes"] == codes
    (relation,) = api.get("/v1/dictionary/events")["relations"]
    assert all(column["description"] for column in relation["columns"])
    names = [item["relation"] for item in api.get("/v1/dictionary")["relations"]]
    assert {"events", "mv_yearly_stats", "code_meanings"} <= set(names)
    for view in [item["view"] for item in api.get("/v1/stats")["views"]]:
        rows = [row for page in api.pages(f"/v1/stats/{view}", limit=300) for row in page["data"]]
        assert len(rows) == query(api, f"select count(*) from mart.{view}")[0][0]


def test_releases_and_citation_name_the_release(api: Api) -> None:
    ((release, snapshot),) = query(api, "select id, snapshot from audit.release")
    assert [item["id"] for item in api.get("/v1/releases")["releases"]] == [release]
    citation = api.get("/v1/cite")
    assert release in citation["citation"] and snapshot in citation["citation"]
    assert all(len(file["sha256"]) == 64 for file in citation["sources"])


def test_what_does_not_exist_is_not_found(api: Api) -> None:
    paths = ["/v1/events/NONE", "/v1/events/NONE/history", "/v1/as-of/000000000000/events", "/v1/codes/nothing"]
    paths += ["/v1/as-of/000000000000/aircraft", "/v1/as-of/000000000000/events/E"]
    paths += ["/v1/stats/mv_nothing", "/v1/stats/events", "/v1/dictionary/nothing", "/v1/nothing", "/v2/events"]
    responses = [api.client.get(path) for path in paths]
    assert [response.status_code for response in responses] == [404] * len(paths)
    assert {response.headers["content-type"] for response in responses} == {"application/problem+json"}


def test_all_mistakes_are_reported_at_once(api: Api) -> None:
    problem = api.client.get(
        "/v1/events?year=1&limit=0&sort=x&severity=BAD&unknown=1&from=yesterday&near=north&radius_km=nan"
    ).json()
    names = {text.partition(":")[0].partition(".")[0] for text in problem["errors"]}
    assert names == {"year", "limit", "sort", "severity", "unknown", "from", "near", "radius_km"}


def test_the_database_is_read_as_the_reader(api: Api) -> None:
    users = query(api, "select distinct usename from pg_stat_activity where application_name = 'ntsb-serving'")
    assert users == [("ntsb_reader",)]


@pytest.mark.parametrize("role", [None, OWNER, LOADER])
def test_a_role_that_may_write_is_refused(api: Api, role: str | None) -> None:
    """`reset role` makes a session of a superuser one that writes."""
    url = api.workspace.url()
    if role is not None:
        url = embedded_server.role_url(url, api.workspace.targets / "postgres", role)
    with pytest.raises(DatabaseUnavailable, match="may only read"):
        connect(url, False, 5)
