"""Values of STORE, SOURCES and BENCH reach programs unchanged: neither Make nor the shell interprets them.

Each test runs the real Makefile with an environment whose programs record what they receive.
"""

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY

HOSTILE = [
    "a$b",
    "a$$b",
    "$(shell touch made)",
    "$(touch made)",
    "${HOME}",
    "$HOME",
    "`touch made`",
    '"; touch made; "',
    "'; touch made; '",
    "x; touch made",
    "x & touch made",
    "x | touch made",
    "line\nbreak; touch made",
    "two  spaces",
    "-rf",
    "--help",
    "a#b",
    "a,b)",
    "(a",
    "a\\b\\",
    "*",
    "~",
    "a=b:=c",
    "Größe ☃",
    "%25?#&",
    "$(eval override BIN := made)",
]
TARGETS = ("clean", "stop", "run", "demo", "mlflow", "ui", "database-url")
# Store, sources and arguments of a call, each followed by NUL; the shell starts faster than Python.
RECORD = """#!/bin/bash
printf '%s\\0' "${NTSB_STORE-unset}" "${NTSB_SOURCES-unset}" "$*" >> LOG
"""


@dataclass(frozen=True)
class Clone:
    """A folder with the Makefile and programs that only record their calls."""

    folder: Path

    @property
    def log(self) -> Path:
        """The recorded calls."""
        return self.folder.with_name("calls")

    def calls(self) -> list[tuple[str, str, str]]:
        """The store, the sources and the arguments of each call since the last request."""
        fields = self.log.read_bytes().decode().split("\0")[:-1] if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return list(zip(*[iter(fields)] * 3, strict=True))

    def make(self, *words: str, **variables: str) -> str:
        """Runs Make; returns its output. No part of a value was executed."""
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(("NTSB_", "MAKE"))}
        done = subprocess.run(
            ["make", *words], cwd=self.folder, env=inherited | variables, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        made = [path for path in self.folder.rglob("made") if path.is_file()]
        assert made == []
        return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Make finds its environment complete."""
    clone = Clone(tmp_path / "clone")
    programs = [clone.folder / ".venv" / "bin" / name for name in ("python", "luigi")]
    for name in ("requirements.txt", "pyproject.toml", "scripts/python-environment", "scripts/system-packages"):
        (clone.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (clone.folder / name).write_text("#!/bin/sh\n")
        (clone.folder / name).chmod(0o755)
    for program in programs:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(RECORD.replace("LOG", shlex.quote(str(clone.log))))
        program.chmod(0o755)
    (clone.folder / ".venv" / ".made").touch()
    shutil.copy(REPOSITORY / "Makefile", clone.folder)
    return clone


@pytest.mark.parametrize("value", HOSTILE)
def test_values_on_the_command_line_are_data(clone: Clone, value: str) -> None:
    clone.make(*TARGETS, f"STORE={value}", f"SOURCES={value}")
    clone.make("clean", f"NTSB_STORE={value}", f"NTSB_SOURCES={value}")
    assert [(store, sources) for store, sources, _ in clone.calls()] == [(value, value)] * (len(TARGETS) + 1)


@pytest.mark.parametrize("value", HOSTILE)
def test_the_folder_of_a_backup_is_data(clone: Clone, value: str) -> None:
    clone.make("backup", "restore", f"BACKUP={value}")
    assert [arguments for *_, arguments in clone.calls()] == [
        f"-m pipeline {verb} -- {value}" for verb in ("backup", "restore")
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_the_folder_of_an_archive_is_data(clone: Clone, value: str) -> None:
    clone.make("archive", f"ARCHIVE={value}", f"SOURCES={value}", f"STORE={value}")
    assert clone.calls() == [
        (value, value, "--module pipeline CreateSnapshot"),
        (value, value, f"-m pipeline archive -- {value}"),
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_the_folder_of_a_bundle_is_data(clone: Clone, value: str) -> None:
    clone.make("bundle", f"BUNDLE={value}", f"STORE={value}")
    clone.make("bundle")
    assert [arguments for *_, arguments in clone.calls()] == [
        f"-m pipeline bundle -- {value}",
        "-m pipeline bundle -- bundle",
    ]


def test_the_demo_of_the_api_uses_a_local_server(clone: Clone) -> None:
    run = "--module pipeline AllReports"
    for sources, server in (("api", True), ("api+samples", True), ("samples", False), ("a/api", False)):
        clone.make("demo", f"SOURCES={sources}")
        ((_, location, arguments),) = clone.calls()
        assert (location, arguments) == (sources, f"-m samples.serve -- .venv/bin/luigi {run}" if server else run)
    clone.make("run", "SOURCES=api")
    assert [arguments for *_, arguments in clone.calls()] == [run]


@pytest.mark.parametrize("value", HOSTILE)
def test_values_in_the_environment_are_data(clone: Clone, value: str) -> None:
    clone.make(*TARGETS, STORE=value, SOURCES=value)
    clone.make("clean", "run", NTSB_STORE=value, NTSB_SOURCES=value)
    assert [(store, sources) for store, sources, _ in clone.calls()] == [(value, value)] * (len(TARGETS) + 2)


def test_options_of_the_benchmark_are_words_and_not_commands(clone: Clone) -> None:
    words = "--list $(touch made) `touch made`; touch made *"
    clone.make("bench", f"BENCH={words}")
    ((_, _, arguments),) = clone.calls()
    assert arguments == f"-m tests.bench {words}"


@pytest.mark.parametrize("value", HOSTILE)
def test_the_commands_printed_after_a_run_work_for_the_same_store(clone: Clone, value: str) -> None:
    output = clone.make("run", f"STORE={value}")
    clone.calls()
    command = output.partition("Experiments:")[2].partition("\nDatabase:")[0].strip()
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("NTSB_", "MAKE"))}
    subprocess.run(["bash", "-c", command], cwd=clone.folder, env=inherited, check=True, capture_output=True)
    assert [store for store, _, _ in clone.calls()] == [value]


def test_without_values_the_defaults_of_the_pipeline_hold(clone: Clone) -> None:
    clone.make("run", "demo")
    assert [(store, sources) for store, sources, _ in clone.calls()] == [("unset", "unset"), ("unset", "samples")]
