"""Rollback: an earlier release comes back whole, readers never see a mixture, and the next run is not confused."""

import re
import time
from pathlib import Path
from typing import Any

from tests.reading import Reader
from tests.results import release
from tests.running import Place
from tests.tasks import living
from tests.tasks.conftest import Two
from tests.tasks.test_commands import answer, ask
from tests.tasks.test_living_data import as_of
from tests.tasks.test_publish import FOREIGN_KEYS, POINTS_ELSEWHERE, READS_ELSEWHERE, unqualified

STANDS = """
    select listed.target_schema, listed.name from audit.release_relation as listed
    inner join audit.release on release.id = listed.release and release.is_current
    where to_regclass(format('%I.%I', listed.target_schema, listed.name)) is distinct from listed.oid::regclass
"""
LOG = "select action, from_release, to_release from audit.publication_log order by sequence"
STATUS = "select source_file, status, last_release from audit.load_tracking order by source_file"


def whole(place: Place) -> None:
    """The release that readers see is where it belongs, and hangs on nothing of another."""
    assert place.ask(STANDS) == []
    assert place.ask(POINTS_ELSEWHERE) == [] and place.ask(READS_ELSEWHERE) == []
    assert unqualified(place.ask(FOREIGN_KEYS.format("ntsb")), "ntsb") == unqualified(
        place.ask(FOREIGN_KEYS.format("contract")), "contract"
    )


def digests(place: Place, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows and digest of every ntsb table, counted anew."""
    names = [name for home, name, *_ in facts["relations"] if home == "ntsb"]
    return [(name, *place.ask(f"select * from audit.digest('ntsb.{name}')")[0]) for name in names]


def stated(facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(name, rows, digest) for home, name, _, rows, digest in facts["relations"] if home == "ntsb"]


def test_back_and_forth(two: Two, earlier: Place) -> None:
    place, before, after = two.place, two.before, two.after
    old, new = release(earlier), release(place)
    earlier.stop()
    with Reader(place.url()) as reader:
        started = time.monotonic()
        back = ask(place, "rollback")
        assert back.returncode == 0, back.stderr
        assert time.monotonic() - started < 20
        assert f"Readers see release {before} of snapshot" in back.stdout and after in back.stdout
        assert release(place) == old
        assert digests(place, old) == stated(old)
        whole(place)
        assert answer(place, "status")["release"]["earlier_kept"] == [after]
        assert place.ask(STATUS) == [(name, "published", before) for name in ("PRE1982", "Pre2008", "avall")] + [
            ("up08NOV", "earlier", after)
        ]
        forth = ask(place, "rollback", after[:6])
        assert forth.returncode == 0, forth.stderr
        assert release(place) == new and digests(place, new) == stated(new)
        whole(place)
    assert reader.errors == []
    # Each release with its own counts, and no third thing.
    assert {identity for identity, *_ in reader.seen} == {before, after} and len(set(reader.seen)) == 2
    assert place.ask(LOG) == [
        ("publish", None, before),
        ("publish", before, after),
        ("rollback", after, before),
        ("rollback", before, after),
    ]


def test_views_read_the_tables_that_came_back(two: Two) -> None:
    place = two.place
    count = "select (select count(*) from ntsb.events), (select count(*) from mart.event_summary)"
    assert ask(place, "rollback").returncode == 0
    ((events, summarised),) = place.ask(count)
    assert events == summarised
    place.ask("select * from mart.refresh_all_materialized_views()")
    ((by_year,),) = place.ask("select sum(events) from mart.mv_yearly_stats")
    ((dated,),) = place.ask("select count(*) from ntsb.events where ev_year is not null")
    assert by_year == dated


def test_a_run_publishes_the_newer_again_and_the_older_where_it_is_named(two: Two) -> None:
    place, before = two.place, two.before
    new, snapshot = release(place), place.snapshot()
    seen = {each: living.digests(place.url(), each) for each in (before, two.after)}
    assert ask(place, "rollback").returncode == 0
    assert {each: as_of(place.url(), each) for each in seen} == seen
    assert place.run("PublishRelease", "--snapshot", snapshot).code == 0
    assert release(place) == new
    whole(place)
    assert {each: as_of(place.url(), each) for each in seen} == seen
    assert answer(place, "status")["release"]["earlier_kept"] == [before]
    assert ask(place, "rollback").returncode == 0
    old = place.ask("select snapshot from audit.release where is_current")[0][0]
    assert place.run("PublishRelease", "--snapshot", old).code == 0
    assert release(place)["id"] == before
    whole(place)


def test_an_event_that_did_not_change_and_one_that_is_none(two: Two) -> None:
    place = two.place
    ((same,),) = place.ask(
        "select min(ev_id) from ntsb.events where ev_id not in "
        "(select ev_id from history.row_version where ev_id is not null)"
    )
    ((new,),) = place.ask("select min(ev_id) from history.event_version where kind = 'new'")
    for event, said in ((same, f"event {same}, .*: 0 rows differ"), (new, f"event {new}, .*: [1-9].* rows differ")):
        done = ask(place, "diff", "--event", event)
        assert done.returncode == 0 and re.match(said, done.stdout), done.stderr
    for words in ((), ("--json",)):
        done = ask(place, "diff", "--event", "NOSUCH'", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"diff: expected an event of release {two.before} or {two.after}, found that")


def test_what_cannot_be_brought_back(two: Two, tmp_path: Path) -> None:
    place, before, after = two.place, two.before, two.after
    for words, found in (
        ((after,), f"the release that readers see already, {after};"),
        (("0123456789ab",), "0123456789ab"),
    ):
        done = ask(place, "rollback", *words)
        assert done.returncode == 1
        assert f"rollback: expected one of the other kept releases ({before}), or" in done.stderr
        assert f"found {found}" in done.stderr
    # A release that lost a table is not kept any more.
    place.ask(f"drop table ntsb_{before}.check_result cascade")
    done = ask(place, "rollback")
    assert done.returncode == 1 and "found no earlier release" in done.stderr
    nothing = Place(tmp_path / "nothing", place.house)
    done = ask(nothing, "rollback")
    assert done.returncode == 1 and "expected a published release, found none" in done.stderr
    assert not nothing.store.exists()


def test_a_relation_stays_while_a_kept_release_lists_it(two: Two) -> None:
    """Both releases share the tables of 1962-1981; one of them is made again, and the earlier release stays whole."""
    place, before = two.place, two.before
    shared = place.ask(
        "select count(*) from audit.release_relation where name = 'tblfirsthalf' group by oid having count(*) = 2"
    )
    assert shared == [(2,)]
    # Unsigned by the write, so that the next run makes it again: with the same rows, the release keeps its id.
    place.ask("update ntsb.tblfirsthalf set recnum = recnum where ctid = (select min(ctid) from ntsb.tblfirsthalf)")
    assert place.run("PublishRelease", "--snapshot", place.snapshot()).code == 0
    assert ask(place, "rollback").returncode == 0
    assert release(place)["id"] == before
    whole(place)
