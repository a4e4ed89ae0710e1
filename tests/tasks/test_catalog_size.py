"""Publishing a weekly file every week, with `gc` after it, leaves the system catalogs at a constant size."""

import random
from argparse import Namespace
from pathlib import Path

from pipeline.cli import gc
from tests.tasks.living import ask, publish, random_events, write_zip
from tests.tasks.test_living_data import EVENTS, Switch, use, zips

__all__ = ["use", "zips"]

# The first weeks fill the kept releases and the free space that later weeks use again.
WEEKS, SETTLED = 5, 3
# Every week without `gc` adds a tenth.
MAX_GROWTH = 1.05
CATALOG_BYTES = """
    select sum(pg_total_relation_size(oid))::bigint from pg_class
    where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared
"""
RELATIONS = "select count(*) from pg_class"


def test_catalogs_keep_their_size(use: Switch, zips: Path) -> None:
    address = use("weekly")
    rng = random.Random(7)
    write_zip(zips, "avall", random_events(rng, EVENTS[:4]))
    publish()
    sizes, relations = [], []
    for week in range(WEEKS):
        for earlier in zips.glob("up*.zip"):
            earlier.unlink()
        write_zip(zips, f"up{week + 1:02d}NOV", random_events(rng, EVENTS[3:]))
        publish()
        assert gc.run(Namespace(dry_run=False)) == 0
        ((size,),), ((count,),) = ask(address, CATALOG_BYTES), ask(address, RELATIONS)
        sizes.append(size)
        relations.append(count)
    assert relations[SETTLED:] == [relations[SETTLED]] * (WEEKS - SETTLED)
    assert max(sizes[SETTLED:]) <= MAX_GROWTH * sizes[SETTLED]
