"""The services of compose.yaml start and become healthy, where a container runtime is available."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY

FILES = ("compose.yaml", "deploy", "scripts", "pipeline", "targets", "models", "reports", "samples")
FILES += ("requirements.txt", "pyproject.toml", "luigi.cfg", "README.md")


def has_containers() -> bool:
    commands = (["docker", "info"], ["docker", "compose", "version"])
    return shutil.which("docker") is not None and all(
        subprocess.run(command, capture_output=True, check=False).returncode == 0 for command in commands
    )


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not has_containers(), reason="no container runtime is available")
def test_all_services_become_healthy_and_a_run_publishes(tmp_path: Path) -> None:
    for name in FILES:
        path, ignored = REPOSITORY / name, shutil.ignore_patterns("__pycache__", "store", "runs", "kept", "html")
        copied = tmp_path / name
        shutil.copytree(path, copied, ignore=ignored) if path.is_dir() else shutil.copy(path, copied)
    subprocess.run([tmp_path / "deploy" / "make-secrets"], check=True)
    compose = ["docker", "compose", "--project-name", "ntsb-test"]
    try:
        subprocess.run([*compose, "up", "--detach", "--build", "--wait"], cwd=tmp_path, check=True)
        words = ("run", "--rm", "--env", "NTSB_SOURCES=samples", "pipeline", "luigi", "--module", "pipeline")
        subprocess.run([*compose, *words, "WeeklySync", "--date", "2026-01-06"], cwd=tmp_path, check=True)
    finally:
        subprocess.run([*compose, "down", "--volumes"], cwd=tmp_path, check=False)
