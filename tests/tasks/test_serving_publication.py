"""Publications and rollbacks while the HTTP API is under load: every response is complete and of one release."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.http_api import Api, api_server
from tests.tasks.conftest import TwoReleases

REQUESTS = 2_000
CHANGES = 4


@pytest.fixture(scope="module")
def releases(two_release_store: TwoReleases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoReleases]:
    """A copy of the store with two releases, for this module."""
    workspace = two_release_store.workspace.copied(tmp_path_factory.mktemp("under load") / "store")
    yield TwoReleases(workspace, two_release_store.before, two_release_store.after)
    workspace.stop()


@pytest.fixture(scope="module")
def uncached(releases: TwoReleases) -> Iterator[Api]:
    """The API of that store, which computes every response."""
    with api_server(releases.workspace, cache_mb=0) as running:
        yield running


def roll(releases: TwoReleases, release: str) -> None:
    """Makes a release current."""
    workspace = releases.workspace
    if workspace.query("select id from audit.release where is_current") == [(release,)]:
        return
    command = [sys.executable, "-m", "pipeline", "rollback", release]
    subprocess.run(command, cwd=workspace.repository, env=workspace.environment(), check=True, capture_output=True)


def revised_events(api: Api) -> list[str]:
    """Some events whose rows differ between the releases, and some others."""
    rows = api.workspace.query("(select distinct ev_id from history.event_version order by 1 limit 8)")
    rows += api.workspace.query("(select ev_id from ntsb.events order by md5(ev_id) limit 4)")
    return [ev_id for (ev_id,) in rows]


def paths(api: Api) -> list[str]:
    lists = ["/v1/events?limit=200", "/v1/events?make=CESSNA&sort=-ev_date", "/v1/aircraft?limit=50"]
    tables = ["/v1/stats/mv_yearly_stats", "/v1/stats/mv_state_stats?format=csv", "/v1/codes/ev_state", "/v1/cite"]
    return [*(f"/v1/events/{ev_id}" for ev_id in revised_events(api)), *lists, *tables]


def test_no_response_fails_or_mixes_releases_while_releases_change(releases: TwoReleases, uncached: Api) -> None:
    urls = paths(uncached)
    expected: dict[str, dict[str, tuple[int, bytes]]] = {}
    for release in (releases.before, releases.after):
        roll(releases, release)
        expected[release] = {
            url: (response.status_code, response.content) for url in urls for response in [uncached.client.get(url)]
        }
    changed = [url for url in urls if expected[releases.before][url] != expected[releases.after][url]]
    assert len(changed) >= 8
    done, seen, mixed = threading.Event(), set(), []

    def request(number: int) -> None:
        url = urls[number % len(urls)]
        response = uncached.client.get(url)
        release = response.headers.get("x-release", "")
        seen.add(release)
        options = expected.values() if response.status_code == 404 else [expected.get(release, {})]
        if (response.status_code, response.content) not in [option.get(url) for option in options]:
            mixed.append((url, response.status_code, release, response.text[:200]))

    def change() -> None:
        for number in range(CHANGES):
            roll(releases, (releases.before, releases.after)[number % 2])
        done.set()

    thread = threading.Thread(target=change)
    thread.start()
    count = 0
    with ThreadPoolExecutor(4) as pool:
        while not done.is_set() or count < REQUESTS:
            list(pool.map(request, range(count, count + 100)))
            count += 100
    thread.join()
    assert mixed == []
    assert {releases.before, releases.after} <= seen


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
    urls += [f"/events/{ev_id}" for ev_id in revised_events(uncached)]
    before = {url: uncached.client.get(f"/v1/as-of/{releases.before}{url}") for url in urls}
    plain = {url: uncached.client.get(f"/v1{url}") for url in urls if not url.startswith("/events?")}
    roll(releases, releases.after)
    for url in urls:
        earlier = uncached.client.get(f"/v1/as-of/{releases.before}{url}")
        assert earlier.status_code == before[url].status_code
        if earlier.status_code == 200:
            assert without_origin(earlier.json()) == without_origin(before[url].json()), url
            if url in plain:
                assert without_origin(earlier.json()) == without_origin(plain[url].json()), url


def test_the_history_of_an_event_names_its_changes(releases: TwoReleases, uncached: Api) -> None:
    roll(releases, releases.after)
    ((ev_id,),) = uncached.workspace.query(
        "select ev_id from history.event_version where kind = 'revised' "
        f"and release_to = '{releases.after}' order by change, ev_id limit 1"
    )
    changes = uncached.get(f"/v1/events/{ev_id}/history")["changes"]
    assert {change["release_to"] for change in changes} == {releases.before, releases.after}
    assert all(change["fields"] for change in changes if change["kind"] == "revised")
