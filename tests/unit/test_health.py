"""The health checks, on this machine and on incomplete ones."""

import socket
from datetime import date
from pathlib import Path

import pytest

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.operations import health
from pipeline.postgres import requirements


def test_this_machine_passes(capsys: pytest.CaptureFixture[str]) -> None:
    results = {result.name: result for result in health.run_checks()}
    assert {name for name, result in results.items() if result.status == "fail"} == set()
    health.main()
    output = capsys.readouterr().out
    assert all(name in output for name in results)


def test_it_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "new"))
    health.run_checks()
    assert list(tmp_path.iterdir()) == []


def test_pins_of_this_platform_only(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# comment\nhere==1.2 ; sys_platform != 'none' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "there==3 ; sys_platform == 'none' \\\n    --hash=sha256:cc\n"
    )
    assert health.read_pins(path) == {"here": "1.2"}


def test_a_missing_package_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("no-such-package==1\n")
    monkeypatch.setattr(config, "REPOSITORY", tmp_path)
    result = health.check_packages()
    assert (result.status, result.finding) == ("fail", "no-such-package missing instead of 1")


def test_a_store_that_is_a_file_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "file" / "store"))
    assert health.check_store().status == "fail"


def test_a_small_disk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FULL_DATA_GB", 10**9)
    assert health.check_store().status == "warn"
    monkeypatch.setattr(health, "SAMPLES_GB", 10**9)
    assert health.check_store().status == "fail"


@pytest.mark.parametrize(
    ("today", "status", "finding"),
    [
        (date(2027, 2, 3), "ok", "until 2027-04-05"),
        (date(2027, 2, 4), "warn", "in 60 day(s), on 2027-04-05"),
        (date(2027, 4, 4), "warn", "in 1 day(s)"),
        (date(2027, 4, 5), "warn", "was to end"),
    ],
)
def test_the_end_of_the_access_files_is_announced_60_days_before(
    monkeypatch: pytest.MonkeyPatch, today: date, status: str, finding: str
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", "samples")
    result = health.check_access_files(today)
    assert (result.status, finding in result.finding) == (status, True)
    assert ("make archive" in result.next_step) == (status == "warn")
    monkeypatch.setenv("NTSB_SOURCES", "api")
    assert health.check_access_files(today).finding == "not used"


def test_a_run_with_the_api_needs_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path))
    monkeypatch.setenv("NTSB_SOURCES", "api")
    monkeypatch.delenv("NTSB_API_KEY", raising=False)
    assert health.check_api().status == "fail"
    assert "set the environment variable NTSB_API_KEY" in health.check_api().finding
    monkeypatch.setenv("NTSB_API_KEY", "S3cr3t-key-of-a-test")
    assert health.check_api().status == "ok"
    assert "S3cr3t" not in str(health.run_checks())
    monkeypatch.setenv("NTSB_SOURCES", "samples")
    assert health.check_api().finding == "not used"


def test_missing_postgresql_is_reported_with_the_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NTSB_DATABASE_URL", raising=False)
    monkeypatch.setenv("NTSB_POSTGRES_BIN", str(tmp_path))
    assert "apt-get install" in health.check_database().finding


def test_a_server_that_does_not_answer() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(PipelineError, match=f"The database server 127.0.0.1:{port} does not answer"):
            requirements.check_external_server(f"postgresql://ann:secret@127.0.0.1:{port}/x")
