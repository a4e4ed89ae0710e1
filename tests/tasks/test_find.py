"""`find` and the data of the search and event pages agree with the rows of the release."""

import base64
import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.running import Workspace

REGISTERED = """
select ev_id, regis_no from ntsb.aircraft
where regis_no ~ '^N[1-9][0-9]+[A-Z]+$' order by ev_id collate "C", aircraft_key limit 1
"""


@pytest.fixture(scope="module")
def store(built: Workspace) -> Iterator[Workspace]:
    """The built store with its server, which is stopped at the end."""
    yield built
    built.stop()


def find(workspace: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    return workspace.command("find", *words)


def events(workspace: Workspace, *words: str) -> list[dict[str, Any]]:
    """The events that `find --json` prints."""
    return list(json.loads(find(workspace, "--json", *words).stdout))


def data(workspace: Workspace, pattern: str) -> dict[str, Any]:
    """{name: content} of data files of the site."""
    texts = [path.read_text() for path in sorted((workspace.store / "reports" / "html").glob(pattern))]
    pairs = [re.fullmatch(r'siteData\("(.*)","(.*)"\);\n', text) for text in texts]
    return {pair[1]: json.loads(gzip.decompress(base64.b64decode(pair[2]))) for pair in pairs if pair}


def test_a_registration_is_found_as_typed(store: Workspace) -> None:
    ((ev_id, registration),) = store.query(REGISTERED)
    bare = registration[1:]
    variants = [registration.lower(), bare, f"N-{bare}", f" n {bare[:2]} {bare[2:]} "]
    for text in variants:
        actual = events(store, text)
        assert ev_id in [event["ev_id"] for event in actual], text
        assert all(registration in event["aircraft"] for event in actual), text


def test_an_event_of_every_era_is_found_by_its_id(store: Workspace) -> None:
    ids = [ev_id for (ev_id,) in store.query("select min(ev_id) from ntsb.events group by era order by 1")]
    assert any("-" in ev_id for ev_id in ids)
    for ev_id in ids:
        for text in (ev_id, ev_id.lower(), ev_id.replace("-", " ")):
            assert [event["ev_id"] for event in events(store, text)] == [ev_id], text


def test_numbers_words_and_dates_find_an_event(store: Workspace) -> None:
    query = """
        select ev_id, ntsb_no, ev_date::text, btrim(ev_city), ev_state from ntsb.events
        where ev_city ~ '^[A-Z][a-z]+$' and ntsb_no <> '' and ev_state ~ '^[A-Z]{2}$'
        order by ev_id collate "C" limit 1
    """
    ((ev_id, number, day, city, state),) = store.query(query)
    for words in ([ev_id.lower()], [number.lower()], [city.upper(), state, day], [f"{city}, {state}", day[:7]]):
        assert ev_id in [event["ev_id"] for event in events(store, "--limit", "1000", *words)], words
    assert [event["ev_id"] for event in events(store, ev_id)] == [ev_id]


def test_output_names_the_page_of_the_event(store: Workspace) -> None:
    ((ev_id, registration),) = store.query(REGISTERED)
    done = find(store, registration)
    assert done.returncode == 0 and ev_id in done.stdout
    addresses = [unquote(urlsplit(address).path) for address in re.findall(r"file://\S+", done.stdout)]
    assert addresses and all(Path(address).samefile(store.store / "reports/html/event.html") for address in addresses)
    assert f"event.html#{ev_id}" in done.stdout


@pytest.mark.parametrize("text", ["100%", "'; drop table events; --", "\\", "9999-99-99"])
def test_a_text_without_a_match_exits_with_1(store: Workspace, text: str) -> None:
    done = find(store, "--", text)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("No event of this release matches")


def test_following_the_advice_of_find_prints_events(store: Workspace) -> None:
    assert "expected 1 to 1000, found 0" in find(store, "--limit", "0", "CA").stderr
    assert "expected 1 to 12 words" in find(store, *["CA"] * 13).stderr
    assert "expected 1 to 12 words" in find(store, "\udcff").stderr
    assert len(events(store, "--limit", "3", "--part", "91", "CA")) == 3


def test_the_search_index_has_every_event_once(store: Workspace) -> None:
    indexed = {
        ev_id: (day, registrations)
        for columns in data(store, "search/*.js").values()
        for ev_id, day, registrations in zip(
            columns["ev_id"], columns["ev_date"], columns["registrations"], strict=True
        )
    }
    query = """
        select ev_id, max(ev_date)::text, string_agg(nullif(btrim(regis_no), ''), ', ' order by aircraft_key)
        from ntsb.events left join ntsb.aircraft using (ev_id) group by ev_id
    """
    assert indexed == {ev_id: (day, registrations) for ev_id, day, registrations in store.query(query)}


def test_the_data_of_the_event_page_equal_the_rows_of_the_release(store: Workspace) -> None:
    counts: dict[str, dict[str, int]] = {}
    aircraft, numbered = set(), set()
    for details in data(store, "event/details-*.js").values():
        ids = details["events"]["ev_id"]
        numbered |= set(
            zip(ids, *(details["events"][name] for name in ("ntsb_no", "ev_date", "source_row")), strict=True)
        )
        names = ("regis_no", "acft_make", "source_file", "source_row")
        numbers = [ids[number] for number in details["aircraft"]["event"]]
        aircraft |= set(zip(numbers, *(details["aircraft"][name] for name in names), strict=True))
        for name in ("sequence", "findings", "injuries"):
            for number in details[name]["event"]:
                of_name = counts.setdefault(name, {})
                of_name[ids[number]] = of_name.get(ids[number], 0) + 1
    assert numbered == set(store.query("select ev_id, ntsb_no, ev_date::text, source_row from ntsb.events"))
    query = "select ev_id, btrim(regis_no), btrim(acft_make), source_file, source_row from ntsb.aircraft"
    assert aircraft == set(store.query(query))
    tables = {
        "sequence": ("events_sequence", "occurrences", "pre1982_occurrences"),
        "findings": ("findings", "seq_of_events", "pre1982_causes"),
    }
    for name, relations in tables.items():
        rows = " union all ".join(f"select ev_id from ntsb.{relation}" for relation in relations)
        assert counts[name] == dict(store.query(f"select ev_id, count(*) from ({rows}) as rows group by ev_id"))


def test_narratives_of_the_event_page_are_those_of_the_release(store: Workspace) -> None:
    shown = {
        (ev_id, key): cause
        for texts in data(store, "event/narratives-*.js").values()
        for ev_id, rows in texts.items()
        for key, cause, *_ in rows
    }
    query = "select ev_id, aircraft_key, btrim(narr_cause) from ntsb.narratives where btrim(narr_cause) <> ''"
    assert {key: cause for key, cause in shown.items() if cause} == {
        (ev_id, key): cause for ev_id, key, cause in store.query(query)
    }


def test_the_site_of_the_samples_is_small(store: Workspace) -> None:
    html = store.store / "reports" / "html"
    sizes = {path.name: path.stat().st_size for path in html.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 12_000_000
    assert all(size < 500_000 for name, size in sizes.items() if name.endswith(".js"))
