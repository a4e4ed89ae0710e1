"""Codes and columns of the data dictionary of the samples are those of the tables."""

import re
from html import unescape

import pytest

from tests.running import Workspace


@pytest.fixture(scope="module")
def rows(bundled: Workspace) -> dict[str, str]:
    """{relation.column: HTML of its row}."""
    page = (bundled.store / "reports" / "html" / "dictionary.html").read_text(encoding="utf-8")
    return dict(re.findall(r'<tr id="([^"]+)">(.*?)</tr>', page, re.DOTALL))


def test_codes_equal_counts(bundled: Workspace, rows: dict[str, str]) -> None:
    counts = bundled.query("""
        select upper(btrim(light_cond)), count(*) from ntsb.events where btrim(light_cond) <> '' group by 1
    """)
    codes = re.findall(r"<li><code>(.*?)</code> (.*?): ([\d,]+)</li>", rows["events.light_cond"])
    assert {code: int(times.replace(",", "")) for code, _, times in codes} == dict(counts)
    assert ("DAYL", "Day") in {(code, unescape(meaning)) for code, meaning, _ in codes}


def test_a_column_leads_to_the_views_and_features_that_read_it(rows: dict[str, str]) -> None:
    readers = {name: row.partition('data-label="Read by">')[2] for name, row in rows.items()}
    assert "clean_events" in readers["events.light_cond"] and "Features: light_cond" in readers["events.light_cond"]
    # Through the staging view.
    assert all(re.search(r"\bevent_summary\b", readers[f"events.{name}"]) for name in ("ev_id", "light_cond"))


def test_every_column_of_the_release_is_in_the_dictionary(bundled: Workspace, rows: dict[str, str]) -> None:
    columns = bundled.query("""
        select class.relname || '.' || attribute.attname
        from audit.release_relation
        inner join audit.release on release.id = release_relation.release and release.is_current
        inner join pg_class as class on class.oid = release_relation.oid
        inner join pg_namespace as namespace on namespace.oid = class.relnamespace
        inner join pg_attribute as attribute
            on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
        where mart.is_exported(namespace.nspname, class.relname)
    """)
    assert {name for (name,) in columns} == set(rows)
