"""Commands and the output of a run, on a store that a run has built."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pipeline.cli import verify
from pipeline.postgres import server
from tests.results import release
from tests.running import REPOSITORY, Workspace


def ask(workspace: Workspace, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command."""
    return workspace.command(*words)


def answer(workspace: Workspace, *words: str) -> dict[str, Any]:
    """The JSON output of a command that succeeds."""
    done = ask(workspace, *words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def planned(workspace: Workspace, *words: str) -> dict[str, list[str]]:
    """{task: reasons} of the tasks that would run according to `plan`."""
    steps = answer(workspace, "plan", *words)["steps"]
    return {item["step"]: item["reasons"] for item in steps if item["state"] == "to run"}


def command_lines(done: set[str]) -> set[str]:
    """Tasks of a log as command lines, without snapshot and SHA-256."""
    actual = set()
    for task in done:
        family, _, parameters = task.removesuffix(")").partition("(")
        pairs = [pair.split("=") for pair in parameters.split(", ") if pair]
        words = [f"--{name} {text}" for name, text in pairs if name not in ("snapshot", "sha256")]
        actual.add(" ".join([family, *words]))
    return actual


@pytest.fixture
def empty_store(built: Workspace, tmp_path: Path) -> Workspace:
    """A store that does not exist yet."""
    return Workspace(tmp_path / "new", built.repository)


def test_plan_of_a_complete_store_is_empty(built: Workspace) -> None:
    done = ask(built, "plan")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(\d+) tasks, 0 to run, \1 done\.\n", done.stdout)
    assert re.search(r"^done    MergeTable --table events$", ask(built, "plan", "--all").stdout, re.MULTILINE)
    assert not server.is_running(built.targets / "postgres")


def test_commands_that_read_create_no_store(empty_store: Workspace) -> None:
    plan = ask(empty_store, "plan")
    assert "to run  DownloadSource --source avall: never built in this store" in plan.stdout
    assert "Later tasks are known after CreateSnapshot has run." in plan.stdout
    assert "none; run `luigi" in ask(empty_store, "status").stdout
    why = ask(empty_store, "why", "PublishRelease")
    assert (why.returncode, why.stdout) == (1, "") and "run `luigi --module pipeline CreateSnapshot`" in why.stderr
    assert not empty_store.store.exists()


def test_a_run_executes_the_planned_tasks(copy: Workspace, tmp_path: Path) -> None:
    copy.query("delete from ntsb.narratives where ctid = (select min(ctid) from ntsb.narratives)")
    (settings := tmp_path / "settings.cfg").write_text("[Training]\nmax_depth = 6\n")
    changed = Workspace(copy.store, copy.repository, variables={"LUIGI_CONFIG_PATH": str(settings)})
    plan = planned(changed)
    assert plan["MergeTable --table narratives"] == ["its output is missing or was modified"]
    assert plan["TrainSeverityModel"] == ["changed: setting Training.max_depth"]
    assert "its input MergeTable --table narratives runs" in plan["PublishRelease"]
    assert "its input TrainSeverityModel runs" in plan["RenderReport --name severity"]
    why = ask(changed, "why", "TrainSeverityModel")
    assert [line.split() for line in why.stdout.splitlines() if line.startswith("*")] == [
        ["*", "setting", "Training.max_depth", "6", "was", "4"]
    ]

    result = changed.run()
    assert result.code == 0, result.text[-3000:]
    assert command_lines(result.done) == set(plan) - {"AllReports"}
    assert planned(changed) == {}
    timings = json.loads((copy.targets / "timings.json").read_text())
    assert set(timings["steps"]) == set(plan) - {"AllReports"}
    assert timings["stages"]["RenderReport"]["steps"] == sum(name.startswith("RenderReport") for name in plan)
    assert re.search(r"^whole run +\d+ +\d+\.\d$", result.text, re.MULTILINE)
    assert f"Release {release(copy)['id']} is published." in result.text


def test_why_lists_every_fingerprint_input(built: Workspace) -> None:
    details = answer(built, "why", "MergeTable", "--table", "aircraft")
    assert details["state"] == "done" and details["last"] == details["fingerprint_inputs"]
    expected = {"file pipeline/sql/schema/tables/aircraft.sql", "code pipeline.warehouse.merge"}
    assert expected <= details["fingerprint_inputs"].keys()
    assert "input MergeTable --table events" in details["fingerprint_inputs"]
    assert "PrepareDatabase" in details["requires"]
    assert answer(built, "why", "CastTables", "--source", "avall")["state"] == "done"
    missing = ask(built, "why", "MergeTable")
    assert (missing.returncode, missing.stderr) == (
        1,
        "MergeTable: expected --table, found none; add what is missing\n",
    )


def test_status_shows_the_current_release(built: Workspace, expected: dict[str, Any]) -> None:
    details = answer(built, "status")
    actual = details["release"]
    assert actual["id"] == expected["release"]["id"]
    assert [file["source"] for file in actual["sources"]] == ["PRE1982", "Pre2008", "avall", "up08NOV"]
    result = expected["release"]["relations"]
    rows = {f"{schema}.{name}": rows for schema, name, _, rows, _ in result if rows is not None and schema != "audit"}
    assert actual["tables"] == rows
    assert actual["earlier_kept"] == [] and "failed" not in actual["checks"]
    assert details["bytes"]["database"] > 10_000_000 and details["bytes"]["reports"] > 0
    assert details["database"].endswith("stopped")
    assert f"release   {actual['id']} of snapshot {actual['snapshot']}" in ask(built, "status").stdout


def test_a_database_of_an_earlier_version_is_named(copy: Workspace) -> None:
    """`plan` still works, on records with the keys of version 0.1."""
    copy.query("alter table audit.bundle rename column fingerprint to stamp")
    for command in ("status", "diff", "verify", "gc"):
        done = ask(copy, command)
        assert (done.returncode, done.stdout) == (1, ""), done.stdout
        assert done.stderr.startswith(f"{command}: expected a database prepared by this version, found one of an ")
        assert "`luigi --module pipeline PrepareDatabase`" in done.stderr
    for path in (copy.targets / "steps").glob("*.json"):
        keys = {"fingerprint": "stamp", "fingerprint_inputs": "ingredients"}
        path.write_text(json.dumps({keys.get(key, key): value for key, value in json.loads(path.read_text()).items()}))
    assert planned(copy)["PrepareDatabase"] == ["its output is missing or was modified"]
    assert answer(copy, "why", "MergeTable", "--table", "aircraft")["last"]


def test_the_server_runs_until_it_is_stopped(copy: Workspace) -> None:
    url = ask(copy, "database-url").stdout.strip()
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) > 0 from ntsb.events")
        assert cursor.fetchone() == (True,)
    connection.close()
    assert answer(copy, "status")["database"].endswith("running")
    assert "is stopped" in ask(copy, "database-stop").stdout
    assert not server.is_running(copy.targets / "postgres")
    assert "was not running" in ask(copy, "database-stop").stdout


def test_verify_finds_a_second_build_equal(built: Workspace, tmp_path: Path) -> None:
    done = ask(built, "verify", "--store", str(tmp_path / "a second store"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) of \1 values are equal\.$", done.stdout, re.MULTILINE)
    for fact in ("release", "table ntsb.events", "reports/html/index.html", "parquet/mart/event_summary.parquet"):
        assert re.search(rf"^equal .*{fact}", done.stdout, re.MULTILINE)
    assert "metrics.json" in done.stdout
    assert not (tmp_path / "a second store").exists()


def test_every_difference_is_found(copy: Workspace) -> None:
    # Left by an earlier version, or made by a user: no task of this version wrote it.
    (copy.targets / "parquet" / "mart" / "old_name.parquet").write_text("rows")
    before = verify.read_values(copy.url(), copy.store)
    assert not any("old_name" in name for name in before)
    with (copy.store / "reports" / "html" / "index.html").open("a") as page:
        page.write(" ")
    with (copy.store / "reports" / "html" / "severity" / "model_card.md").open("a") as card:
        card.write(" ")
    next((copy.targets / "parquet" / "ntsb").glob("events.parquet")).unlink()
    copy.query("update audit.release_relation set digest = 'another' where name = 'events'")
    actual = verify.compare(before, verify.read_values(copy.url(), copy.store))
    assert [item.name for item in actual if not item.is_equal] == [
        "file reports/html/index.html",
        "file reports/html/severity/model_card.md",
        "file targets/store/parquet/ntsb/events.parquet",
        "table ntsb.events",
    ]
    (line,) = [line for line in verify.format_table(actual) if "ntsb/events.parquet" in line]
    assert line.endswith("| missing")


def test_the_second_build_uses_no_external_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.cfg"
    training = "[Training]\nmax_depth = 3\ntracking_uri = x\ntuning_storage = mine\n"
    mine.write_text(f"[Postgres]\nurl = postgresql://me@example/mine\n{training}")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(mine))
    monkeypatch.setenv("NTSB_DATABASE_URL", "postgresql://me@example/mine")
    verify.write_config(tmp_path / "verify.cfg", ["avall"])
    text = (tmp_path / "verify.cfg").read_text()
    wanted = ('base = ["avall"]\n', "max_depth = 3\n", "tracking_uri = \n", "tuning_storage = \n")
    assert "mine" not in text and all(line in text for line in wanted)
    assert "NTSB_DATABASE_URL" not in (actual := verify.environment(tmp_path, "zips"))
    assert (actual["NTSB_STORE"], actual["LUIGI_CONFIG_PATH"]) == (str(tmp_path), str(tmp_path / "verify.cfg"))


def test_invalid_settings_stop_a_run_and_are_all_reported(empty_store: Workspace, tmp_path: Path) -> None:
    (settings := tmp_path / "settings.cfg").write_text(
        "[Training]\nmax_dept = 3\nrounds = many\n[Sorces]\nlocation = x\n"
    )
    workspace = Workspace(empty_store.store, empty_store.repository, variables={"LUIGI_CONFIG_PATH": str(settings)})
    for result in (workspace.run(), workspace.run("CreateSnapshot")):
        assert result.code in (35, 40)
        for words in (
            "Did you mean max_depth?",
            "[Training] rounds: expected int in [1, 1000000], found many",
            "[Sorces] is unknown",
        ):
            assert words in result.text
        assert "Traceback" not in result.text
    plan = ask(workspace, "plan")
    assert plan.returncode == 1 and "Did you mean max_depth?" in plan.stderr
    assert not empty_store.store.exists()


def test_a_failure_is_reported_without_a_traceback(empty_store: Workspace, tmp_path: Path) -> None:
    (zips := tmp_path / "zips").mkdir()
    (zips / "avall.zip").write_bytes((REPOSITORY / "samples" / "avall.zip").read_bytes()[:20_000])
    workspace = Workspace(empty_store.store, empty_store.repository, str(zips))
    result = workspace.run("AllReports", "--scheduler-retry-count", "1")
    assert result.code == 30
    assert "Traceback" not in result.text
    assert re.search(r"^ERROR: DownloadSource\(source=avall\) failed: avall.zip", result.text, re.MULTILINE)
    assert re.search(
        r"^FAILED DownloadSource --source avall: avall.zip .* expected a complete zip", result.text, re.MULTILINE
    )
    shown = workspace.run("AllReports", "--scheduler-retry-count", "1", "--log-level", "DEBUG")
    assert "Traceback" in shown.text
