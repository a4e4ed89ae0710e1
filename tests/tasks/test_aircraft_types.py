"""The page on aircraft types of the samples shows the numbers of the database, computed another way."""

import json
import re
from typing import Any

import pytest

from tests.running import Workspace

FIRST, SECOND = "Cessna 172 Skyhawk", "Piper PA-28 Cherokee"
# From the tables and from what the family is derived from, not from the view that the page reads.
ACCIDENTS = """
    select distinct family.family as type, events.ev_id, events.ev_highest_injury, events.ev_year
    from ntsb.events
    inner join ntsb.aircraft using (ev_id)
    inner join mart.aircraft_families as family using (ev_id, aircraft_key)
    inner join mart.event_summary as summary using (ev_id)
    where family.family = '{}' and btrim(upper(events.ev_type)) = 'ACC' and summary.is_us
"""
# Topic of the page, column of mart.aircraft_harmonized, and the words of some of its codes.
TOPICS = {
    "phase": ("phase", {"Landing": "LANDING", "Initial climb": "INITIAL CLIMB", "Enroute": "ENROUTE"}),
    "occurrence": ("occurrence", {"Engine failure": "SCF-PP", "Loss of control in flight": "LOC-I"}),
}


@pytest.fixture(scope="module")
def types(bundled: Workspace) -> dict[str, Any]:
    return read_types(bundled)


def read_types(workspace: Workspace) -> dict[str, Any]:
    """{type: its data in the page}."""
    page = (workspace.store / "reports" / "html" / "types.html").read_text(encoding="utf-8")
    match = re.search(r'id="types-data">(.*?)</script>', page, re.DOTALL)
    assert match
    return {entry["name"]: entry for entry in json.loads(match[1])["types"]}


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_counts_of_two_compared_types_equal_sql(bundled: Workspace, types: dict[str, Any], name: str) -> None:
    accidents = ACCIDENTS.format(name)
    ((aircraft,),) = bundled.query(f"select count(*) from mart.aircraft_families where family = '{name}'")
    ((count, fatal, deaths),) = bundled.query(f"""
        select count(*), count(*) filter (where severity = 'FATL'), sum(total_deaths)
        from mart.event_summary where ev_id in (select ev_id from ({accidents}) as accident)
    """)
    entry = types[name]
    assert (entry["aircraft"], entry["accidents"], entry["fatal_accidents"]) == (aircraft, count, fatal)
    assert entry["deaths"] == deaths and count > 50
    years = bundled.query(f"select ev_year::text, count(*) from ({accidents}) as accident group by 1")
    assert {year: number for year, number, *_ in entry["topics"]["year"]} == dict(years)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_values_of_two_compared_types_equal_sql(
    bundled: Workspace, types: dict[str, Any], name: str, topic: str
) -> None:
    column, codes = TOPICS[topic]
    shown = {word: (accidents, fatal) for word, accidents, fatal, _ in types[name]["topics"][topic]}
    for word, code in codes.items():
        ((accidents, fatal),) = bundled.query(f"""
            select count(distinct ev_id), count(distinct ev_id) filter (where summary.severity = 'FATL')
            from mart.aircraft_harmonized as harmonized
            inner join mart.aircraft_families as family using (ev_id, aircraft_key)
            inner join mart.event_summary as summary using (ev_id)
            where family.family = '{name}' and harmonized.{column} = '{code}'
                and summary.is_us and summary.ev_type = 'ACC'
        """)
        assert shown[word] == (accidents, fatal), word


def test_types_reach_the_threshold_of_made_up_files(bundled: Workspace, types: dict[str, Any]) -> None:
    rows = bundled.query("""
        select coalesce(family, make_group || coalesce(' ' || model_group, '')) as type, count(*)
        from mart.aircraft_names left join mart.aircraft_families using (ev_id, aircraft_key)
        group by 1 having count(*) >= 25
    """)
    assert {name: entry["aircraft"] for name, entry in types.items()} == {name: n for name, n in rows if name}
