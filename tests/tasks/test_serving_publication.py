"""A publication and rollbacks while the HTTP API is under load: every response is complete and of one release."""

import hashlib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import pytest

from tests.bench.http_load import Request, Response, run
from tests.http_api import Api, api_server
from tests.results import release
from tests.running import SAMPLES, Workspace
from tests.tasks.conftest import TwoReleases

# Of the requests, one in four is always computed, the others are from the cache if they are of the release seen last.
REQUESTS, BATCH = 10_000, 400
MIN_ROLLBACKS = 10
# Makes the releases current that are written to its input, each by the command, and answers with its exit code.
SWITCH = """
import sys
from contextlib import redirect_stdout
from pipeline.__main__ import main
for line in sys.stdin:
    with redirect_stdout(sys.stderr):
        code = main(["rollback", line.strip()])
    print(code, flush=True)
"""
LISTS = (
    *("/v1/events?limit=20&sort=-ev_date", "/v1/events?make=CESSNA&limit=10", "/v1/aircraft?limit=10&year=2025"),
    *("/v1/stats/mv_yearly_stats?limit=1000", "/v1/stats/mv_state_stats?format=csv", "/v1/codes/ev_state", "/v1/cite"),
)
RECENT = "select ev_id from ntsb.events where ev_year >= 2023 order by ev_id"
NEW = "select ev_id from history.event_version where kind = 'new' order by ev_id"


class Changes(threading.Thread):
    """Publishes the release with the weekly file, and then rolls back to one release and the other until stopped."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace, self.before, self.after = workspace, str(release(workspace)["id"]), ""
        self.codes, self.is_stopped = list[str](), threading.Event()

    def run(self) -> None:
        assert self.workspace.run("CreateSnapshot").code == 0
        result = self.workspace.run("PublishRelease", "--snapshot", self.workspace.snapshot())
        assert result.code == 0, result.text[-3000:]
        self.after = str(release(self.workspace)["id"])
        options: dict[str, Any] = {"cwd": self.workspace.repository, "env": self.workspace.environment(), "text": True}
        options |= {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([sys.executable, "-c", SWITCH], **options) as process:
            assert process.stdin and process.stdout
            while not self.is_stopped.is_set():
                print((self.before, self.after)[len(self.codes) % 2], file=process.stdin, flush=True)
                self.codes.append(process.stdout.readline().strip())
            process.stdin.close()

    def is_done(self) -> bool:
        """True if there were enough rollbacks, or the publication failed."""
        return len(self.codes) >= MIN_ROLLBACKS or not self.is_alive()


@dataclass(frozen=True)
class UnderLoad:
    """An API without a cache on a store whose releases changed under load; `responses`: how often each was received.

    A response is (path, status, release, digest); `codes` are the exit codes of the rollbacks.
    """

    api: Api
    releases: TwoReleases
    responses: Counter[tuple[str, int, str, str]]
    codes: list[str]


def received(response: Response) -> tuple[str, int, str, str]:
    digest = hashlib.sha256(response.body).hexdigest()
    return response.path, response.status, response.headers.get("x-release", ""), digest


@pytest.fixture(scope="module")
def under_load(earlier: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnderLoad]:
    """The store with the earlier release, after a publication and rollbacks during REQUESTS requests or more."""
    workspace = earlier.copied(tmp_path_factory.mktemp("under load") / "store", sources=str(SAMPLES))
    changes, responses = Changes(workspace), Counter[tuple[str, int, str, str]]()
    # Overload, which a busy machine may cause, has tests of its own.
    patient = {"wait_s": 60.0, "statement_timeout_s": 60.0}
    with (
        api_server(workspace, cache_mb=0, **patient) as uncached,
        api_server(workspace, **patient) as cached,
        ThreadPoolExecutor(4) as pool,
    ):
        requests = cycle(map(Request, paths(workspace, RECENT)))
        changes.start()
        while responses.total() < REQUESTS or not changes.is_done():
            if changes.after and len(changes.codes) < 2:
                requests = cycle(map(Request, paths(workspace, RECENT) + paths(workspace, NEW)))
            parts = [list(islice(requests, BATCH // 4)) for _ in range(4)]
            ports = [uncached.port(), *[cached.port()] * 3]
            for load in pool.map(lambda port, part: run(port, part, 4, keep=True), ports, parts):
                responses.update(map(received, load.responses))
            # The publication takes longer than all requests would.
            time.sleep(0 if changes.after else 1)
        changes.is_stopped.set()
        changes.join()
        yield UnderLoad(uncached, TwoReleases(workspace, changes.before, changes.after), responses, changes.codes)
    workspace.stop()


def paths(workspace: Workspace, query: str) -> list[str]:
    """Events and lists by turns: tables are changed in place, but views, which lists read, are moved."""
    events = [f"/v1/events/{ev_id}" for (ev_id,) in workspace.query(query)]
    return [path for pair in zip(events, cycle(LISTS), strict=False) for path in pair]


@pytest.fixture
def releases(under_load: UnderLoad) -> TwoReleases:
    return under_load.releases


@pytest.fixture
def uncached(under_load: UnderLoad) -> Api:
    return under_load.api


def roll(releases: TwoReleases, wanted: str) -> None:
    """Makes a release current."""
    workspace = releases.workspace
    if workspace.query("select id from audit.release where is_current") == [(wanted,)]:
        return
    workspace.command("rollback", wanted).check_returncode()


def revised_events(api: Api) -> list[str]:
    """Some events whose rows differ between the releases, and some others."""
    rows = api.workspace.query("(select distinct ev_id from history.event_version order by 1 limit 8)")
    rows += api.workspace.query("(select ev_id from ntsb.events order by md5(ev_id) limit 4)")
    return [ev_id for (ev_id,) in rows]


def test_no_response_fails_or_mixes_releases_while_releases_change(under_load: UnderLoad) -> None:
    releases, port = under_load.releases, under_load.api.port()
    requests = [Request(path) for path in sorted({path for path, *_ in under_load.responses})]
    expected = set[tuple[str, int, str, str]]()
    for wanted in (releases.before, releases.after):
        roll(releases, wanted)
        expected |= set(map(received, run(port, requests, 1, keep=True).responses))
    assert {status for _, status, *_ in expected} == {200, 404}
    assert len(expected) > 1.5 * len(requests)
    assert set(under_load.responses) - expected == set()
    counts = Counter(wanted for _, _, wanted, _ in under_load.responses.elements())
    total = under_load.responses.total()
    assert total >= REQUESTS and all(counts[wanted] > total / 10 for wanted in (releases.before, releases.after))
    assert len(under_load.codes) >= MIN_ROLLBACKS and set(under_load.codes) == {"0"}


def test_a_new_release_is_picked_up_by_a_cached_api(releases: TwoReleases) -> None:
    roll(releases, releases.after)
    with api_server(releases.workspace) as api:
        (changed,) = api.workspace.query(
            "select ev_id from history.event_version where kind = 'revised' order by 1 limit 1"
        )
        path = f"/v1/events/{changed[0]}"
        first = api.client.get(path)
        assert api.client.get(path).content == first.content
        roll(releases, releases.before)
        limit = time.monotonic() + 20
        while (second := api.client.get(path)).headers["etag"] == first.headers["etag"] and time.monotonic() < limit:
            time.sleep(0.1)
        assert second.headers["x-release"] == releases.before
        assert second.content != first.content
        old = api.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert old.status_code == 200
        roll(releases, releases.after)


def without_origin(content: Any) -> Any:
    """Rows without their place in the files, which the history of an event does not hold."""
    if isinstance(content, dict):
        names = ("release", "snapshot", "as_of", "era", "source_file", "source_row", "next_cursor")
        return {name: without_origin(value) for name, value in content.items() if name not in names}
    return [without_origin(item) for item in content] if isinstance(content, list) else content


def test_an_earlier_release_is_as_it_was(releases: TwoReleases, uncached: Api) -> None:
    roll(releases, releases.before)
    urls = ["/events?limit=1000", "/events?year=2019&sort=-ev_date&limit=7"]
    aircraft = "/aircraft?limit=1000"
    urls += [aircraft, "/aircraft?state=AK&far_part=091&limit=20", "/aircraft?year=2019"]
    urls += [f"/events/{ev_id}" for ev_id in revised_events(uncached)]
    before = {url: uncached.client.get(f"/v1/as-of/{releases.before}{url}") for url in urls}
    plain = {url: uncached.client.get(f"/v1{url}") for url in urls if url.startswith("/events/")}
    rows = uncached.get(f"/v1{aircraft}")["data"]
    roll(releases, releases.after)
    for url in urls:
        earlier = uncached.client.get(f"/v1/as-of/{releases.before}{url}")
        assert earlier.status_code == before[url].status_code
        if earlier.status_code == 200:
            assert without_origin(earlier.json()) == without_origin(before[url].json()), url
            if url in plain:
                assert without_origin(earlier.json()) == without_origin(plain[url].json()), url
    earlier_rows = uncached.get(f"/v1/as-of/{releases.before}{aircraft}")
    assert earlier_rows["as_of"] == releases.before != earlier_rows["release"]
    names = set(rows[0]) & set(earlier_rows["data"][0])
    assert {"acft_make", "damage", "ev_date"} <= names
    selected = [[{name: row[name] for name in names} for row in part] for part in (earlier_rows["data"], rows)]
    assert without_origin(selected[0]) == without_origin(selected[1])


def test_the_history_of_an_event_names_its_changes(releases: TwoReleases, uncached: Api) -> None:
    roll(releases, releases.after)
    ((ev_id,),) = uncached.workspace.query(
        "select ev_id from history.event_version where kind = 'revised' "
        f"and release_to = '{releases.after}' order by change, ev_id limit 1"
    )
    changes = uncached.get(f"/v1/events/{ev_id}/history")["changes"]
    assert {change["release_to"] for change in changes} == {releases.before, releases.after}
    assert all(change["fields"] for change in changes if change["kind"] == "revised")
