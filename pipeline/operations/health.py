"""Is everything there that a run needs? One row per thing, with what was found and the next move."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from pipeline import config
from pipeline.errors import PipelineError
from pipeline.postgres import requirements

Status = Literal["ok", "warn", "fail"]
# Space for the archive, the Access files, the database with one release to spare, Parquet and models.
FULL_DATA_GB, SAMPLES_GB = 12, 1
INSTALL_MDBTOOLS = "sudo apt-get install mdbtools, conda install -c conda-forge mdbtools, or brew install mdbtools"


@dataclass(frozen=True)
class HealthCheck:
    """One thing that was looked at: its verdict, what was found, and what to do (empty where nothing is)."""

    name: str
    verdict: Status
    found: str
    move: str = ""


def check_python() -> HealthCheck:
    """The interpreter."""
    found = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 12):
        return HealthCheck("python", "ok", found)
    return HealthCheck("python", "fail", found, "use Python 3.11 or 3.12: `make env` looks for them")


def read_pins(path: Path) -> dict[str, str]:
    """Name and version of each package that a requirements file pins for this machine."""
    lines = path.read_text().replace("\\\n", " ").splitlines()
    parsed = [Requirement(line.split("--hash")[0].strip()) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    wanted = [each for each in parsed if each.marker is None or each.marker.evaluate()]
    return {each.name: str(each.specifier).removeprefix("==") for each in wanted}


def check_packages() -> HealthCheck:
    """Installed packages against requirements.txt."""
    wrong = []
    wanted = read_pins(config.REPOSITORY / "requirements.txt")
    for name, version in wanted.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = "missing"
        if found != version:
            wrong.append(f"{name} {found} instead of {version}")
    if not wrong:
        return HealthCheck("packages", "ok", f"{len(wanted)} as pinned")
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    # Other versions may well work; the figures are promised for these.
    verdict: Status = "fail" if any(" missing " in each for each in wrong) else "warn"
    return HealthCheck("packages", verdict, "; ".join(wrong[:5]) + more, "make env")


def check_mdbtools() -> HealthCheck:
    """The programs that read Access files."""
    missing = [name for name in ("mdb-export", "mdb-tables", "mdb-count") if shutil.which(name) is None]
    if missing:
        return HealthCheck("mdbtools", "fail", f"no {', '.join(missing)} on PATH", INSTALL_MDBTOOLS)
    done = subprocess.run(["mdb-export", "--version"], capture_output=True, text=True, timeout=30)
    version = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    if version is None or int(version.group().split(".")[0]) < 1:
        # Before 1.0 dates could not be written with four digits in every column.
        return HealthCheck(
            "mdbtools",
            "fail",
            version.group() if version else "of an unknown version",
            f"1.0 or later: {INSTALL_MDBTOOLS}",
        )
    return HealthCheck("mdbtools", "ok", version.group())


def check_configuration() -> HealthCheck:
    """luigi.cfg."""
    mistakes = config.find_mistakes()
    if mistakes:
        return HealthCheck("luigi.cfg", "fail", "\n".join(mistakes), "correct these lines")
    return HealthCheck("luigi.cfg", "ok", "every key is known and there")


def check_store() -> HealthCheck:
    """The store: writable, and room on its disk."""
    store = config.store_folder()
    there = next(path for path in (store, *store.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        return HealthCheck(
            "store", "fail", f"{there} cannot be written by you", "choose another folder with NTSB_STORE"
        )
    free = shutil.disk_usage(there).free / 1e9
    found = f"{store}, {free:.1f} GB free"
    if free < SAMPLES_GB:
        return HealthCheck(
            "store", "fail", found, f"the samples need {SAMPLES_GB} GB, the full data {FULL_DATA_GB} GB: make room"
        )
    if free < FULL_DATA_GB:
        return HealthCheck("store", "warn", found, f"enough for the samples; the full data need {FULL_DATA_GB} GB")
    return HealthCheck("store", "ok", found)


def check_database() -> HealthCheck:
    """The user's server, or what the embedded one needs."""
    if config.find_mistakes():
        return HealthCheck("database", "warn", "not looked at", "correct luigi.cfg first")
    external = config.Postgres().external_url()
    try:
        found = requirements.check_external_server(external) if external else requirements.check_embedded_server()
    except PipelineError as error:
        return HealthCheck("database", "fail", str(error), "")
    return HealthCheck("database", "ok", found)


CHECKS: tuple[Callable[[], HealthCheck], ...] = (
    check_python,
    check_packages,
    check_mdbtools,
    check_configuration,
    check_database,
    check_store,
)


def run_checks() -> list[HealthCheck]:
    """Every finding, in the order in which a newcomer would mend them. Looks only: makes and starts nothing."""
    return [check() for check in CHECKS]


def format_table(findings: list[HealthCheck]) -> Iterator[str]:
    """Lines of a table that a terminal shows."""
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        first, *rest = finding.found.splitlines() or [""]
        yield f"{finding.verdict:<4}  {finding.name:<{width}}  {first}"
        for line in [*rest, f"-> {finding.move}" if finding.move else ""]:
            if line:
                yield f"{'':<4}  {'':<{width}}  {line}"


def main() -> int:
    """Print the table; 1 where something must be mended before a run."""
    findings = run_checks()
    print("\n".join(format_table(findings)))
    return int(any(finding.verdict == "fail" for finding in findings))
