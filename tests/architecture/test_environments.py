"""The environment has exactly the pinned packages, and nothing is built or downloaded without a hash."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from pipeline.operations import health

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON_VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = [
    {"sys_platform": system, "python_version": python, "python_full_version": f"{python}.1"}
    for system in ("linux", "darwin")
    for python in PYTHON_VERSIONS
]


def locked() -> list[Requirement]:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    return [Requirement(line.removesuffix("\\").strip()) for line in lines if re.match(r"[A-Za-z]", line)]


def direct() -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in [*project["dependencies"], *extras["cluster"], *extras["dev"]]]


def versions(wanted: list[Requirement], platform: dict[str, str]) -> dict[str, str]:
    selected = [item for item in wanted if item.marker is None or item.marker.evaluate(platform)]
    pins = {canonicalize_name(item.name): str(item.specifier) for item in selected}
    assert len(pins) == len(selected), "a package is listed twice"
    return pins


def test_conda_installs_the_lock_file_and_nothing_else() -> None:
    content = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    assert content["name"] == "ntsb"
    groups = [entry for entry in content["dependencies"] if isinstance(entry, dict)]
    assert groups == [{"pip": ["--only-binary :all:", "-r requirements.txt"]}]


def test_the_project_is_imported_without_being_built(tmp_path: Path) -> None:
    """The real script, without packages; the build backend would fail, and the folder has an unusual name."""
    clone = tmp_path / "it's a $clone ü"
    for name in ("scripts", "pipeline"):
        (clone / name).mkdir(parents=True)
    shutil.copy(REPOSITORY / "scripts" / "python-environment", clone / "scripts")
    (clone / "pipeline" / "__init__.py").touch()
    (clone / "requirements.txt").touch()
    (clone / "pyproject.toml").write_text('[build-system]\nrequires = ["none"]\nbuild-backend = "none"\n')
    inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"} | {"PIP_NO_INDEX": "1"}
    for locale in ("C.UTF-8", "C"):
        environment = inherited | {"LC_ALL": locale}
        subprocess.run([clone / "scripts" / "python-environment"], env=environment, check=True, capture_output=True)
        shown = subprocess.run(
            [clone / ".venv" / "bin" / "python", "-c", "import os, pipeline; print(ascii(pipeline.__file__))"],
            cwd="/",
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert shown.stdout.strip() == ascii(str(clone / "pipeline" / "__init__.py"))
    packages = next((clone / ".venv" / "lib").glob("python3*/site-packages"))
    assert [path.name for path in packages.glob("*ntsb*")] == ["ntsb-pipeline.pth"]


@pytest.mark.parametrize("minor", range(9, 18))
def test_the_script_the_project_and_doctor_support_the_same_python_versions(
    minor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    is_supported = SpecifierSet(project["requires-python"]).contains(f"3.{minor}.1")
    assert is_supported == (f"3.{minor}" in PYTHON_VERSIONS)
    monkeypatch.setattr("sys.version_info", (3, minor, 1, "final", 0))
    assert (health.check_python().status == "ok") == is_supported
    script = (REPOSITORY / "scripts" / "python-environment").read_text()
    (expression,) = re.findall(r"^supported='import ensurepip, venv, sys; (.*)'$", script, re.MULTILINE)
    with pytest.raises(SystemExit) as ended:
        exec(expression, {"sys": sys})
    assert (not ended.value.code) == is_supported


def test_packages_are_installed_only_as_wheels_with_hashes() -> None:
    text = (REPOSITORY / "scripts" / "python-environment").read_text()
    installs = [line for line in text.splitlines() if " install --" in line]
    assert len(installs) == 1 and {"--require-hashes", "--no-deps"} <= set(installs[0].split())
    assert "--only-binary :all:" in installs[0]


@pytest.mark.parametrize("platform", PLATFORMS, ids=str)
def test_locked_versions_satisfy_pyproject(platform: dict[str, str]) -> None:
    lock = versions(locked(), platform)
    for item in direct():
        if not item.marker or item.marker.evaluate(platform):
            assert lock[canonicalize_name(item.name)].removeprefix("==") in item.specifier


def test_the_client_is_built_with_one_tool_of_a_fixed_version_that_needs_no_other() -> None:
    build = tomllib.loads((REPOSITORY / "client" / "pyproject.toml").read_text())["build-system"]
    assert [requirement.partition("==")[:2] for requirement in build["requires"]] == [("flit_core", "==")]


def test_every_locked_package_has_hashes_and_one_version() -> None:
    text = (REPOSITORY / "requirements.txt").read_text().replace("\\\n", " ")
    for line in (line for line in text.splitlines() if re.match(r"[A-Za-z]", line)):
        assert "--hash=sha256:" in line and "==" in line


def test_no_registry_is_named() -> None:
    text = (REPOSITORY / "requirements.txt").read_text() + (REPOSITORY / "environment.yml").read_text()
    assert "://" not in text and "index-url" not in text


@pytest.mark.parametrize("name", ["system-packages", "python-environment", "audit-packages", "os-matrix"])
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
