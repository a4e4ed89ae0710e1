"""Commands and the words of a run, on a store that a real run has filled."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from pipeline.cli import comparison, verify
from pipeline.postgres import server
from tests.results import release
from tests.running import REPOSITORY, Place


def ask(place: Place, *words: str) -> subprocess.CompletedProcess[str]:
    """What a command says, as a user starts it."""
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, cwd=place.house, env=place.environment(), capture_output=True, text=True)


def answer(place: Place, *words: str) -> dict[str, Any]:
    """The JSON that a command prints."""
    done = ask(place, *words, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def planned(place: Place, *words: str) -> dict[str, list[str]]:
    """{step: reasons} of the steps that a plan says would run."""
    steps = answer(place, "plan", *words)["steps"]
    return {each["step"]: each["reasons"] for each in steps if each["state"] == "to run"}


def spelled(done: set[str]) -> set[str]:
    """Tasks of a log, spelled as on the command line, without which snapshot and bytes they worked on."""
    found = set()
    for task in done:
        family, _, parameters = task.removesuffix(")").partition("(")
        pairs = [pair.split("=") for pair in parameters.split(", ") if pair]
        words = [f"--{name} {text}" for name, text in pairs if name not in ("snapshot", "sha256")]
        found.add(" ".join([family, *words]))
    return found


@pytest.fixture
def virgin(built: Place, tmp_path: Path) -> Place:
    """A store where nothing has observed_share."""
    return Place(tmp_path / "new", built.house)


def test_nothing_is_planned_where_all_is_done(built: Place) -> None:
    done = ask(built, "plan")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(\d+) steps, 0 to run, \1 done\.\n", done.stdout)
    assert re.search(r"^done    MergeTable --table events$", ask(built, "plan", "--all").stdout, re.MULTILINE)
    assert not server.is_running(built.targets / "postgres")


def test_looking_at_a_new_store_makes_nothing(virgin: Place) -> None:
    plan = ask(virgin, "plan")
    assert "to run  DownloadSource --source avall: never built in this store" in plan.stdout
    assert "The steps that follow are known once Snapshot has run." in plan.stdout
    assert "none yet: run `luigi" in ask(virgin, "status").stdout
    why = ask(virgin, "why", "PublishRelease")
    assert (why.returncode, why.stdout) == (1, "") and "run `CreateSnapshot` first" in why.stderr
    assert not virgin.store.exists()


def test_a_plan_is_what_the_run_does(copy: Place, tmp_path: Path) -> None:
    copy.ask("delete from ntsb.narratives where ctid = (select min(ctid) from ntsb.narratives)")
    (knobs := tmp_path / "knobs.cfg").write_text("[Training]\nmax_depth = 4\n")
    changed = Place(copy.store, copy.house, variables={"LUIGI_CONFIG_PATH": str(knobs)})
    plan = planned(changed)
    assert plan["MergeTable --table narratives"] == ["its output is missing or was edited"]
    assert plan["TrainSeverityModel"] == ["changed since: setting Training.max_depth"]
    assert "its input MergeTable --table narratives runs" in plan["PublishRelease"]
    assert "its input TrainSeverityModel runs" in plan["RenderReport --name severity"]
    why = ask(changed, "why", "TrainSeverityModel")
    assert [line.split() for line in why.stdout.splitlines() if line.startswith("*")] == [
        ["*", "knob", "Training.max_depth", "4", "was", "5"]
    ]

    told = changed.run()
    assert told.code == 0, told.text[-3000:]
    assert spelled(told.done) == set(plan) - {"AllReports"}
    assert planned(changed) == {}
    # What it says at its end.
    timings = json.loads((copy.targets / "timings.json").read_text())
    assert set(timings["steps"]) == set(plan) - {"AllReports"}
    assert timings["stages"]["RenderReport"]["steps"] == sum(name.startswith("RenderReport") for name in plan)
    assert re.search(r"^whole run +\d+ +\d+\.\d$", told.text, re.MULTILINE)
    assert f"Release {release(copy)['id']} is published." in told.text


def test_why_names_every_ingredient(built: Place) -> None:
    facts = answer(built, "why", "MergeTable", "--table", "aircraft")
    assert facts["state"] == "done" and facts["last"] == facts["fingerprint_inputs"]
    decisive = {"file pipeline/sql/contract/tables/aircraft.sql", "code pipeline.warehouse.merge"}
    assert decisive <= facts["fingerprint_inputs"].keys()
    assert "input MergeTable --table events" in facts["fingerprint_inputs"]
    assert "PrepareDatabase" in facts["requires"]
    assert answer(built, "why", "CastTables", "--source", "avall")["state"] == "done"
    missing = ask(built, "why", "MergeTable")
    assert (missing.returncode, missing.stderr) == (1, "MergeTable: expected --table, found none\n")


def test_status_tells_what_is_published(built: Place, expected: dict[str, Any]) -> None:
    facts = answer(built, "status")
    found = facts["release"]
    assert found["id"] == expected["release"]["id"]
    assert [file["source"] for file in found["sources"]] == ["PRE1982", "Pre2008", "avall", "up08NOV"]
    told = expected["release"]["relations"]
    rows = {f"{home}.{name}": rows for home, name, _, rows, _ in told if rows is not None and home != "audit"}
    assert found["tables"] == rows
    assert found["earlier_kept"] == [] and "failed" not in found["checks"]
    assert facts["bytes"]["database"] > 10_000_000 and facts["bytes"]["reports"] > 0
    assert facts["database"].endswith("stopped")
    assert f"release   {found['id']} of snapshot {found['snapshot']}" in ask(built, "status").stdout


def test_the_database_stays_until_it_is_stopped(copy: Place) -> None:
    url = ask(copy, "database-url").stdout.strip()
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) > 0 from ntsb.events")
        assert cursor.fetchone() == (True,)
    connection.close()
    assert answer(copy, "status")["database"].endswith("running")
    assert "is stopped" in ask(copy, "database-stop").stdout
    assert not server.is_running(copy.targets / "postgres")
    assert "was not running" in ask(copy, "database-stop").stdout


def test_a_second_build_is_equal(built: Place, tmp_path: Path) -> None:
    done = ask(built, "verify", "--store", str(tmp_path / "a second store"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) of \1 facts are equal\.$", done.stdout, re.MULTILINE)
    for fact in ("release", "table ntsb.events", "reports/html/index.html", "parquet/mart/event_summary.parquet"):
        assert re.search(rf"^equal .*{fact}", done.stdout, re.MULTILINE)
    assert "metrics.json" in done.stdout
    assert not (tmp_path / "a second store").exists()


def test_every_difference_is_seen(copy: Place) -> None:
    before = comparison.read_facts(copy.url(), copy.store)
    with (copy.store / "reports" / "html" / "index.html").open("a") as page:
        page.write(" ")
    next((copy.targets / "parquet" / "ntsb").glob("events.parquet")).unlink()
    copy.ask("update audit.release_relation set digest = 'another' where name = 'events'")
    found = comparison.compare(before, comparison.read_facts(copy.url(), copy.store))
    assert [each.name for each in found if not each.is_equal] == [
        "file reports/html/index.html",
        "file targets/store/parquet/ntsb/events.parquet",
        "table ntsb.events",
    ]
    (line,) = [line for line in comparison.format_table(found) if "ntsb/events.parquet" in line]
    assert line.endswith("| not there")


def test_a_second_build_touches_nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine.cfg"
    training = "[Training]\nmax_depth = 3\ntracking_uri = x\ntuning_storage = mine\n"
    mine.write_text(f"[Postgres]\nurl = postgresql://me@example/mine\n{training}")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(mine))
    monkeypatch.setenv("NTSB_DATABASE_URL", "postgresql://me@example/mine")
    verify.write_config(tmp_path / "verify.cfg", ["avall"])
    text = (tmp_path / "verify.cfg").read_text()
    wanted = ('base = ["avall"]\n', "max_depth = 3\n", "tracking_uri = \n", "tuning_storage = \n")
    assert "mine" not in text and all(line in text for line in wanted)
    assert "NTSB_DATABASE_URL" not in (found := verify.environment(tmp_path, "zips"))
    assert (found["NTSB_STORE"], found["LUIGI_CONFIG_PATH"]) == (str(tmp_path), str(tmp_path / "verify.cfg"))


def test_mistakes_in_knobs_stop_a_run_with_all_of_them(virgin: Place, tmp_path: Path) -> None:
    (knobs := tmp_path / "knobs.cfg").write_text("[Training]\nmax_dept = 3\nrounds = many\n[Sorces]\nlocation = x\n")
    place = Place(virgin.store, virgin.house, variables={"LUIGI_CONFIG_PATH": str(knobs)})
    for told in (place.run(), place.run("CreateSnapshot")):
        assert told.code in (35, 40)
        for words in (
            "Did you mean max_depth?",
            "[Training] rounds: expected int in [1, 1000000], found many",
            "[Sorces] is unknown",
        ):
            assert words in told.text
        assert "Traceback" not in told.text
    plan = ask(place, "plan")
    assert plan.returncode == 1 and "Did you mean max_depth?" in plan.stderr
    assert not virgin.store.exists()


def test_a_failure_is_a_sentence_at_the_end(virgin: Place, tmp_path: Path) -> None:
    (zips := tmp_path / "zips").mkdir()
    (zips / "avall.zip").write_bytes((REPOSITORY / "samples" / "avall.zip").read_bytes()[:20_000])
    place = Place(virgin.store, virgin.house, str(zips))
    told = place.run("AllReports", "--scheduler-retry-count", "1")
    assert told.code == 30
    assert "Traceback" not in told.text
    assert re.search(r"^ERROR: DownloadSource\(source=avall\) failed: avall.zip", told.text, re.MULTILINE)
    assert re.search(
        r"^FAILED DownloadSource --source avall: avall.zip .* expected a whole zip", told.text, re.MULTILINE
    )
    shown = place.run("AllReports", "--scheduler-retry-count", "1", "--log-level", "DEBUG")
    assert "Traceback" in shown.text
