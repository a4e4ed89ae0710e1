"""The files of deploy/ and the workflows name tasks, commands and files that exist, and grant no more than needed."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import pipeline
from pipeline.cli import COMMANDS
from pipeline.operations import dashboard, schedule_records
from scripts import release_notes
from tests.architecture.tree import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


def unit(path: Path) -> dict[str, list[str]]:
    """{key: values} of a systemd unit."""
    values: dict[str, list[str]] = {}
    for name, text in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE):
        values.setdefault(name, []).append(text)
    return values


def test_every_schedule_has_a_timer_and_a_line_of_cron() -> None:
    timers = [unit(path)["Unit"] for path in DEPLOY.glob("systemd/*.timer") if "Unit" in unit(path)]
    started = {re.fullmatch(r"ntsb-schedule@(\w+)\.service", name)[1] for (name,) in timers}  # type: ignore[index]
    assert started == set(schedule_records.SCHEDULES) <= set(pipeline.__all__)
    lines = (DEPLOY / "cron" / "ntsb-pipeline").read_text()
    assert set(re.findall(r"pipeline (\w+) --date", lines)) == started
    assert "%F" not in lines.replace(r"\%F", "")


def test_commands_of_cron_get_the_variables_of_the_file_and_write_where_they_may(tmp_path: Path) -> None:
    jobs = [line for line in (DEPLOY / "cron" / "ntsb-pipeline").read_text().splitlines() if " ntsb /" in line]
    # A file in /var/log, which the user may not create, would prevent the command.
    assert len(jobs) == 5 and not [line for line in jobs if ">>" in line or "/deploy/cron/run " not in line]
    (script := tmp_path / "deploy" / "cron" / "run").parent.mkdir(parents=True)
    shutil.copy(DEPLOY / "cron" / "run", script)
    (command := tmp_path / ".venv" / "bin" / "luigi").parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "%s|" "$PWD" "$NTSB_SOURCES" "$NTSB_WEBHOOK_URL" "${REST-none}" "$@"\n')
    command.chmod(0o755)
    (variables := tmp_path / "environment").write_text(
        "# comment\n\nNTSB_SOURCES=/data/a folder\nnot a variable\nNTSB_WEBHOOK_URL=https://a/b?c=$(id)&d='e'"
    )
    for path, expected in ((variables, ["/data/a folder", "https://a/b?c=$(id)&d='e'"]), (tmp_path / "none", ["", ""])):
        done = subprocess.run(
            [script, "luigi", "--date", "a b"],
            env={"NTSB_ENVIRONMENT": str(path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split("|") == [str(tmp_path), *expected, "none", "--date", "a b", ""]


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("systemd/*.service")), ids=lambda path: path.name)
def test_services_run_without_privileges(path: Path) -> None:
    values = unit(path)
    assert values["User"] == ["ntsb"] and values["CapabilityBoundingSet"] == [""]
    assert values["NoNewPrivileges"] == ["true"] and values["ProtectSystem"] == ["strict"]
    assert all((DEPLOY / "systemd" / name).exists() for name in values.get("OnFailure", []))
    (command,) = values["ExecStart"]
    assert "luigi --module pipeline" in command or re.search(r"-m pipeline (\S+)", command)[1] in COMMANDS  # type: ignore[index]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_units_and_their_times(tmp_path: Path) -> None:
    for path in DEPLOY.glob("systemd/*"):
        text = path.read_text().replace("/opt/ntsb-pipeline/.venv/bin/python", "/bin/true")
        (tmp_path / path.name).write_text(text)
    timers = sorted(tmp_path.glob("*.timer"))
    done = subprocess.run(["systemd-analyze", "verify", *timers], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "ntsb-" in line] == []
    for timer in timers:
        subprocess.run(["systemd-analyze", "calendar", *unit(timer)["OnCalendar"]], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("command", "paths"),
    [
        (["hadolint"], [DEPLOY / "Dockerfile"]),
        (["actionlint"], WORKFLOWS),
        (
            ["shellcheck"],
            [
                *(DEPLOY / name for name in ("make-secrets", "set-passwords.sh", "entrypoint", "cron/run")),
                REPOSITORY / "scripts" / "system-packages",
            ],
        ),
        (["docker", "compose", "config", "--quiet"], []),
    ],
    ids=lambda value: value[0] if value and isinstance(value[0], str) else "",
)
def test_linters_accept_the_files_of_the_deployment(command: list[str], paths: list[Path]) -> None:
    version = [*command[:2], "version"] if command[0] == "docker" else [command[0], "--version"]
    if shutil.which(command[0]) is None or subprocess.run(version, capture_output=True, check=False).returncode:
        pytest.skip(f"{' '.join(command[:2])} is not installed")
    done = subprocess.run([*command, *paths], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_containers_have_a_read_only_root_and_no_privileges() -> None:
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        # Publications to DynamoDB are continued by the same store on a host of the same name.
        assert service["user"] == "postgres" if name == "database" else service["hostname"] == "ntsb-pipeline"
    assert all("healthcheck" in COMPOSE["services"][name] for name in ("database", "luigid", "mlflow"))
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    image = (DEPLOY / "Dockerfile").read_text()
    (user,) = re.findall(r"^USER (\d+)$", image, re.MULTILINE)
    assert f"--uid {user} " in image


def test_actions_and_images_are_pinned_by_their_digest() -> None:
    """A tag can be moved to other code; the version in the comment is for readers."""
    used = [line for path in WORKFLOWS for line in re.findall(r"uses: *(.+)", path.read_text())]
    assert used and [line for line in used if not re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v[\d.]+", line)] == []
    images = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    images += [service["image"] for service in COMPOSE["services"].values() if "build" not in service]
    assert len(images) == 2 and [name for name in images if not re.search("@sha256:[0-9a-f]{64}$", name)] == []


def test_no_file_of_the_deployment_has_a_password() -> None:
    text = (REPOSITORY / "compose.yaml").read_text()
    assert not re.search(r"PASSWORD: *\S", text) and "://ntsb_loader:" not in text
    assert "/deploy/secrets/" in (REPOSITORY / ".gitignore").read_text()


def test_the_image_copies_files_that_exist_and_every_package() -> None:
    copied = set()
    for sources in re.findall(r"^COPY --chown=ntsb (.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE):
        copied |= set(sources.split())
    assert [name for name in copied if not (REPOSITORY / name).exists()] == []
    assert {"pipeline", "targets", "models", "reports", "samples", "luigi.cfg", "requirements.txt"} <= copied
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} == {line for line in ignored if line.startswith("!")}
    # The last line that matches a file decides.
    assert ignored.index("deploy/secrets") > ignored.index("!deploy")


def test_secrets_are_random_private_and_written_once(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_bytes((DEPLOY / "make-secrets").read_bytes())
    for _ in range(2):
        subprocess.run(["bash", script], check=True)
        files = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert len({text for name, text in files.items() if name.endswith("_password")}) == 3
    assert f"*:*:*:ntsb_loader:{files['loader_password']}\n" in files["pgpass"]
    # On the host, only the owner reaches them; the users in the containers are others, and must be able to read them.
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o644}


def test_a_container_gets_a_private_copy_of_the_password_file() -> None:
    """libpq ignores a file that others can read, and the mounted one belongs to a user of the host."""
    script = (DEPLOY / "entrypoint").read_text()
    image = (DEPLOY / "Dockerfile").read_text()
    (command,) = re.findall(r'^ENTRYPOINT \["tini", "--", "/srv/ntsb/(\S+)"\]$', image, re.MULTILINE)
    assert REPOSITORY / command == DEPLOY / "entrypoint" and os.access(DEPLOY / "entrypoint", os.X_OK)
    (copied,) = re.findall(r"umask 077 && cat /run/secrets/pgpass >(\S+?)\)", script)
    urls = [url for name, url in COMPOSE["services"]["pipeline"]["environment"].items() if name.endswith("_URL")]
    assert len(urls) == 2 and all(url.endswith(f"&passfile={copied}") for url in urls)
    done = subprocess.run([DEPLOY / "entrypoint", "echo", "a b"], capture_output=True, text=True, check=True)
    assert done.stdout == "a b\n"


def test_no_role_is_created_with_an_empty_password(tmp_path: Path) -> None:
    (program := tmp_path / "psql").write_text("#!/bin/sh\ntouch called\n")
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", DEPLOY / "set-passwords.sh"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1 and "expected a file that" in done.stderr and not (tmp_path / "called").exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_read_only_and_run_targets_that_exist(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    makefile = (REPOSITORY / "Makefile").read_text()
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = "\n".join(step.get("run", "") for step in steps)
    targets = set(re.findall(r"\bmake ([a-z-]+)", commands))
    assert targets and all(re.search(rf"^{name}( \w+)*:", makefile, re.MULTILINE) for name in targets)
    # Values of the event are not part of a script, where they could be commands.
    assert "${{ github." not in commands
    assert all(job.get("timeout-minutes") for job in workflow["jobs"].values())


def test_the_matrix_covers_the_supported_versions() -> None:
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text())
    matrix = workflow["jobs"]["demo"]["strategy"]["matrix"]
    assert matrix == {"postgres": [15, 16, 17, 18], "python": ["3.11", "3.12", "3.13", "3.14"]}
    commands = [step.get("run", "") for step in workflow["jobs"]["demo"]["steps"]]
    (created,) = [number for number, command in enumerate(commands) if "python -m venv .venv" in command]
    assert created < commands.index("make demo") and '"Python $VERSION."' in commands[created]


def test_release_notes_are_the_section_of_the_version() -> None:
    changelog = "# Changelog\n\n## Unreleased\n- new\n\n## [1.2.0] - 2026-01-01\n### Added\n- b\n\n## 1.1.0\n- a\n"
    assert release_notes.section(changelog, "1.2.0") == "### Added\n- b"
    assert release_notes.section(changelog, "1.1.0") == "- a"
    assert release_notes.section(changelog, "1.1") == ""


def test_the_dashboard_is_current() -> None:
    content = (DEPLOY / "grafana" / "dashboard.json").read_text()
    assert json.loads(content) == json.loads(dashboard.dashboard())
