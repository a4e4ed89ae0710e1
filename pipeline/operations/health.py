"""Check the requirements of a run: one line each, with what was found and the next step."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from pipeline import config, config_check
from pipeline.errors import PipelineError, SourceError
from pipeline.ingest import source_state
from pipeline.ingest.editions import format_ignored
from pipeline.operations import api_health, system_checks
from pipeline.operations.health_check import HealthCheck, Status
from pipeline.postgres import requirements
from pipeline.redaction import redact

# Disk space for the archive, the Access files, the database with one earlier release, Parquet files and models.
FULL_DATA_GB, SAMPLES_GB = 12, 1


def check_python() -> HealthCheck:
    """Return the result of checking the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 14):
        return HealthCheck("python", "ok", version)
    return HealthCheck("python", "fail", version, "use Python 3.11 to 3.14: `make env` searches for them")


def read_pins(path: Path) -> dict[str, str]:
    """Return {package: version} that a requirements file pins for this platform."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    parsed = [Requirement(line.split("--hash")[0].strip()) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {
        package.name: str(package.specifier).removeprefix("==")
        for package in parsed
        if package.marker is None or package.marker.evaluate()
    }


def check_packages() -> HealthCheck:
    """Return the result of comparing the installed packages with requirements.txt."""
    differences = []
    pins = read_pins(config.REPOSITORY / "requirements.txt")
    for name, version in pins.items():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "missing"
        if installed != version:
            differences.append(f"{name} {installed} instead of {version}")
    if not differences:
        return HealthCheck("packages", "ok", f"{len(pins)} as pinned")
    more = f" and {len(differences) - 5} more" if len(differences) > 5 else ""
    # Other versions may work, but results are only reproducible with the pinned ones.
    status: Status = "fail" if any(" missing " in line for line in differences) else "warn"
    return HealthCheck("packages", status, "; ".join(differences[:5]) + more, "make env")


def check_configuration() -> HealthCheck:
    """Return the result of checking the settings in luigi.cfg."""
    mistakes = config_check.find_mistakes()
    if mistakes:
        return HealthCheck("luigi.cfg", "fail", "\n".join(mistakes), "correct these lines")
    return HealthCheck("luigi.cfg", "ok", "all settings are valid")


def check_sources() -> HealthCheck:
    """Return the result of listing the source folder: files that are not used, with the reason."""
    if config_check.find_mistakes():
        return HealthCheck("sources", "warn", "not checked", "correct luigi.cfg first")
    try:
        ignored = format_ignored(source_state.ignored_files())
    except SourceError as error:
        return HealthCheck("sources", "warn", str(error))
    if not ignored:
        return HealthCheck("sources", "ok", "no file is ignored")
    return HealthCheck("sources", "warn", "\n".join(ignored), "remove these files, or correct [Sources] in luigi.cfg")


def check_api() -> HealthCheck:
    """Return the result of checking the key of NTSB's API, if it is used."""
    if config_check.find_mistakes() or not config.Sources().uses_api():
        return HealthCheck("api", "ok", "not used")
    is_usable, finding, next_step = api_health.api_access()
    return HealthCheck("api", "ok" if is_usable else "fail", finding, next_step)


def check_access_files(today: date | None = None) -> HealthCheck:
    """Return the result of comparing the date with the end of NTSB's Access files; a warning if they are used."""
    if not config_check.find_mistakes() and not config.Sources().files_location():
        return HealthCheck("access files", "ok", "not used")
    is_near, finding, next_step = api_health.end_of_access_files(today or datetime.now(UTC).date())
    return HealthCheck("access files", "warn" if is_near else "ok", finding, next_step)


def check_store() -> HealthCheck:
    """Return the result of checking the store: write permission and free disk space."""
    store = config.store_folder()
    existing = next(path for path in (store, *store.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK) or not existing.is_dir():
        return HealthCheck("store", "fail", f"{existing} is not writable", "choose another folder with NTSB_STORE")
    free = shutil.disk_usage(existing).free / 1e9
    space = f"{store}, {free:.1f} GB free"
    if free < SAMPLES_GB:
        needed = f"{SAMPLES_GB} GB for the samples, {FULL_DATA_GB} GB for the full data"
        return HealthCheck("store", "fail", space, f"free some disk space: {needed}")
    if free < FULL_DATA_GB:
        return HealthCheck("store", "warn", space, f"enough for the samples; the full data need {FULL_DATA_GB} GB")
    return HealthCheck("store", "ok", space)


def check_database() -> HealthCheck:
    """Return the result of checking the external server, or the requirements of the embedded one."""
    if config_check.find_mistakes():
        return HealthCheck("database", "warn", "not checked", "correct luigi.cfg first")
    settings = config.Postgres()
    try:
        if external := settings.external_url():
            server = requirements.check_external_server(external, settings.external_owner_url())
        else:
            server = requirements.check_embedded_server()
    except PipelineError as error:
        return HealthCheck("database", "fail", str(error), "")
    return HealthCheck("database", "ok", server)


CHECKS: tuple[Callable[[], HealthCheck], ...] = (
    check_python,
    check_packages,
    check_configuration,
    check_sources,
    check_api,
    check_access_files,
    check_database,
    check_store,
    *system_checks.CHECKS,
)


def run_checks() -> list[HealthCheck]:
    """Return the results of all checks, in the order in which problems should be fixed; read-only."""
    return [check() for check in CHECKS]


def format_table(results: list[HealthCheck]) -> Iterator[str]:
    """Yield the lines of a text table of the results."""
    width = max(len(result.name) for result in results)
    for result in results:
        first, *rest = result.finding.splitlines() or [""]
        yield f"{result.status:<4}  {result.name:<{width}}  {first}"
        for line in [*rest, f"-> {result.next_step}" if result.next_step else ""]:
            if line:
                yield f"{'':<4}  {'':<{width}}  {line}"


def main(as_json: bool = False) -> int:
    """Print the table, or JSON; return 1 if a check failed, else 0."""
    results = run_checks()
    if as_json:
        content = {"checks": [asdict(result) for result in results]}
        print(redact(json.dumps(content, indent=1)))
    else:
        print(redact("\n".join(format_table(results))))
    return int(any(result.status == "fail" for result in results))
