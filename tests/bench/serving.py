"""Load on the HTTP API, and the same rows with plain psycopg2 in the same session."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pandas as pd

from models.severity.data import feature_registry
from models.severity.explain import to_json_value
from pipeline.serving.database import Session, connect
from pipeline.serving.events import event_rows
from tests.bench import measures
from tests.bench.http_load import Load, Request, run
from tests.bench.measures import Measure
from tests.bench.queries import percentile
from tests.bench.runs import RunFailed
from tests.http_api import reader_url
from tests.running import Workspace

EVENTS, MANY, RATE, RATE_S = 500, 100_000, 100, 10
CONNECTIONS, OVERLOAD = 8, 400
IDS = "select ev_id from ntsb.events order by md5(ev_id) limit %d"
SAMPLE = (
    "select ev_state, acft_make from ntsb.events inner join ntsb.aircraft using (ev_id) order by md5(ev_id) limit 40"
)
# The settings of luigi.cfg without a rate limit; `cache_mb = 0` computes every response.
SETTINGS = "[Serving]\nrate_limit =\ncache_mb = {cache_mb}\n"


@contextmanager
def serving(workspace: Workspace, cache_mb: int) -> Iterator[tuple[int, int]]:
    """The API as a process of its own: its port and process id."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as settings:
        settings.write(SETTINGS.format(cache_mb=cache_mb))
        settings.flush()
        command = [sys.executable, "-m", "pipeline", "serve", "--port", str(port)]
        environment = workspace.environment() | {"LUIGI_CONFIG_PATH": settings.name}
        process = subprocess.Popen(command, cwd=workspace.repository, env=environment, stderr=subprocess.DEVNULL)
        try:
            while not is_ready(port):
                time.sleep(0.2)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def is_ready(port: int) -> bool:
    """True if the server answers with release and model."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as response:
            return bool(json.load(response)["model"])
    except OSError:
        return False


def resident_mb(pid: int) -> float:
    """Memory of a process."""
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(kilobytes) / 1024


def quote(text: str) -> str:
    """A value for a query string."""
    return urllib.request.quote(text)


def list_requests(workspace: Workspace) -> list[Request]:
    """Filtered lists: by state and year, make, date, distance, words, phase, and the next part by date."""
    paths = []
    for number, (state, make) in enumerate(workspace.query(SAMPLE)):
        year, make = 1985 + number, quote(make or "CESSNA")
        paths += [f"/v1/events?state={state or 'AK'}&year={year}", f"/v1/events?make={make}&limit=50"]
        paths += [
            f"/v1/events?from={year}-06-01&to={year}-06-30&sort=-ev_date",
            f"/v1/events?severity=FATL&year={year}",
        ]
        paths += [
            f"/v1/events?near={30 + number / 4},{-120 + number}&radius_km=50",
            f"/v1/events?q=engine+power&year={year}",
        ]
        paths += [f"/v1/events?phase=LANDING&state={state or 'AK'}", f"/v1/aircraft?make={make}&limit=50"]
    return [Request(path) for path in paths]


def severity_requests(workspace: Workspace, count: int) -> list[Request]:
    """Rows of the feature table, one per request."""
    table = pd.read_parquet(workspace.targets / "features" / "event_features.parquet").head(count)
    names = [feature.column for feature in feature_registry.features_at("T1")]
    rows = [{name: to_json_value(row[name]) for name in names} for row in table[names].to_dict("records")]
    bodies = [json.dumps({"rows": [rows[number % len(rows)]]}).encode() for number in range(count)]
    return [Request("/v1/severity", body) for body in bodies]


def measure(workspace: Workspace) -> Iterator[Measure]:
    """Measurements of a store with a release and a model, whose server this starts; those before a failure count."""
    ids = [ev_id for (ev_id,) in workspace.query(IDS % EVENTS)]
    events = [Request(f"/v1/events/{ev_id}") for ev_id in ids]
    try:
        with serving(workspace, cache_mb=0) as (port, _):
            yield from uncached(workspace, port, events)
        yield plain_queries(workspace, ids)
        with serving(workspace, cache_mb=256) as (port, pid):
            yield from cached(port, pid, events)
    finally:
        workspace.stop()


def summary(name: str, load: Load, note: str) -> Measure:
    """The 99th percentile of a load. Raises RunFailed unless all requests succeeded."""
    require_statuses(name, load, {200})
    times = load.milliseconds()
    rate = f"{len(times) / load.seconds:,.0f}/s; median {percentile(times, 0.5):.1f} ms"
    return Measure(name, percentile(times, 0.99), "ms", note=f"{note}; {rate}")


def require_statuses(name: str, load: Load, expected: set[int]) -> None:
    """Raise RunFailed for any other response, and if one of the expected kinds is missing."""
    if load.statuses() != expected:
        raise RunFailed(f"{name}: expected responses with {sorted(expected)}, found {sorted(load.statuses())}")


def uncached(workspace: Workspace, port: int, events: Sequence[Request]) -> Iterator[Measure]:
    """Every response computed: events, lists, severity at a rate, and overload."""
    lists, rows = list_requests(workspace), severity_requests(workspace, RATE * RATE_S)
    run(port, [*events[:50], *lists, *rows[:20]], 1)
    yield summary(measures.HTTP_EVENT_COMPUTED, run(port, events, 1), "one connection")
    yield summary(measures.HTTP_LISTS, run(port, lists, 1), "one connection")
    yield summary(measures.HTTP_SEVERITY, run(port, rows, CONNECTIONS * 2, RATE), f"one row, {RATE} requests/s")
    yield overload(port, lists)


def overload(port: int, lists: Sequence[Request]) -> Measure:
    """Seconds until a request succeeds after more requests than the server accepts."""
    load = run(port, [*lists, *lists], OVERLOAD)
    require_statuses(measures.HTTP_RECOVERY, load, {200, 503})
    refused = sum(response.status == 503 for response in load.responses)
    start = time.perf_counter()
    while run(port, [lists[0]], 1).statuses() != {200}:
        time.sleep(0.05)
    note = f"{OVERLOAD} connections: {refused} of {len(load.responses)} requests answered with 503"
    return Measure(measures.HTTP_RECOVERY, time.perf_counter() - start, note=note)


def plain_queries(workspace: Workspace, ids: Sequence[str]) -> Measure:
    """The rows of the same events, read by the same statements with psycopg2 only."""
    with closing(connect(reader_url(workspace), False, 10)) as connection:
        session = Session(connection)
        times = []
        for ev_id in [*ids[:50], *ids]:
            start = time.perf_counter()
            json.dumps(event_rows(session, ev_id), default=str)
            times.append(1000 * (time.perf_counter() - start))
    note = f"one connection; median {percentile(times[50:], 0.5):.1f} ms"
    return Measure(measures.PLAIN_EVENT, percentile(times[50:], 0.99), "ms", note=note)


def cached(port: int, pid: int, events: Sequence[Request]) -> Iterator[Measure]:
    """Responses from the cache: latency, throughput, and memory before and after 100,000 requests."""
    run(port, events, CONNECTIONS)
    yield summary(measures.HTTP_EVENT, run(port, [*events] * 10, CONNECTIONS), f"{CONNECTIONS} connections")
    before = resident_mb(pid)
    load = run(port, (list(events) * (MANY // len(events) + 1))[:MANY], CONNECTIONS)
    require_statuses(measures.HTTP_CACHED, load, {200})
    rate = MANY / load.seconds
    note = f"of {MANY:,} requests at {rate:,.0f}/s, {CONNECTIONS} connections, load generator in Python"
    yield Measure(measures.HTTP_CACHED, 1500 / rate, note=note)
    growth = resident_mb(pid) - before
    if rate := wrk_rate(port, events):
        yield Measure(measures.HTTP_CACHED_WRK, 1500 / rate, note=f"{rate:,.0f}/s with wrk")
        growth = max(growth, resident_mb(pid) - before)
    yield Measure(measures.HTTP_GROWTH, max(growth, 0), "MB", note=f"{before:,.0f} MB before")


def wrk_rate(port: int, events: Sequence[Request]) -> float:
    """Requests per second of wrk for an event in the cache; 0 if wrk is not installed."""
    if (program := shutil.which("wrk")) is None:
        return 0
    command = [program, "-t1", f"-c{CONNECTIONS}", "-d10s", "--latency", f"http://127.0.0.1:{port}{events[0].path}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}).stdout
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0])
