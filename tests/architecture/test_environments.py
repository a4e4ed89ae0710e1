"""requirements.txt and environment.yml pin the same versions."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
PLATFORMS = [
    {"sys_platform": system, "python_version": python, "python_full_version": f"{python}.1"}
    for system in ("linux", "darwin")
    for python in ("3.11", "3.12")
]


def locked() -> list[Requirement]:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    return [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"[A-Za-z]", line)]


def direct() -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in [*project["dependencies"], *extras["cluster"], *extras["dev"]]]


def conda() -> list[str]:
    content = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    assert content["name"] == "ntsb"
    groups = [entry for entry in content["dependencies"] if isinstance(entry, dict)]
    assert [list(group) for group in groups] == [["pip"]]
    return list(groups[0]["pip"])


def versions(wanted: list[Requirement], platform: dict[str, str]) -> dict[str, str]:
    selected = [item for item in wanted if item.marker is None or item.marker.evaluate(platform)]
    pins = {canonicalize_name(item.name): str(item.specifier) for item in selected}
    assert len(pins) == len(selected), "a package is listed twice"
    return pins


@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_conda_and_lock_file_pin_the_same_versions(platform: dict[str, str]) -> None:
    *lines, last = conda()
    assert last == "-e ."
    lock = versions(locked(), platform)
    ours = {canonicalize_name(item.name) for item in direct() if not item.marker or item.marker.evaluate(platform)}
    assert versions([Requirement(line) for line in lines], platform) == {name: lock[name] for name in sorted(ours)}


@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_locked_versions_satisfy_pyproject(platform: dict[str, str]) -> None:
    lock = versions(locked(), platform)
    for item in direct():
        if not item.marker or item.marker.evaluate(platform):
            assert lock[canonicalize_name(item.name)].removeprefix("==") in item.specifier


def test_every_locked_package_has_hashes_and_one_version() -> None:
    text = (REPOSITORY / "requirements.txt").read_text().replace("\\\n", " ")
    for line in (line for line in text.splitlines() if re.match(r"[A-Za-z]", line)):
        assert "--hash=sha256:" in line and "==" in line


def test_no_registry_is_named() -> None:
    text = (REPOSITORY / "requirements.txt").read_text() + (REPOSITORY / "environment.yml").read_text()
    assert "://" not in text and "index-url" not in text


@pytest.mark.parametrize("name", ["system-packages", "python-environment", "audit-packages"])
def test_scripts_are_valid_bash(name: str) -> None:
    path = REPOSITORY / "scripts" / name
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", path], check=True)


def test_every_make_target_exists_and_has_help() -> None:
    shown = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    verbs = ["env", "demo", "run", "test", "check", "bench", "ui", "mlflow", "database-url", "clean"]
    targets = re.findall(r"^([a-z -]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert set(verbs) <= {word for line in targets for word in line.split()}
    assert [verb for verb in verbs if verb not in shown] == []
