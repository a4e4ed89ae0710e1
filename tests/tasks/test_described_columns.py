"""Every published column has a comment, after a first publication and after an incremental update."""

import random
from pathlib import Path

import pytest

from tests.tasks.living import ask, publish, random_events, write_zip
from tests.tasks.test_incremental_update import always
from tests.tasks.test_living_data import EVENTS, Switch, use, zips

__all__ = ["always", "use", "zips"]

COMMENTS = """
    select namespace.nspname || '.' || class.relname, attribute.attname, col_description(class.oid, attribute.attnum)
    from pg_class as class
    inner join pg_namespace as namespace on namespace.oid = class.relnamespace
    inner join pg_attribute as attribute
        on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    where namespace.nspname in ('ntsb', 'staging', 'mart', 'code_mappings', 'audit', 'history')
        and class.relkind in ('r', 'v', 'm')
    order by 1, 2
"""


def comments(address: str) -> dict[tuple[str, str], str]:
    """{(relation, column): comment} of all published columns."""
    return {(relation, column): text for relation, column, text in ask(address, COMMENTS)}


@pytest.mark.usefixtures("always")
def test_every_published_column_has_a_comment_also_after_an_incremental_update(use: Switch, zips: Path) -> None:
    address = use("described")
    rng = random.Random(7)
    write_zip(zips, "avall", random_events(rng, EVENTS[:5]))
    publish()
    first = comments(address)
    assert [column for column, text in first.items() if not text] == []
    schemas = {"ntsb", "staging", "mart", "code_mappings", "audit", "history"}
    assert {relation.partition(".")[0] for relation, _ in first} == schemas
    write_zip(zips, "up01NOV", random_events(rng, EVENTS[4:]))
    publish()
    assert comments(address) == first
