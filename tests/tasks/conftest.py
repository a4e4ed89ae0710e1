"""Stores that runs have filled: built once, and copied for tests that spoil them."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.architecture import walk
from tests.reading import Reader
from tests.results import release, results
from tests.running import SAMPLES, Place, Told, copy_repository

Graph = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source as it is now, for a whole session."""
    return copy_repository(tmp_path_factory.mktemp("house") / "a copy")


@pytest.fixture(scope="session")
def built(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Everything, made from the samples. Only for looking: its server is stopped, so that it can be copied."""
    variables = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
    place = Place(tmp_path_factory.mktemp("built") / "a store", house, variables=variables)
    told = place.run()
    assert told.code == 0, told.text[-3000:]
    place.stop()
    yield place


@pytest.fixture(scope="session")
def expected(built: Place) -> dict[str, Any]:
    """What an undisturbed build of the samples publishes."""
    found = results(built)
    built.stop()
    return found


@pytest.fixture(scope="session")
def earlier(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A release without the weekly file, as a user had it last week; its server is stopped for copying."""
    sources = tmp_path_factory.mktemp("three zips")
    for name in ("PRE1982", "Pre2008", "avall"):
        (sources / f"{name}.zip").write_bytes((SAMPLES / f"{name}.zip").read_bytes())
    place = Place(tmp_path_factory.mktemp("earlier") / "a store", house, str(sources))
    assert place.run("CreateSnapshot").code == 0
    told = place.run("PublishRelease", "--snapshot", place.snapshot())
    assert told.code == 0, told.text[-3000:]
    place.stop()
    yield place


@dataclass(frozen=True)
class Two:
    """A store with two releases; `before` and `after` are their ids, and readers see `after`."""

    place: Place
    before: str
    after: str


@pytest.fixture(scope="session")
def twice(earlier: Place, tmp_path_factory: pytest.TempPathFactory) -> Two:
    """The earlier release, and one with the weekly file over it; the server is stopped, so that it can be copied."""
    place = earlier.copied(tmp_path_factory.mktemp("twice") / "store", sources=str(SAMPLES))
    before = release(place)["id"]
    assert place.run("CreateSnapshot").code == 0
    told = place.run("PublishRelease", "--snapshot", place.snapshot())
    assert told.code == 0, told.text[-3000:]
    after = release(place)["id"]
    place.stop()
    return Two(place, before, after)


@pytest.fixture
def two(twice: Two, tmp_path: Path) -> Iterator[Two]:
    """A copy of it for one test."""
    copied = replace(twice, place=twice.place.copied(tmp_path / "two releases"))
    yield copied
    copied.place.stop()


class Disturbed:
    """A build that was killed again and again while readers looked: what they saw, and where it was killed."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.kills: list[str] = []
        self.reader = Reader(place.url())
        self.last: Told | None = None

    def kill_at(self, words: str, seconds: float = 0.1) -> None:
        """Starts a run and kills it a prediction_time after it has said the words."""
        run = self.place.start("AllReports")
        if run.wait_for(words):
            time.sleep(seconds)
            self.kills.append(words)
        run.kill()

    def kill_while_publishing(self) -> None:
        """A reader who is still reading holds the publication up in the middle; that is when the kill comes."""
        run = self.place.start("AllReports")
        assert run.wait_for(r"running   Audit\("), run.text()[-3000:]
        with closing(psycopg2.connect(self.place.url())) as slow, slow.cursor() as cursor:
            cursor.execute("begin; select count(*) from mart.mv_yearly_stats")
            assert run.wait_for(r"running   PublishRelease\("), run.text()[-3000:]
            limit = time.monotonic() + 60
            while not self.place.ask(WAITING) and time.monotonic() < limit:
                time.sleep(0.05)
            assert self.place.ask(WAITING)
            self.kills.append("PublishRelease")
            run.kill()


WAITING = """
    select pid from pg_stat_activity
    where application_name = 'ntsb-pipeline' and wait_event_type = 'Lock' and state = 'active'
"""
MOMENTS = (
    r"running   LoadRawTables\(",
    r"running   CastTables\(",
    r"running   MergeTable\(.*table=events\)",
)
LATER = (r"running   ExportParquet\(", r"running   TrainSeverityModel\(")


@pytest.fixture(scope="session")
def disturbed(earlier: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disturbed]:
    """The samples, built over an earlier release, in another folder, time zone, locale and hash seed, killed at many
    moments while readers look; then completed.
    """
    variables = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "4242"}
    store = tmp_path_factory.mktemp("disturbed") / "it's another" / "store"
    store.parent.mkdir()
    disturbed = Disturbed(earlier.copied(store, sources=str(SAMPLES), variables=variables))
    with disturbed.reader:
        for prediction_time in MOMENTS:
            disturbed.kill_at(prediction_time)
        disturbed.kill_while_publishing()
        for prediction_time in LATER:
            disturbed.kill_at(prediction_time, 1.0)
        disturbed.last = disturbed.place.run()
    yield disturbed
    disturbed.place.stop()


@pytest.fixture
def copy(built: Place, tmp_path: Path) -> Iterator[Place]:
    """A copy of the built store, for one test."""
    place = built.copied(tmp_path / "a copy")
    yield place
    place.stop()


@pytest.fixture(scope="session")
def graph(built: Place) -> Graph:
    """{step: what it is and needs} of the built snapshot."""
    return graph_of(built)


def graph_of(place: Place) -> Graph:
    """The graph as the place's house sees it now."""
    command = [sys.executable, walk.__file__, place.snapshot()]
    done = subprocess.run(command, cwd=place.house, env=place.environment(), capture_output=True, text=True, check=True)
    return {step["step"]: step for step in json.loads(done.stdout.splitlines()[-1])}


def below(graph: Graph, *names: str) -> set[str]:
    """The named steps and everything that they decide."""
    found = set(names)
    while more := {step for step in graph if step not in found and found & set(graph[step]["inputs"])}:
        found |= more
    return found
