"""Editions of files that arrive in any order, with any names: the newest copy of each event is published."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.warehouse import incremental
from tests.tasks.living import Contents, ask, digests, publish, random_events, write_zip
from tests.tasks.test_living_data import Switch, use, zips  # noqa: F401  Pytest finds fixtures by name.

EVENTS = [f"202{n % 5}01{n:02d}X00{n:03d}" for n in range(1, 9)]
FIRST = datetime(2025, 11, 1)
UNBALANCED = """
select * from audit.row_conservation where rows_in <> rows_published + rows_quarantined + rows_superseded
"""


def changed(contents: Contents, day: int) -> Contents:
    """The events, changed on these days of November 2025 in turn, the last on `day`."""
    return {
        ev_id: values | {"changed": FIRST + timedelta(days=day - index)}
        for index, (ev_id, values) in enumerate(reversed(contents.items()))
    }


def published(address: str) -> dict[str, tuple[datetime, str]]:
    """{event: (change date, severity)} of the release."""
    rows = ask(address, "select ev_id, lchg_date, ev_highest_injury from ntsb.events")
    return {ev_id: (change, severity) for ev_id, change, severity in rows}


def expected(files: dict[str, tuple[bool, Contents]]) -> dict[str, Any]:
    """{event: its newest change} of the events that no newer database lacks; `files`: {zip: (is avall, contents)}."""

    def newest(contents: Contents) -> datetime:
        return max(values["changed"] for values in contents.values())

    newest_database = max((newest(contents) for is_database, contents in files.values() if is_database))
    current = {ev_id for _, contents in files.values() if newest(contents) >= newest_database for ev_id in contents}
    return {
        ev_id: max(contents[ev_id]["changed"] for _, contents in files.values() if ev_id in contents)
        for ev_id in current
    }


@pytest.mark.parametrize(("most", "seed"), [(0.0, 1), (1.0, 2)], ids=["whole tables", "incremental updates"])
def test_no_published_event_is_older_than_a_copy_in_the_folder(
    use: Switch,
    zips: Path,
    monkeypatch: pytest.MonkeyPatch,
    most: float,
    seed: int,
) -> None:
    """Files are added, replaced and removed at random; in the end the release equals one built from scratch."""
    monkeypatch.setattr(incremental, "MAX_CHANGED_SHARE", most)
    rng = random.Random(seed)
    files: dict[str, tuple[bool, Contents]] = {}
    address = use("living")
    for step in range(4):
        is_database = step == 0 or rng.random() < 0.4
        source = "avall" if is_database else rng.choice(["up08JAN", "up08NOV", "up15DEC"])
        name = rng.choice([source, "up08NOV", "avall (1)", "a b"]) if step else "old"
        contents = changed(random_events(rng, rng.sample(EVENTS, rng.randrange(2, 6))), rng.randrange(1, 25))
        write_zip(zips, source, contents, name=name)
        files[name] = (is_database, contents)
        publish()
        assert {ev_id: change for ev_id, (change, _) in published(address).items()} == expected(files)
        assert ask(address, UNBALANCED) == []
    scratch = use("scratch")
    publish()
    assert digests(scratch) == digests(address)


def test_an_older_weekly_file_does_not_override_a_newer_avall(use: Switch, zips: Path) -> None:
    rng = random.Random(5)
    event, withdrawn, other = EVENTS[:3]
    old = changed(random_events(rng, [other, withdrawn, event]), 6)
    old[event]["worst"] = "SERS"
    new = changed(random_events(rng, [other, event]), 28)
    new[event]["worst"] = "FATL"
    write_zip(zips, "avall", new)
    write_zip(zips, "up08NOV", old)
    address = use("living")
    publish()
    assert {ev_id: values[1] for ev_id, values in published(address).items()} == {
        event: "FATL",
        other: new[other]["worst"],
    }
    columns = "source_file, events, events_published, events_superseded, events_withdrawn"
    assert ask(address, f"select {columns} from audit.source_edition order by newest_change") == [
        ("up08NOV", 3, 0, 2, 1),
        ("avall", 2, 2, 0, 0),
    ]
